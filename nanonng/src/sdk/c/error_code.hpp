// Errors as nng's codes.
#pragma once

#include "nanolib/base/result.hpp"

namespace nanonng::sdk::c {

/// The code that nng would return for it; never 0. What nanonng/mqtt_client.h says of refusals is decided here.
[[nodiscard]] int error_code_of(const nanolib::error& what) noexcept;

}  // namespace nanonng::sdk::c
