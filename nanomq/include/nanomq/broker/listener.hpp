// A listener: where clients come in, through which layers, and what holds for those who do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/time.hpp"
#include "nanolib/base/token_bucket.hpp"
#include "nanomq/broker/traffic_limits.hpp"
#include "nanonng/net/listener.hpp"
#include "nanonng/net/tls_context.hpp"

namespace nanomq::broker {

/// The layers over the socket: none, TLS, WebSocket, WebSocket over TLS.
enum class listener_kind : std::uint8_t { tcp, ssl, ws, wss };

/// What of that which was proved in TLS is the user name. A pre-shared key's identity counts with all but `none`.
enum class identity_source : std::uint8_t {
  none,              ///< the CONNECT says who it is
  common_name,       ///< the certificate's
  alternative_name,  ///< its first name of a host, else address for mail, else URI
  fingerprint,       ///< SHA-256 of the certificate, in hexadecimal
};

/// "tcp", "ssl", "ws", "wss"
[[nodiscard]] std::string_view name_of(listener_kind kind) noexcept;
/// 1883, 8883, 8083, 8086: NanoMQ's.
[[nodiscard]] std::uint16_t usual_port(listener_kind kind) noexcept;

/// Immutable once a broker has been started or reloaded with it.
struct listener_options {
  listener_options() = default;
  /// A plain one, in one place.
  listener_options(nanonng::net::endpoint where) : bind{std::move(where)} {}  // NOLINT(google-explicit-constructor)

  listener_kind kind = listener_kind::tcp;
  std::string name;  ///< "" for the one without
  bool enable = true;
  std::vector<nanonng::net::endpoint> bind;  ///< none: 127.0.0.1 and, where there is IPv6, ::1, at the usual port
  nanonng::net::socket_options socket;

  // Who comes in here. 0: what holds for the whole broker.
  std::uint32_t max_connections = 0;
  std::uint32_t max_connections_per_address = 0;
  std::uint32_t max_handshake_rate = 0;  ///< TLS handshakes a second from one address; 0: any number
  std::uint32_t max_packet_size = 0;
  nanolib::duration connect_timeout{0};
  nanolib::duration handshake_timeout{0};  ///< until the first byte of MQTT
  std::optional<bool> allow_anonymous;     ///< none: as the whole broker

  nanolib::rate max_conn_rate;        ///< connections that are accepted; the others wait for it
  own_rates rates;                    ///< of each client here, where that is not what holds for all
  nanolib::rate total_messages_rate;  ///< of all clients here together
  nanolib::rate total_bytes_rate;

  bool proxy_protocol = false;             ///< every connection begins with a PROXY header
  std::vector<std::string> proxy_trusted;  ///< networks and "unix": from anywhere else nobody is admitted then

  std::string path = "/mqtt";
  bool any_path = false;
  std::vector<std::string> origins;
  nanolib::duration ping_interval{30'000};  ///< of silence, after which a WebSocket is pinged; 0: never

  nanonng::net::tls_credential certificate;
  std::vector<nanonng::net::tls_credential> more_certificates;  ///< chosen by the name that a client asks for
  bool verify_peer = false;                                     ///< ask clients for a certificate
  bool fail_if_no_peer_cert = false;                            ///< and admit nobody without
  identity_source use_identity_as_username = identity_source::none;
  /// The rest of TLS; credentials, `ask` and `protocols` are made of what is above and below.
  nanonng::net::tls_server_options tls;
  std::vector<std::string> alpn;  ///< none: "mqtt", and "http/1.1" for WebSockets

  /// Where it listens: `bind`, or what stands for it when it is empty.
  [[nodiscard]] std::vector<nanonng::net::endpoint> places() const;
  /// "ssl:plant"; "tcp:default" for one without a name.
  [[nodiscard]] std::string id() const;
  [[nodiscard]] bool is_secure() const noexcept { return kind == listener_kind::ssl || kind == listener_kind::wss; }
  [[nodiscard]] bool is_websocket() const noexcept { return kind == listener_kind::ws || kind == listener_kind::wss; }
  /// Whether nobody gets through TLS without having proved who he is: a certificate, or a pre-shared key.
  [[nodiscard]] bool authenticates() const noexcept;
  /// Whether TLS has something to show or to ask for: a certificate or pre-shared keys.
  [[nodiscard]] bool has_credentials() const noexcept;
  /// What TLS is set up with.
  [[nodiscard]] nanonng::net::tls_server_options tls_options() const;
};

/// A place where a broker listens, with the port that was chosen.
struct listening {
  std::string id;
  listener_kind kind = listener_kind::tcp;
  nanonng::net::endpoint where;
  std::string path;  ///< of a WebSocket

  /// "mqtt-tcp://127.0.0.1:1883", "mqtts://*:8883", "wss://[::1]:8086/mqtt", "ws+unix:///run/ws.sock"
  [[nodiscard]] std::string url() const;
};

}  // namespace nanomq::broker
