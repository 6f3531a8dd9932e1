// Keep alive. Nothing here measures time: a test waits for the close, with a deadline that is the rule's own bound.
// Spec: MQTT 5.0 §3.1.2.10, §3.12.
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "broker_test.hpp"

namespace {

using namespace nanomq::support;
using namespace std::chrono_literals;

class keep_alive : public broker_test {};
class keep_alive_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, keep_alive_in_every_version, all_versions(), version_name);

class keep_alive_limits : public broker_test {
 protected:
  static void SetUpTestSuite() { start_broker({"mqtt.max_keepalive=1s", "mqtt.connect_timeout=3s"}); }
};

// [MQTT-3.12.4-1]
TEST_P(keep_alive_in_every_version, pingreq_is_answered_with_the_exact_bytes) {
  raw_client client = join(v());
  client.send(pingreq());
  client.expect_bytes({0xD0, 0x00});
}

// [MQTT-3.1.2-22]
TEST_P(keep_alive_in_every_version, silent_client_is_disconnected) {
  raw_client client = dial(v());
  client.connect({.client_id = fresh_client_id(), .keep_alive = 1});
  client.expect_disconnect(0x8D);
}

// [MQTT-3.1.2-22] "only what the client sends counts for keep alive"
TEST_P(keep_alive_in_every_version, what_the_broker_sends_keeps_nobody_alive) {
  const std::string topic = fresh_topic();
  raw_client sleeper = dial(v());
  sleeper.connect({.client_id = fresh_client_id(), .keep_alive = 1});
  sleeper.subscribe(topic);
  raw_client talker = join(v());
  const auto until = std::chrono::steady_clock::now() + 100s;
  bool ended = false;
  while (!ended && std::chrono::steady_clock::now() < until) {
    talker.publish({.topic = topic, .payload = "noise", .qos = 1});
    const auto packet = sleeper.next_or_close();
    ended = !packet || packet->kind == DISCONNECT || sleeper.wait_readable(100ms);
  }
  EXPECT_TRUE(ended) << "the sleeper is still connected";
}

// [MQTT-3.1.2-22]
TEST_P(keep_alive_in_every_version, half_a_packet_keeps_nobody_alive) {
  raw_client client = dial(v());
  client.connect({.client_id = fresh_client_id(), .keep_alive = 1});
  client.send({0x30, 0x20, 0x00});
  client.expect_disconnect(0x8D);
}

// [MQTT-3.1.2-22] as if the network had failed: the will is published
TEST_P(keep_alive_in_every_version, will_of_a_silent_client_is_published) {
  const std::string topic = fresh_topic();
  raw_client watcher = join(v());
  watcher.subscribe(topic);
  raw_client client = dial(v());
  client.connect(
      {.client_id = fresh_client_id(), .keep_alive = 1, .will = will_message{.topic = topic, .payload = "silent"}});
  watcher.expect_publish(topic, "silent");
}

// Every packet counts, not only PINGREQ: the busy client outlives a silent one that came later.
TEST_P(keep_alive_in_every_version, any_packet_keeps_a_client_alive) {
  const std::string topic = fresh_topic();
  // If this process was stopped for as long as the keep alive, it was silent: a longer one has to show it.
  for (unsigned seconds = 2;; seconds *= 4) {
    auto sent = std::chrono::steady_clock::now();
    raw_client busy = dial(v());
    busy.connect({.client_id = fresh_client_id(), .keep_alive = seconds});
    busy.subscribe(topic);
    raw_client silent = dial(v());
    silent.connect({.client_id = fresh_client_id(), .keep_alive = seconds + 1});
    bool was_stopped = false;
    const auto look = [&] {
      const auto now = std::chrono::steady_clock::now();
      was_stopped = was_stopped || now - sent > std::chrono::seconds(seconds);
      sent = now;
    };
    while (!was_stopped && !silent.wait_readable(250ms)) {
      look();
      busy.send(publish_packet{.topic = topic, .payload = "here", .qos = 0});
      if (!was_stopped) busy.expect_publish(topic, "here");
    }
    look();
    if (was_stopped && seconds < 60) continue;
    silent.expect_disconnect(0x8D);
    busy.expect_silence();
    return;
  }
}

// [MQTT-3.2.2-21] the server's value counts, also for a client that asked for none
TEST_F(keep_alive_limits, server_keep_alive_is_enforced) {
  raw_client client = dial();
  EXPECT_EQ(client.connect({.client_id = fresh_client_id(), .keep_alive = 0}).props.number(property::server_keep_alive),
            1U);
  client.expect_disconnect(0x8D);
}

// "CONNECT deadline": a connection that says nothing, or half of CONNECT, is ended (MQTT 5.0 §3.1.4).
TEST_F(keep_alive_limits, connection_without_connect_is_closed) {
  raw_client mute = dial();
  raw_client halting = dial();
  halting.send(connect_packet{.client_id = "x"}.encode(version::v5).first(9));
  mute.expect_close();
  halting.expect_close();
}

TEST_F(keep_alive, what_came_while_the_broker_was_stopped_counts) {
  if (!own_broker()) GTEST_SKIP() << "stops the broker's process";
  std::vector<raw_client> clients;
  unsigned seconds = 1;
  // Until all of them are there when the broker is stopped, whatever this process had to wait for meanwhile.
  for (bool all = false; !all; seconds *= 2) {
    clients.clear();
    for (int i = 0; i < 20; ++i) {
      clients.push_back(dial());
      clients.back().connect({.client_id = fresh_client_id(), .keep_alive = seconds});
    }
    broker().signal(SIGSTOP);
    int status = 0;
    ASSERT_EQ(::waitpid(broker().pid(), &status, WUNTRACED), broker().pid());
    all = std::ranges::none_of(clients, [](raw_client& client) { return client.wait_readable(0ms); });
    if (!all) broker().signal(SIGCONT);
  }
  for (raw_client& client : clients) client.send(octets().u8(0xC0).u8(0));
  // Twice the keep alive, which has been doubled already.
  const bool answered = clients.front().wait_readable(std::chrono::seconds(seconds));
  broker().signal(SIGCONT);
  EXPECT_FALSE(answered);
  for (raw_client& client : clients) client.expect(PINGRESP);
}

}  // namespace
