// Messages in flight: pairs, fan-in, fan-out, as fast as a window lets them or at a fixed rate.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "measurement.hpp"
#include "nanomq/tools/load_plan.hpp"
#include "population.hpp"

namespace nanomq::bench {

/// What a flow reports.
enum class flow_focus : std::uint8_t {
  processor,  ///< processor time per delivery
  latency,    ///< quantiles from the moment a message was due to its arrival; needs a rate
  memory,     ///< private memory at the start and at its highest under load; needs a rate
};

struct flow_shape {
  tools::load_pattern pattern = tools::load_pattern::pairs;
  flow_focus focus = flow_focus::processor;
  std::size_t publishers = 10;
  std::size_t subscribers = 10;
  quality_of_service qos = quality_of_service::at_most_once;
  std::size_t payload = 16;
  std::uint32_t window = 64;  ///< messages of one publisher that may be undelivered, or unacknowledged
  double rate = 0;            ///< messages a second over all publishers; zero: as fast as the window allows
  std::chrono::nanoseconds duration{};
};

/// Runs the flow and accounts for each message at each subscriber: once, in order, whole.
[[nodiscard]] measurement run_flow(const target& broker, const flow_shape& shape);

}  // namespace nanomq::bench
