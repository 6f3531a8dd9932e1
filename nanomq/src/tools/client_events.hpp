// What the client's threads report, for the main thread to take.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanomq/tools/tool_run.hpp"
#include "nanonng/sdk/client_options.hpp"
#include "nanonng/sdk/operation.hpp"
#include "nanonng/sdk/state.hpp"

namespace nanomq::tools {

/// How an operation ended.
struct completion {
  std::uint64_t number = 0;
  nanolib::result<void> outcome;
  std::string detail;                                 ///< the server's Reason String
  std::vector<nanonng::mqtt::reason_code> reasons{};  ///< of a subscription, or of a message
};

/// Thread: thread-safe. Outlives the client.
class client_events {
 public:
  explicit client_events(run_control& control) noexcept : control_(control) {}

  /// Listens to a client that is made with these options.
  void listen(nanonng::sdk::client_options& options) {
    options.on_state = [this](const nanonng::sdk::state_change& change) {
      {
        const std::scoped_lock lock(mutex_);
        changes_.push_back(change);
      }
      control_.notify();
    };
  }
  /// Reports each subscription that a client made with these options loses at a later connection, under that number: the
  /// filter is the detail.
  void listen_for_losses(nanonng::sdk::client_options& options, std::uint64_t number) {
    options.on_subscription_lost = [this, number](std::string_view filter, nanonng::mqtt::reason_code reason) {
      {
        const std::scoped_lock lock(mutex_);
        completions_.push_back({.number = number, .outcome = {}, .detail = std::string(filter), .reasons = {reason}});
      }
      control_.notify();
    };
  }
  /// Reports something else under that number.
  void tell(std::uint64_t number, std::string what) {
    {
      const std::scoped_lock lock(mutex_);
      completions_.push_back({.number = number, .outcome = {}, .detail = std::move(what)});
    }
    control_.notify();
  }
  /// Reports the end of the operation under that number. Before that, `also` is called: on the thread that ends it, at
  /// once when it has ended already.
  template <class Value, class Also>
  void follow(const nanonng::sdk::operation<Value>& what, std::uint64_t number, Also also) {
    what.then_inline([this, number, what, also](nanolib::result<Value> ended) {
      also();
      report(number, what, std::move(ended));
    });
  }
  template <class Value>
  void follow(const nanonng::sdk::operation<Value>& what, std::uint64_t number) {
    follow(what, number, [] {});
  }

  [[nodiscard]] bool pending() {
    const std::scoped_lock lock(mutex_);
    return !changes_.empty() || !completions_.empty();
  }
  void take(std::vector<nanonng::sdk::state_change>& changes, std::vector<completion>& completions) {
    changes.clear();
    completions.clear();
    const std::scoped_lock lock(mutex_);
    changes.swap(changes_);
    completions.swap(completions_);
  }

 private:
  template <class Value>
  void report(std::uint64_t number, const nanonng::sdk::operation<Value>& what, nanolib::result<Value> ended) {
    completion made{.number = number, .outcome = {}, .detail = std::string(what.detail())};
    if (!ended) made.outcome = std::unexpected(ended.error());
    if constexpr (requires { ended->reasons; }) {
      if (ended) made.reasons = std::move(ended->reasons);
    } else if constexpr (requires { ended->reason; }) {
      if (ended) made.reasons = {ended->reason};
    }
    {
      const std::scoped_lock lock(mutex_);
      completions_.push_back(std::move(made));
    }
    control_.notify();
  }

  run_control& control_;
  std::mutex mutex_;
  std::vector<nanonng::sdk::state_change> changes_;
  std::vector<completion> completions_;
};

}  // namespace nanomq::tools
