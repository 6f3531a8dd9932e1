// A stream with its buffers on a loop: input arrives in the loop's buffer, output leaves once per turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/bytes.hpp"
#include "nanolib/message/message.hpp"
#include "nanonng/net/chunk_pool.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/output_queue.hpp"
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
  /// The peer closed ({sys, 0}), or the stream failed. Called at most once, never after close() or detach(). The handler closes the
  /// connection (and may destroy it at the end of the turn).
  virtual void on_closed(nanolib::error why) noexcept = 0;
  /// Everything that was waiting has been given to the system after a time when it had not. Optional.
  virtual void on_drained() noexcept {}
};

struct residue;
struct residue_deleter {
  void operator()(residue* bytes) const noexcept;
};

/// Thread: loop-confined. Shape: 120 bytes while idle; no buffer of its own unless a packet is incomplete or output waits.
/// Not destroyed inside a call to its handler: the loop's after_flush hook is the place.
class connection final : private io_handler, private work_link {
 public:
  /// Output that has come together within a turn is sent before its end from here on.
  static constexpr std::size_t early_flush = 256U * 1024;

  /// Watches the stream for input at once. Errors from the poller arrive as on_closed at the end of the turn.
  connection(event_loop& loop, std::unique_ptr<stream> over, connection_handler& handler) noexcept;
  ~connection() override;

  /// Room for `size` contiguous bytes of output, null when memory is short or the connection is closed; then commit() what
  /// was filled (≤ size), before anything else is done with the connection.
  [[nodiscard]] std::byte* reserve(std::size_t size) noexcept {
    std::byte* const room = output_.room(size);
    return room != nullptr ? room : grow(size);
  }
  void commit(std::size_t size) noexcept {
    output_.commit(size);
    if (!dirty_ || output_.pending() > early_flush) committed();
  }
  /// Appends a copy. False when memory is short (the output is then incomplete: close the connection).
  bool append(nanolib::bytes data) noexcept;
  /// Appends bytes of a message without copying them; the message is kept until they are sent.
  bool append_slice(nanolib::message_ptr owner, nanolib::bytes data) noexcept;

  /// Bytes that wait to be sent.
  [[nodiscard]] std::size_t pending() const noexcept { return output_.pending(); }
  /// Whether the system took no more than it has: on_drained() comes once it has taken the rest. Output that is not
  /// blocked goes at the end of the turn without a word.
  [[nodiscard]] bool is_blocked() const noexcept { return blocked_; }
  /// Sends now what can be sent now (the loop does this at the end of the turn).
  void flush() noexcept;

  /// Stops or resumes reading (back-pressure). Reading starts on. What a handler that paused left of its input is handed in
  /// again, after the pause and without new input, before the end of that turn.
  void pause_input(bool paused) noexcept;

  /// Sends what waits as far as the system takes it at once, then closes. No handler call follows.
  void close() noexcept;
  /// Like close(), but goes on sending what waits until `deadline` before it closes; input is thrown away meanwhile. For
  /// a last packet to a peer that reads slowly. The peer sees the end as soon as all is sent; the descriptor is closed when
  /// the peer closes too, or at `deadline`. The loop does this alone: this object is closed at once and may be destroyed.
  void close_after_flush(nanolib::instant deadline) noexcept;
  [[nodiscard]] bool closed() const noexcept { return stream_ == nullptr; }
  /// Whether the stream has failed: what was pending then is lost, and on_closed() comes or has come.
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  /// Gives the stream and the input that has not been used up away (to another loop); this object is closed then. Output
  /// that the system does not take at once is lost. Inside on_input, `used` says how much of that call's input has been
  /// used up.
  struct detached {
    std::unique_ptr<stream> over;
    std::vector<std::byte> input;
  };
  [[nodiscard]] detached detach(std::size_t used = 0) noexcept;
  /// Hands in input that came with detach(): handled like input received, before the end of this turn. Not inside
  /// on_input.
  void inject(std::vector<std::byte> input) noexcept;
  /// A stream without a descriptor has something to read or has room again: handled before the end of this turn.
  void ready(interest what) noexcept;

  /// Whether the peer sends nothing more, though there may be something left to be read. For those who have paused the input,
  /// and are not told. Shape: a system call.
  [[nodiscard]] bool peer_has_ended() const noexcept;
  /// See stream::keep_open().
  void keep_open() noexcept;

  void set_handler(connection_handler& handler) noexcept { handler_ = &handler; }
  [[nodiscard]] event_loop& loop() const noexcept { return *loop_; }
  [[nodiscard]] std::string peer() const;
  /// What is underneath, for what only its layers know (who the peer is, why they failed); null when closed. on_closed()
  /// still sees it.
  [[nodiscard]] const stream* transport() const noexcept { return stream_.get(); }

 private:
  friend class event_loop;
  using held_residue = std::unique_ptr<residue, residue_deleter>;
  /// What is to be done at the next dispatch point; bits.
  enum deferred_work : std::uint8_t { read_stream = 1, write_stream = 2, hand_in_residue = 4, tell_closed = 8 };

  void on_readable() noexcept override;
  void on_writable() noexcept override;

  [[nodiscard]] std::byte* grow(std::size_t size) noexcept;
  void committed() noexcept;
  [[nodiscard]] bool receive() noexcept;
  [[nodiscard]] bool receive_into_residue() noexcept;
  [[nodiscard]] bool stopped(const io_result& result) noexcept;
  void deliver(nanolib::bytes input, held_residue held) noexcept;
  void keep(nanolib::bytes rest, std::size_t needed, held_residue held) noexcept;
  void hand_in() noexcept;
  [[nodiscard]] bool send() noexcept;
  void heed(std::uint8_t hints) noexcept;
  void write_own() noexcept;
  void after_own_business() noexcept;
  void fail(nanolib::error why) noexcept;
  void end(nanolib::error why) noexcept;
  void release() noexcept;
  void watch_for(interest what) noexcept;
  void update_interest() noexcept;
  void run_deferred() noexcept;
  void defer(deferred_work what) noexcept;

  event_loop* loop_;
  std::unique_ptr<stream> stream_;
  connection_handler* handler_;
  output_queue output_;
  held_residue residue_;  ///< the incomplete packet
  nanolib::error failure_{};
  interest watching_ = interest::none;
  std::uint8_t deferred_ = 0;
  bool dirty_ = false;
  bool blocked_ = false;  ///< the system took no more: waits for on_writable
  bool paused_ = false;
  bool failed_ = false;       ///< nothing more can be sent; the owner is told at the next dispatch point
  bool in_input_ = false;     ///< the handler looks at input
  bool input_waits_ = false;  ///< the handler paused before it had used everything up
  bool more_ = false;         ///< the stream holds input that no poller tells of
  bool own_waits_ = false;    ///< the stream has bytes of its own that wait for room
  bool stuck_ = false;        ///< and reads nothing before
  bool needs_input_ = false;  ///< blocked_, but not for want of room: until the stream has read something
};

}  // namespace nanonng::net
