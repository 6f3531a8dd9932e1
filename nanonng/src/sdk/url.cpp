// URLs of servers.
#include "nanonng/sdk/url.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "nanolib/topic/topic.hpp"

namespace nanonng::sdk {

namespace {

using transport = server_url::transport;

struct scheme_rule {
  std::string_view name;
  transport kind;
  bool tls;
  std::uint16_t port;
};

constexpr std::array<scheme_rule, 20> schemes{{
    {"mqtt", transport::tcp, false, 1883},
    {"tcp", transport::tcp, false, 1883},
    {"mqtt-tcp", transport::tcp, false, 1883},
    {"nmq-tcp", transport::tcp, false, 1883},
    {"mqtts", transport::tcp, true, 8883},
    {"ssl", transport::tcp, true, 8883},
    {"tls", transport::tcp, true, 8883},
    {"mqtt+ssl", transport::tcp, true, 8883},
    {"tls+mqtt-tcp", transport::tcp, true, 8883},
    {"tls+nmq-tcp", transport::tcp, true, 8883},
    {"tls+tcp", transport::tcp, true, 8883},
    {"ws", transport::websocket, false, 80},
    {"wss", transport::websocket, true, 443},
    {"tls+ws", transport::websocket, true, 443},
    {"mqtt+ws", transport::websocket, false, 80},
    {"nmq-ws", transport::websocket, false, 80},
    {"nmq-wss", transport::websocket, true, 443},
    {"unix", transport::unix_socket, false, 0},
    {"mqtt+unix", transport::unix_socket, false, 0},
    {"ipc", transport::unix_socket, false, 0},
}};

/// What is wrong; an empty text is nothing.
using fault = std::string;

int hexadecimal(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

fault decode_percent(std::string_view text, std::string& into) {
  into.clear();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      into += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return "a percent sign without two digits behind it";
    const int high = hexadecimal(text[at + 1]);
    const int low = hexadecimal(text[at + 2]);
    if (high < 0 || low < 0) return "a percent sign without two digits behind it";
    into += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return {};
}

/// As decode_percent(), for what MQTT sends as a string.
fault decode_text(std::string_view text, std::string& into) {
  if (const fault wrong = decode_percent(text, into); !wrong.empty()) return wrong;
  if (!nanolib::is_valid_utf8(nanolib::as_bytes(into))) return "not UTF-8, or a NUL character";
  return {};
}

const scheme_rule* find_scheme(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto found = std::ranges::find(schemes, std::string_view(lower), &scheme_rule::name);
  return found == schemes.end() ? nullptr : &*found;
}

fault read_user(std::string_view text, server_url& into) {
  const auto colon = text.find(':');
  if (const fault wrong = decode_text(text.substr(0, colon), into.user_name.emplace()); !wrong.empty()) return wrong;
  if (colon == std::string_view::npos) return {};
  return decode_percent(text.substr(colon + 1), into.password.emplace());
}

fault read_query(std::string_view query, server_url& into) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    const auto equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    if (name != "client_id" && name != "clientid" && name != "clientId") return "the only option in a URL is client_id";
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    if (const fault wrong = decode_text(value, into.client_id); !wrong.empty()) return wrong;
  }
  return {};
}

fault read_host(std::string_view text, std::uint16_t default_port, server_url& into) {
  std::string address = "tcp://" + std::string(text);
  const auto bracket = text.rfind(']');
  const bool has_port = text.find(':', bracket == std::string_view::npos ? 0 : bracket) != std::string_view::npos;
  if (!has_port) address += ":" + std::to_string(default_port);
  std::string why;
  auto where = net::parse_endpoint(address, why);
  if (!where) return why.substr(0, why.find(": \""));  // without the address: it is not what the user wrote
  if (where->host.empty()) return "the host is missing";
  if (where->port == 0) return "the port is 0";
  into.host = std::move(where->host);
  into.port = where->port;
  return {};
}

fault read_unix(std::string_view rest, server_url& into) {
  // unix://user:password@/path
  const auto slash = rest.find('/');
  const auto at = rest.substr(0, slash).rfind('@');
  if (at != std::string_view::npos) {
    if (const fault wrong = read_user(rest.substr(0, at), into); !wrong.empty()) return wrong;
    rest.remove_prefix(at + 1);
  }
  if (const fault wrong = decode_percent(rest, into.host); !wrong.empty()) return wrong;
  std::string why;
  if (net::parse_endpoint("unix://" + into.host, why)) return {};
  return into.host.empty() ? "the path of the Unix socket is missing"
                           : "the path is not one that a Unix socket can have";
}

fault read_authority(std::string_view rest, const scheme_rule& rule, server_url& into) {
  std::string_view authority = rest.substr(0, rest.find('/'));
  const std::string_view path = rest.substr(authority.size());
  if (rule.kind == transport::websocket) {
    into.path = path.empty() ? "/mqtt" : path;
  } else if (!path.empty()) {
    if (const fault wrong = decode_percent(path.substr(1), into.path); !wrong.empty()) return wrong;
  }
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (const fault wrong = read_user(authority.substr(0, at), into); !wrong.empty()) return wrong;
    authority.remove_prefix(at + 1);
  }
  return read_host(authority, rule.port, into);
}

fault read(std::string_view url, server_url& into) {
  const auto separator = url.find("://");
  const scheme_rule* rule = schemes.data();
  if (separator != std::string_view::npos) {
    rule = find_scheme(url.substr(0, separator));
    if (rule == nullptr) return "the scheme is none of mqtt, mqtts, tcp, ssl, mqtt-tcp, tls+mqtt-tcp, ws, wss, unix";
    url.remove_prefix(separator + 3);
  }
  into.kind = rule->kind;
  into.tls = rule->tls;
  const auto question = url.find('?');
  if (question != std::string_view::npos) {
    if (const fault wrong = read_query(url.substr(question + 1), into); !wrong.empty()) return wrong;
    url = url.substr(0, question);
  }
  return into.kind == transport::unix_socket ? read_unix(url, into) : read_authority(url, *rule, into);
}

}  // namespace

nanolib::result<server_url> parse_server_url(std::string_view url, std::string& why) {
  server_url made;
  const fault wrong = read(url, made);
  if (wrong.empty()) return made;
  // Not quoted: a password may be in it.
  why.assign("not a usable URL: ").append(wrong);
  return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
}

std::string server_url::text() const {
  if (kind == transport::unix_socket) return "unix://" + host;
  const std::string_view scheme = kind == transport::websocket ? (tls ? "wss" : "ws") : tls ? "mqtts" : "mqtt";
  const bool brackets = host.find(':') != std::string::npos;
  std::string text(scheme);
  text.append("://").append(brackets ? "[" + host + "]" : host).append(":").append(std::to_string(port));
  if (kind == transport::websocket) text += path;
  return text;
}

net::endpoint server_url::where() const {
  if (kind == transport::unix_socket) return {net::endpoint::transport::unix_socket, host, 0};
  return {net::endpoint::transport::tcp, host, port};
}

}  // namespace nanonng::sdk
