#include "nanonng/net/http_head.hpp"

#include <algorithm>

namespace nanonng::net {

namespace {

char small(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Whether it can become a head at all: what speaks another protocol is not waited for.
bool is_plausible(std::string_view text) noexcept {
  const std::string_view start = text.substr(0, std::min<std::size_t>(text.size(), 4));
  const bool is_word =
      std::ranges::all_of(start, [](char c) { return (c >= 'A' && c <= 'Z') || c == ' ' || c == '/'; });
  const std::size_t feed = text.find('\n');
  return is_word && (feed == std::string_view::npos || (feed != 0 && text[feed - 1] == '\r'));
}

}  // namespace

bool is_http_token(std::string_view text) noexcept {
  static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

bool is_http_field_text(std::string_view text) noexcept {
  return std::ranges::none_of(text,
                              [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

bool equal_without_case(std::string_view one, std::string_view other) noexcept {
  return std::ranges::equal(one, other, [](char a, char b) { return small(a) == small(b); });
}

std::size_t http_head::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(headers, [&](const auto& header) { return equal_without_case(header.first, name); }));
}

std::string_view http_head::value(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find_if(headers, [&](const auto& header) { return equal_without_case(header.first, name); });
  return found == headers.end() ? std::string_view() : found->second;
}

bool http_head::lists(std::string_view name, std::string_view word) const noexcept {
  bool found = false;
  for (const auto& [each, values] : headers) {
    if (!equal_without_case(each, name)) continue;
    each_item(values, [&](std::string_view item) { found = found || equal_without_case(item, word); });
  }
  return found;
}

http_fault read_http_head(std::string_view text, std::size_t largest, std::size_t most_headers, http_head& into) {
  const std::size_t end = text.substr(0, largest).find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (!is_plausible(text)) return http_fault::malformed;
    return text.size() >= largest ? http_fault::too_large : http_fault::incomplete;
  }
  into.size = end + 4;
  std::string_view rest = text.substr(0, end + 2);
  const std::size_t first = rest.find("\r\n");
  into.first_line = rest.substr(0, first);
  if (!is_http_field_text(into.first_line)) return http_fault::malformed;
  for (rest.remove_prefix(first + 2); !rest.empty();) {
    const std::size_t line_end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, line_end);
    rest.remove_prefix(line_end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_http_token(line.substr(0, colon))) return http_fault::malformed;
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_http_field_text(value)) return http_fault::malformed;
    if (into.headers.size() == most_headers) return http_fault::too_large;
    into.headers.emplace_back(line.substr(0, colon), value);
  }
  return http_fault::none;
}

}  // namespace nanonng::net
