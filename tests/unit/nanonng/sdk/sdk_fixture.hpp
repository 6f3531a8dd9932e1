// Clients against a scripted server, and mailboxes in which a test waits for what callbacks say.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <source_location>
#include <string>
#include <thread>
#include <utility>

#include "nanonng/sdk/client.hpp"
#include "raw_server.hpp"

namespace nanonng::sdk::test {

using namespace std::chrono_literals;
using nanomq::support::acknowledgement;
using nanomq::support::client_packet;
using nanomq::support::connack_packet;
using nanomq::support::disconnect_packet;
using nanomq::support::expectation_failed;
using nanomq::support::octets;
using nanomq::support::publish_packet;
using nanomq::support::raw_peer;
using nanomq::support::raw_server;
using nanomq::support::suback_packet;
using nanomq::support::version;
namespace property = nanomq::support::property;
using enum nanomq::support::packet_kind;
using server_properties = nanomq::support::properties;

/// How long anything may take before a test fails.
inline constexpr std::chrono::seconds deadline{100};

/// What callbacks put in and the test takes out, in order. Thread: thread-safe.
template <class Value>
class mailbox {
 public:
  void put(Value value) {
    const std::lock_guard held(mutex_);
    values_.push_back(std::move(value));
    filled_.notify_all();
  }
  /// Errors: throws at the deadline.
  Value take(std::source_location where = std::source_location::current()) {
    std::unique_lock held(mutex_);
    if (!filled_.wait_for(held, deadline, [&] { return !values_.empty(); })) {
      throw expectation_failed("nothing came, line " + std::to_string(where.line()));
    }
    Value first = std::move(values_.front());
    values_.pop_front();
    return first;
  }
  [[nodiscard]] bool empty() {
    const std::lock_guard held(mutex_);
    return values_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Value> values_;
};

/// The changes of state of one client.
class states {
 public:
  [[nodiscard]] std::function<void(const state_change&)> listener() {
    return [this](const state_change& change) { box_.put(change); };
  }
  /// The next change to that state; others before it are passed over.
  state_change expect(client_state state, std::source_location where = std::source_location::current()) {
    for (;;) {
      state_change change = box_.take(where);
      if (change.state == state) return change;
    }
  }
  state_change next(std::source_location where = std::source_location::current()) { return box_.take(where); }

 private:
  mailbox<state_change> box_;
};

/// Tries again at once, and does not wait at the end.
inline client_options eager(client_options options = {}) {
  options.reconnect.minimum = duration(0);
  options.reconnect.maximum = duration(0);
  options.linger = duration(0);
  return options;
}

/// The result of an operation within the deadline.
template <class Value>
nanolib::result<Value> outcome(const operation<Value>& what,
                               std::source_location where = std::source_location::current()) {
  auto ended = what.wait_for(deadline);
  if (!ended) throw expectation_failed("the operation did not end, line " + std::to_string(where.line()));
  return *std::move(ended);
}

/// The error that an operation ended with.
template <class Value>
nanolib::error error_of(const operation<Value>& what, std::source_location where = std::source_location::current()) {
  const auto ended = outcome(what, where);
  if (ended) throw expectation_failed("the operation succeeded, line " + std::to_string(where.line()));
  return ended.error();
}

inline nanolib::error mqtt_error_code(mqtt::reason_code reason) {
  return {nanolib::error_domain::mqtt, static_cast<int>(reason)};
}

/// Waits for something that other threads bring about.
template <class Condition>
void eventually(Condition condition, std::source_location where = std::source_location::current()) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) {
      throw expectation_failed("it did not come about, line " + std::to_string(where.line()));
    }
    std::this_thread::yield();
  }
}

}  // namespace nanonng::sdk::test
