// Errors as values: what went wrong is {domain, code}; nothing in the libraries throws for bad input.
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

#include "nanolib/base/visibility.hpp"

namespace nanolib {

/// Which table a code belongs to.
enum class error_domain : std::uint8_t {
  sys,     ///< errno
  nng,     ///< nng_errno_enum
  mqtt,    ///< an MQTT 5 reason code
  config,  ///< a configuration that cannot be used
  store,   ///< store_error
};

/// What went wrong. Shape: eight bytes, trivially copyable.
struct error {
  error_domain domain = error_domain::sys;
  int code = 0;

  friend bool operator==(const error&, const error&) = default;
};

/// A value, or the error that prevented it.
template <class Value>
using result = std::expected<Value, error>;

/// The current errno as an error.
[[nodiscard]] NANOLIB_EXPORT error last_system_error() noexcept;

/// A short text for a person, static or thread-local storage, never null. Thread: any.
[[nodiscard]] NANOLIB_EXPORT std::string_view describe(const error& what) noexcept;

}  // namespace nanolib
