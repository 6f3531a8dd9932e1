// Coroutines that return an operation: `operation<int> count(client& c) { co_await c.publish(…); co_return 1; }`
//
// Such a coroutine runs on the caller's thread until its first co_await of a client's operation, and on that client's
// callback thread from there on. Nobody has to keep what it returns. What it throws arrives in its operation: an mqtt_error
// as that error, anything else as it is from get() (and as implementation_specific_error from wait()).
//
// What its continuations (then()) throw is reported to the client whose operation it awaited last.
//
// It is finished by a callback, so waiting for it with get() on the callback thread never ends: co_await it there.
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

#include "nanonng/sdk/operation.hpp"

namespace nanonng::sdk::detail {

/// The state of what a coroutine returns.
template <class Value>
class coroutine_state final : public operation_state<Value> {
 public:
  [[nodiscard]] operation_host_ptr later_host() const noexcept override { return host; }

  operation_host_ptr host;  ///< of what was awaited last; the coroutine's until it is done
};

template <class Value>
class operation_promise_base {
 public:
  void goes_on_at(const operation_host_ptr& host) noexcept {
    if (host) state_->host = host;
  }
  operation<Value> get_return_object() noexcept {
    return operation<Value>(nanolib::intrusive_ptr<operation_state<Value>>::share(state_.get()), {});
  }
  [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
  [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept {
    try {
      throw;
    } catch (const mqtt_error& known) {
      state_->finish(std::unexpected(known.error()), known.detail());
    } catch (...) {
      const int code = std::to_underlying(mqtt::reason_code::implementation_specific_error);
      state_->finish(std::unexpected(nanolib::error{nanolib::error_domain::mqtt, code}), {}, std::current_exception());
    }
  }

 protected:
  nanolib::intrusive_ptr<coroutine_state<Value>> state_ =
      nanolib::intrusive_ptr<coroutine_state<Value>>::adopt(new coroutine_state<Value>);
};

template <class Value>
class operation_promise : public operation_promise_base<Value> {
 public:
  void return_value(Value value) noexcept { this->state_->finish(std::move(value)); }
};

template <>
class operation_promise<void> : public operation_promise_base<void> {
 public:
  void return_void() noexcept { this->state_->finish({}); }
};

}  // namespace nanonng::sdk::detail

template <class Value, class... Arguments>
struct std::coroutine_traits<nanonng::sdk::operation<Value>, Arguments...> {
  using promise_type = nanonng::sdk::detail::operation_promise<Value>;
};
