#include "nanomq/tools/connection_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace nanomq::tools {
namespace {

using nanonng::mqtt::protocol_version;

struct scheme {
  std::string_view name;
  bool tls;
  bool websocket;
  bool unix_socket;
};
constexpr std::array<scheme, 15> schemes{{
    {"mqtt://", false, false, false},
    {"mqtts://", true, false, false},
    {"ws://", false, true, false},
    {"wss://", true, true, false},
    {"mqtt-tcp://", false, false, false},
    {"nmq-tcp://", false, false, false},
    {"tcp://", false, false, false},
    {"tls+mqtt-tcp://", true, false, false},
    {"tls+nmq-tcp://", true, false, false},
    {"ssl://", true, false, false},
    {"tls://", true, false, false},
    {"tls+tcp://", true, false, false},
    {"nmq-ws://", false, true, false},
    {"nmq-wss://", true, true, false},
    {"unix://", false, false, true},
}};

bool begins_with(std::string_view text, std::string_view scheme) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return text.size() >= scheme.size() && std::ranges::equal(text.substr(0, scheme.size()), scheme, {}, lower);
}

std::string read_authority(std::string_view text, connection_options& into) {
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    const auto who = text.substr(0, at);
    const auto colon = who.find(':');
    into.user_name = std::string(who.substr(0, colon));
    if (colon != std::string_view::npos) into.password = std::string(who.substr(colon + 1));
    text.remove_prefix(at + 1);
  }
  auto port = std::string_view();
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return "Invalid URL given, a bracket is missing.";
    into.host = std::string(text.substr(1, end - 1));
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return "Invalid URL given, only a port may follow the bracket.";
    has_port = !port.empty();
    if (has_port) port.remove_prefix(1);
  } else {
    const auto colon = text.find(':');
    into.host = std::string(text.substr(0, colon));
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
  }
  if (into.host.empty()) return "Invalid URL given, the host is missing.";
  into.port.reset();
  if (!has_port) return {};
  std::uint16_t number = 0;
  const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (fault != std::errc() || end != port.data() + port.size()) return "Invalid port given: " + std::string(port);
  into.port = number;
  return {};
}

// A choice that the library behind the SDK does not have, or empty.
std::string missing_of_tls(const tls_options& tls) {
  if (tls.version == "tlsv1.3") return "TLS 1.3 is not there: mbedtls 2.28 ends with 1.2.";
  if (!tls.version.empty() && tls.version != "tlsv1.2" && tls.version != "tlsv1.1" && tls.version != "tlsv1") {
    return "The TLS version is none of tlsv1.2, tlsv1.1 and tlsv1.";
  }
  if (!tls.engine.empty() || tls.key_form == "engine") return "There are no TLS engines here.";
  if (!tls.key_log.empty()) return "The keys of a connection cannot be written to a file.";
  return {};
}

std::string check_tls(const tls_options& tls) {
  if (tls.off) return {};
  if (auto fault = missing_of_tls(tls); !fault.empty()) return fault;
  if (tls.certificate.empty() != tls.key.empty()) {
    return "Both certfile and keyfile must be provided if one of them is set.";
  }
  if (!tls.key_form.empty() && tls.key.empty()) return "If keyform is set, keyfile must be also specified.";
  if (!tls.engine_password_sha1.empty() && (tls.key_form.empty() || tls.engine.empty())) {
    return "when using tls-engine-kpass-sha1, both tls-engine and keyform must also be provided.";
  }
  if (!tls.psk.empty() && (!tls.ca_file.empty() || !tls.ca_directory.empty())) {
    return "Only one of --psk or --cafile/--capath may be used at once.";
  }
  if (!tls.psk.empty() && tls.psk_identity.empty()) return "--psk-identity required if --psk used.";
  return {};
}

std::string check_session(const connection_options& options) {
  const bool named = !options.client_id.empty() && options.client_id_prefix.empty();
  if (options.version == protocol_version::v5) {
    if (options.effective_session_expiry_s() == session_without_end && !named) {
      return "You must provide a client id if you are using an infinite session expiry interval.";
    }
  } else if (!options.clean_session && !named) {
    return "You must provide a client id if you are using the -c option.";
  }
  return {};
}

}  // namespace

bool connection_options::wants_tls() const noexcept {
  constexpr std::uint16_t secure_mqtt = 8883;
  if (tls.off || !unix_socket.empty()) return false;
  return tls.wanted() || (port == secure_mqtt && !websocket);
}

std::uint16_t connection_options::effective_port() const noexcept {
  if (port) return *port;
  if (websocket) return wants_tls() ? 443 : 80;
  return wants_tls() ? 8883 : 1883;
}

std::uint32_t connection_options::effective_session_expiry_s() const noexcept {
  if (session_expiry_s) return *session_expiry_s;
  return clean_session ? 0 : session_without_end;
}

namespace {

std::string check_method(const connection_options& options) {
  if (options.auth_method.empty()) return {};
  if (options.auth_method != "SCRAM-SHA-256") return "The authentication method is not SCRAM-SHA-256.";
  if (options.version != protocol_version::v5) return "An authentication method is possible with MQTT 5 only (-V 5).";
  if (!options.user_name || !options.password) return "SCRAM-SHA-256 needs a user name (-u) and a password (-P).";
  if (options.properties.find(nanonng::mqtt::property_place::connect,
                              nanonng::mqtt::property_id::authentication_method) != nullptr) {
    return "The authentication method is given twice: --auth-method and -D connect authentication-method.";
  }
  return {};
}

}  // namespace

std::string check(const connection_options& options) {
  if (options.will.payload && options.will.topic.empty()) return "Will payload given, but no will topic given.";
  if (options.will.retain && options.will.topic.empty()) return "Will retain given, but no will topic given.";
  if (auto fault = check_tls(options.tls); !fault.empty()) return fault;
  if (options.websocket && !options.unix_socket.empty()) return "A Unix socket has no WebSocket.";
  if (auto fault = check_session(options); !fault.empty()) return fault;
  if (auto fault = check_method(options); !fault.empty()) return fault;
  if (options.password && !options.user_name && options.version != protocol_version::v5) {
    return "A password without a user name is possible with MQTT 5 only.";
  }
  return options.properties.check();
}

std::string read_url(std::string_view url, connection_options& into, std::string& topic) {
  const auto found = std::ranges::find_if(schemes, [url](const auto& one) { return begins_with(url, one.name); });
  if (found == schemes.end()) return "Unsupported URL scheme.";
  url.remove_prefix(found->name.size());
  into.tls.by_url = found->tls;
  into.websocket = found->websocket;
  into.unix_socket.clear();
  if (found->unix_socket) {
    if (url.empty()) return "Invalid URL given, the path of the socket is missing.";
    into.unix_socket = std::string(url);
    return {};
  }
  const auto slash = url.find('/');
  if (slash != std::string_view::npos) {
    (found->websocket ? into.websocket_path : topic) = std::string(url.substr(found->websocket ? slash : slash + 1));
  }
  return read_authority(url.substr(0, slash), into);
}

}  // namespace nanomq::tools
