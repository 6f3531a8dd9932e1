// What survives a connection.
#include <set>

#include "manual_clock.hpp"
#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

using mqtt::reason_code;

acknowledgement ack(nanomq::support::packet_kind kind, unsigned id, unsigned code = 0) {
  return {.kind = kind, .id = id, .code = code};
}

// [MQTT-4.4.0-1] [MQTT-3.3.1-1]
TEST(session, that_the_server_kept_gets_unacknowledged_messages_again_with_dup) {
  raw_server server;
  client c(server.url(), eager());
  const auto first = c.publish("a", "1", {.qos = 1});
  const auto second = c.publish("a", "2", {.qos = 2});
  raw_peer peer = server.accept();
  peer.welcome();
  const client_packet one = peer.expect(PUBLISH);
  const client_packet two = peer.expect(PUBLISH);
  peer.close(true);
  peer = server.accept();
  peer.welcome({.session_present = true});
  const client_packet again = peer.expect(PUBLISH);
  EXPECT_EQ(again.payload, "1");
  EXPECT_EQ(again.id, one.id);
  EXPECT_TRUE(again.dup());
  EXPECT_EQ(peer.expect(PUBLISH).id, two.id);
  peer.send(ack(PUBACK, one.id));
  peer.send(ack(PUBREC, two.id));
  peer.expect(PUBREL);
  peer.send(ack(PUBCOMP, two.id));
  EXPECT_TRUE(outcome(first).has_value());
  EXPECT_TRUE(outcome(second).has_value());
  EXPECT_EQ(c.statistics().messages_repeated, 2);
}

TEST(session, that_the_server_lost_gets_them_as_new_ones) {
  raw_server server;
  client c(server.url(), eager());
  const auto sent = c.publish("a", "1", {.qos = 1});
  raw_peer peer = server.accept();
  peer.welcome();
  peer.expect(PUBLISH);
  peer.close(true);
  peer = server.accept();
  peer.welcome();
  const client_packet again = peer.expect(PUBLISH);
  EXPECT_FALSE(again.dup());
  peer.send(ack(PUBACK, again.id));
  EXPECT_TRUE(outcome(sent).has_value());
}

// [MQTT-4.3.3-7]
TEST(session, does_not_get_a_message_twice_that_the_server_has_recorded) {
  raw_server server;
  client c(server.url(), eager());
  const auto sent = c.publish("a", "1", {.qos = 2});
  raw_peer peer = server.accept();
  peer.welcome();
  const client_packet packet = peer.expect(PUBLISH);
  peer.send(ack(PUBREC, packet.id));
  peer.expect(PUBREL);
  peer.close(true);
  peer = server.accept();
  peer.welcome({.session_present = true});
  EXPECT_EQ(peer.next().kind, PUBREL);
  peer.send(ack(PUBCOMP, packet.id));
  EXPECT_TRUE(outcome(sent).has_value());
}

TEST(session, comes_before_what_was_published_later) {
  raw_server server;
  client c(server.url(), eager());
  static_cast<void>(c.publish("a", "old", {.qos = 1}));
  raw_peer peer = server.accept();
  peer.welcome();
  peer.expect(PUBLISH);
  peer.close(true);
  peer = server.accept();
  peer.expect(CONNECT);
  static_cast<void>(c.publish("a", "new", {.qos = 1}));
  peer.send(connack_packet{.session_present = true});
  EXPECT_EQ(peer.expect(PUBLISH).payload, "old");
  EXPECT_EQ(peer.expect(PUBLISH).payload, "new");
}

TEST(session, does_not_repeat_what_was_cancelled) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.on_state = seen.listener()}));
  const auto sent = c.publish("a", "unwanted", {.qos = 1});
  raw_peer peer = server.accept();
  peer.welcome();
  peer.expect(PUBLISH);
  sent.cancel();
  EXPECT_EQ(error_of(sent), errors::cancelled);
  peer.close(true);
  peer = server.accept();
  peer.welcome({.session_present = true});
  static_cast<void>(c.publish("a", "next"));
  EXPECT_EQ(peer.expect(PUBLISH).payload, "next");
}

TEST(session, that_the_server_kept_needs_no_new_subscription) {
  raw_server server;
  client c(server.url(), eager());
  const auto subscribed = c.subscribe("a/#");
  raw_peer peer = server.accept();
  peer.welcome();
  peer.grant();
  outcome(subscribed);
  peer.close(true);
  peer = server.accept();
  peer.welcome({.session_present = true});
  static_cast<void>(c.publish("x", "marker"));
  EXPECT_EQ(peer.next().kind, PUBLISH);
}

TEST(session, that_the_server_lost_is_subscribed_anew_before_anything_else) {
  raw_server server;
  client c(server.url(), eager());
  const auto first = c.subscribe("a/#", [](const message&) {}, {.qos = 1, .no_local = true});
  const auto both = c.subscribe_all({{.filter = "b"}, {.filter = "c", .options = {.qos = 0}}});
  raw_peer peer = server.accept();
  peer.welcome();
  const client_packet original = peer.grant();
  peer.grant();
  outcome(first);
  outcome(both);
  static_cast<void>(c.publish("x", "unacknowledged", {.qos = 1}));
  peer.expect(PUBLISH);
  peer.close(true);
  peer = server.accept();
  peer.welcome();
  const client_packet renewed = peer.grant();
  EXPECT_EQ(renewed.filters.at(0).filter, "a/#");
  EXPECT_EQ(renewed.filters.at(0).options, original.filters.at(0).options);
  EXPECT_EQ(renewed.props.number(property::subscription_identifier),
            original.props.number(property::subscription_identifier));
  EXPECT_EQ(peer.grant().filters.size(), 2) << "those that came together go together";
  EXPECT_EQ(peer.expect(PUBLISH).payload, "unacknowledged");
}

TEST(session, that_the_server_lost_is_not_subscribed_to_what_has_ended) {
  raw_server server;
  client c(server.url(), eager());
  const auto subscribed = c.subscribe("a");
  raw_peer peer = server.accept();
  peer.welcome();
  peer.grant();
  outcome(subscribed);
  const auto ended = c.unsubscribe("a");
  peer.send(suback_packet{.id = peer.expect(UNSUBSCRIBE).id, .kind = UNSUBACK});
  EXPECT_TRUE(outcome(ended)->all_granted());
  peer.close(true);
  peer = server.accept();
  peer.welcome();
  static_cast<void>(c.publish("x", "marker"));
  EXPECT_EQ(peer.next().kind, PUBLISH);
}

TEST(session, asks_again_when_the_answer_to_a_subscribe_was_lost) {
  raw_server server;
  client c(server.url(), eager());
  const auto subscribed = c.subscribe("a");
  const auto ended = c.unsubscribe("b");
  raw_peer peer = server.accept();
  peer.welcome();
  peer.expect(SUBSCRIBE);
  peer.expect(UNSUBSCRIBE);
  peer.close(true);
  peer = server.accept();
  peer.welcome({.session_present = true});
  peer.grant();
  peer.send(suback_packet{.id = peer.expect(UNSUBSCRIBE).id, .codes = {0x11}, .kind = UNSUBACK});
  EXPECT_TRUE(outcome(subscribed).has_value());
  EXPECT_EQ(outcome(ended)->reasons.at(0), reason_code::no_subscription_existed);
}

TEST(session, tells_when_a_subscription_is_refused_that_had_been_granted) {
  raw_server server;
  mailbox<std::string> lost;
  client_options options = eager();
  options.on_subscription_lost = [&](std::string_view filter, reason_code reason) {
    lost.put(std::string(filter) + " " + std::string(mqtt::name_of(reason)));
  };
  client c(server.url(), std::move(options));
  const auto subscribed = c.subscribe("a");
  raw_peer peer = server.accept();
  peer.welcome();
  peer.grant();
  outcome(subscribed);
  peer.close(true);
  peer = server.accept();
  peer.welcome();
  peer.send(suback_packet{.id = peer.expect(SUBSCRIBE).id, .codes = {0x87}});
  EXPECT_EQ(lost.take(), "a " + std::string(mqtt::name_of(reason_code::not_authorized)));
}

// [MQTT-4.3.3-10]
TEST(session, hands_a_message_with_qos_2_over_once_however_often_it_comes) {
  raw_server server;
  mailbox<std::string> got;
  client c(server.url(), eager());
  const auto subscribed = c.subscribe("a", [&](const message& m) { got.put(std::string(m.text())); });
  raw_peer peer = server.accept();
  peer.welcome();
  peer.grant();
  outcome(subscribed);
  peer.send(publish_packet{.topic = "a", .payload = "once", .qos = 2, .id = 9});
  EXPECT_EQ(peer.expect(PUBREC).id, 9);
  EXPECT_EQ(got.take(), "once");
  peer.close(true);
  peer = server.accept();
  peer.welcome({.session_present = true});
  peer.send(publish_packet{.topic = "a", .payload = "once", .qos = 2, .id = 9, .dup = true});
  EXPECT_EQ(peer.expect(PUBREC).id, 9);
  peer.send(ack(PUBREL, 9));
  EXPECT_EQ(peer.expect(PUBCOMP).id, 9);
  peer.send(publish_packet{.topic = "a", .payload = "another", .qos = 2, .id = 9});
  peer.expect(PUBREC);
  EXPECT_EQ(got.take(), "another");
  EXPECT_EQ(c.statistics().duplicates_suppressed, 1);
}

// [MQTT-4.3.3-7]
TEST(session, sends_again_what_the_server_may_have_even_when_it_has_expired) {
  nanomq::test::manual_clock clock;
  raw_server server;
  client_options options = eager();
  net::event_loop_options loop;
  loop.clock = &clock;
  options.io = io_thread::create(loop).value();
  client c(server.url(), std::move(options));
  const auto sent = c.publish("a", "1", {.qos = 2, .properties = {.message_expiry_interval = 10s}});
  raw_peer peer = server.accept();
  peer.welcome();
  EXPECT_EQ(peer.expect(PUBLISH).props.number(property::message_expiry_interval), 10);
  clock.advance(20s);
  peer.close(true);
  peer = server.accept();
  peer.welcome({.session_present = true});
  const client_packet again = peer.expect(PUBLISH);
  EXPECT_TRUE(again.dup());
  peer.send(ack(PUBREC, again.id));
  peer.expect(PUBREL);
  peer.send(ack(PUBCOMP, again.id));
  EXPECT_TRUE(outcome(sent).has_value());
}

/// The server turns the client away, which tries the next one then.
void turn_away(raw_server& server) {
  raw_peer peer = server.accept();
  peer.expect(CONNECT);
  peer.send(connack_packet{.code = 0x88});
  peer.expect_close();
}

TEST(failover, begins_a_session_at_each_server_and_finds_it_again) {
  raw_server first;
  raw_server second;
  client c(first.url(), eager({.servers = {second.url()}}));
  raw_peer peer = first.accept();
  EXPECT_TRUE(peer.welcome().clean_start);
  const auto before = c.subscribe("before", [](const message&) {});
  peer.grant();
  outcome(before);
  peer.close(true);
  turn_away(first);
  peer = second.accept();
  EXPECT_TRUE(peer.welcome().clean_start);
  EXPECT_EQ(peer.grant().filters.at(0).filter, "before");
  const auto meanwhile = c.subscribe("meanwhile", [](const message&) {});
  peer.grant();
  outcome(meanwhile);
  peer.close(true);
  turn_away(second);
  peer = first.accept();
  EXPECT_FALSE(peer.welcome({.session_present = true}).clean_start) << "messages may have waited here";
  const client_packet one = peer.grant();
  const client_packet other = peer.grant();
  EXPECT_EQ((std::set<std::string>{one.filters.at(0).filter, other.filters.at(0).filter}),
            (std::set<std::string>{"before", "meanwhile"}));
}

// [MQTT-3.3.1-1]
TEST(failover, sends_what_the_other_server_did_not_acknowledge_as_new) {
  raw_server first;
  raw_server second;
  client c(first.url(), eager({.servers = {second.url()}, .clean_start = false}));
  const auto sent = c.publish("a", "1", {.qos = 1});
  raw_peer peer = first.accept();
  peer.welcome();
  peer.expect(PUBLISH);
  peer.close(true);
  turn_away(first);
  peer = second.accept();
  EXPECT_FALSE(peer.welcome({.session_present = true}).clean_start);
  const client_packet again = peer.expect(PUBLISH);
  EXPECT_FALSE(again.dup());
  peer.send(ack(PUBACK, again.id));
  EXPECT_TRUE(outcome(sent).has_value());
}

TEST(failover, takes_no_new_message_for_a_repeated_one_of_the_other_server) {
  raw_server first;
  raw_server second;
  mailbox<std::string> got;
  client_options options = eager({.servers = {second.url()}});
  options.on_message = [&](const message& m) { got.put(std::string(m.text())); };
  client c(first.url(), std::move(options));
  raw_peer peer = first.accept();
  peer.welcome();
  peer.send(publish_packet{.topic = "a", .payload = "one", .qos = 2, .id = 7});
  peer.expect(PUBREC);
  EXPECT_EQ(got.take(), "one");
  peer.close(true);
  turn_away(first);
  peer = second.accept();
  peer.welcome();
  peer.send(publish_packet{.topic = "a", .payload = "another", .qos = 2, .id = 7});
  EXPECT_EQ(got.take(), "another");
  peer.expect(PUBREC);
  peer.close(true);
  turn_away(second);
  EXPECT_TRUE(first.accept().welcome().clean_start) << "what was half delivered there is not known any more";
}

TEST(failover, goes_on_with_the_session_in_a_cluster) {
  raw_server first;
  raw_server second;
  client c(first.url(), eager({.servers = {second.url()}, .servers_share_sessions = true}));
  const auto sent = c.publish("a", "1", {.qos = 2});
  raw_peer peer = first.accept();
  EXPECT_TRUE(peer.welcome().clean_start);
  peer.expect(PUBLISH);
  peer.close(true);
  turn_away(first);
  peer = second.accept();
  EXPECT_FALSE(peer.welcome({.session_present = true}).clean_start);
  EXPECT_TRUE(peer.expect(PUBLISH).dup());
}

}  // namespace
}  // namespace nanonng::sdk::test
