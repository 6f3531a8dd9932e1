// The rows of the option table that begin with `auth.`.
#pragma once

#include <span>

#include "nanomq/config/option.hpp"

namespace nanomq::config {

[[nodiscard]] std::span<const option> access_options() noexcept;

}  // namespace nanomq::config
