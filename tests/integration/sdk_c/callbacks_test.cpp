// The callback contract: on one thread, one at a time, everything may be called, reasons are told.
#include <thread>

#include "nanomq/broker/access.hpp"
#include "sdk_c_fixture.hpp"

namespace nanonng::testing {
namespace {

namespace nb = nanomq::broker;
using nanonng::mqtt::reason_code;
using callbacks = sdk_c_test;

/// What the event callbacks have been told.
struct events {
  struct told {
    bool connected = false;
    int error = 0;
    unsigned reason = 0;
    bool was_connected = false;
    bool final = false;
  };
  static void on_connect(nmqtt_client, const nmqtt_event* event, void* self) {
    static_cast<events*>(self)->add({true, event->error, event->reason, event->was_connected, event->final});
  }
  static void on_disconnect(nmqtt_client, const nmqtt_event* event, void* self) {
    EXPECT_NE(event->text, nullptr);
    EXPECT_NE(event->server, nullptr);
    static_cast<events*>(self)->add({false, event->error, event->reason, event->was_connected, event->final});
  }
  void add(told what) {
    const std::lock_guard hold(mutex);
    all.push_back(what);
    some.raise();
  }
  void watch(nmqtt_client which) {
    EXPECT_EQ(nmqtt_set_connect_cb(which, on_connect, this), 0);
    EXPECT_EQ(nmqtt_set_disconnect_cb(which, on_disconnect, this), 0);
  }
  /// The one at `index`, once it has come.
  told at(int index) {
    EXPECT_TRUE(some.wait(index + 1));
    const std::lock_guard hold(mutex);
    return all.at(static_cast<std::size_t>(index));
  }

  signal some;
  std::mutex mutex;
  std::vector<told> all;
};

TEST_F(callbacks, tell_connection_and_end) {
  events seen;
  const c_client client(url());
  seen.watch(client);
  client.start();
  EXPECT_TRUE(seen.at(0).connected);
  ASSERT_EQ(nmqtt_client_stop(client), 0);
  // The stop has waited for them.
  ASSERT_EQ(seen.some.count(), 2);
  const events::told last = seen.at(1);
  EXPECT_FALSE(last.connected);
  EXPECT_EQ(last.error, 0);
  EXPECT_TRUE(last.was_connected);
  EXPECT_TRUE(last.final);
}

TEST_F(callbacks, tell_why_there_is_no_connection) {
  events seen;
  const c_client client(nowhere);
  seen.watch(client);
  ASSERT_EQ(nmqtt_client_set_reconnect(client, 1, 2, 0), 0);
  ASSERT_EQ(nmqtt_client_set_reconnect_attempts(client, 2), 0);
  client.start();
  EXPECT_EQ(seen.at(0).error, NNG_ECONNREFUSED);
  EXPECT_FALSE(seen.at(0).was_connected);
  for (int i = 0;; ++i) {
    if (!seen.at(i).final) continue;
    EXPECT_EQ(seen.at(i).error, NNG_ECONNREFUSED);
    break;
  }
  EXPECT_EQ(nmqtt_client_state(client), NMQTT_STATE_CLOSED);
}

/// Refuses by name.
class refusing final : public nb::access {
 public:
  std::optional<nb::admission> authenticate(const nb::principal&, const nb::credentials& given,
                                            const std::shared_ptr<nb::admission_reply>&) const noexcept override {
    const bool is_right = nanolib::as_text(given.password) == "secret";
    return nb::admission{is_right ? reason_code::success : reason_code::bad_user_name_or_password};
  }
  nb::permission authorize(const nb::principal&, nb::operation, std::string_view topic) const noexcept override {
    return {topic.starts_with("forbidden") ? reason_code::not_authorized : reason_code::success};
  }
};

struct refusals : ::testing::Test {
  refusals() {
    auto options = nb::testing::options_with(1);
    options.access = std::make_shared<refusing>();
    options.limits.max_packet_size = 4'096;
    broker.emplace(std::move(options));
  }
  std::optional<nb::testing::running> broker;
};

TEST_F(refusals, are_told_with_reason_and_words) {
  events seen;
  c_client stranger(url_of(broker->where()));
  seen.watch(stranger);
  ASSERT_EQ(nmqtt_client_set_user_name(stranger, "user"), 0);
  ASSERT_EQ(nmqtt_client_set_password(stranger, "wrong", 5), 0);
  ASSERT_EQ(nmqtt_client_set_reconnect_after_refusal(stranger, false), 0);
  stranger.start();
  for (int i = 0;; ++i) {
    EXPECT_EQ(seen.at(i).error, NNG_EPERM);
    EXPECT_EQ(seen.at(i).reason, 0x86U);
    if (seen.at(i).final) break;
  }
}

TEST_F(refusals, of_operations_are_error_reason_and_words) {
  c_client client(url_of(broker->where()));
  ASSERT_EQ(nmqtt_client_set_password(client, "secret", 6), 0);
  ASSERT_EQ(nmqtt_client_set_user_name(client, "user"), 0);
  client.start();
  nmqtt_outcome outcome{};
  EXPECT_EQ(client.publish("forbidden/a", "x", NMQTT_QOS1, &outcome), NNG_EPERM);
  EXPECT_EQ(outcome.reason, 0x87);
  EXPECT_STREQ(outcome.text, "not authorized");
  const message mine = make_message("forbidden/a", "x", 2);
  EXPECT_EQ(nmqtt_publishmsg(client, mine.get(), &outcome), NNG_EPERM);
  EXPECT_EQ(client.publish("free", std::string(5'000, 'x'), NMQTT_QOS1, &outcome), NNG_EMSGSIZE);
  EXPECT_EQ(outcome.reason, 0x95);
  nmqtt_topic both[2] = {};
  both[0].filter = "forbidden/#";
  both[1].filter = "free";
  EXPECT_EQ(nmqtt_subscribe(client, both, 1, &outcome), NNG_EPERM);
  EXPECT_EQ(both[0].reason, 0x87);
  EXPECT_EQ(nmqtt_subscribe(client, both, 2, &outcome), 0);
  EXPECT_EQ(both[0].reason, 0x87);
  EXPECT_EQ(both[1].reason, 0);
  EXPECT_EQ(outcome.reason, 0x87);
}

TEST_F(callbacks, are_called_one_at_a_time_and_on_one_thread) {
  struct watched {
    std::atomic<int> inside{0};
    std::atomic<bool> overlapped{false};
    std::thread::id on{};
    signal all;
  } seen;
  const std::string topic = fresh_topic();
  const c_client client(url());
  client.start();
  const nmqtt_msg_cb watch = [](nmqtt_client, nng_msg* msg, void* arg) {
    auto& into = *static_cast<watched*>(arg);
    if (into.inside.fetch_add(1) != 0) into.overlapped = true;
    if (into.on == std::thread::id()) into.on = std::this_thread::get_id();
    if (into.on != std::this_thread::get_id()) into.overlapped = true;
    nng_msg_free(msg);
    std::this_thread::yield();
    into.inside.fetch_sub(1);
    into.all.raise();
  };
  client.subscribe(topic + "/a", watch, &seen);
  client.subscribe(topic + "/b", watch, &seen);
  const c_client sender(url());
  sender.start();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(sender.publish(topic + (i % 2 == 0 ? "/a" : "/b"), "x", NMQTT_QOS0), 0);
  EXPECT_TRUE(seen.all.wait(100));
  EXPECT_FALSE(seen.overlapped.load());
}

TEST_F(callbacks, may_block_publish_subscribe_and_receive) {
  struct chain {
    std::string topic;
    std::atomic<int> faults{0};
    signal done;
  } work{fresh_topic(), {}, {}};
  const c_client client(url());
  client.start();
  client.subscribe(
      work.topic,
      [](nmqtt_client which, nng_msg* msg, void* arg) {
        const message first(msg);
        auto& my = *static_cast<chain*>(arg);
        const std::string more = my.topic + "/more";
        nmqtt_topic another{};
        another.filter = more.c_str();
        another.qos = 1;
        if (nmqtt_subscribe(which, &another, 1, nullptr) != 0) my.faults.fetch_add(1);
        if (nmqtt_publish(which, more.c_str(), "inner", 5, NMQTT_QOS2, nullptr) != 0) my.faults.fetch_add(1);
        nng_msg* got = nullptr;
        if (nmqtt_recvmsg(which, &got, 0) != 0) my.faults.fetch_add(1);
        const message second(got);
        if (nmqtt_unsubscribe(which, &another, 1, nullptr) != 0) my.faults.fetch_add(1);
        my.done.raise();
      },
      &work);
  ASSERT_EQ(client.publish(work.topic, "outer"), 0);
  EXPECT_TRUE(work.done.wait());
  EXPECT_EQ(work.faults.load(), 0);
}

TEST_F(callbacks, may_close_their_client) {
  struct ending {
    std::atomic<int> result{-1};
    signal done;
  } seen;
  const std::string topic = fresh_topic();
  nmqtt_client client;
  ASSERT_EQ(nmqtt_client_open(&client, url().c_str()), 0);
  ASSERT_EQ(nmqtt_client_start(client), 0);
  nmqtt_topic mine{};
  mine.filter = topic.c_str();
  mine.cb = [](nmqtt_client which, nng_msg* msg, void* arg) {
    nng_msg_free(msg);
    auto& into = *static_cast<ending*>(arg);
    into.result = nmqtt_client_close(which);
    into.done.raise();
  };
  mine.arg = &seen;
  ASSERT_EQ(nmqtt_subscribe(client, &mine, 1, nullptr), 0);
  ASSERT_EQ(nmqtt_publish(client, topic.c_str(), "x", 1, 0, nullptr), 0);
  EXPECT_TRUE(seen.done.wait());
  EXPECT_EQ(seen.result.load(), 0);
  EXPECT_EQ(nmqtt_client_close(client), NNG_ECLOSED);
}

TEST_F(callbacks, find_a_client_that_is_started) {
  for (int i = 0; i < 20; ++i) {
    struct first_words {
      std::string topic;
      std::atomic<int> result{-1};
      signal done;
    } seen{fresh_topic(), {-1}, {}};
    const c_client client(url());
    ASSERT_EQ(nmqtt_set_connect_cb(
                  client,
                  [](nmqtt_client which, const nmqtt_event*, void* arg) {
                    auto& into = *static_cast<first_words*>(arg);
                    into.result = nmqtt_publish(which, into.topic.c_str(), "hello", 5, NMQTT_QOS1, nullptr);
                    into.done.raise();
                  },
                  &seen),
              0);
    client.start();
    EXPECT_TRUE(seen.done.wait());
    EXPECT_EQ(seen.result.load(), 0);
  }
}

TEST_F(callbacks, see_a_lost_connection_and_a_new_one_without_a_new_subscription) {
  auto options = nb::testing::options_with(1);
  auto broker = std::make_unique<nb::testing::running>(options);
  const nanomq::support::address where = broker->where();
  const std::string topic = fresh_topic();
  events seen;
  c_client client(url_of(where));
  seen.watch(client);
  ASSERT_EQ(nmqtt_client_set_reconnect(client, 5, 20, 1'000), 0);
  client.start().subscribe(topic);
  EXPECT_TRUE(seen.at(0).connected);
  broker.reset();
  const events::told lost = seen.at(1);
  EXPECT_FALSE(lost.connected);
  EXPECT_TRUE(lost.was_connected);
  EXPECT_NE(lost.error, 0);
  options.listeners.front().bind.front().port = where.port;
  broker = std::make_unique<nb::testing::running>(options);
  // Waits for the connection; the subscription is made anew before it.
  ASSERT_EQ(client.publish(topic, "after"), 0);
  EXPECT_EQ(payload_of(client.receive()), "after");
}

}  // namespace
}  // namespace nanonng::testing
