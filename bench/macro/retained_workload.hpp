// What a retained message costs to keep, to store and to hand out.
#pragma once

#include <cstddef>

#include "measurement.hpp"
#include "population.hpp"

namespace nanomq::bench {

/// Publishes `count` retained messages at QoS 1, each to a topic of its own, then subscribes once with a wildcard and
/// expects every one of them once, marked as retained.
[[nodiscard]] measurement run_retained(const target& broker, std::size_t count);

}  // namespace nanomq::bench
