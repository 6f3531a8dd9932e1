// The one type for everything that takes time: wait for it, be called back, co_await it, or let go of it.
//
// operation<Value> is a handle to a state that the client and any number of handles share. Letting go of the last handle
// neither cancels nor blocks. Everything that does not depend on Value, and every rule about threads, is in
// operation_core:
//   - An operation finishes once. Who finishes it is usually the client's I/O thread.
//   - A continuation (then(), co_await) runs on the callback thread of the client that the operation came from, never
//     under a lock, never at the same time as another callback of that client; also when the operation is done already.
//     Once the client is gone it runs at once on the thread that attaches it.
//   - wait() and get() may be called on any thread, the callback thread included, except the I/O thread.
#pragma once

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "nanolib/base/intrusive_ptr.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/visibility.hpp"
#include "nanonng/sdk/error.hpp"

namespace nanonng::sdk {

class operation_core;

/// Where continuations run and what can cancel: what an operation knows of the client it came from.
/// Owns: itself, by count. Thread: thread-safe.
class NANOLIB_EXPORT operation_host {
 public:
  using job = std::move_only_function<void()>;

  operation_host() = default;
  operation_host(const operation_host&) = delete;
  operation_host& operator=(const operation_host&) = delete;

  /// Runs the job on the callback thread, after what was handed in before; at once, here, when that thread has ended.
  virtual void run(job what) noexcept = 0;
  /// Whether this is the thread that run() means.
  [[nodiscard]] virtual bool is_callback_thread() const noexcept = 0;
  /// False on the thread that does the I/O, which would wait for itself.
  [[nodiscard]] virtual bool may_wait() const noexcept = 0;
  /// Asks for `which` to be finished with errors::cancelled unless it finishes otherwise first. Returns at once.
  virtual void cancel(operation_core& which) noexcept = 0;

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 protected:
  virtual ~operation_host() = default;

 private:
  mutable std::atomic<std::uint32_t> count_{1};
};
using operation_host_ptr = nanolib::intrusive_ptr<operation_host>;

/// The state of an operation without its value. Owns: itself, by count. Thread: thread-safe.
/// Shape: 48 bytes; finishing costs two atomic operations while nobody waits and nothing is attached.
class NANOLIB_EXPORT operation_core {
 public:
  using job = operation_host::job;
  using clock = std::chrono::steady_clock;

  operation_core(const operation_core&) = delete;
  operation_core& operator=(const operation_core&) = delete;

  [[nodiscard]] bool done() const noexcept { return phase_.load(std::memory_order_acquire) == phase::done; }
  /// Blocks until it is done.
  void wait() const;
  /// Blocks until it is done or the time has come; whether it is done.
  [[nodiscard]] bool wait_until(clock::time_point deadline) const;

  /// Where a continuation runs.
  enum class place : std::uint8_t {
    callback_thread,  ///< through the host; with a null host like `inline_`
    inline_,          ///< on the thread that finishes it, at once: must neither block nor throw
  };
  /// Calls `what` once it is done, and keeps the operation until then. Any number may be attached; they run in the order
  /// in which they were.
  void attach(job what, const operation_host_ptr& host, place where = place::callback_thread);

  /// What the server's Reason String said, or other words about the failure. Only when done.
  [[nodiscard]] std::string_view detail() const noexcept;
  /// What a coroutine ended with that is no mqtt_error. Only when done.
  [[nodiscard]] std::exception_ptr thrown() const noexcept;

  /// Finishes it with an error unless it is done: how the host that is asked to cancel does it, on its own thread.
  virtual void abandon(nanolib::error why) noexcept = 0;

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) const_cast<operation_core*>(this)->destroy();
  }

 protected:
  operation_core() noexcept = default;
  virtual ~operation_core();
  virtual void destroy() noexcept { delete this; }

  /// The first caller may set the value, and then calls publish(). False for everybody else.
  [[nodiscard]] bool claim() noexcept;
  /// Keeps words or an exception; between claim() and publish().
  void remember(std::string_view detail, std::exception_ptr thrown = nullptr) noexcept;
  /// Makes it done: wakes who waits, runs what is attached.
  void publish() noexcept;

 private:
  enum class phase : std::uint8_t { pending, claimed, done };
  struct continuation;
  struct remark;

  mutable std::atomic<std::uint32_t> count_{1};
  std::atomic<phase> phase_{phase::pending};
  mutable std::atomic<bool> waited_for_{false};
  std::atomic<continuation*> attached_{nullptr};  ///< newest first; `closed()` once it is done
  remark* remark_ = nullptr;
};

/// The state with its value.
template <class Value>
class operation_state : public operation_core {
 public:
  operation_state() = default;

  /// Finishes it. False when somebody else has.
  bool finish(nanolib::result<Value> value, std::string_view detail = {},
              std::exception_ptr thrown = nullptr) noexcept {
    if (!claim()) return false;
    if (!detail.empty() || thrown) remember(detail, std::move(thrown));
    value_ = std::move(value);
    publish();
    return true;
  }
  /// Only when done.
  [[nodiscard]] const nanolib::result<Value>& value() const noexcept { return value_; }
  void abandon(nanolib::error why) noexcept override { finish(std::unexpected(why)); }

 private:
  nanolib::result<Value> value_ = std::unexpected(errors::cancelled);
};

/// A handle to something that takes time. Copies mean the same operation. Value is cheap to copy or void.
/// Shape: two words. Thread: one handle like any value; different handles to one operation from different threads.
template <class Value>
class [[nodiscard]] operation {
 public:
  using state = operation_state<Value>;
  using result = nanolib::result<Value>;

  /// Means nothing; only valid() and assignment may be used.
  operation() noexcept = default;
  operation(nanolib::intrusive_ptr<state> what, operation_host_ptr host) noexcept
      : state_(std::move(what)), host_(std::move(host)) {}
  /// One that is done already.
  [[nodiscard]] static operation finished(result value, operation_host_ptr host = {}, std::string_view detail = {}) {
    auto made = nanolib::intrusive_ptr<state>::adopt(new state);
    made->finish(std::move(value), detail);
    return operation(std::move(made), std::move(host));
  }

  [[nodiscard]] bool valid() const noexcept { return static_cast<bool>(state_); }
  [[nodiscard]] bool done() const noexcept { return state_->done(); }

  /// Blocks until it is done. Errors: what it ended with; would_deadlock on the I/O thread.
  [[nodiscard]] result wait() const {
    if (!may_wait()) return std::unexpected(errors::would_deadlock);
    state_->wait();
    return state_->value();
  }
  /// Blocks for at most `limit`; empty when it is not done by then. It goes on all the same: cancel() or a timeout in the
  /// call's options ends it.
  template <class Rep, class Period>
  [[nodiscard]] std::optional<result> wait_for(std::chrono::duration<Rep, Period> limit) const {
    if (!may_wait()) return result(std::unexpected(errors::would_deadlock));
    const auto left = std::chrono::ceil<operation_core::clock::duration>(limit);
    if (!state_->wait_until(operation_core::clock::now() + left)) return std::nullopt;
    return state_->value();
  }
  /// Blocks until it is done. Errors: throws mqtt_error, or what a coroutine threw.
  Value get() const { return unwrap(wait()); }

  /// Calls back once it is done, on the client's callback thread.
  void then(std::move_only_function<void(result)> callback) const {
    attach(std::move(callback), operation_core::place::callback_thread);
  }
  /// Calls back at once on the thread that finishes it, usually the I/O thread; for adaptors. `callback` neither blocks
  /// nor throws.
  void then_inline(std::move_only_function<void(result)> callback) const {
    attach(std::move(callback), operation_core::place::inline_);
  }

  /// Asks for an end with errors::cancelled. What has been sent can't be called back: a PUBLISH with QoS 1 or 2 on its way
  /// is still acknowledged, only nobody is told.
  void cancel() const noexcept {
    if (host_) host_->cancel(*state_);
  }

  /// The Reason String that came with the answer, "" before it is done and when there was none.
  [[nodiscard]] std::string_view detail() const noexcept { return done() ? state_->detail() : std::string_view(); }

  /// `co_await` continues on the client's callback thread with the value, or throws like get().
  auto operator co_await() const noexcept { return value_awaiter{{*this}}; }
  /// `co_await op.as_result()` gives the result and never throws.
  [[nodiscard]] auto as_result() const noexcept { return result_awaiter{{*this}}; }

  /// For adaptors.
  [[nodiscard]] const nanolib::intrusive_ptr<state>& shared_state() const noexcept { return state_; }
  [[nodiscard]] const operation_host_ptr& host() const noexcept { return host_; }

 private:
  struct awaiter {
    operation what;
    [[nodiscard]] bool await_ready() const noexcept {
      return what.done() && (!what.host_ || what.host_->is_callback_thread());
    }
    void await_suspend(std::coroutine_handle<> caller) const {
      what.state_->attach([caller] { caller.resume(); }, what.host_);
    }
  };
  struct value_awaiter : awaiter {
    Value await_resume() const { return this->what.unwrap(this->what.state_->value()); }
  };
  struct result_awaiter : awaiter {
    result await_resume() const { return this->what.state_->value(); }
  };

  [[nodiscard]] bool may_wait() const noexcept { return done() || !host_ || host_->may_wait(); }
  void attach(std::move_only_function<void(result)> callback, operation_core::place where) const {
    state_->attach([callback = std::move(callback), of = state_.get()]() mutable { callback(of->value()); }, host_,
                   where);
  }
  Value unwrap(result ended) const {
    if (!ended) {
      if (state_->done() && state_->thrown()) std::rethrow_exception(state_->thrown());
      throw mqtt_error(ended.error(), std::string(detail()));
    }
    if constexpr (!std::is_void_v<Value>) return *std::move(ended);
  }

  nanolib::intrusive_ptr<state> state_;
  operation_host_ptr host_;
};

}  // namespace nanonng::sdk
