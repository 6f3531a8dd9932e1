// The rows of the option table about the broker itself: limits, rates, the store, threads, its control socket.
#pragma once

#include <span>

#include "nanomq/config/option.hpp"

namespace nanomq::config {

[[nodiscard]] std::span<const option> engine_options() noexcept;

}  // namespace nanomq::config
