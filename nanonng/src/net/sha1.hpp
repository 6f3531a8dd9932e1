// SHA-1, for the one thing that still asks for it: the WebSocket handshake, where it guards nothing. Private to the folder.
//
// Written out so that a build without TLS has it too; everything that has to be secure uses the TLS library.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace nanonng::net {

/// Spec: FIPS 180-4 §6.1.
[[nodiscard]] std::array<std::uint8_t, 20> sha1(std::string_view text) noexcept;

}  // namespace nanonng::net
