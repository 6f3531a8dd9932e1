#include "nanomq/config/listener_option.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "nanomq/access/address.hpp"

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanolib::result;
using nanomq::broker::listener_kind;
using nanonng::net::socket_options;
using nanonng::net::tls_credential;
using nanonng::net::tls_server_options;
using listener = nanomq::broker::listener_options;
using texts = std::vector<std::string>;

constexpr std::uint64_t giga = std::uint64_t{1} << 30U;
constexpr std::uint64_t second = 1'000;
constexpr std::uint64_t hour = 3'600 * second;
constexpr std::uint64_t most_of_a_rate = std::numeric_limits<std::uint32_t>::max();
constexpr bool at_once = true;

std::unexpected<error> refuse(std::string& why, std::string text) {
  why = std::move(text);
  return std::unexpected(error{error_domain::config, 0});
}

// --- how members of a listener are read and written

struct itself {
  template <class Listener>
  static auto& of(Listener& from) {
    return from;
  }
};
struct its_socket {
  template <class Listener>
  static auto& of(Listener& from) {
    return from.socket;
  }
};
struct its_certificate {
  template <class Listener>
  static auto& of(Listener& from) {
    return from.certificate;
  }
};
struct its_rates {
  template <class Listener>
  static auto& of(Listener& from) {
    return from.rates;
  }
};
struct its_tls {
  template <class Listener>
  static auto& of(Listener& from) {
    return from.tls;
  }
};

value to_value(bool from) { return from; }
value to_value(std::uint32_t from) { return std::uint64_t{from}; }
value to_value(int from) { return static_cast<std::uint64_t>(from); }
value to_value(nanolib::duration from) { return static_cast<std::uint64_t>(from.count()); }
value to_value(std::chrono::seconds from) { return static_cast<std::uint64_t>(from.count()) * second; }
value to_value(const nanolib::rate& from) { return from; }
value to_value(const std::string& from) { return from; }
value to_value(const texts& from) { return from; }

void from_value(bool& into, const value& from) { into = std::get<bool>(from); }
void from_value(std::uint32_t& into, const value& from) {
  into = static_cast<std::uint32_t>(std::get<std::uint64_t>(from));
}
void from_value(int& into, const value& from) { into = static_cast<int>(std::get<std::uint64_t>(from)); }
void from_value(nanolib::duration& into, const value& from) {
  into = nanolib::duration(static_cast<nanolib::duration::rep>(std::get<std::uint64_t>(from)));
}
void from_value(std::chrono::seconds& into, const value& from) {
  into = std::chrono::seconds(static_cast<std::int64_t>(std::get<std::uint64_t>(from) / second));
}
void from_value(nanolib::rate& into, const value& from) { into = std::get<nanolib::rate>(from); }
// None where nothing is said.
value to_value(const std::optional<nanolib::rate>& from) { return from.value_or(nanolib::rate{}); }
void from_value(std::optional<nanolib::rate>& into, const value& from) {
  const auto flow = std::get<nanolib::rate>(from);
  into = flow.is_limited() ? std::optional(flow) : std::nullopt;
}
void from_value(std::string& into, const value& from) { into = std::get<std::string>(from); }
void from_value(texts& into, const value& from) { into = std::get<texts>(from); }

template <class Part, auto Member>
constexpr listener_option member(std::string_view key, std::uint8_t kinds, value_type type, value_range range,
                                 bool reloadable, std::string_view help, bool secret = false) {
  return {key,
          kinds,
          type,
          range,
          reloadable,
          secret,
          help,
          [](const listener& from) { return to_value(Part::of(from).*Member); },
          [](listener& into, const value& what, std::string&) -> result<void> {
            from_value(Part::of(into).*Member, what);
            return {};
          }};
}

// --- members that are more than their value

value get_bind(const listener& from) {
  texts out;
  for (const auto& one : from.bind) out.push_back(nanomq::broker::listening{{}, from.kind, one, {}}.url());
  return out;
}

result<void> set_bind(listener& into, const value& what, std::string& why) {
  std::vector<nanonng::net::endpoint> all;
  std::string path;
  for (const auto& text : std::get<texts>(what)) {
    auto one = parse_listener_address(into.kind, text, why);
    if (!one) return std::unexpected(one.error());
    if (!path.empty() && !one->path.empty() && one->path != path) {
      return refuse(why, "two paths on one listener, " + path + " and " + one->path);
    }
    if (!one->path.empty()) path = one->path;
    all.push_back(std::move(one->where));
  }
  into.bind = std::move(all);
  if (!path.empty()) into.path = path;
  return {};
}

result<void> set_path(listener& into, const value& what, std::string& why) {
  const auto& text = std::get<std::string>(what);
  const auto is_plain = [](char c) { return c > ' ' && c < 0x7f && c != '?' && c != '#'; };
  if (!text.starts_with('/') || !std::ranges::all_of(text, is_plain)) {
    return refuse(why, "a path begins with / and has neither spaces nor ? nor #");
  }
  into.path = text;
  return {};
}

value get_anonymous(const listener& from) {
  if (!from.allow_anonymous) return std::string("inherit");
  return std::string(*from.allow_anonymous ? "true" : "false");
}

result<void> set_anonymous(listener& into, const value& what, std::string&) {
  const auto& text = std::get<std::string>(what);
  into.allow_anonymous = text == "inherit" ? std::nullopt : std::optional(text == "true");
  return {};
}

result<void> set_trusted(listener& into, const value& what, std::string& why) {
  for (const auto& text : std::get<texts>(what)) {
    if (text != "unix" && !access::parse_network(text)) {
      return refuse(why, "not a network such as 10.0.0.0/8, an address, or \"unix\": \"" + text + "\"");
    }
  }
  into.proxy_trusted = std::get<texts>(what);
  return {};
}

value get_mode(const listener& from) {
  std::string out = "0000";
  std::uint32_t rest = from.socket.mode;
  for (auto at = out.rbegin(); rest != 0 && at != out.rend(); ++at, rest /= 8) *at = static_cast<char>('0' + rest % 8);
  return out;
}

result<void> set_mode(listener& into, const value& what, std::string& why) {
  const auto& text = std::get<std::string>(what);
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into.socket.mode, 8);
  if (failed == std::errc() && end == text.data() + text.size() && into.socket.mode <= 0777) return {};
  return refuse(why, "not a mode such as 0660");
}

value get_more(const listener& from) {
  texts out;
  for (const tls_credential& one : from.more_certificates) out.push_back(one.certificate_file + ":" + one.key_file);
  return out;
}

result<void> set_more(listener& into, const value& what, std::string& why) {
  std::vector<tls_credential> all;
  for (const auto& text : std::get<texts>(what)) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
      return refuse(why, "expected CERTIFICATE:KEY, two files: \"" + text + "\"");
    }
    all.push_back({text.substr(0, colon), text.substr(colon + 1), {}});
  }
  into.more_certificates = std::move(all);
  return {};
}

// In the order of rate_action; the first is none of its own.
constexpr std::array<std::string_view, 4> rate_actions{"inherit", "wait", "drop_qos0", "disconnect"};

value get_rate_action(const listener& from) {
  return std::string(rate_actions[from.rates.action ? 1U + std::to_underlying(*from.rates.action) : 0U]);
}
result<void> set_rate_action(listener& into, const value& what, std::string&) {
  const auto at = std::ranges::find(rate_actions, std::get<std::string>(what)) - rate_actions.begin();
  into.rates.action = at == 0 ? std::nullopt : std::optional(static_cast<nanomq::broker::rate_action>(at - 1));
  return {};
}

// In the order of identity_source; "true" is what "cn" is.
constexpr std::array<std::string_view, 5> identity_words{"false", "cn", "san", "fingerprint", "true"};

value get_identity(const listener& from) {
  return std::string(identity_words[std::to_underlying(from.use_identity_as_username)]);
}
result<void> set_identity(listener& into, const value& what, std::string&) {
  const auto at = std::ranges::find(identity_words, std::get<std::string>(what)) - identity_words.begin();
  into.use_identity_as_username =
      static_cast<nanomq::broker::identity_source>(at == std::ssize(identity_words) - 1 ? 1 : at);
  return {};
}

// In the order of tls_version.
constexpr std::array<std::string_view, 3> versions{"1.0", "1.1", "1.2"};

value get_version(const listener& from) { return std::string(versions[std::to_underlying(from.tls.minimum)]); }
result<void> set_version(listener& into, const value& what, std::string&) {
  const auto at = std::ranges::find(versions, std::get<std::string>(what)) - versions.begin();
  into.tls.minimum = static_cast<nanonng::net::tls_version>(at);
  return {};
}

using enum value_type;

constexpr std::array table{
    listener_option{"bind",
                    on_all,
                    list,
                    {},
                    at_once,
                    false,
                    "Where to listen: address:port, or a URL (NanoMQ's schemes and the usual ones; unix:///PATH for a "
                    "socket in the file system). The address * is every one, IPv4 and IPv6; port 0 is any free one; a "
                    "path behind it sets `path`. Empty: 127.0.0.1 and, where there is IPv6, [::1], at port 1883 (tcp), "
                    "8883 (ssl), 8083 (ws) or 8086 (wss).",
                    get_bind,
                    set_bind},
    member<itself, &listener::enable>("enable", on_all, boolean, {}, at_once,
                                      "Whether this listener is opened at all."),
    listener_option{"allow_anonymous",
                    on_all,
                    text,
                    {0, 0, 1, "inherit|true|false"},
                    at_once,
                    false,
                    "Whether anybody may connect here without authentication; inherit: what auth.allow_anonymous says.",
                    get_anonymous,
                    set_anonymous},
    member<itself, &listener::max_connections>("max_connections", on_all, count, {0, 10'000'000}, at_once,
                                               "Connections through this listener. 0: only limits.max_connections "
                                               "counts."),
    member<itself, &listener::max_connections_per_address>("max_connections_per_address", on_all, count,
                                                           {0, 10'000'000}, at_once,
                                                           "Of them, from one address. 0: any number."),
    member<itself, &listener::max_conn_rate>("max_conn_rate", on_all, rate, {0, most_of_a_rate}, at_once,
                                             "New connections through this listener. Further ones wait until they are "
                                             "accepted."),
    member<its_rates, &nanomq::broker::own_rates::messages>(
        "messages_rate", on_all, rate, {0, most_of_a_rate}, at_once,
        "Messages that each client here may send. 0: limits.client.messages_rate."),
    member<its_rates, &nanomq::broker::own_rates::bytes>("bytes_rate", on_all, byte_rate, {0, most_of_a_rate}, at_once,
                                                         "Bytes that each may send. 0: limits.client.bytes_rate."),
    member<itself, &listener::total_messages_rate>("total_messages_rate", on_all, rate, {0, most_of_a_rate}, at_once,
                                                   "Messages that all clients here may send together."),
    member<itself, &listener::total_bytes_rate>("total_bytes_rate", on_all, byte_rate, {0, most_of_a_rate}, at_once,
                                                "Bytes that they may send together."),
    listener_option{"rate_action",
                    on_all,
                    text,
                    {0, 0, 1, "inherit|wait|drop_qos0|disconnect"},
                    at_once,
                    false,
                    "What becomes of more: as limits.client.rate_action. inherit: that, and wait for what all may send "
                    "together.",
                    get_rate_action,
                    set_rate_action},
    member<itself, &listener::max_handshake_rate>("max_handshake_rate", on_tls, count, {0, 1'000'000}, at_once,
                                                  "TLS handshakes a second from one address (an IPv6 network of 64 "
                                                  "bits); as many may come at once. Further ones are refused before "
                                                  "anything is computed. 0: any number."),
    member<itself, &listener::max_packet_size>(
        "max_packet_size", on_all, size, {0, 272'629'760}, at_once,
        "The largest packet that clients may send here. 0: mqtt.max_packet_size."),
    member<itself, &listener::connect_timeout>("connect_timeout", on_all, duration, {0, hour}, at_once,
                                               "How long a connection may take until its CONNECT is complete, "
                                               "handshakes included. 0: mqtt.connect_timeout."),
    member<itself, &listener::handshake_timeout>("handshake_timeout", on_all, duration, {0, hour}, at_once,
                                                 "How long it may take until the first byte of MQTT: PROXY header, TLS "
                                                 "and WebSocket handshakes. 0: as long as connect_timeout."),
    member<itself, &listener::proxy_protocol>("proxy_protocol", on_all, boolean, {}, at_once,
                                              "Whether every connection begins with a PROXY header (version 1 or 2) "
                                              "that says whose it is."),
    listener_option{"proxy_trusted",
                    on_all,
                    list,
                    {},
                    at_once,
                    false,
                    "With proxy_protocol: the addresses and networks of the proxies, and \"unix\". Whoever else "
                    "connects is turned away.",
                    [](const listener& from) { return value(from.proxy_trusted); },
                    set_trusted},

    member<itself, &listener::any_path>("any_path", on_web, boolean, {}, at_once,
                                        "Whether the path of a WebSocket does not matter."),
    listener_option{"path",
                    on_web,
                    path,
                    {},
                    at_once,
                    false,
                    "The path of the WebSocket.",
                    [](const listener& from) { return value(from.path); },
                    set_path},
    member<itself, &listener::origins>("origins", on_web, list, {}, at_once,
                                       "Pages that may connect, such as https://app.example.org. Empty: all. Clients "
                                       "that are no browsers name no origin and are not asked for one."),

    member<itself, &listener::ping_interval>(
        "ping_interval", on_web, duration, {0, hour}, at_once,
        "After how much silence of a client its WebSocket is pinged, so that proxies "
        "and address translation keep the way to it open. 0: never."),

    member<its_certificate, &tls_credential::certificate_file>(
        "certfile", on_tls, path, {}, at_once,
        "The certificate, and behind it in the same file those that lead to its authority. A wss listener without "
        "certificate and psk_file takes those of listeners.ssl."),
    member<its_certificate, &tls_credential::key_file>("keyfile", on_tls, path, {}, at_once, "Its private key."),
    member<its_certificate, &tls_credential::key_password>("key_password", on_tls, path, {}, at_once,
                                                           "The password of the private key.", true),
    listener_option{"more_certificates",
                    on_tls,
                    list,
                    {},
                    at_once,
                    false,
                    "Further certificates, CERTIFICATE:KEY each, chosen by the name that a client asks for (SNI).",
                    get_more,
                    set_more},
    member<its_tls, &tls_server_options::ca_file>("cacertfile", on_tls, path, {}, at_once,
                                                  "The authorities that client certificates are checked against."),
    member<its_tls, &tls_server_options::ca_directory>("cacertdir", on_tls, path, {}, at_once,
                                                       "A directory of such files, beside or instead of it."),
    member<its_tls, &tls_server_options::crl_file>("crlfile", on_tls, path, {}, at_once,
                                                   "Client certificates that have been revoked."),
    member<itself, &listener::verify_peer>("verify_peer", on_tls, boolean, {}, at_once,
                                           "Whether clients are asked for a certificate; one that does not hold is "
                                           "refused."),
    member<itself, &listener::fail_if_no_peer_cert>("fail_if_no_peer_cert", on_tls, boolean, {}, at_once,
                                                    "With verify_peer: whether a client without a certificate is "
                                                    "refused. Certificates count as authentication then."),
    listener_option{
        "use_identity_as_username",
        on_tls,
        text,
        {0, 0, 1, "false|cn|san|fingerprint|true"},
        at_once,
        false,
        "Whether who was proved in TLS is the user, and which name that is: cn (or true) is the common name of the "
        "client's certificate; san the first of its alternative names that is a host's, else one for mail, else a URI; "
        "fingerprint the certificate's SHA-256 in hexadecimal. Of a pre-shared key it is the identity. What the client "
        "says about user and password itself counts for nothing then, and one without such a name is refused.",
        get_identity,
        set_identity},
    member<its_tls, &tls_server_options::psk_file>("psk_file", on_tls, path, {}, at_once,
                                                   "Pre-shared keys, a line `identity:key` each with the key in "
                                                   "hexadecimal. Without a certificate they count as authentication."),
    listener_option{"min_version",
                    on_tls,
                    text,
                    {0, 0, 1, "1.0|1.1|1.2"},
                    at_once,
                    false,
                    "The oldest version of TLS.",
                    get_version,
                    set_version},
    member<its_tls, &tls_server_options::ciphers>("ciphers", on_tls, list, {}, at_once,
                                                  "Cipher suites as mbedtls or IANA spell them, the best first. Empty: "
                                                  "ECDHE with AEAD."),
    member<itself, &listener::alpn>("alpn", on_tls, list, {}, at_once,
                                    "Protocols for clients that offer some (ALPN). Empty: mqtt, and http/1.1 for "
                                    "WebSockets."),
    member<its_tls, &tls_server_options::tickets>("session_tickets", on_tls, boolean, {}, at_once,
                                                  "Whether a client can take an earlier session up again."),
    member<its_tls, &tls_server_options::ticket_lifetime>("session_ticket_lifetime", on_tls, duration,
                                                          {second, 168 * hour, second}, at_once, "For how long."),

    member<its_socket, &socket_options::nodelay>("nodelay", on_all, boolean, {}, at_once,
                                                 "Whether small segments are sent at once (TCP_NODELAY)."),
    member<its_socket, &socket_options::keepalive>("tcp_keepalive", on_all, duration, {0, 12 * hour}, at_once,
                                                   "After how much silence TCP itself asks whether the peer is still "
                                                   "there. 0: never."),
    member<its_socket, &socket_options::send_buffer>(
        "send_buffer", on_all, size, {0, giga}, at_once,
        "The system's send buffer of a connection. 0: as the system likes."),
    member<its_socket, &socket_options::receive_buffer>("receive_buffer", on_all, size, {0, giga}, at_once,
                                                        "The same for receiving."),
    member<its_socket, &socket_options::backlog>("backlog", on_all, count, {1, 65'535}, at_once,
                                                 "Connections that the system keeps until they are accepted."),
    member<its_socket, &socket_options::interface>("bind_interface", on_all, path, {}, at_once,
                                                   "Only what arrives over this network interface, such as eth0."),
    listener_option{
        "unix_mode", on_all, path, {}, at_once, false, "The mode of a Unix socket's file.", get_mode, set_mode},
    member<its_socket, &socket_options::owner>("unix_owner", on_all, path, {}, at_once,
                                               "Its owner. Empty: the user that the broker runs as."),
    member<its_socket, &socket_options::group>("unix_group", on_all, path, {}, at_once, "Its group."),
};

constexpr std::array variables{
    listener_variable{"NANOMQ_BROKER_URL", "listeners.tcp.bind"},
    listener_variable{"NANOMQ_TCP_ENABLE", "listeners.tcp.enable"},
    listener_variable{"NANOMQ_TLS_ENABLE", "listeners.ssl.enable"},
    listener_variable{"NANOMQ_TLS_URL", "listeners.ssl.bind"},
    listener_variable{"NANOMQ_TLS_CA_CERT_PATH", "listeners.ssl.cacertfile"},
    listener_variable{"NANOMQ_TLS_CERT_PATH", "listeners.ssl.certfile"},
    listener_variable{"NANOMQ_TLS_KEY_PATH", "listeners.ssl.keyfile"},
    listener_variable{"NANOMQ_TLS_KEY_PASSWORD", "listeners.ssl.key_password"},
    listener_variable{"NANOMQ_TLS_VERIFY_PEER", "listeners.ssl.verify_peer"},
    listener_variable{"NANOMQ_TLS_FAIL_IF_NO_PEER_CERT", "listeners.ssl.fail_if_no_peer_cert"},
    listener_variable{"NANOMQ_WEBSOCKET_ENABLE", "listeners.ws.enable"},
    listener_variable{"NANOMQ_WEBSOCKET_URL", "listeners.ws.bind"},
    listener_variable{"NANOMQ_WEBSOCKET_TLS_ENABLE", "listeners.wss.enable"},
    listener_variable{"NANOMQ_WEBSOCKET_TLS_URL", "listeners.wss.bind"},
};

bool is_name(std::string_view text) noexcept {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

const listener_option* row_of(listener_kind kind, std::string_view key) noexcept {
  const unsigned bit = 1U << std::to_underlying(kind);
  const auto found =
      std::ranges::find_if(table, [&](const listener_option& row) { return row.key == key && (row.kinds & bit) != 0; });
  return found == table.end() ? nullptr : &*found;
}

std::string_view take_part(std::string_view& rest) noexcept {
  const auto end = std::min(rest.find('.'), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

}  // namespace

std::span<const listener_option> listener_rows() noexcept { return table; }
std::span<const listener_variable> listener_variables() noexcept { return variables; }

std::string listener_prefix(listener_kind kind, std::string_view name) {
  std::string out = "listeners." + std::string(nanomq::broker::name_of(kind)) + ".";
  return name.empty() ? out : out + std::string(name) + ".";
}

std::string listener_setting::key() const { return listener_prefix(kind, name) + std::string(row->key); }

std::optional<listener_setting> find_listener_setting(std::string_view key) {
  if (take_part(key) != "listeners" || key.ends_with('.')) return {};
  const auto kind_name = take_part(key);
  for (const auto kind : {listener_kind::tcp, listener_kind::ssl, listener_kind::ws, listener_kind::wss}) {
    if (nanomq::broker::name_of(kind) != kind_name) continue;
    const auto first = take_part(key);
    const auto* const row = row_of(kind, key.empty() ? first : key);
    if (row == nullptr || (!key.empty() && !is_name(first))) return {};
    return listener_setting{row, kind, key.empty() ? std::string() : std::string(first)};
  }
  return {};
}

}  // namespace nanomq::config
