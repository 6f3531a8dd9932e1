// One thread's world: readiness, timers, an inbox for other threads, and a flush at the end of every turn.
//
// A turn: wait, handle readiness, take the inbox, advance the timers, run what was deferred, flush each dirty connection
// once, pass the quiet point. Everything that a loop owns is touched by its thread only.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "nanolib/base/quiescence.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanonng/net/chunk_pool.hpp"
#include "nanonng/net/poller.hpp"
#include "nanonng/net/timer.hpp"

namespace nanonng::net {

class connection;

/// Work sent from one loop to another. Freed by the receiver after it has run.
class inbox_item {
 public:
  inbox_item() = default;
  inbox_item(const inbox_item&) = delete;
  inbox_item& operator=(const inbox_item&) = delete;
  virtual ~inbox_item() = default;
  /// Runs on the receiving loop's thread.
  virtual void run() noexcept = 0;

 private:
  friend class event_loop;
  inbox_item* next_ = nullptr;
};

struct event_loop_options {
  poller_kind poller = poller_kind::automatic;
  std::size_t input_size = 256U * 1024;  ///< the one buffer that all connections of the loop read into
  nanolib::clock* clock = nullptr;       ///< null: the machine's
  nanolib::quiescence* readers = nullptr;
  std::size_t reader = 0;  ///< this loop's slot in `readers`
};

/// Thread: loop-confined, except post(), wake() and stop().
class event_loop {
 public:
  /// Errors: sys.
  [[nodiscard]] static nanolib::result<std::unique_ptr<event_loop>> create(const event_loop_options& options) noexcept;
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;
  virtual ~event_loop();

  /// Turns until stop().
  void run() noexcept;
  /// One turn; waits for at most `longest`. For run() and for tests that step a loop.
  void turn(nanolib::duration longest) noexcept;
  /// Thread: any.
  void stop() noexcept;
  [[nodiscard]] bool stopping() const noexcept;

  /// Hands an item over. Items of one sender arrive in order. One wake-up at most while the receiver sleeps, none while
  /// it turns. Thread: any. Shape: one compare-and-swap; a system call only when the receiver sleeps.
  void post(std::unique_ptr<inbox_item> item) noexcept;

  /// The time of this turn.
  [[nodiscard]] nanolib::instant now() const noexcept { return now_; }
  [[nodiscard]] nanolib::clock& time_source() const noexcept;
  [[nodiscard]] poller& descriptors() noexcept;
  [[nodiscard]] timer_wheel& timers() noexcept;
  [[nodiscard]] chunk_pool& chunks() noexcept;
  /// The loop's input buffer.
  [[nodiscard]] std::span<std::byte> input() noexcept;

  /// The connection has output: it is flushed once at the end of this turn.
  void mark_dirty(connection& which) noexcept;
  /// Called by a connection that goes away.
  void forget(connection& which) noexcept;

  /// Run near the end of each turn, before the flush (1) and just before the quiet point (2). Set once by the owner.
  /// 1 is where batches for other loops are posted, 2 where what was closed in this turn is freed.
  struct turn_hooks {
    virtual ~turn_hooks() = default;
    virtual void before_flush() noexcept {}
    virtual void after_flush() noexcept {}
  };
  void set_hooks(turn_hooks* hooks) noexcept;

 private:
  event_loop();
  struct state;
  std::unique_ptr<state> state_;
  nanolib::instant now_{};
};

}  // namespace nanonng::net
