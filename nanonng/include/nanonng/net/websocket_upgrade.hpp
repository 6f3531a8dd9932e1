// The HTTP request that becomes a WebSocket, and its answer, as texts: no I/O. Spec: RFC 6455 §4, MQTT 5.0 §6.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nanonng::net {

struct websocket_server_options {
  std::string path = "/mqtt";  ///< "": any
  /// Which pages may connect: "https://app.example.org"; empty: all. Clients that are no browsers send no Origin and are
  /// not asked for one.
  std::vector<std::string> origins{};
  std::size_t largest_head = 4096;
  std::size_t most_headers = 64;
};

/// What became of a request or of an answer.
struct websocket_verdict {
  enum class kind : std::uint8_t { need_more, accepted, refused };
  kind what = kind::need_more;
  std::size_t used = 0;  ///< bytes of the head; what follows belongs to the WebSocket
  std::string answer;    ///< servers: what to send, in both cases
  std::string_view why;  ///< refused: for a log; a text of ours, nothing of the peer's
  unsigned status =
      0;  ///< servers: 101, 400, 403, 404, 405, 426, 431 or 505; clients: what the server refused with, or 0
  std::string protocol;  ///< accepted: "mqtt" or "mqttv3.1"
};

/// Judges what a client has sent so far. Shape: reads the head once more at each call while it is incomplete; at most
/// `largest_head` bytes are looked at. They may throw std::bad_alloc.
[[nodiscard]] websocket_verdict answer_upgrade(std::string_view received, const websocket_server_options& options);

struct websocket_client_options {
  std::string host;  ///< with the port where it is not the scheme's: "broker.example.org:8083"
  std::string path = "/mqtt";
  std::string protocol = "mqtt";
  std::vector<std::string> headers{};  ///< more lines, "Name: value"
  std::size_t largest_head = 4096;
};

/// 16 random bytes in base64.
[[nodiscard]] std::string make_websocket_key(const std::array<std::uint8_t, 16>& random);
/// Empty when host, path, protocol or a header cannot stand in a request (a space, a line end).
[[nodiscard]] std::string make_upgrade_request(const websocket_client_options& options, std::string_view key);
/// Judges what a server has answered so far.
[[nodiscard]] websocket_verdict check_upgrade_answer(std::string_view received, std::string_view key,
                                                     const websocket_client_options& options);

}  // namespace nanonng::net
