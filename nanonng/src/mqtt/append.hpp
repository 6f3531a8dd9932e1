// Appending integers, strings and blocks to a buffer. Internal to the codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "nanonng/mqtt/encoder.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

inline void append_byte(buffer& out, std::uint32_t value) { out.push_back(static_cast<std::byte>(value)); }

inline void append_two_bytes(buffer& out, std::uint32_t value) {
  append_byte(out, value >> 8U & 0xFFU);
  append_byte(out, value & 0xFFU);
}

inline void append_four_bytes(buffer& out, std::uint32_t value) {
  append_two_bytes(out, value >> 16U);
  append_two_bytes(out, value & 0xFFFFU);
}

/// In the fewest bytes [MQTT-1.5.5-1]. A value that needs five is no MQTT any more; packet_writer drops such packets.
inline void append_variable(buffer& out, std::uint32_t value) {
  std::byte room[5];
  out.insert(out.end(), room, detail::put_variable(room, value));
}

inline void append_bytes(buffer& out, bytes data) { out.insert(out.end(), data.begin(), data.end()); }

/// What of a text fits behind a length of two bytes, without half a character at the end.
[[nodiscard]] inline std::string_view fitting(std::string_view text) noexcept {
  if (text.size() <= maximum_string_size) return text;
  std::size_t size = maximum_string_size;
  const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; };
  while (size > 0 && continues(text[size])) --size;
  return text.substr(0, size);
}
[[nodiscard]] inline bytes fitting(bytes data) noexcept {
  return data.size() <= maximum_string_size ? data : data.first(maximum_string_size);
}

/// A length of two bytes and the bytes.
inline void append_binary(buffer& out, bytes data) {
  const bytes kept = fitting(data);
  append_two_bytes(out, static_cast<std::uint32_t>(kept.size()));
  append_bytes(out, kept);
}
inline void append_text(buffer& out, std::string_view text) { append_binary(out, nanolib::as_bytes(fitting(text))); }

/// A block of properties with its length before it; an empty one is a zero [MQTT-2.2.2-1].
inline void append_block(buffer& out, bytes block) {
  append_variable(out, static_cast<std::uint32_t>(block.size()));
  append_bytes(out, block);
}

}  // namespace nanonng::mqtt
