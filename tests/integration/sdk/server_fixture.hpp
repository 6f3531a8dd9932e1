// A server of each kind for clients, and mailboxes for what callbacks say.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "broker_process.hpp"
#include "cutting_proxy.hpp"
#include "mosquitto_process.hpp"
#include "nanonng/sdk/client.hpp"

namespace nanonng::sdk::test {

using namespace std::chrono_literals;
using nanomq::support::address;
using nanomq::support::cutting_proxy;
using nanomq::support::expectation_failed;

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
  Value take(std::source_location where = std::source_location::current()) {
    std::unique_lock held(mutex_);
    if (!filled_.wait_for(held, deadline, [&] { return !values_.empty(); })) {
      throw expectation_failed("nothing came, line " + std::to_string(where.line()));
    }
    Value first = std::move(values_.front());
    values_.pop_front();
    return first;
  }
  [[nodiscard]] std::size_t size() {
    const std::lock_guard held(mutex_);
    return values_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Value> values_;
};

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

template <class Value>
nanolib::result<Value> outcome(const operation<Value>& what,
                               std::source_location where = std::source_location::current()) {
  auto ended = what.wait_for(deadline);
  if (!ended) throw expectation_failed("the operation did not end, line " + std::to_string(where.line()));
  return *std::move(ended);
}

enum class server_kind : std::uint8_t { nanomq, mosquitto };

/// A server of some kind that can be stopped and started again, on another port.
class any_server {
 public:
  explicit any_server(server_kind kind) : kind_(kind) { start(); }
  void start() {
    if (kind_ == server_kind::nanomq) {
      ours_ = std::make_unique<nanomq::support::broker_process>(
          std::vector<std::string>{"mqtt.max_queue_messages=1000000", "mqtt.max_queue_bytes=1GB"});
    } else {
      theirs_ = std::make_unique<nanomq::support::mosquitto_process>(
          std::vector<std::string>{"max_queued_messages 0", "max_inflight_messages 100"});
    }
  }
  void stop() {
    ours_.reset();
    theirs_.reset();
  }
  [[nodiscard]] const address& where() const { return ours_ ? ours_->where() : theirs_->where(); }
  [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(where().port); }

 private:
  server_kind kind_;
  std::unique_ptr<nanomq::support::broker_process> ours_;
  std::unique_ptr<nanomq::support::mosquitto_process> theirs_;
};

/// Tries again at once.
inline client_options eager(client_options options = {}) {
  options.reconnect.minimum = duration(0);
  options.reconnect.maximum = duration(0);
  return options;
}

struct setting {
  server_kind server;
  mqtt::protocol_version version;
};

inline std::string name_of(const ::testing::TestParamInfo<setting>& which) {
  const std::string server = which.param.server == server_kind::nanomq ? "nanomq" : "mosquitto";
  return server + (which.param.version == mqtt::protocol_version::v5 ? "_v5" : "_v3");
}

/// Each test with each server, in MQTT 5 and 3.1.1.
class with_server : public ::testing::TestWithParam<setting> {
 protected:
  void SetUp() override {
    if (GetParam().server == server_kind::mosquitto && !nanomq::support::mosquitto_process::is_installed()) {
      GTEST_SKIP() << "mosquitto is not installed";
    }
    server = std::make_unique<any_server>(GetParam().server);
  }
  [[nodiscard]] bool is_v5() const { return GetParam().version == mqtt::protocol_version::v5; }
  [[nodiscard]] client_options with(client_options options = {}) const {
    options.version = GetParam().version;
    return eager(std::move(options));
  }
  [[nodiscard]] client join(client_options options = {}) const {
    return client(server->url(), with(std::move(options)));
  }

  std::unique_ptr<any_server> server;
};

inline constexpr setting every_setting[] = {{server_kind::nanomq, mqtt::protocol_version::v5},
                                            {server_kind::nanomq, mqtt::protocol_version::v3_1_1},
                                            {server_kind::mosquitto, mqtt::protocol_version::v5},
                                            {server_kind::mosquitto, mqtt::protocol_version::v3_1_1}};

}  // namespace nanonng::sdk::test

#define WITH_EVERY_SERVER(suite) INSTANTIATE_TEST_SUITE_P(servers, suite, ::testing::ValuesIn(every_setting), &name_of)
