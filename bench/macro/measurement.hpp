// What one run of one workload against one broker found.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nanomq::bench {

/// A figure of the table. Less is better in every one: that is what makes the ratios readable.
struct figure {
  std::string_view name;
  std::string_view unit;
  double value = 0;
};

struct measurement {
  std::vector<figure> figures;
  std::string fault;  ///< why the run does not count; empty when every message was accounted for
  std::string note;   ///< for the line of this run only: rates, load

  [[nodiscard]] bool verified() const noexcept { return fault.empty(); }
};

}  // namespace nanomq::bench
