#include "nanomq/broker/ban.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace nanomq::broker {

namespace {

constexpr std::array<std::string_view, 3> source_names{"configuration", "operator", "flapping"};
constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned mapped_bits = 96;
constexpr unsigned all_bits = 128;

}  // namespace

std::string_view name_of(ban::source from) noexcept { return source_names[std::to_underlying(from)]; }

std::string ban::address() const {
  if (is_local) return "unix";
  if (!network) return {};
  const auto& octets = network->first.octets;
  const bool is_ipv4 = network->bits >= mapped_bits && std::ranges::equal(mapped, std::span(octets).first(12));
  char text[INET6_ADDRSTRLEN];
  const char* const made = is_ipv4 ? ::inet_ntop(AF_INET, octets.data() + mapped.size(), text, sizeof text)
                                   : ::inet_ntop(AF_INET6, octets.data(), text, sizeof text);
  std::string out(made != nullptr ? made : "");
  if (network->bits < all_bits) out += "/" + std::to_string(network->bits - (is_ipv4 ? mapped_bits : 0U));
  return out;
}

bool ban::set_address(std::string_view text) {
  network.reset();
  is_local = text == "unix";
  if (is_local) return true;
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  network = nanomq::access::parse_network(text);
  return network.has_value();
}

bool ban::is_about_the_same(const ban& other) const noexcept {
  if (client_id != other.client_id || user != other.user || is_local != other.is_local) return false;
  if (network.has_value() != other.network.has_value()) return false;
  return !network || (network->bits == other.network->bits && network->first == other.network->first);
}

}  // namespace nanomq::broker
