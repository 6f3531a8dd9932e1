// Messages in flight: pairs, fan-in, fan-out, as fast as a window lets them or at a fixed rate.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "measurement.hpp"
#include "population.hpp"

namespace nanomq::bench {

enum class flow_pattern : std::uint8_t {
  pairs,    ///< publisher i to subscriber i, a topic for each pair
  fan_in,   ///< all publishers to one topic, one subscriber
  fan_out,  ///< one publisher, every subscriber on its topic
};

/// What a flow reports.
enum class flow_focus : std::uint8_t {
  processor,  ///< processor time per delivery
  latency,    ///< quantiles from the moment a message was due to its arrival; needs a rate
  memory,     ///< private memory at the start and at its highest under load; needs a rate
};

struct flow_shape {
  flow_pattern pattern = flow_pattern::pairs;
  flow_focus focus = flow_focus::processor;
  std::size_t publishers = 10;
  std::size_t subscribers = 10;
  std::uint8_t qos = 0;
  std::size_t payload = 16;
  std::uint32_t window = 64;  ///< messages of one publisher that may be undelivered, or unacknowledged
  double rate = 0;            ///< messages a second over all publishers; zero: as fast as the window allows
  std::chrono::nanoseconds duration{};
};

/// Runs the flow and accounts for each message at each subscriber: once, in order, whole.
[[nodiscard]] measurement run_flow(const target& broker, const flow_shape& shape);

}  // namespace nanomq::bench
