// Servers that go away and come back.
#include "manual_clock.hpp"
#include "server_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

class interruptions : public with_server {};

TEST_P(interruptions, by_a_restart_of_the_server_lose_nothing_that_was_not_acknowledged) {
  constexpr int messages = 3'000;
  cutting_proxy proxy(server->where());
  std::atomic<int> heard{0};
  client publisher(proxy.url(), with());
  client subscriber(proxy.url(), with());
  outcome(subscriber.subscribe("a", [&](const message&) { ++heard; }));
  std::vector<operation<publish_outcome>> sent;
  for (int i = 0; i < messages; ++i) {
    sent.push_back(publisher.publish("a", std::to_string(i), {.qos = 1}));
    if (i != messages / 3) continue;
    server->stop();
    server->start();
    proxy.set_upstream(server->where());
    proxy.cut();
  }
  for (const auto& each : sent) ASSERT_TRUE(outcome(each).has_value());
  EXPECT_GE(publisher.statistics().connections, 2);
  // Memory of the first server is gone, the subscription is not.
  eventually([&] { return subscriber.statistics().connections >= 2; });
  const int before = heard;
  eventually([&] {
    outcome(publisher.publish("a", "again", {.qos = 1}));
    return heard > before;
  });
}

TEST_P(interruptions, by_a_server_that_is_down_wait_for_it) {
  cutting_proxy proxy(server->where());
  server->stop();
  client c(proxy.url(), with());
  const auto subscribed = c.subscribe("a");
  const auto sent = c.publish("a", "patient", {.qos = 2});
  eventually([&] { return c.statistics().failed_attempts >= 3; });
  server->start();
  proxy.set_upstream(server->where());
  EXPECT_TRUE(outcome(subscribed).has_value());
  EXPECT_TRUE(outcome(sent).has_value());
  EXPECT_EQ(outcome(c.receive())->text(), "patient");
}

TEST_P(interruptions, lead_to_the_next_server_of_the_list) {
  any_server other(GetParam().server);
  client c(server->url(), with({.servers = {other.url()}}));
  outcome(c.subscribe("a"));
  server->stop();
  eventually([&] { return c.statistics().connections == 2; });
  client neighbour(other.url(), with());
  outcome(c.publish("b", "sync", {.qos = 1}));
  outcome(neighbour.publish("a", "found you", {.qos = 1}));
  EXPECT_EQ(outcome(c.receive())->text(), "found you");
}

TEST_P(interruptions, without_a_word_are_noticed) {
  nanomq::test::manual_clock clock;
  const auto io = io_thread::create({.clock = &clock}).value();
  cutting_proxy proxy(server->where());
  mailbox<state_change> offline;
  client_options options;
  options.io = io;
  options.linger = duration(0);  // by a clock that stands still
  options.on_state = [&](const state_change& change) {
    if (change.state == client_state::offline) offline.put(change);
  };
  client c(proxy.url(), with(std::move(options)));
  outcome(c.publish("x", "here", {.qos = 1}));
  proxy.freeze(true);
  const auto sent = c.publish("x", "into the void", {.qos = 1});
  // The ping goes out after the keep alive, and has some time to come back.
  eventually([&] {
    clock.advance(10s);
    io->loop().wake();
    return offline.size() != 0;
  });
  EXPECT_EQ(offline.take().why.code, static_cast<int>(mqtt::reason_code::keep_alive_timeout));
  proxy.freeze(false);
  EXPECT_TRUE(outcome(sent).has_value());
}

TEST_P(interruptions, bring_messages_again_that_were_not_acknowledged) {
  cutting_proxy proxy(server->where());
  client c(proxy.url(), with({.client_id = "by_hand", .clean_start = false, .manual_acknowledgement = true}));
  outcome(c.subscribe("a", {.qos = 1}));
  client publisher = join();
  outcome(publisher.publish("a", "1", {.qos = 1}));
  const message first = *outcome(c.receive());
  EXPECT_FALSE(first.dup());
  proxy.cut();
  const message again = *outcome(c.receive());
  EXPECT_EQ(again.text(), "1");
  EXPECT_TRUE(again.dup());
  again.acknowledge();
  outcome(c.publish("x", "sync", {.qos = 1}));
  proxy.cut();
  outcome(publisher.publish("a", "2", {.qos = 1}));
  EXPECT_EQ(outcome(c.receive())->text(), "2");
}

WITH_EVERY_SERVER(interruptions);

}  // namespace
}  // namespace nanonng::sdk::test
