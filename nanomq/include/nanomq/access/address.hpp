// Addresses of clients, and the networks that rules name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nanomq::access {

/// Shape: 16 bytes; an IPv4 address is kept as ::ffff:a.b.c.d, so that both spellings of it are the same.
struct ip_address {
  std::array<std::uint8_t, 16> octets{};

  friend bool operator==(const ip_address&, const ip_address&) = default;
};

/// Numbers only, no names, no zones. None when it is neither IPv4 nor IPv6.
[[nodiscard]] std::optional<ip_address> parse_address(std::string_view text) noexcept;

/// Shape: value.
struct ip_network {
  ip_address first;
  std::uint8_t bits = 128;  ///< of the 128

  [[nodiscard]] bool contains(const ip_address& one) const noexcept;
};

/// "10.0.0.0/8", "fd00::/8", or an address alone. None also for bits behind the length: 10.0.0.1/8 is a mistake.
[[nodiscard]] std::optional<ip_network> parse_network(std::string_view text) noexcept;

}  // namespace nanomq::access
