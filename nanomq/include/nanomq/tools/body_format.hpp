// How `nanomq nngcat` shows a message of SP: nngcat's formats, byte by byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nanolib/base/bytes.hpp"

namespace nanomq::tools {

enum class body_format : std::uint8_t {
  none,
  raw,      ///< the bytes as they are
  ascii,    ///< a dot for what is not printable ASCII; no line end
  quoted,   ///< a string of C, one a line
  hex,      ///< the same with every byte as \xNN
  msgpack,  ///< a byte array of MessagePack
};

/// "no", "raw", "ascii", "quoted", "hex", "msgpack"; empty for any other word.
[[nodiscard]] std::optional<body_format> body_format_of(std::string_view word) noexcept;

/// Appends one body. What MessagePack has no length for, 4 GiB and more, no message of SP has either.
void append_body(std::string& out, nanolib::bytes body, body_format how);

}  // namespace nanomq::tools
