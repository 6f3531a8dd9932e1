// URLs of listeners and peers.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "nanonng/net/listener.hpp"

namespace nanonng::net {

namespace {

constexpr std::uint16_t default_port = 1883;
constexpr std::size_t longest_host = 253;
constexpr std::array<std::string_view, 5> tcp_schemes{"nmq-tcp://", "mqtt-tcp://", "mqtt://", "tcp://",
                                                      "broker+tcp://"};
constexpr std::string_view unix_scheme = "unix://";

// What is meant by them is clear, and that it is not there should be too.
constexpr std::array<std::string_view, 10> tls_schemes{"tls+nmq-tcp://", "tls+mqtt-tcp://", "tls+mqtt://", "tls+tcp://",
                                                       "broker+tls://",  "mqtts://",        "tls://",      "ssl://",
                                                       "mqtt-tls://",    "mqtt+ssl://"};
constexpr std::array<std::string_view, 6> websocket_schemes{"ws://",      "wss://",     "nmq-ws://",
                                                            "nmq-wss://", "mqtt-ws://", "mqtt-wss://"};

std::unexpected<nanolib::error> refuse(std::string& why, std::string_view text, std::string_view url) {
  why.assign(text).append(": \"").append(url).append("\"");
  return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
}

bool read_port(std::string_view text, std::uint16_t& port) noexcept {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failed == std::errc{} && end == text.data() + text.size();
}

bool is_host_character(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
}

bool is_ipv6(const std::string& host) noexcept {
  const std::string address = host.substr(0, host.find('%'));
  in6_addr parsed{};
  return ::inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

nanolib::result<endpoint> read_unix(std::string_view url, std::string& why) {
  const std::string_view path = url.substr(unix_scheme.size());
  if (path.empty()) return refuse(why, "the path of the Unix socket is missing", url);
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return refuse(why, "the path is too long for a Unix socket", url);
  if (path.find('\0') != std::string_view::npos) return refuse(why, "the path holds a NUL character", url);
  return endpoint{endpoint::transport::unix_socket, std::string(path), 0};
}

nanolib::result<endpoint> read_tcp(std::string_view url, std::string_view address, std::string& why) {
  if (address.ends_with('/')) address.remove_suffix(1);
  endpoint where{endpoint::transport::tcp, {}, default_port};
  std::string_view port;
  bool has_port = false;
  if (address.starts_with('[')) {
    const auto closing = address.find(']');
    if (closing == std::string_view::npos)
      return refuse(why, "the closing bracket of the IPv6 address is missing", url);
    where.host = address.substr(1, closing - 1);
    if (!is_ipv6(where.host)) return refuse(why, "not an IPv6 address between the brackets", url);
    const std::string_view rest = address.substr(closing + 1);
    if (!rest.empty() && rest.front() != ':') return refuse(why, "only a port may follow the brackets", url);
    has_port = !rest.empty();
    port = rest.substr(has_port ? 1 : 0);
  } else {
    const auto colon = address.find(':');
    if (colon != address.rfind(':')) return refuse(why, "an IPv6 address is written in brackets, [::1]:1883", url);
    where.host = address.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = address.substr(colon + 1);
    if (where.host.empty()) return refuse(why, "the address is missing; every address of this machine is *", url);
    if (where.host == "*") where.host.clear();
    const bool plain = std::ranges::all_of(where.host, is_host_character);
    if (!plain || where.host.size() > longest_host) return refuse(why, "not a host name or address", url);
  }
  if (has_port && !read_port(port, where.port)) return refuse(why, "the port is not a number from 0 to 65535", url);
  return where;
}

}  // namespace

nanolib::result<endpoint> parse_endpoint(std::string_view url, std::string& why) {
  if (url.starts_with(unix_scheme)) return read_unix(url, why);
  for (const std::string_view scheme : tcp_schemes) {
    if (url.starts_with(scheme)) return read_tcp(url, url.substr(scheme.size()), why);
  }
  const auto begins = [&](std::string_view scheme) { return url.starts_with(scheme); };
  if (std::ranges::any_of(tls_schemes, begins))
    return refuse(why, "this is TLS, and only plain TCP and Unix sockets can be named here", url);
  if (std::ranges::any_of(websocket_schemes, begins))
    return refuse(why, "this is a WebSocket, and only plain TCP and Unix sockets can be named here", url);
  return refuse(why, "expected nmq-tcp://, mqtt-tcp://, mqtt://, tcp://, broker+tcp:// or unix://", url);
}

std::string endpoint::url() const {
  if (kind == transport::unix_socket) return std::string(unix_scheme) + host;
  const bool brackets = host.find(':') != std::string::npos;
  const std::string shown = host.empty() ? "*" : brackets ? "[" + host + "]" : host;
  return "mqtt-tcp://" + shown + ":" + std::to_string(port);
}

bool endpoint::is_local() const noexcept {
  if (kind == transport::unix_socket || host == "localhost") return true;
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

}  // namespace nanonng::net
