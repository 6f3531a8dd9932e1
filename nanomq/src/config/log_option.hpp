// The rows of the option table that begin with `log.`.
#pragma once

#include <span>

#include "nanomq/config/option.hpp"

namespace nanomq::config {

[[nodiscard]] std::span<const option> log_options() noexcept;

}  // namespace nanomq::config
