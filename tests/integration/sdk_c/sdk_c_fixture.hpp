// A server, and the C client's handles with C++ ends.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "broker_process.hpp"
#include "integration/broker/broker_fixture.hpp"
#include "mosquitto_process.hpp"
#include "nanonng/mqtt_client.h"

namespace nanonng::testing {

struct message_freer {
  void operator()(nng_msg* msg) const noexcept { nng_msg_free(msg); }
};
using message = std::unique_ptr<nng_msg, message_freer>;

[[nodiscard]] inline message make_message(const std::string& topic, std::string_view payload, int qos = 1) {
  nng_msg* made = nullptr;
  EXPECT_EQ(nmqtt_msg_alloc(&made, topic.c_str(), payload.data(), payload.size()), 0);
  EXPECT_EQ(nmqtt_msg_set_qos(made, qos), 0);
  return message(made);
}

[[nodiscard]] inline std::string payload_of(const message& msg) {
  std::size_t size = 0;
  const void* const data = nmqtt_msg_payload(msg.get(), &size);
  return {static_cast<const char*>(data), size};
}

[[nodiscard]] inline std::string text(const char* from) { return from == nullptr ? "(null)" : from; }

/// Something that happens once or more often, on some thread.
class signal {
 public:
  void raise() {
    const std::lock_guard hold(mutex_);
    ++count_;
    changed_.notify_all();
  }
  /// Whether it has happened that often, within the deadline of every test.
  [[nodiscard]] bool wait(int times = 1) {
    std::unique_lock hold(mutex_);
    return changed_.wait_for(hold, std::chrono::seconds(100), [&] { return count_ >= times; });
  }
  [[nodiscard]] int count() {
    const std::lock_guard hold(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// An aio with its callback.
class aio {
 public:
  explicit aio(std::function<void(aio&)> on_end = {}) : on_end_(std::move(on_end)) {
    EXPECT_EQ(nng_aio_alloc(
                  &aio_,
                  [](void* self) {
                    auto& which = *static_cast<aio*>(self);
                    if (which.on_end_) which.on_end_(which);
                    which.ended_.raise();
                  },
                  this),
              0);
  }
  ~aio() {
    nng_aio_stop(aio_);
    nng_aio_free(aio_);
  }
  aio(const aio&) = delete;
  aio& operator=(const aio&) = delete;

  [[nodiscard]] nng_aio* get() const { return aio_; }
  /// Waits for the end (the first, the second, …) and says how it was.
  int wait(int times = 1) {
    EXPECT_TRUE(ended_.wait(times));
    return nng_aio_result(aio_);
  }
  [[nodiscard]] int ends() { return ended_.count(); }
  [[nodiscard]] int result() const { return nng_aio_result(aio_); }
  [[nodiscard]] message take() {
    message msg(nng_aio_get_msg(aio_));
    nng_aio_set_msg(aio_, nullptr);
    return msg;
  }
  void give(message msg) { nng_aio_set_msg(aio_, msg.release()); }

 private:
  nng_aio* aio_ = nullptr;
  std::function<void(aio&)> on_end_;
  signal ended_;
};

/// A client that is closed at the end.
class c_client {
 public:
  explicit c_client(const std::string& url) { EXPECT_EQ(nmqtt_client_open(&handle_, url.c_str()), 0); }
  ~c_client() { nmqtt_client_close(handle_); }
  c_client(const c_client&) = delete;
  c_client& operator=(const c_client&) = delete;

  operator nmqtt_client() const { return handle_; }
  /// Starts it; blocking functions end in time.
  const c_client& start() const {
    EXPECT_EQ(nmqtt_client_set_timeout(handle_, 20'000), 0);
    EXPECT_EQ(nmqtt_client_start(handle_), 0);
    return *this;
  }
  void subscribe(const std::string& filter, nmqtt_msg_cb cb = nullptr, void* arg = nullptr) const {
    nmqtt_topic topic{};
    topic.filter = filter.c_str();
    topic.qos = 2;
    topic.cb = cb;
    topic.arg = arg;
    EXPECT_EQ(nmqtt_subscribe(handle_, &topic, 1, nullptr), 0);
  }
  int publish(const std::string& topic, std::string_view payload, int flags = NMQTT_QOS1,
              nmqtt_outcome* outcome = nullptr) const {
    return nmqtt_publish(handle_, topic.c_str(), payload.data(), payload.size(), flags, outcome);
  }
  [[nodiscard]] message receive() const {
    nng_msg* msg = nullptr;
    EXPECT_EQ(nmqtt_recvmsg(handle_, &msg, 0), 0);
    return message(msg);
  }

 private:
  nmqtt_client handle_{};
};

[[nodiscard]] inline std::string url_of(const nanomq::support::address& where) {
  return "mqtt://" + where.host + ":" + std::to_string(where.port);
}

/// Where nobody listens.
inline constexpr const char* nowhere = "mqtt://127.0.0.1:9";

/// One server for all tests of a suite: a broker in this process, mosquitto if NANOMQ_TEST_SERVER says so, or the one that
/// NANOMQ_TEST_ADDRESS names.
class sdk_c_test : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (nanomq::support::external_broker()) return;
    if (text(std::getenv("NANOMQ_TEST_SERVER")) == "mosquitto") {
      mosquitto_ = std::make_unique<nanomq::support::mosquitto_process>();
    } else {
      broker_ = std::make_unique<nanomq::broker::testing::running>(nanomq::broker::testing::options_with(2));
    }
  }
  static void TearDownTestSuite() {
    broker_.reset();
    mosquitto_.reset();
  }
  [[nodiscard]] static std::string url() {
    if (mosquitto_) return url_of(mosquitto_->where());
    return url_of(broker_ ? broker_->where() : nanomq::support::external_address());
  }
  /// That no other test, in this process or another one, uses.
  [[nodiscard]] static std::string fresh_topic() {
    static std::atomic<int> last{0};
    return "sdk_c/" + std::to_string(::getpid()) + "/" + std::to_string(++last);
  }

 private:
  static inline std::unique_ptr<nanomq::broker::testing::running> broker_;
  static inline std::unique_ptr<nanomq::support::mosquitto_process> mosquitto_;
};

}  // namespace nanonng::testing
