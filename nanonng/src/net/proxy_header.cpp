#include "nanonng/net/proxy_header.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace nanonng::net {

namespace {

using state = proxy_header::state;

constexpr std::string_view signature_1 = "PROXY ";
constexpr std::string_view signature_2{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t largest_line = 107;  // §2.1, with the line end
constexpr std::size_t fixed_size = 16;

proxy_header malformed(std::string_view why) {
  proxy_header header;
  header.what = state::malformed;
  header.why = why;
  return header;
}

std::string joined(int family, const void* address, unsigned port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, address, text.data(), text.size());
  const std::string shown(text.data());
  return (family == AF_INET6 ? "[" + shown + "]" : shown) + ":" + std::to_string(port);
}

/// A number without sign, spaces or leading zeros.
bool read_port(std::string_view text, unsigned& port) noexcept {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return false;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  return fault == std::errc() && end == text.data() + text.size() && port <= 65'535;
}

bool read_address(int family, std::string_view address, std::string_view port, std::string& into) {
  std::array<unsigned char, 16> raw{};
  unsigned number = 0;
  const std::string text(address);
  if (text.find('\0') != std::string::npos || ::inet_pton(family, text.c_str(), raw.data()) != 1) return false;
  if (!read_port(port, number)) return false;
  into = joined(family, raw.data(), number);
  return true;
}

proxy_header read_line(std::string_view text) {
  // The first line feed decides, so that the answer is the same in whatever pieces the line arrives.
  const std::size_t feed = text.substr(0, largest_line).find('\n');
  if (feed == std::string_view::npos) {
    return text.size() >= largest_line ? malformed("the line does not end") : proxy_header{};
  }
  const std::size_t end = feed - 1;
  if (text[end] != '\r') return malformed("the line does not end with a carriage return");
  proxy_header header;
  header.what = state::complete;
  header.used = end + 2;
  std::string_view line = text.substr(signature_1.size(), end - signature_1.size());
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return header;
  std::array<std::string_view, 5> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t space = line.find(' ');
    if ((space == std::string_view::npos) != (i + 1 == fields.size())) return malformed("not four fields");
    fields[i] = line.substr(0, space);
    line.remove_prefix(std::min(line.size(), fields[i].size() + 1));
  }
  const int family = fields[0] == "TCP4" ? AF_INET : fields[0] == "TCP6" ? AF_INET6 : AF_UNSPEC;
  if (family == AF_UNSPEC) return malformed("an unknown protocol");
  if (!read_address(family, fields[1], fields[3], header.source) ||
      !read_address(family, fields[2], fields[4], header.destination)) {
    return malformed("no address");
  }
  return header;
}

unsigned number_at(nanolib::bytes data, std::size_t at) noexcept {
  return std::to_integer<unsigned>(data[at]) << 8U | std::to_integer<unsigned>(data[at + 1]);
}

proxy_header read_binary(nanolib::bytes data) {
  const unsigned version = data.size() > 12 ? std::to_integer<unsigned>(data[12]) : 0x20U;
  if (version != 0x20 && version != 0x21) return malformed("an unknown version or command");
  if (data.size() < fixed_size) return {};
  const std::size_t length = number_at(data, 14);
  if (length > largest_proxy_header - fixed_size) return malformed("the header is too large");
  const unsigned kind = std::to_integer<unsigned>(data[13]);
  const unsigned family = kind >> 4U;
  if (family > 3 || (kind & 15U) > 2) return malformed("an unknown family");
  constexpr std::array<std::size_t, 4> least{0, 12, 36, 216};
  const bool is_proxied = version == 0x21;
  if (is_proxied && length < least[family]) return malformed("the addresses do not fit");
  if (data.size() < fixed_size + length) return {};
  proxy_header header;
  header.what = state::complete;
  header.used = fixed_size + length;
  const nanolib::bytes body = data.subspan(fixed_size, length);
  if (!is_proxied || (kind & 15U) == 0) return header;
  if (family == 3) header.source = header.destination = "unix";
  if (family != 1 && family != 2) return header;
  const std::size_t size = family == 1 ? 4 : 16;
  const int af = family == 1 ? AF_INET : AF_INET6;
  header.source = joined(af, body.data(), number_at(body, 2 * size));
  header.destination = joined(af, body.data() + size, number_at(body, 2 * size + 2));
  return header;
}

/// Whether one is the beginning of the other.
bool agree(std::string_view text, std::string_view signature) noexcept {
  const std::size_t size = std::min(text.size(), signature.size());
  return text.substr(0, size) == signature.substr(0, size);
}

}  // namespace

proxy_header read_proxy_header(nanolib::bytes received) {
  const std::string_view text = nanolib::as_text(received);
  if (agree(text, signature_2)) return text.size() < signature_2.size() ? proxy_header{} : read_binary(received);
  if (agree(text, signature_1)) return text.size() < signature_1.size() ? proxy_header{} : read_line(text);
  return malformed("the connection does not begin with a PROXY header");
}

}  // namespace nanonng::net
