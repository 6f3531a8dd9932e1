// What a subscription costs, and a lookup among very many of them.
#pragma once

#include <cstddef>

#include "measurement.hpp"
#include "population.hpp"

namespace nanomq::bench {

/// Subscribes to `filters` different filters (three in five exact, one with `+`, one with `#`), then publishes
/// `lookups` messages whose recipients are known beforehand: none, one or two of the three subscribers.
[[nodiscard]] measurement run_subscriptions(const target& broker, std::size_t filters, std::size_t lookups);

}  // namespace nanomq::bench
