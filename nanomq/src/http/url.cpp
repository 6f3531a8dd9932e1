#include "nanomq/http/url.hpp"

#include <algorithm>
#include <charconv>

#include "nanonng/net/http_head.hpp"

namespace nanomq::http {
namespace {

using nanolib::error;
using nanolib::error_domain;

constexpr std::size_t longest_host = 253;
constexpr std::size_t longest_target = 4096;

std::unexpected<error> refuse(std::string& why, std::string text) {
  why = std::move(text);
  return std::unexpected(error{error_domain::config, 0});
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_name(std::string_view host) noexcept {
  return !host.empty() && host.size() <= longest_host && host.front() != '-' && std::ranges::all_of(host, [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
  });
}

bool is_address6(std::string_view host) noexcept {
  return host.contains(':') && std::ranges::all_of(host, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
}

bool read_port(std::string_view text, std::uint16_t& into) noexcept {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), into);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && into != 0 && is_digit(text.front());
}

/// What is sent as it stands: no blank, nothing beyond ASCII, and a `%` only where two hexadecimal digits follow.
bool is_target(std::string_view text, std::string& why) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c <= ' ' || c > '~' || c == '"' || c == '<' || c == '>' || c == '\\') {
      why = "a URL has no such character as its " + std::to_string(at + 1) + ". in the path; write it as %XX";
      return false;
    }
    if (c == '%' && (at + 2 >= text.size() || !is_hex(text[at + 1]) || !is_hex(text[at + 2]))) {
      why =
          "a % in a URL is followed by two hexadecimal digits; place-holders belong into values of params and headers";
      return false;
    }
  }
  return true;
}

nanolib::result<void> read_authority(std::string_view text, url& into, std::string& why) {
  if (text.contains('@')) return refuse(why, "a URL must not have a user name or password in it");
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return refuse(why, "the ] behind the address is missing");
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!is_address6(host)) return refuse(why, "between [ and ] stands an IPv6 address");
  } else {
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
      host = text.substr(0, colon);
      port = text.substr(colon);
    }
    if (!is_name(host)) return refuse(why, "this is no host name: \"" + std::string(host) + "\"");
  }
  into.host = host;
  into.port = into.secure ? 443 : 80;
  if (!port.empty() && (!port.starts_with(':') || port.size() < 2 || !read_port(port.substr(1), into.port))) {
    return refuse(why, "behind the host stands a port from 1 to 65535");
  }
  return {};
}

}  // namespace

nanolib::result<url> read_url(std::string_view text, std::string& why) {
  url made;
  const std::size_t colon = text.find("://");
  const std::string_view scheme = text.substr(0, std::min(colon, text.size()));
  if (nanonng::net::equal_without_case(scheme, "https")) {
    made.secure = true;
  } else if (!nanonng::net::equal_without_case(scheme, "http")) {
    return refuse(why, "a URL that begins with http:// or https:// is wanted");
  }
  if (colon == std::string_view::npos) return refuse(why, "a URL that begins with http:// or https:// is wanted");
  text.remove_prefix(colon + 3);
  if (text.contains('#')) return refuse(why, "a URL of a request has no fragment (#)");
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  if (const auto read = read_authority(text.substr(0, end), made, why); !read) return std::unexpected(read.error());
  const std::string_view target = text.substr(end);
  if (target.size() > longest_target) return refuse(why, "the URL is too long");
  if (!is_target(target, why)) return std::unexpected(error{error_domain::config, 0});
  made.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return made;
}

std::string url::origin() const {
  std::string text(secure ? "https://" : "http://");
  text += host.contains(':') ? "[" + host + "]" : host;
  return text + ":" + std::to_string(port);
}

std::string url::text() const { return origin() + target.substr(0, target.find('?')); }

}  // namespace nanomq::http
