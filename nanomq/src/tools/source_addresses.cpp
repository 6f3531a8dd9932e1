#include "nanomq/tools/source_addresses.hpp"

#include <charconv>
#include <optional>
#include <ranges>

namespace nanomq::tools {
namespace {

std::optional<unsigned> number_in(std::string_view text) noexcept {
  unsigned value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value > 255) return std::nullopt;
  return value;
}

/// "127.0.0.4-9". False when it is no such range.
bool append_range(std::string_view text, std::vector<socket_address>& into) {
  const auto dot = text.rfind('.');
  const auto dash = text.rfind('-');
  if (dot == std::string_view::npos || dash == std::string_view::npos || dash < dot) return false;
  const auto first = number_in(text.substr(dot + 1, dash - dot - 1));
  const auto last = number_in(text.substr(dash + 1));
  if (!first || !last || *first > *last) return false;
  for (unsigned each = *first; each <= *last; ++each) {
    const auto address = parse_source(std::string{text.substr(0, dot + 1)} + std::to_string(each));
    if (!address) return false;
    into.push_back(*address);
  }
  return true;
}

}  // namespace

std::expected<std::vector<socket_address>, std::string> parse_source_addresses(std::string_view text) {
  std::vector<socket_address> addresses;
  if (text.empty()) return addresses;
  for (const auto part : std::views::split(text, ',')) {
    const std::string_view word{part.begin(), part.end()};
    if (const auto single = parse_source(word)) {
      addresses.push_back(*single);
    } else if (!append_range(word, addresses)) {
      return std::unexpected("not an address of this machine, nor a range like 127.0.0.2-9: \"" + std::string{word} +
                             "\"");
    }
  }
  return addresses;
}

}  // namespace nanomq::tools
