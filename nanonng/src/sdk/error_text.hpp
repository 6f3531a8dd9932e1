// Errors in words.
#pragma once

#include <string>

#include "nanolib/base/result.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::sdk {

/// What an error means: the reason code's name, the system's text, the resolver's.
[[nodiscard]] std::string error_text(const nanolib::error& what);

/// A reason code as an error.
[[nodiscard]] constexpr nanolib::error mqtt_error_of(mqtt::reason_code reason) noexcept {
  return {nanolib::error_domain::mqtt, static_cast<int>(reason)};
}

}  // namespace nanonng::sdk
