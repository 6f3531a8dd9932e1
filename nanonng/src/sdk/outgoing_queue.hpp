// The outgoing queue: what callers have handed in and the loop has not sent yet, with its bounds.
#pragma once

#include <condition_variable>
#include <cstddef>

#include "nanolib/base/mutex.hpp"
#include "nanonng/sdk/client_options.hpp"
#include "outgoing_entry.hpp"

namespace nanonng::sdk {

/// Entries in the order of the calls. Those that were sent go on counting until the loop releases them.
/// Thread: thread-safe; what is marked so is the loop's. Shape: one lock per entry handed in, one per batch taken.
class outgoing_queue {
 public:
  explicit outgoing_queue(const outgoing_bounds& bounds) noexcept : bounds_(bounds) {}

  /// How far a caller goes for room.
  struct patience {
    bool may_wait = true;      ///< false where waiting would stop what makes the room
    bool is_callback = false;  ///< the callback thread: see pause_reading()
    bool has_place = false;    ///< bounded elsewhere: it enters beyond the bounds
    operation_core::clock::time_point until = operation_core::clock::time_point::max();
  };
  /// What became of an entry.
  struct outcome {
    nanolib::error refusal{};  ///< when not entered
    bool entered = false;
    bool tell_loop = false;  ///< the loop waits for entries
    entry_list dropped;      ///< made room for it; for the caller to end
  };
  /// Enters a PUBLISH, within the bounds and by their policy. The queue takes a reference if it enters.
  [[nodiscard]] outcome push(outgoing_entry& which, const patience& how);
  /// Enters something else; at most `most_others` of them wait.
  [[nodiscard]] outcome push_other(outgoing_entry& which);
  static constexpr std::size_t most_others = 10'000;

  /// Refuses everything from now on with `why`, and lets go who waits for room.
  void close(nanolib::error why) noexcept;

  /// The loop: takes entries from the front, at most `most`, of which at most `window` use the server's window. Without
  /// more to take, the next one that is pushed tells the loop.
  [[nodiscard]] entry_list take(std::size_t most, std::size_t window) noexcept;
  /// The loop: hands the rest of what was taken back to the front.
  void put_back(entry_list&& rest) noexcept;
  /// The loop: takes one entry out, wherever it stands in the queue. False when it is not in the queue.
  [[nodiscard]] bool withdraw(outgoing_entry& which) noexcept;
  /// The loop: that much is acknowledged or given up.
  void release(std::size_t entries, std::size_t bytes) noexcept;
  /// The loop: reading rests, because callbacks don't keep up. A callback that waits for room would then wait for an
  /// acknowledgement that is not read: it is let in beyond the bounds instead. That excess is bounded by the messages that
  /// have arrived.
  void pause_reading(bool paused) noexcept;

  struct figures {
    std::size_t messages = 0;
    std::size_t bytes = 0;
  };
  [[nodiscard]] figures size() const noexcept;
  [[nodiscard]] bool is_empty() const noexcept;

 private:
  [[nodiscard]] bool has_room(std::size_t size) const noexcept NANOLIB_REQUIRES(mutex_);
  void make_room(std::size_t size, entry_list& dropped) noexcept NANOLIB_REQUIRES(mutex_);
  [[nodiscard]] bool can_make_room(std::size_t size) const noexcept NANOLIB_REQUIRES(mutex_);
  [[nodiscard]] bool wait_for_room(std::size_t size, const patience& how) NANOLIB_REQUIRES(mutex_);
  void enter(outgoing_entry& which, outcome& into) noexcept NANOLIB_REQUIRES(mutex_);

  const outgoing_bounds bounds_;
  mutable nanolib::mutex mutex_;
  std::condition_variable_any room_made_;
  entry_list entries_ NANOLIB_GUARDED_BY(mutex_);
  std::size_t messages_ NANOLIB_GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ NANOLIB_GUARDED_BY(mutex_) = 0;
  std::size_t others_ NANOLIB_GUARDED_BY(mutex_) = 0;  ///< no PUBLISH, in the queue
  std::size_t waiting_ NANOLIB_GUARDED_BY(mutex_) = 0;
  nanolib::error closed_ NANOLIB_GUARDED_BY(mutex_){};
  bool is_closed_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool loop_waits_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool reading_paused_ NANOLIB_GUARDED_BY(mutex_) = false;
};

}  // namespace nanonng::sdk
