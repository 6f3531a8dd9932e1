// The URL of a server: where it is, how to talk to it, and as whom.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nanolib/base/result.hpp"
#include "nanolib/base/visibility.hpp"
#include "nanonng/net/listener.hpp"

namespace nanonng::sdk {

/// A URL taken apart; names and values are percent-decoded.
struct NANOLIB_EXPORT server_url {
  enum class transport : std::uint8_t { tcp, websocket, unix_socket };

  transport kind = transport::tcp;
  bool tls = false;
  std::string host;  ///< a name, a numeric address without brackets, or the path of a Unix socket
  std::uint16_t port = 0;
  std::string path;  ///< of a WebSocket, with its slash ("/mqtt" if none is given); else what follows the port, without
  std::optional<std::string> user_name;
  std::optional<std::string> password;
  std::string client_id;  ///< from ?client_id= (or clientid=, clientId=)

  /// Without user and password, for logs.
  [[nodiscard]] std::string text() const;
  /// Where to dial. A WebSocket's and TLS's layers are not in it.
  [[nodiscard]] net::endpoint where() const;
};

/// Reads mqtt://, tcp://, mqtt-tcp://, nmq-tcp:// (1883), mqtts://, tls://, ssl://, mqtt+ssl://, tls+mqtt-tcp://, tls+nmq-tcp://,
/// tls+tcp:// (8883), ws://, mqtt+ws://, nmq-ws:// (80), wss://, tls+ws://, nmq-wss:// (443), unix:///path, mqtt+unix:///path and ipc:///path. `user:password@` before the host, also of a Unix socket
/// (unix://user:password@/path), `?client_id=` behind. Without a scheme it is mqtt://.
/// Errors: config; `why` says what is wrong in words for a person.
[[nodiscard]] NANOLIB_EXPORT nanolib::result<server_url> parse_server_url(std::string_view url, std::string& why);

}  // namespace nanonng::sdk
