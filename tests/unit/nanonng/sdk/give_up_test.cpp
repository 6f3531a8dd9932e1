// Messages on which the server closes the connection.
#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

client_options cautious(client_options options = {}) {
  options.reconnect.attempts_per_message = 2;
  options.version = mqtt::protocol_version::v3_1_1;
  return eager(std::move(options));
}

acknowledgement puback(const client_packet& what) { return {.kind = PUBACK, .id = what.id}; }

/// Acknowledges what comes until the poison does, on which it closes.
void close_on(raw_server& server, const std::string& poison) {
  raw_peer peer = server.accept();
  peer.welcome();
  for (;;) {
    const client_packet one = peer.expect(PUBLISH);
    if (one.payload == poison) return peer.close();
    peer.send(puback(one));
  }
}

TEST(give_up, ends_the_message_on_which_the_server_closes_and_goes_on_with_the_next) {
  raw_server server(version::v3_1_1);
  mailbox<std::string> told;
  client c(server.url(), cautious({.on_given_up = [&told](std::string_view topic, std::size_t size) {
             told.put(std::string(topic) + " " + std::to_string(size));
           }}));
  const auto before = c.publish("a", "before", {.qos = 1});
  const auto poison = c.publish("a/b", "poison", {.qos = 1});
  const auto behind = c.publish("a", "behind", {.qos = 1});
  // Two losses make it careful, two more convict.
  for (int times = 0; times < 4; ++times) close_on(server, "poison");
  raw_peer peer = server.accept();
  peer.welcome();
  const client_packet next = peer.expect(PUBLISH);
  EXPECT_EQ(next.payload, "behind");
  peer.send(puback(next));
  EXPECT_TRUE(outcome(before).has_value());
  EXPECT_EQ(error_of(poison), errors::given_up);
  EXPECT_TRUE(outcome(behind).has_value());
  EXPECT_EQ(told.take(), "a/b 6");
}

TEST(give_up, sends_one_at_a_time_after_two_losses_and_nothing_new_between) {
  raw_server server(version::v3_1_1);
  client c(server.url(), cautious());
  const auto one = c.publish("a", "1", {.qos = 1});
  const auto two = c.publish("a", "2", {.qos = 1});
  for (int times = 0; times < 2; ++times) {
    raw_peer peer = server.accept();
    peer.welcome();
    peer.expect(PUBLISH);
    peer.expect(PUBLISH);
    peer.close();
  }
  const auto fresh = c.publish("a", "3", {.qos = 0});
  raw_peer peer = server.accept();
  peer.welcome();
  const client_packet first = peer.expect(PUBLISH);
  EXPECT_EQ(first.payload, "1");
  peer.send(puback(first));
  const client_packet second = peer.expect(PUBLISH);
  EXPECT_EQ(second.payload, "2");
  peer.send(puback(second));
  EXPECT_EQ(peer.expect(PUBLISH).payload, "3");
  EXPECT_TRUE(outcome(one).has_value());
  EXPECT_TRUE(outcome(two).has_value());
  EXPECT_TRUE(outcome(fresh).has_value());
}

TEST(give_up, waits_for_pubrec_of_a_message_with_qos_2_only) {
  raw_server server(version::v3_1_1);
  client c(server.url(), cautious());
  const auto one = c.publish("a", "1", {.qos = 2});
  const auto two = c.publish("a", "2", {.qos = 2});
  for (int times = 0; times < 2; ++times) {
    raw_peer peer = server.accept();
    peer.welcome();
    peer.expect(PUBLISH);
    peer.close();
  }
  raw_peer peer = server.accept();
  peer.welcome();
  const client_packet first = peer.expect(PUBLISH);
  peer.send(acknowledgement{.kind = PUBREC, .id = first.id});
  peer.expect(PUBREL);
  EXPECT_EQ(peer.expect(PUBLISH).payload, "2");
}

TEST(give_up, does_not_count_an_end_that_mqtt_5_gives_another_reason_for) {
  raw_server server;
  client_options options = cautious();
  options.version = mqtt::protocol_version::v5;
  client c(server.url(), options);
  const auto sent = c.publish("a", "x", {.qos = 1});
  for (int times = 0; times < 8; ++times) {
    raw_peer peer = server.accept();
    peer.welcome();
    peer.expect(PUBLISH);
    peer.send(disconnect_packet{.code = 0x8B});  // server shutting down
    peer.expect_close();
  }
  raw_peer peer = server.accept();
  peer.welcome();
  peer.send(puback(peer.expect(PUBLISH)));
  EXPECT_TRUE(outcome(sent).has_value());
}

TEST(give_up, is_not_done_unless_it_is_asked_for) {
  raw_server server(version::v3_1_1);
  client_options options = cautious();
  options.reconnect.attempts_per_message = 0;
  client c(server.url(), options);
  const auto sent = c.publish("a", "x", {.qos = 1});
  for (int times = 0; times < 8; ++times) close_on(server, "x");
  EXPECT_FALSE(sent.done());
}

}  // namespace
}  // namespace nanonng::sdk::test
