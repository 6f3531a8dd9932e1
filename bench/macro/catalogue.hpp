// The rows of the table, each a workload with its figures filled in.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "measurement.hpp"
#include "population.hpp"

namespace nanomq::bench {

struct row {
  std::string name;         ///< as --rows wants it
  std::string description;  ///< as the table shows it
  std::function<measurement(const target& broker)> run;
};

/// `scale` multiplies every count that is not about the shape of a flow; see --scale.
[[nodiscard]] std::vector<row> make_rows(std::chrono::nanoseconds duration, double scale);

}  // namespace nanomq::bench
