// One message in one session's queue, on its way into the store.
//
// The shard that owns the session makes the row, the writer's thread takes it. Between the two stands one atomic state:
// a subscriber that acknowledges before the row was taken cancels it, and not a byte of it is written.
#pragma once

#include <atomic>
#include <cstdint>

#include "nanolib/base/intrusive_ptr.hpp"
#include "nanolib/message/delivery.hpp"

namespace nanolib {

/// A session in the store. Never used again for another session. 0: none.
using session_key = std::uint64_t;
/// A message body in the store. Never used again for another body, not over restarts either. 0: none.
using message_key = std::uint64_t;
/// A place in a session's queue: later messages have larger ones, gaps are usual. 0: none.
using queue_sequence = std::uint64_t;

/// The packet identifier that a row is sent with unless it has one of its own. It follows from the sequence, so that a
/// message that is read back after a restart is sent under the identifier that it had, and sending it needs no write.
/// Spec: [MQTT-4.4.0-1], [MQTT-2.2.1-4].
[[nodiscard]] constexpr std::uint16_t identifier_of(queue_sequence sequence) noexcept {
  return static_cast<std::uint16_t>((sequence - 1) % 65'535 + 1);
}

/// How far the exchange of a row has come, as far as the store has to know.
enum class row_stage : std::uint8_t {
  owed = 0,      ///< to be sent, or sent and not acknowledged
  released = 1,  ///< QoS 2, PUBREC has come: only PUBREL is to be sent (again), never the message
};

/// What is stored of a row. All of it but the body is small.
struct queue_row_content {
  session_key session = 0;
  queue_sequence sequence = 0;
  message_key message = 0;              ///< the same for all rows of one message, see store_batch
  delivery what;                        ///< what.what and what.qos > 0 are set
  std::uint16_t packet_identifier = 0;  ///< 0: identifier_of(sequence); another one only where that one is in use
};

/// A counted row and its state. Thread: thread-safe; the content is immutable.
/// Shape: about 80 bytes, one allocation. It keeps its message in memory: drop it once is_durable() and only remember
/// the sequence.
class queue_row {
 public:
  enum class state : std::uint8_t {
    pending,    ///< nobody has begun to write it
    cancelled,  ///< will never be written
    taken,      ///< in the commit under way
    durable,    ///< in the store
    refused,    ///< was not written for lack of space: not in the store, and its publisher is told so
  };

  /// Null when memory is short.
  [[nodiscard]] static intrusive_ptr<queue_row> create(queue_row_content content) noexcept;
  queue_row(const queue_row&) = delete;
  queue_row& operator=(const queue_row&) = delete;

  [[nodiscard]] const queue_row_content& content() const noexcept { return content_; }
  [[nodiscard]] bool is_durable() const noexcept { return now() == state::durable; }
  [[nodiscard]] bool is_refused() const noexcept { return now() == state::refused; }

  /// For the owner, when the message is done with (acknowledged, dropped, expired): true when nothing of the row is or
  /// will be in the store. False: it is, or is just being written; a remove_row has to follow.
  [[nodiscard]] bool try_cancel() noexcept;

  // For the writer.

  /// The row is to be written now. False when it has been cancelled.
  [[nodiscard]] bool try_take() noexcept;
  /// What became of a row that was taken.
  void settle(state outcome) noexcept { state_.store(outcome, std::memory_order_release); }
  [[nodiscard]] state now() const noexcept { return state_.load(std::memory_order_acquire); }

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  explicit queue_row(queue_row_content&& content) noexcept : content_(std::move(content)) {}
  ~queue_row() = default;

  queue_row_content content_;
  std::atomic<state> state_{state::pending};
  mutable std::atomic<std::uint32_t> count_{1};
};

using queue_row_ptr = intrusive_ptr<queue_row>;

}  // namespace nanolib
