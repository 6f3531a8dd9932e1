// What is wrong with a configuration: all that can be found, not only the first.
#pragma once

#include <string>
#include <vector>

#include "nanomq/config/hocon.hpp"

namespace nanomq::config {

/// Shape: value.
struct fault {
  std::string key{};   ///< of the setting; empty: its source could not be read at all
  std::string text{};  ///< one line, which begins with "PATH:line:column:" where that applies
};

/// One in a document, where it is still known. `text` is what is wrong, without the place unless `has_place`.
struct placed_fault {
  hocon_place place{};
  std::string key{};
  std::string text{};
  bool has_place = false;
};
using placed_faults = std::vector<placed_fault>;

/// In the order of the text, each with its place in front.
[[nodiscard]] std::vector<fault> in_order(const hocon_document& of, placed_faults all);

}  // namespace nanomq::config
