// A stream with its buffers on a loop: input arrives in the loop's buffer, output leaves once per turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "nanolib/base/bytes.hpp"
#include "nanolib/message/message.hpp"
#include "nanonng/net/chunk_pool.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/poller.hpp"
#include "nanonng/net/stream.hpp"

namespace nanonng::net {

/// What a connection tells its owner. Never called inside a call that the owner makes.
class connection_handler {
 public:
  connection_handler() = default;
  connection_handler(const connection_handler&) = delete;
  connection_handler& operator=(const connection_handler&) = delete;
  virtual ~connection_handler() = default;

  /// How much of the input was used up, and how much must be there before it makes sense to ask again (the size of the
  /// incomplete packet at the front of the rest; 0: one byte more).
  struct consumed {
    std::size_t bytes = 0;
    std::size_t needed = 0;
  };
  /// `input` is everything received and not used up. The handler may close or detach the connection inside.
  virtual consumed on_input(nanolib::bytes input) noexcept = 0;
  /// The peer closed, or the stream failed. Called at most once, never after close() or detach(). The handler closes the
  /// connection (and may destroy it at the end of the turn).
  virtual void on_closed(nanolib::error why) noexcept = 0;
  /// Everything that was waiting has been given to the system after a time when it had not. Optional.
  virtual void on_drained() noexcept {}
};

/// Thread: loop-confined. Shape: about 120 bytes while idle; no buffer of its own unless a packet is incomplete or output
/// waits.
class connection final : private io_handler {
 public:
  /// Watches the stream for input at once. Errors from the poller arrive as on_closed at the end of the turn.
  connection(event_loop& loop, std::unique_ptr<stream> over, connection_handler& handler) noexcept;
  ~connection() override;

  /// Room for `size` contiguous bytes of output, null when memory is short; then commit() what was filled (≤ size).
  [[nodiscard]] std::byte* reserve(std::size_t size) noexcept;
  void commit(std::size_t size) noexcept;
  /// Appends a copy. False when memory is short (the output is then incomplete: close the connection).
  bool append(nanolib::bytes data) noexcept;
  /// Appends bytes of a message without copying them; the message is kept until they are sent.
  bool append_slice(nanolib::message_ptr owner, nanolib::bytes data) noexcept;

  /// Bytes that wait to be sent.
  [[nodiscard]] std::size_t pending() const noexcept;
  /// Sends now what can be sent now (the loop does this at the end of the turn).
  void flush() noexcept;

  /// Stops or resumes reading (back-pressure). Reading starts on.
  void pause_input(bool paused) noexcept;

  /// Sends what waits as far as the system takes it at once, then closes. No handler call follows.
  void close() noexcept;
  /// Like close(), but goes on sending what waits until `deadline` before it closes; input is thrown away meanwhile. For
  /// a last packet to a peer that reads slowly.
  void close_after_flush(nanolib::instant deadline) noexcept;
  [[nodiscard]] bool closed() const noexcept;

  /// Gives the stream and the input that has not been used up away (to another loop); this object is closed then.
  struct detached {
    std::unique_ptr<stream> over;
    std::vector<std::byte> input;
  };
  [[nodiscard]] detached detach() noexcept;
  /// Hands in input that came with detach(): handled like input received, before the end of this turn.
  void inject(std::vector<std::byte> input) noexcept;

  void set_handler(connection_handler& handler) noexcept;
  [[nodiscard]] event_loop& loop() const noexcept;
  [[nodiscard]] std::string peer() const;
  [[nodiscard]] std::uint64_t bytes_received() const noexcept;
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept;
  // Private members are the implementation's choice.
};

}  // namespace nanonng::net
