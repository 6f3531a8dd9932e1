// A byte stream without blocking: TCP and Unix sockets today, TLS and memory behind the same interface.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "nanolib/base/result.hpp"
#include "nanonng/net/poller.hpp"

namespace nanonng::net {

/// What a read or write came to.
struct io_result {
  enum class outcome : std::uint8_t { moved, would_block, closed, failed };
  outcome what = outcome::would_block;
  std::size_t bytes = 0;      ///< with moved
  nanolib::error error = {};  ///< with failed
};

/// Bytes arrive in their order and none is lost, or the stream ends. Spec: MQTT 5.0 §4.2 [MQTT-4.2.0-1].
/// Thread: loop-confined. None of the calls blocks; EINTR is handled inside; SIGPIPE never rises.
class stream {
 public:
  stream() = default;
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  virtual ~stream() = default;
  virtual io_result read(std::span<std::byte> into) noexcept = 0;
  virtual io_result write(std::span<const iovec> from) noexcept = 0;
  /// Nothing more will be written: the peer sees the end once it has read what was. Reading goes on.
  virtual void finish() noexcept {}
  /// What a poller waits on; -1 for a stream in memory.
  [[nodiscard]] virtual int descriptor() const noexcept = 0;
  /// The peer's address as text ("127.0.0.1:4711", "[::1]:4711", "unix"); "" when unknown.
  [[nodiscard]] virtual std::string peer() const = 0;
};

/// Takes over a connected, non-blocking socket; closes it at the end. TCP sockets send small segments at once.
/// Owns: the descriptor, also when the answer is null because memory is short (it is closed then).
[[nodiscard]] std::unique_ptr<stream> make_socket_stream(int descriptor) noexcept;

}  // namespace nanonng::net
