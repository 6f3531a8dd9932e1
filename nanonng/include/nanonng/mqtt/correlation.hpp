// Numbers as Correlation Data: hexadecimal digits, so that a shell script can hand them on.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "nanolib/base/bytes.hpp"

namespace nanonng::mqtt {

/// Errors: std::bad_alloc. Spec: MQTT 5.0 §3.3.2.3.6, any bytes.
[[nodiscard]] inline std::string correlation_digits(std::uint64_t number) {
  char text[16];
  return {text, std::to_chars(text, text + sizeof text, number, 16).ptr};
}

/// The number that these digits are; empty: they are none of ours.
[[nodiscard]] inline std::optional<std::uint64_t> correlation_number(nanolib::bytes digits) noexcept {
  const auto text = nanolib::as_text(digits);
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (fault != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

}  // namespace nanonng::mqtt
