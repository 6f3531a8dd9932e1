// Views over bytes and text, and the conversions between them that are safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace nanolib {

/// Bytes owned by somebody else. Shape: two words. Never outlives the call that received it unless the owner says so.
using bytes = std::span<const std::byte>;

/// The bytes of a text.
[[nodiscard]] inline bytes as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The same memory seen as text. The caller has checked that it is UTF-8, or treats it as opaque.
[[nodiscard]] inline std::string_view as_text(bytes data) noexcept {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

}  // namespace nanolib
