// The queue of a session that is in the store: its front in memory, the rest only there.
//
//   front            what may be sent next, with bodies
//   on disk          rows that are in the store and nowhere else, read back in windows
//   unsettled        rows behind those that are being written; their messages are in memory until it has been done
//
// A client that is away keeps nothing in the front: its messages go straight behind.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "nanolib/base/ring.hpp"
#include "nanolib/cache/queue_journal.hpp"
#include "nanolib/cache/store.hpp"

namespace nanolib {

/// What is left in memory of a queue that is only in the store. Shape: 24 bytes.
struct resting_queue {
  queue_sequence first = 0;
  std::uint64_t bytes = 0;
  std::uint32_t rows = 0;
  std::uint16_t sent = 0;      ///< so many sequences from the first one on may have been sent before: at most a window
  bool sent_is_known = false;  ///< they were: what has expired since is sent again all the same [MQTT-4.3.3-7]
};

/// A message with its place in the store.
struct stored_message {
  delivery what;      ///< what.what is null once it was released
  queue_row_ptr row;  ///< null: it came back from the store, or is not in there
  queue_sequence sequence = 0;
  row_stage stage = row_stage::owed;
  bool kept = false;   ///< in the store, or on its way there
  bool again = false;  ///< from before a restart: whether it was sent, nobody knows
};

/// Whether a queue can be given up in memory because everything is in the store.
enum class rest_state : std::uint8_t {
  possible,
  later,     ///< something is being written, or read
  not_kept,  ///< something is only in memory
};

/// Told about messages that a queue leaves out because their time is over. Thread: that of the queue.
class expiry_watch {
 public:
  virtual void on_expired(const message_ptr& what) noexcept = 0;

 protected:
  ~expiry_watch() = default;
};

/// What is to be read from the store next.
struct queue_range {
  queue_sequence from = 0;
  queue_sequence before = 0;
};

/// Finds the shared subscription that a stored row names, null when there is none.
using group_finder = std::function<shared_group_ptr(std::string_view share)>;

/// Thread: loop-confined. Shape: about 150 bytes; rows that are only on disk take no memory.
class stored_queue {
 public:
  /// The front holds no more than this; then the rest goes behind.
  static constexpr std::size_t front_messages = 1024;
  static constexpr std::uint64_t front_bytes = 512U * 1024;

  stored_queue(queue_journal& journal, session_key session, queue_sequence next) noexcept
      : journal_(journal), session_(session), next_sequence_(next) {}

  /// What load() found, or what went to rest.
  void restore(const resting_queue& rested) noexcept;

  /// A message gets its place, and a row if there can be one.
  [[nodiscard]] stored_message make(delivery&& what, message_key body) noexcept;
  /// Behind everything else. False: it could not be kept.
  [[nodiscard]] bool push(stored_message&& what) noexcept;
  /// The next message that may be sent; null: there is none, or it waits to be stored (QoS 2). Leaves out what has
  /// expired, and what was refused.
  [[nodiscard]] stored_message* front(instant now, expiry_watch* watch = nullptr) noexcept;
  void pop() noexcept;

  /// A client is there, or has gone.
  void set_connected(bool connected) noexcept { connected_ = connected; }
  /// Goes on with what the writer has settled. Whether something still waits for it.
  bool settle() noexcept;
  /// Whether something waits for the writer.
  [[nodiscard]] bool awaits() const noexcept;

  /// Whether it would be good to read now.
  [[nodiscard]] bool wants_read() const noexcept {
    return connected_ && !reading_ && disk_rows_ > 0 && front_.size() < front_messages / 2;
  }
  /// Whether what may have been on its way has still to be read: the client is not answered before.
  /// Of the rows that may have been sent before: whether they were. After a restart of the process nobody knows.
  [[nodiscard]] bool sent_is_known() const noexcept { return sent_is_known_; }
  [[nodiscard]] bool has_unread_head() const noexcept { return head_ && disk_rows_ > 0; }
  /// Begins a read; nothing when one is under way, or nothing is on disk.
  [[nodiscard]] std::optional<queue_range> begin_read() noexcept;
  /// The window that was read. Returns the head after a restart, for the window of the outbox; else it becomes front.
  [[nodiscard]] bool finish_read(queue_window& window, const group_finder& find) noexcept;
  /// The read did not happen.
  void fail_read() noexcept { reading_ = false; }

  [[nodiscard]] std::size_t messages() const noexcept { return front_.size() + disk_rows_ + unsettled_.size(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return front_bytes_ + disk_bytes_ + unsettled_bytes_; }
  /// Of those only on disk.
  [[nodiscard]] std::uint64_t disk_rows() const noexcept { return disk_rows_; }
  [[nodiscard]] std::uint64_t disk_bytes() const noexcept { return disk_bytes_; }
  [[nodiscard]] queue_range disk_range() const noexcept {
    return {disk_from_, unsettled_.empty() ? next_sequence_ : unsettled_[0].sequence};
  }
  /// Whether everything that waits is in the store. Then `rested`, which says what the window holds, gets that added.
  [[nodiscard]] rest_state try_rest(resting_queue& rested) const noexcept;
  /// Somebody else takes over what is on disk.
  void leave_disk() noexcept { disk_rows_ = disk_bytes_ = 0; }
  [[nodiscard]] queue_sequence next_sequence() const noexcept { return next_sequence_; }
  [[nodiscard]] queue_journal& journal() const noexcept { return journal_; }
  [[nodiscard]] session_key session() const noexcept { return session_; }
  [[nodiscard]] std::uint64_t take_expired() noexcept { return std::exchange(expired_, 0); }
  [[nodiscard]] std::uint64_t take_lost() noexcept { return std::exchange(lost_, 0); }

  /// Takes messages out of the front and of what is being written; `leaves` says which, and gets them.
  void take_out(const std::function<bool(stored_message&)>& leaves);
  /// Keeps from being written what is not yet; how many rows there were, and the bytes of their messages.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> forget() noexcept;
  /// A message leaves for good.
  void finish(stored_message& what, std::uint64_t bytes) noexcept;
  void trim() noexcept {
    front_.trim();
    unsettled_.trim();
  }

 private:
  [[nodiscard]] bool may_be_in_front(std::uint64_t size) const noexcept;
  [[nodiscard]] static std::uint64_t size_of(const stored_message& what) noexcept {
    return what.what.what ? what.what.what->size() : 0;
  }
  void drop_first() noexcept;

  queue_journal& journal_;
  session_key session_;
  queue_sequence next_sequence_;
  ring<stored_message> front_;
  ring<stored_message> unsettled_;
  std::uint64_t front_bytes_ = 0;
  std::uint64_t unsettled_bytes_ = 0;
  queue_sequence disk_from_ = 0;
  std::uint64_t disk_rows_ = 0;
  std::uint64_t disk_bytes_ = 0;
  std::uint64_t asked_rows_ = 0;  ///< of disk_rows_ when the read was asked for
  std::uint64_t asked_bytes_ = 0;
  bool sent_is_known_ = false;
  queue_sequence sent_before_ = 0;  ///< rows before this one that come back may have been sent before
  std::uint64_t expired_ = 0;
  std::uint64_t lost_ = 0;  ///< rows that could not be read
  bool connected_ = false;
  bool reading_ = false;
  bool head_ = false;  ///< rows that may have been sent before have not been read back
};

}  // namespace nanolib
