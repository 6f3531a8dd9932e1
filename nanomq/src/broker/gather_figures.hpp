// Puts a broker's figures together from what its shards count.
#pragma once

#include "nanomq/broker/figures.hpp"

namespace nanomq::broker {

struct commons;

/// The totals that rates are made of. Thread: any. Shape: one pass over the shards.
[[nodiscard]] traffic_figures<std::uint64_t> sum_traffic(const commons& of) noexcept;

/// Everything but the listeners, which the shards don't know. Thread: any. Errors: throws std::bad_alloc.
[[nodiscard]] broker_figures gather_figures(const commons& of);

}  // namespace nanomq::broker
