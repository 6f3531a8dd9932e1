// What an idle connection costs the broker.
#pragma once

#include <cstddef>

#include "measurement.hpp"
#include "population.hpp"

namespace nanomq::bench {

/// Connects `count` clients that stay and do nothing, and divides what the broker has grown by.
[[nodiscard]] measurement run_connections(const target& broker, std::size_t count);

}  // namespace nanomq::bench
