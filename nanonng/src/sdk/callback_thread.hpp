// The thread on which a client's callbacks run, one at a time and in order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <span>
#include <thread>
#include <vector>

#include "nanolib/base/mutex.hpp"
#include "nanonng/sdk/message.hpp"
#include "nanonng/sdk/operation.hpp"
#include "recipient.hpp"

namespace nanonng::sdk {

class engine;

/// One call that is due: a message for a handler, or a job.
struct callback {
  recipient_ptr to;  ///< null: the job
  message what;
  operation_host::job job;
};

/// Started when there is something to call, ended by stop(). Thread: thread-safe.
class callback_thread {
 public:
  explicit callback_thread(engine& home) noexcept : home_(home) {}
  ~callback_thread();

  /// Hands calls over, in order; the vector is empty afterwards and keeps its memory. Once the thread has ended jobs run
  /// here and now, and messages are dropped.
  void push(std::vector<callback>& calls) noexcept;
  void push(callback&& call) noexcept;
  [[nodiscard]] bool is_current() const noexcept { return id_.load() == std::this_thread::get_id(); }
  /// The thread ends when it has run what is there. Does not wait.
  void stop() noexcept;
  /// Waits for that end; on the thread itself it lets the thread go instead.
  void join() noexcept;
  /// Nobody will wait for that end.
  void let_go() noexcept;
  [[nodiscard]] bool is_started() const noexcept;

 private:
  void start() noexcept NANOLIB_REQUIRES(mutex_);
  void work() noexcept;
  [[nodiscard]] bool hand_over(std::span<callback> calls) noexcept;

  engine& home_;
  mutable nanolib::mutex mutex_;
  std::condition_variable_any due_;
  std::vector<callback> calls_ NANOLIB_GUARDED_BY(mutex_);
  std::thread thread_ NANOLIB_GUARDED_BY(mutex_);
  bool sleeps_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool started_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool stopping_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool ended_ NANOLIB_GUARDED_BY(mutex_) = false;
  std::atomic<std::thread::id> id_{};
};

}  // namespace nanonng::sdk
