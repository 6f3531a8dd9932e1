// What stands between a client's socket and MQTT: nothing, TLS, a WebSocket, or a WebSocket over TLS.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "nanonng/net/stream.hpp"
#include "nanonng/net/tls_context.hpp"
#include "nanonng/net/tls_stream.hpp"
#include "nanonng/net/websocket_upgrade.hpp"

namespace nanonng::net {

/// The way to one server. A value; the parts that are shared outlive the streams.
struct client_layers {
  std::shared_ptr<const tls_context> tls{};        ///< null: no TLS
  std::string server_name{};                       ///< see tls_stream_options
  std::shared_ptr<tls_session> session{};          ///< see tls_stream_options
  std::shared_ptr<tls_handshake_report> report{};  ///< see tls_stream_options
  std::optional<websocket_client_options> websocket{};

  [[nodiscard]] bool is_plain() const noexcept { return !tls && !websocket; }
};

/// Puts the layers over a socket. Null when memory is short, or the WebSocket's options make no request; the socket is
/// closed then. Shape: nothing but the streams themselves.
[[nodiscard]] std::unique_ptr<stream> add_client_layers(std::unique_ptr<stream> over,
                                                        const client_layers& layers) noexcept;

/// What to ask a server for: its name, with the port where it is not 80, or with TLS 443; brackets around IPv6 addresses.
/// Spec: RFC 6455 §4.1, point 4.
[[nodiscard]] std::string websocket_host(const std::string& host, std::uint16_t port, bool tls);

}  // namespace nanonng::net
