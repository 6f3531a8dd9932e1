// libcpp-hocon, which nobody here wrote, as something to compare our reader with. Its headers are in one file.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nanomq::config {

/// Shape: a tree of what it has read; the keys of objects are in no order.
struct oracle_value {
  enum class kind { null, text, list, object } is = kind::null;
  std::string text{};  ///< numbers and truths as they were written
  std::vector<std::pair<std::string, oracle_value>> members{};
  std::vector<oracle_value> items{};
};

/// What it makes of a file, with what that includes and after substitutions. None: it refuses it; `why` says why.
[[nodiscard]] std::optional<oracle_value> ask_oracle(const std::string& path, std::string& why);

}  // namespace nanomq::config
