// With confirm_qos_0: messages with QoS 0 end when the server has read them.
#include <vector>

#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

client_options confirming() { return eager({.confirm_qos_0 = true}); }

TEST(confirm_qos_0, ends_messages_with_the_answer_to_a_ping_behind_them) {
  raw_server server;
  client c(server.url(), confirming());
  const auto one = c.publish("a", "1");
  const auto two = c.publish("a", "2");
  raw_peer peer = server.accept();
  peer.welcome();
  EXPECT_EQ(peer.next().payload, "1");
  EXPECT_EQ(peer.next().payload, "2");
  EXPECT_EQ(peer.next().kind, PINGREQ);
  EXPECT_FALSE(one.done() || two.done());
  peer.send(nanomq::support::pingresp());
  EXPECT_TRUE(outcome(one).has_value());
  EXPECT_TRUE(outcome(two).has_value());
}

TEST(confirm_qos_0, asks_again_for_what_was_written_meanwhile) {
  raw_server server;
  client c(server.url(), confirming());
  const auto one = c.publish("a", "1");
  raw_peer peer = server.accept();
  peer.welcome();
  peer.next();
  EXPECT_EQ(peer.next().kind, PINGREQ);
  const auto two = c.publish("a", "2");
  EXPECT_EQ(peer.next().payload, "2");
  peer.send(nanomq::support::pingresp());
  EXPECT_TRUE(outcome(one).has_value());
  EXPECT_FALSE(two.done());
  EXPECT_EQ(peer.next().kind, PINGREQ);
  peer.send(nanomq::support::pingresp());
  EXPECT_TRUE(outcome(two).has_value());
}

TEST(confirm_qos_0, ends_what_a_lost_connection_took_with_it_with_the_error) {
  raw_server server;
  client c(server.url(), confirming());
  const auto sent = c.publish("a", "1");
  raw_peer peer = server.accept();
  peer.welcome();
  EXPECT_EQ(peer.next().payload, "1");
  peer.close(true);
  EXPECT_EQ(error_of(sent).domain, nanolib::error_domain::sys);
  peer = server.accept();
  peer.welcome();
  const auto next = c.publish("a", "2");
  peer.expect(PUBLISH);  // once
  EXPECT_EQ(peer.next().kind, PINGREQ);
  peer.send(nanomq::support::pingresp());
  EXPECT_TRUE(outcome(next).has_value());
}

TEST(confirm_qos_0, serves_many_messages_with_few_pings) {
  raw_server server;
  client c(server.url(), confirming());
  constexpr int count = 2'000;
  std::vector<operation<publish_outcome>> all;
  for (int number = 0; number < count; ++number) all.push_back(c.publish("a", "x"));
  raw_peer peer = server.accept();
  peer.welcome();
  int pings = 0;
  for (int messages = 0, behind = 0; behind < count;) {
    const client_packet one = peer.next();
    messages += one.kind == PUBLISH ? 1 : 0;
    if (one.kind != PINGREQ) continue;
    ++pings;
    behind = messages;
    peer.send(nanomq::support::pingresp());
  }
  EXPECT_LE(pings, count / 100);
  for (const auto& each : all) EXPECT_TRUE(outcome(each).has_value());
}

TEST(confirm_qos_0, lets_what_is_written_be_enough_at_the_end) {
  raw_server server;
  client c(server.url(), confirming());
  const auto sent = c.publish("a", "1");
  raw_peer peer = server.accept();
  peer.welcome();
  EXPECT_EQ(peer.next().payload, "1");
  const auto closed = c.close({.drain = std::chrono::milliseconds(1)});
  while (peer.next().kind != DISCONNECT) continue;
  peer.close();
  outcome(closed);
  EXPECT_TRUE(outcome(sent).has_value());
}

}  // namespace
}  // namespace nanonng::sdk::test
