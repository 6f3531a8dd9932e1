// A byte stream without blocking: sockets, memory, and layers (PROXY header, TLS, WebSocket) over another stream.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "nanolib/base/result.hpp"
#include "nanonng/net/poller.hpp"

namespace nanonng::net {

struct tls_identity;

/// What a read or write came to.
struct io_result {
  enum class outcome : std::uint8_t { moved, would_block, closed, failed };
  /// What a layered stream asks of its owner besides, bits; a socket asks nothing.
  enum hint : std::uint8_t {
    none = 0,
    read_again = 1,  ///< holds input that no poller tells of: read again, at the next dispatch point
    room = 2,        ///< bytes of its own wait for room: write({}) once there is some
    input = 4,       ///< a write that would block waits for input and not for room: once more after the next read
    stuck = 8,       ///< nothing can be read before: with `room`, there is some; without, the owner is told
  };
  outcome what = outcome::would_block;
  std::size_t bytes = 0;      ///< with moved
  nanolib::error error = {};  ///< with failed
  std::uint8_t hints = none;
};

/// Bytes arrive in their order and none is lost, or the stream ends. Spec: MQTT 5.0 §4.2 [MQTT-4.2.0-1].
/// Thread: loop-confined. None of the calls blocks; EINTR is handled inside; SIGPIPE never rises.
class stream {
 public:
  stream() = default;
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  virtual ~stream() = default;
  /// `into` may be written beyond what was moved.
  virtual io_result read(std::span<std::byte> into) noexcept = 0;
  /// After would_block and after a short write the next write begins with the bytes that were not moved. Nothing to write:
  /// what the stream itself has to send (a handshake, an answer to a ping) goes on.
  virtual io_result write(std::span<const iovec> from) noexcept = 0;
  /// Nothing more will be written: the peer sees the end once it has read what was. Reading goes on.
  virtual void finish() noexcept {}
  /// Sends something that means nothing, so that the way to the peer stays open: a ping. Nothing where there is no such thing.
  virtual void keep_open() noexcept {}
  /// The hints `read_again`, `room` and `stuck` as they are now, for a new owner.
  [[nodiscard]] virtual std::uint8_t wants() const noexcept { return io_result::none; }
  /// Whom to tell (on_readable) when something has come of what the stream does elsewhere, which no poller knows of: a
  /// handshake that is computed on another thread. Null: nobody, before the owner goes. A layer passes it down.
  virtual void set_owner(io_handler* /*owner*/) noexcept {}
  /// What a poller waits on; -1 for a stream in memory.
  [[nodiscard]] virtual int descriptor() const noexcept = 0;
  /// The peer's address as text ("127.0.0.1:4711", "[::1]:4711", "unix"); "" when unknown.
  [[nodiscard]] virtual std::string peer() const = 0;
  /// Who the peer has proved to be; null without TLS, and before its handshake is over. Lives as long as the stream.
  [[nodiscard]] virtual const tls_identity* identity() const noexcept { return nullptr; }
  /// Why a layer has failed, for a log; "" when there is no more to say than the error does. Nothing secret.
  [[nodiscard]] virtual std::string failure() const { return {}; }
};

/// Takes over a connected, non-blocking socket; closes it at the end. TCP sockets send small segments at once.
/// Owns: the descriptor, also when the answer is null because memory is short (it is closed then).
[[nodiscard]] std::unique_ptr<stream> make_socket_stream(int descriptor) noexcept;

/// The user that has connected to a Unix socket, as the system knows it; none for other sockets.
[[nodiscard]] std::optional<std::uint32_t> peer_user(int descriptor) noexcept;

}  // namespace nanonng::net
