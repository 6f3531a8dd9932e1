// MQTT's stream of bytes inside a WebSocket, over another stream.
#pragma once

#include <memory>

#include "nanonng/net/stream.hpp"
#include "nanonng/net/websocket_frame.hpp"
#include "nanonng/net/websocket_upgrade.hpp"

namespace nanonng::net {

/// Answers the upgrade request within the first reads, then speaks frames: pings are answered (the last one that
/// arrived), a Close frame is answered and is the end. The deadline of the upgrade is the owner's.
/// finish() and the destructor send a Close frame.
/// Shape: about half a KiB while idle, the head's size more until the upgrade is done. Null when memory is short.
/// Errors of reads and writes: EPROTO (no upgrade, a violation: failure() says which), and those of the stream below.
[[nodiscard]] std::unique_ptr<stream> make_websocket_server(std::unique_ptr<stream> over,
                                                            std::shared_ptr<const websocket_server_options> options,
                                                            const websocket_limits& limits = {}) noexcept;

/// Sends the upgrade request with the first writes. Null also when the options make no request.
[[nodiscard]] std::unique_ptr<stream> make_websocket_client(std::unique_ptr<stream> over,
                                                            const websocket_client_options& options,
                                                            const websocket_limits& limits = {}) noexcept;

}  // namespace nanonng::net
