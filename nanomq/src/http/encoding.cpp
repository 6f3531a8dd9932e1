#include "nanomq/http/encoding.hpp"

#include <algorithm>
#include <array>

#include "nanonng/net/http_head.hpp"

namespace nanomq::http {
namespace {

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

/// What says how a request is framed and where it goes is nobody's but the client's.
constexpr std::array<std::string_view, 10> own_headers{
    "Connection", "Content-Length",    "Expect",          "Host", "Keep-Alive", "TE", "Trailer",
    "Upgrade",    "Transfer-Encoding", "Proxy-Connection"};

}  // namespace

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
}

void append_form_field(std::string& out, std::string_view name, std::string_view value) {
  if (!out.empty()) out += '&';
  append_percent_encoded(out, name);
  out += '=';
  append_percent_encoded(out, value);
}

bool is_header_name(std::string_view text) noexcept {
  const auto is_same = [&](std::string_view own) { return nanonng::net::equal_without_case(own, text); };
  return nanonng::net::is_http_token(text) && std::ranges::none_of(own_headers, is_same);
}

bool is_header_value(std::string_view text) noexcept {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  return nanonng::net::is_http_field_text(text) &&
         (text.empty() || (!is_blank(text.front()) && !is_blank(text.back())));
}

}  // namespace nanomq::http
