// Publishing: what goes over the wire, when it is done, and what the bounds do.
#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

using mqtt::reason_code;

/// A client that is online at a scripted server.
struct online {
  explicit online(client_options options = {}, const connack_packet& with = {}, version v = version::v5)
      : server(v), c(server.url(), eager(prepared(std::move(options), v))), peer(server.accept()) {
    peer.welcome(with);
    seen.expect(client_state::online);
  }
  client_options prepared(client_options options, version v) {
    options.on_state = seen.listener();
    options.version = static_cast<mqtt::protocol_version>(v);
    return options;
  }
  void acknowledge(nanomq::support::packet_kind kind, unsigned id, unsigned code = 0, server_properties props = {}) {
    peer.send(acknowledgement{.kind = kind, .id = id, .code = code, .props = std::move(props)});
  }

  states seen;
  raw_server server;
  client c;
  raw_peer peer;
};

TEST(publishing, with_qos_0_is_done_when_it_is_written) {
  online o;
  const auto sent = o.c.publish("a/b", "text", {.retain = true});
  EXPECT_TRUE(outcome(sent).has_value());
  const client_packet packet = o.peer.expect(PUBLISH);
  EXPECT_EQ(packet.topic, "a/b");
  EXPECT_EQ(packet.payload, "text");
  EXPECT_EQ(packet.qos(), 0);
  EXPECT_TRUE(packet.retain());
}

TEST(publishing, with_qos_1_is_done_when_the_server_has_it) {
  online o;
  const auto sent = o.c.publish("a", "b", {.qos = 1});
  const client_packet packet = o.peer.expect(PUBLISH);
  EXPECT_EQ(packet.qos(), 1);
  EXPECT_FALSE(sent.done());
  o.acknowledge(PUBACK, packet.id, 0x10);
  EXPECT_EQ(outcome(sent)->reason, reason_code::no_matching_subscribers);
}

TEST(publishing, with_qos_2_is_done_when_the_server_has_let_go) {
  online o;
  const auto sent = o.c.publish("a", "b", {.qos = 2});
  const client_packet packet = o.peer.expect(PUBLISH);
  o.acknowledge(PUBREC, packet.id);
  EXPECT_EQ(o.peer.expect(PUBREL).id, packet.id);
  EXPECT_FALSE(sent.done());
  o.acknowledge(PUBCOMP, packet.id);
  EXPECT_TRUE(outcome(sent).has_value());
}

TEST(publishing, tells_what_the_server_refused_it_with) {
  online o;
  const auto sent = o.c.publish("a", "b", {.qos = 1});
  o.acknowledge(PUBACK, o.peer.expect(PUBLISH).id, 0x87, server_properties().text(property::reason_string, "no"));
  EXPECT_EQ(error_of(sent), mqtt_error_code(reason_code::not_authorized));
  EXPECT_EQ(sent.detail(), "no");
  EXPECT_THROW(sent.get(), mqtt_error);
}

TEST(publishing, carries_every_property) {
  online o;
  outcome(o.c.publish("a", "b",
                      {.properties = {.payload_format_utf8 = true,
                                      .message_expiry_interval = 100s,
                                      .content_type = "text/plain",
                                      .response_topic = "r",
                                      .correlation_data = "id",
                                      .user_properties = {{"k", "v"}, {"k", "w"}}}}));
  const client_packet packet = o.peer.expect(PUBLISH);
  EXPECT_EQ(packet.props.number(property::payload_format_indicator), 1);
  EXPECT_EQ(packet.props.number(property::message_expiry_interval), 100);
  EXPECT_EQ(packet.props.text(property::content_type), "text/plain");
  EXPECT_EQ(packet.props.text(property::response_topic), "r");
  EXPECT_EQ(packet.props.text(property::correlation_data), "id");
  EXPECT_EQ(packet.props.user().size(), 2);
}

TEST(publishing, leaves_properties_out_in_3_1_1) {
  online o({}, {}, version::v3_1_1);
  outcome(o.c.publish("a", "b", {.properties = {.content_type = "text/plain"}}));
  EXPECT_EQ(o.peer.expect(PUBLISH).payload, "b");
}

TEST(publishing, refuses_what_mqtt_forbids_before_it_is_sent) {
  online o;
  EXPECT_EQ(error_of(o.c.publish("a/+", "b")), mqtt_error_code(reason_code::topic_name_invalid));
  EXPECT_EQ(error_of(o.c.publish("", "b")), mqtt_error_code(reason_code::topic_name_invalid));
  EXPECT_EQ(error_of(o.c.publish("a", "b", {.qos = 3})), mqtt_error_code(reason_code::qos_not_supported));
  EXPECT_EQ(error_of(o.c.publish("a", "b", {.properties = {.response_topic = "#"}})),
            mqtt_error_code(reason_code::topic_name_invalid));
  EXPECT_EQ(error_of(o.c.publish("a", "\xFF", {.properties = {.payload_format_utf8 = true}})),
            mqtt_error_code(reason_code::payload_format_invalid));
  EXPECT_EQ(error_of(o.c.publish("a", "b", {.properties = {.content_type = "\xFF"}})),
            mqtt_error_code(reason_code::malformed_packet));
}

// [MQTT-3.2.2-11] [MQTT-3.2.2-14] [MQTT-3.2.2-15]
TEST(publishing, keeps_to_what_the_server_takes) {
  online o({}, {.props = server_properties()
                             .u8(property::maximum_qos, 1)
                             .u8(property::retain_available, 0)
                             .u32(property::maximum_packet_size, 100)});
  EXPECT_EQ(error_of(o.c.publish("a", "b", {.qos = 2})), mqtt_error_code(reason_code::qos_not_supported));
  EXPECT_EQ(error_of(o.c.publish("a", "b", {.retain = true})), mqtt_error_code(reason_code::retain_not_supported));
  EXPECT_EQ(error_of(o.c.publish("a", std::string(200, 'x'))), mqtt_error_code(reason_code::packet_too_large));
  outcome(o.c.publish("a", "still here"));
  EXPECT_EQ(o.peer.expect(PUBLISH).payload, "still here");
}

TEST(publishing, before_there_is_a_connection_waits_and_keeps_the_order) {
  raw_server server;
  client c(server.url(), eager());
  for (int i = 0; i < 100; ++i) static_cast<void>(c.publish("a", std::to_string(i), {.qos = i % 2}));
  raw_peer peer = server.accept();
  peer.welcome();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(peer.expect(PUBLISH).payload, std::to_string(i));
}

// [MQTT-4.9.0-2]
TEST(publishing, has_no_more_under_way_than_the_server_takes) {
  online o({}, {.props = server_properties().u16(property::receive_maximum, 2)});
  std::vector<operation<publish_outcome>> sent;
  for (int i = 0; i < 6; ++i) sent.push_back(o.c.publish("a", std::to_string(i), {.qos = 1}));
  for (int i = 0; i < 6; i += 2) {
    const unsigned first = o.peer.expect(PUBLISH).id;
    const unsigned second = o.peer.expect(PUBLISH).id;
    EXPECT_FALSE(sent[static_cast<std::size_t>(i)].done());
    o.acknowledge(PUBACK, first);
    o.acknowledge(PUBACK, second);
  }
  for (const auto& each : sent) EXPECT_TRUE(outcome(each).has_value());
}

TEST(publishing, uses_topic_aliases_when_told_to) {
  online o({.use_topic_aliases = true}, {.props = server_properties().u16(property::topic_alias_maximum, 4)});
  outcome(o.c.publish("a/long/topic", "1"));
  outcome(o.c.publish("a/long/topic", "2"));
  const client_packet first = o.peer.expect(PUBLISH);
  const client_packet second = o.peer.expect(PUBLISH);
  EXPECT_EQ(first.topic, "a/long/topic");
  EXPECT_EQ(second.topic, "");
  EXPECT_EQ(first.props.number(property::topic_alias), second.props.number(property::topic_alias));
}

TEST(publishing, sends_large_payloads_whole) {
  online o;
  std::string payload(3'000'000, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 31 >> 3U);
  const auto sent = o.c.publish("a", payload, {.qos = 1});
  const client_packet packet = o.peer.expect(PUBLISH);
  EXPECT_TRUE(packet.payload == payload);
  o.acknowledge(PUBACK, packet.id);
  EXPECT_TRUE(outcome(sent).has_value());
}

// ---- expiry, timeouts, cancelling ----

TEST(publishing, does_not_send_what_has_expired) {
  raw_server server;
  client c(server.url(), eager());
  const auto expired = c.publish("a", "old", {.properties = {.message_expiry_interval = 0s}});
  static_cast<void>(c.publish("a", "new"));
  raw_peer peer = server.accept();
  peer.welcome();
  EXPECT_EQ(peer.expect(PUBLISH).payload, "new");
  EXPECT_EQ(error_of(expired), errors::timed_out);
}

TEST(publishing, ends_at_its_timeout_and_is_not_sent_then) {
  raw_server server;
  client c(server.url(), eager());
  const auto late = c.publish("a", "late", {.qos = 1, .timeout = 1ms});
  EXPECT_EQ(error_of(late), errors::timed_out);
  static_cast<void>(c.publish("a", "next"));
  raw_peer peer = server.accept();
  peer.welcome();
  EXPECT_EQ(peer.expect(PUBLISH).payload, "next");
}

TEST(publishing, can_be_cancelled_before_it_is_sent) {
  raw_server server;
  client c(server.url(), eager());
  const auto unwanted = c.publish("a", "unwanted", {.qos = 1});
  unwanted.cancel();
  EXPECT_EQ(error_of(unwanted), errors::cancelled);
  EXPECT_EQ(c.statistics().outgoing_messages, 0);
  static_cast<void>(c.publish("a", "next"));
  raw_peer peer = server.accept();
  peer.welcome();
  EXPECT_EQ(peer.expect(PUBLISH).payload, "next");
}

TEST(publishing, bears_an_acknowledgement_of_what_was_cancelled) {
  online o;
  const auto sent = o.c.publish("a", "b", {.qos = 1});
  const client_packet packet = o.peer.expect(PUBLISH);
  sent.cancel();
  EXPECT_EQ(error_of(sent), errors::cancelled);
  o.acknowledge(PUBACK, packet.id);
  eventually([&] { return o.c.statistics().outgoing_messages == 0; });
  EXPECT_EQ(o.c.statistics().messages_acknowledged, 1);
}

// ---- the outgoing queue ----

client_options bounded(overflow_policy policy) {
  return eager({.outgoing = {.max_messages = 2, .max_bytes = 1U << 20U, .policy = policy}});
}

TEST(outgoing_bounds, fail_at_once_when_told_to) {
  raw_server server;
  client c(server.url(), bounded(overflow_policy::fail));
  static_cast<void>(c.publish("a", "1"));
  static_cast<void>(c.publish("a", "2"));
  EXPECT_EQ(error_of(c.publish("a", "3")), errors::queue_full);
  EXPECT_EQ(c.statistics().messages_refused, 1);
  EXPECT_EQ(c.statistics().outgoing_messages, 2);
}

TEST(outgoing_bounds, drop_the_oldest_when_told_to) {
  raw_server server;
  client c(server.url(), bounded(overflow_policy::drop_oldest));
  const auto first = c.publish("a", "1", {.qos = 1});
  static_cast<void>(c.publish("a", "2", {.qos = 1}));
  static_cast<void>(c.publish("a", "3", {.qos = 1}));
  EXPECT_EQ(error_of(first), errors::dropped);
  EXPECT_EQ(c.statistics().messages_dropped, 1);
  raw_peer peer = server.accept();
  peer.welcome();
  EXPECT_EQ(peer.expect(PUBLISH).payload, "2");
  EXPECT_EQ(peer.expect(PUBLISH).payload, "3");
}

TEST(outgoing_bounds, block_until_there_is_room) {
  raw_server server;
  client c(server.url(), bounded(overflow_policy::block));
  std::jthread producer([&] {
    for (int i = 0; i < 10; ++i) static_cast<void>(c.publish("a", std::to_string(i)));
  });
  raw_peer peer = server.accept();
  peer.welcome();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(peer.expect(PUBLISH).payload, std::to_string(i));
}

TEST(outgoing_bounds, block_no_longer_than_the_timeout) {
  raw_server server;
  client c(server.url(), bounded(overflow_policy::block));
  static_cast<void>(c.publish("a", "1"));
  static_cast<void>(c.publish("a", "2"));
  EXPECT_EQ(error_of(c.publish("a", "3", {.timeout = 1ms})), errors::timed_out);
}

TEST(outgoing_bounds, let_go_who_is_blocked_when_the_client_closes) {
  raw_server server;
  client c(server.url(), bounded(overflow_policy::block));
  static_cast<void>(c.publish("a", "1"));
  static_cast<void>(c.publish("a", "2"));
  std::jthread producer([&] { EXPECT_EQ(error_of(c.publish("a", "3")), errors::closed); });
  outcome(c.close());
}

}  // namespace
}  // namespace nanonng::sdk::test
