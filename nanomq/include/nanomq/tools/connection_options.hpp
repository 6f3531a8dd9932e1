// How a client tool connects and as whom: what `pub`, `sub`, `conn`, `bench` and `doctor` have in common.
//
// The structs hold what a person said, as it was said. Nothing is resolved or opened here; check() finds what contradicts
// itself, and make_client_settings() (client_settings.hpp) turns the rest into what the SDK takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nanomq/tools/property_argument.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanomq::tools {

/// The will that goes into CONNECT.
struct will_options {
  std::string topic;  ///< empty: no will
  std::optional<std::string> payload;
  nanonng::mqtt::quality_of_service qos{};
  bool retain = false;
};

/// What there is to say about TLS. Any of the first five asks for it.
struct tls_options {
  std::string ca_file;
  std::string ca_directory;
  std::string psk;  ///< hexadecimal
  bool use_system_certificates = false;
  bool by_url = false;  ///< mqtts:// or wss://
  std::string crl_file;
  std::string server_name;  ///< that the certificate must carry; empty: the host
  std::string certificate;
  std::string key;
  std::string key_password;
  std::string key_form;
  std::string ciphers;  ///< with colons or commas between
  std::string alpn;     ///< with commas between
  std::string version;
  std::string engine;
  std::string engine_password_sha1;
  std::string psk_identity;
  std::string key_log;
  bool insecure = false;
  bool off = false;  ///< --no-tls: none of the above counts

  [[nodiscard]] bool wanted() const noexcept {
    // Whoever shows a certificate, or talks of checking one, does not mean to send a password in the clear.
    return !off && (!ca_file.empty() || !ca_directory.empty() || !psk.empty() || use_system_certificates || by_url ||
                    !certificate.empty() || insecure);
  }
};

/// A session that the server is to keep without end.
inline constexpr std::uint32_t session_without_end = 0xFFFF'FFFF;

struct connection_options {
  std::string host = "localhost";
  std::optional<std::uint16_t> port;
  std::string unix_socket;  ///< instead of host and port
  std::string bind_address;
  bool websocket = false;
  std::string websocket_path;  ///< empty: "/mqtt"
  std::string websocket_origin;
  std::vector<std::string> websocket_headers;  ///< "Name: value"
  std::string proxy;                           ///< socks5h://[user[:password]@]host[:port]
  tls_options tls;

  std::optional<std::string> user_name;
  std::optional<std::string> password;
  std::string auth_method;  ///< SCRAM-SHA-256: the password is not sent; empty: none
  std::string client_id;
  std::string client_id_prefix;  ///< the process id is appended

  nanonng::mqtt::protocol_version version = nanonng::mqtt::protocol_version::v3_1_1;
  bool clean_session = true;
  std::optional<std::uint32_t> session_expiry_s;  ///< MQTT 5; empty: 0, or without end when the session is kept
  std::uint16_t keep_alive_s = 60;
  std::uint32_t max_inflight = 0;  ///< QoS 1 and 2 messages under way to the server; 0: as many as it takes
  will_options will;
  property_arguments properties;

  /// Whether TLS is spoken: when something above asks for it, and on port 8883, as with mosquitto's clients.
  [[nodiscard]] bool wants_tls() const noexcept;
  /// The port in force: 1883, 8883 with TLS, 80 and 443 for WebSockets, unless another is set.
  [[nodiscard]] std::uint16_t effective_port() const noexcept;
  /// The session expiry in force. Spec: MQTT 5.0 §3.1.2.11.2.
  [[nodiscard]] std::uint32_t effective_session_expiry_s() const noexcept;
};

/// What is wrong with the options as a whole, in words for a person; empty: nothing.
[[nodiscard]] std::string check(const connection_options& options);

/// Reads mqtt://[user[:password]@]host[:port][/topic] and its like, as mosquitto_pub's -L does: nothing is percent-decoded,
/// and everything behind the first slash is the topic; of a WebSocket it is the path of its request. Schemes: mqtt, mqtts, ws,
/// wss (of mosquitto); mqtt-tcp, nmq-tcp, tcp, ssl, tls, tls+tcp, tls+mqtt-tcp, tls+nmq-tcp, nmq-ws, nmq-wss, unix (of NanoMQ and
/// others; unix:// takes a path and no topic). `topic` is empty when there is none.
/// The answer: what is wrong, or empty.
[[nodiscard]] std::string read_url(std::string_view url, connection_options& into, std::string& topic);

}  // namespace nanomq::tools
