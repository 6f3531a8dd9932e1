#include "nanomq/access/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace nanomq::access {
namespace {

constexpr std::uint8_t v4_bits = 96;  // of ::ffff:0:0/96

bool is_v4(std::string_view text) { return text.find(':') == std::string_view::npos; }

}  // namespace

std::optional<ip_address> parse_address(std::string_view text) noexcept {
  char terminated[64];
  if (text.empty() || text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos) return {};
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  ip_address out;
  if (is_v4(text)) {
    out.octets[10] = out.octets[11] = 0xff;
    if (::inet_pton(AF_INET, terminated, out.octets.data() + 12) != 1) return {};
    return out;
  }
  if (::inet_pton(AF_INET6, terminated, out.octets.data()) != 1) return {};
  return out;
}

bool ip_network::contains(const ip_address& one) const noexcept {
  const auto whole = std::size_t{bits} / 8;
  const auto rest = static_cast<unsigned>(bits) % 8;
  if (!std::equal(first.octets.begin(), first.octets.begin() + static_cast<std::ptrdiff_t>(whole), one.octets.begin()))
    return false;
  return rest == 0 || ((first.octets[whole] ^ one.octets[whole]) >> (8 - rest)) == 0;
}

std::optional<ip_network> parse_network(std::string_view text) noexcept {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return {};
  ip_network out{*address, 128};
  if (slash == std::string_view::npos) return out;
  const auto digits = text.substr(slash + 1);
  const bool v4 = is_v4(text.substr(0, slash));
  unsigned length = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (failed != std::errc() || end != digits.data() + digits.size() || length > (v4 ? 32U : 128U)) return {};
  out.bits = static_cast<std::uint8_t>(length + (v4 ? v4_bits : 0U));
  for (std::size_t bit = out.bits; bit < 128; ++bit) {
    if ((out.first.octets[bit / 8] >> (7 - bit % 8) & 1U) != 0) return {};
  }
  return out;
}

}  // namespace nanomq::access
