// One thread's world: readiness, timers, an inbox for other threads, and a flush at the end of every turn.
//
// A turn: wait, handle readiness, take the inbox, advance the timers, run what was deferred, flush each dirty connection
// once, pass the quiet point. Everything that a loop owns is touched by its thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/quiescence.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanonng/net/chunk_pool.hpp"
#include "nanonng/net/poller.hpp"
#include "nanonng/net/timer.hpp"

namespace nanonng::net {

class connection;
class output_queue;
class stream;

/// A connection's place in its loop's list of those that have something to do before the turn ends.
struct work_link {
  work_link* next = nullptr;
  work_link* previous = nullptr;
};

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
  std::size_t input_size = 256U * 1024;    ///< the one buffer that all connections of the loop read into
  nanolib::clock* clock = nullptr;         ///< null: the machine's; outlives the loop
  nanolib::quiescence* readers = nullptr;  ///< outlives the loop
  std::size_t reader = 0;                  ///< this loop's slot in `readers`
};

/// Thread: loop-confined, except post(), wake() and stop().
/// Owns: connections that are finishing (connection::close_after_flush). Everything else that refers to the loop is
/// destroyed before it.
class event_loop {
 public:
  /// Errors: sys.
  [[nodiscard]] static nanolib::result<std::unique_ptr<event_loop>> create(const event_loop_options& options) noexcept;
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;
  virtual ~event_loop();

  /// Turns until stop().
  void run() noexcept;
  /// One turn; waits for at most `longest` (negative: without end). For run() and for tests that step a loop.
  void turn(nanolib::duration longest) noexcept;
  /// Ends run() after the turn under way. Thread: any, and signal handlers.
  void stop() noexcept;
  /// Ends the sleep of the turn under way, or keeps the next one from sleeping. Thread: any, and signal handlers.
  void wake() noexcept;
  [[nodiscard]] bool stopping() const noexcept;

  /// Hands an item over. Items of one sender arrive in order. One wake-up at most while the receiver sleeps, none while
  /// it turns. Thread: any. Shape: one compare-and-swap; a system call only when the receiver sleeps.
  void post(std::unique_ptr<inbox_item> item) noexcept;

  /// Drops what has been posted and not run. For an owner that ends while loops still refer to each other; no thread may
  /// be turning the loop.
  void discard_inbox() noexcept;

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
  /// How many connections are finishing.
  [[nodiscard]] std::size_t finishing() const noexcept;
  /// How many turns have begun.
  [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }
  /// Bytes that the loop's connections have given to the system.
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }

  /// Run near the end of each turn, before the flush (1) and just before the quiet point (2). Set once by the owner.
  /// 1 is where batches for other loops are posted, 2 where what was closed in this turn is freed.
  struct turn_hooks {
    virtual ~turn_hooks() = default;
    virtual void before_flush() noexcept {}
    virtual void after_flush() noexcept {}
  };
  void set_hooks(turn_hooks* hooks) noexcept;

 private:
  friend class connection;
  struct state;

  explicit event_loop(std::unique_ptr<state> made) noexcept;
  void sleep_and_wait(nanolib::duration longest) noexcept;
  void take_inbox() noexcept;
  void run_deferred() noexcept;
  void flush_dirty() noexcept;
  /// The connection has something to tell its owner: at the next dispatch point.
  void defer(connection& which) noexcept;
  /// Sends the rest and closes; the loop owns it from here.
  void finish(std::unique_ptr<stream> over, output_queue&& output, nanolib::instant deadline) noexcept;

  std::unique_ptr<state> state_;
  nanolib::instant now_{};
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t turns_ = 0;
  nanolib::bytes delivering_;  ///< the input that a handler looks at just now
};

}  // namespace nanonng::net
