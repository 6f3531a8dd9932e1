// Errors as one exception.
#include "nanonng/sdk/error.hpp"

#include <netdb.h>

#include <utility>

#include "error_text.hpp"

namespace nanonng::sdk {

std::string error_text(const nanolib::error& what) {
  switch (what.domain) {
    case nanolib::error_domain::mqtt:
      return std::string(mqtt::name_of(static_cast<mqtt::reason_code>(what.code)));
    case nanolib::error_domain::config:
      // The codes of getaddrinfo() are negative where they are not zero.
      if (what.code != 0) return ::gai_strerror(what.code);
      break;
    default:
      break;
  }
  return std::string(nanolib::describe(what));
}

mqtt_error::mqtt_error(nanolib::error what, std::string detail)
    : std::runtime_error(detail.empty() ? error_text(what) : error_text(what) + ": " + detail),
      error_(what),
      detail_(std::move(detail)) {}

std::optional<mqtt::reason_code> mqtt_error::reason() const noexcept {
  if (error_.domain != nanolib::error_domain::mqtt) return std::nullopt;
  return static_cast<mqtt::reason_code>(error_.code);
}

}  // namespace nanonng::sdk
