// Properties: forwarded as they came, counted down, and refused where they don't belong. Spec: MQTT 5.0 §2.2.2, §3.3.2.3.
#include <array>

#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class properties_in_packets : public broker_test {
 protected:
  /// A PUBLISH with these properties ends the connection with one of the two codes of §4.13.
  static void expect_refused_publish(const properties& props) {
    raw_client client = join();
    client.send(publish_packet{.topic = "p", .payload = "x", .props = props});
    client.expect_disconnect_with_any({0x81, 0x82});
  }
  static void expect_refused_connect(const properties& props) {
    raw_client client = dial();
    client.send(connect_packet{.client_id = fresh_client_id(), .props = props});
    client.expect_rejection({0x81, 0x82});
  }
};

// [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]
TEST_F(properties_in_packets, application_properties_are_forwarded_unaltered_and_in_order) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join();
  subscriber.subscribe(topic, 2);
  raw_client publisher = join();
  for (unsigned qos = 0; qos < 3; ++qos) {
    publisher.publish({.topic = topic,
                       .payload = "\xC3\xA9",
                       .qos = qos,
                       .props = properties()
                                    .user("b", "1")
                                    .u8(property::payload_format_indicator, 1)
                                    .text(property::content_type, "text/\xE2\x82\xAC")
                                    .user("a", "")
                                    .text(property::response_topic, "reply/to/me")
                                    .text(property::correlation_data, std::string("\0\xFF\x01", 3))
                                    .user("", "2")
                                    .user("b", "1")});
    const auto packet = subscriber.expect_publish(topic, "\xC3\xA9");
    EXPECT_EQ(packet.props.number(property::payload_format_indicator), 1U);
    EXPECT_EQ(packet.props.text(property::content_type), "text/\xE2\x82\xAC");
    EXPECT_EQ(packet.props.text(property::response_topic), "reply/to/me");
    EXPECT_EQ(packet.props.text(property::correlation_data), std::string("\0\xFF\x01", 3));
    EXPECT_EQ(packet.props.user(),
              (std::vector<std::pair<std::string, std::string>>{{"b", "1"}, {"a", ""}, {"", "2"}, {"b", "1"}}));
    if (qos != 2) continue;
    subscriber.send(acknowledgement{.kind = PUBREC, .id = packet.id});
    subscriber.expect(PUBREL, packet.id);
  }
}

// [MQTT-2.2.2-1]
TEST_F(properties_in_packets, absence_is_a_length_of_zero) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.subscribe(topic);
  client.publish({.topic = topic, .payload = "x"});
  client.expect_bytes(framed(0x30, octets().text(topic).u8(0).raw("x")));
}

// [MQTT-3.3.2-6]
TEST_F(properties_in_packets, message_expiry_is_passed_on_and_never_grows) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  const connect_packet resume{
      .client_id = id, .clean_start = false, .props = properties().u32(property::session_expiry_interval, 60)};
  raw_client subscriber = dial();
  subscriber.connect(resume);
  subscriber.subscribe(topic, 1);
  raw_client publisher = join();
  publisher.publish(
      {.topic = topic, .payload = "live", .qos = 1, .props = properties().u32(property::message_expiry_interval, 100)});
  const auto live = subscriber.expect_publish(topic, "live").props.number(property::message_expiry_interval);
  EXPECT_TRUE(live && *live <= 100 && *live >= 90);
}

// [MQTT-3.3.2-5] [MQTT-3.3.2-6] a will that comes two seconds later tells that the time has passed
TEST_F(properties_in_packets, message_that_expired_in_the_queue_is_not_delivered) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  const connect_packet resume{
      .client_id = id, .clean_start = false, .props = properties().u32(property::session_expiry_interval, 60)};
  raw_client subscriber = dial();
  subscriber.connect(resume);
  subscriber.subscribe(topic, 1);
  subscriber.disconnect();
  raw_client publisher = join();
  publisher.publish(
      {.topic = topic, .payload = "short", .qos = 1, .props = properties().u32(property::message_expiry_interval, 1)});
  publisher.publish(
      {.topic = topic, .payload = "long", .qos = 1, .props = properties().u32(property::message_expiry_interval, 100)});
  publisher.publish({.topic = topic, .payload = "ever", .qos = 1});
  publisher.subscribe(topic + "/clock");
  raw_client clock = dial();
  clock.connect(
      {.client_id = fresh_client_id(),
       .props = properties().u32(property::session_expiry_interval, 60),
       .will = will_message{
           .topic = topic + "/clock", .payload = "2 s", .props = properties().u32(property::will_delay_interval, 2)}});
  clock.drop();
  publisher.expect_publish(topic + "/clock", "2 s");
  raw_client back = dial();
  back.connect(resume);
  const auto left = back.expect_publish(topic, "long").props.number(property::message_expiry_interval);
  EXPECT_TRUE(left && *left < 100);
  EXPECT_FALSE(back.expect_publish(topic, "ever").props.has(property::message_expiry_interval));
}

// [MQTT-3.3.2-5] for retained messages
TEST_F(properties_in_packets, retained_message_expires) {
  const std::string topic = fresh_topic();
  raw_client publisher = join();
  publisher.publish({.topic = topic,
                     .payload = "short",
                     .qos = 1,
                     .retain = true,
                     .props = properties().u32(property::message_expiry_interval, 1)});
  publisher.subscribe(topic + "/clock");
  raw_client clock = dial();
  clock.connect(
      {.client_id = fresh_client_id(),
       .props = properties().u32(property::session_expiry_interval, 60),
       .will = will_message{
           .topic = topic + "/clock", .payload = "2 s", .props = properties().u32(property::will_delay_interval, 2)}});
  clock.drop();
  publisher.expect_publish(topic + "/clock", "2 s");
  raw_client late = join();
  late.subscribe(topic);
  late.expect_silence();
}

// [MQTT-4.3.3-7] [MQTT-4.3.3-13] what was sent is finished, expired or not
TEST_F(properties_in_packets, expiry_does_not_interrupt_an_exchange_under_way) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  const connect_packet resume{
      .client_id = id, .clean_start = false, .props = properties().u32(property::session_expiry_interval, 60)};
  raw_client subscriber = dial();
  subscriber.connect(resume);
  subscriber.subscribe(topic, 2);
  raw_client publisher = join();
  publisher.publish(
      {.topic = topic, .payload = "begun", .qos = 2, .props = properties().u32(property::message_expiry_interval, 1)});
  const unsigned packet_id = subscriber.expect_publish(topic, "begun").id;
  subscriber.drop();
  publisher.subscribe(topic + "/clock");
  raw_client clock = dial();
  clock.connect(
      {.client_id = fresh_client_id(),
       .props = properties().u32(property::session_expiry_interval, 60),
       .will = will_message{
           .topic = topic + "/clock", .payload = "2 s", .props = properties().u32(property::will_delay_interval, 2)}});
  clock.drop();
  publisher.expect_publish(topic + "/clock", "2 s");
  raw_client back = dial();
  back.connect(resume);
  EXPECT_EQ(back.expect_publish(topic, "begun").id, packet_id);
  back.send(acknowledgement{.kind = PUBREC, .id = packet_id});
  back.expect(PUBREL, packet_id);
}

// [MQTT-3.3.4-6]
TEST_F(properties_in_packets, subscription_identifier_from_a_client_is_refused) {
  expect_refused_publish(properties().variable(property::subscription_identifier, 1));
}

// [MQTT-3.3.2-14]
TEST_F(properties_in_packets, response_topic_with_wildcards_is_refused) {
  for (const char* topic : {"a/+", "#"}) {
    raw_client client = join();
    client.send(
        publish_packet{.topic = "p", .payload = "x", .props = properties().text(property::response_topic, topic)});
    client.expect_disconnect_with_any({0x81, 0x82, 0x90});
  }
}

// [MQTT-3.3.2-13] [MQTT-3.3.2-19] [MQTT-1.5.7-1]
TEST_F(properties_in_packets, text_that_is_no_utf_8_is_refused) {
  expect_refused_publish(properties().text(property::response_topic, "\xFF"));
  expect_refused_publish(properties().text(property::content_type, "\xC3"));
  expect_refused_publish(properties().user("\xFF", "v"));
  expect_refused_publish(properties().user("k", std::string("\0", 1)));
}

TEST_F(properties_in_packets, repeated_ones_are_refused) {
  expect_refused_publish(
      properties().u8(property::payload_format_indicator, 1).u8(property::payload_format_indicator, 1));
  expect_refused_publish(properties().text(property::content_type, "a").text(property::content_type, "a"));
  expect_refused_publish(
      properties().u32(property::message_expiry_interval, 1).u32(property::message_expiry_interval, 1));
  expect_refused_connect(
      properties().u32(property::session_expiry_interval, 1).u32(property::session_expiry_interval, 1));
  expect_refused_connect(properties().u16(property::receive_maximum, 1).u16(property::receive_maximum, 1));
  expect_refused_connect(properties().u16(property::topic_alias_maximum, 1).u16(property::topic_alias_maximum, 1));
}

TEST_F(properties_in_packets, values_outside_the_range_are_refused) {
  expect_refused_publish(properties().u8(property::payload_format_indicator, 2));
  expect_refused_connect(properties().u8(property::request_problem_information, 2));
  expect_refused_connect(properties().u8(property::request_response_information, 2));
  expect_refused_connect(properties().u32(property::maximum_packet_size, 0));
}

// §2.2.2.2: an identifier that does not belong to the packet, or to nothing
TEST_F(properties_in_packets, identifiers_of_other_packets_are_refused) {
  expect_refused_publish(properties().u32(property::session_expiry_interval, 1));
  expect_refused_publish(properties().u8(0x7F, 1));
  expect_refused_connect(properties().u16(property::topic_alias, 1));
  expect_refused_connect(properties().text(property::assigned_client_identifier, "x"));
  raw_client client = join();
  client.send(
      subscribe_packet{.id = 1, .filters = {{"a", 0}}, .props = properties().text(property::reason_string, "x")});
  client.expect_disconnect_with_any({0x81, 0x82});
}

// "properties in acknowledgements are checked"
TEST_F(properties_in_packets, acknowledgements_are_checked_too) {
  const std::array<properties, 4> wrong = {
      properties().u16(property::topic_alias, 1),
      properties().text(property::reason_string, "a").text(property::reason_string, "b"),
      properties().text(property::reason_string, "\xFF"), properties().add({0x26, 0x00, 0x05, 'a'})};
  for (packet_kind kind : {PUBACK, PUBREC, PUBREL, PUBCOMP}) {
    for (const properties& props : wrong) {
      SCOPED_TRACE(kind);
      raw_client client = join();
      client.send(acknowledgement{.kind = kind, .id = 1, .props = props});
      client.expect_disconnect_with_any({0x81, 0x82});
    }
  }
}

// [MQTT-3.5.2-1] [MQTT-3.6.2-1] a reason code that the packet cannot have
TEST_F(properties_in_packets, acknowledgements_with_codes_of_other_packets_are_refused) {
  for (packet_kind kind : {PUBACK, PUBREC, PUBREL, PUBCOMP}) {
    SCOPED_TRACE(kind);
    raw_client client = join();
    client.send(acknowledgement{.kind = kind, .id = 1, .code = 0x9E});
    client.expect_disconnect_with_any({0x81, 0x82});
  }
}

// [MQTT-3.1.2-29]
TEST_F(properties_in_packets, problem_information_is_left_out_when_not_wanted) {
  raw_client client = join(version::v5, properties().u8(property::request_problem_information, 0));
  client.send(acknowledgement{.kind = PUBREL, .id = 5});
  EXPECT_TRUE(client.expect(PUBCOMP).props.empty());
  client.send(subscribe_packet{.id = 1, .filters = {{"$share/g", 0}}});
  EXPECT_TRUE(client.expect(SUBACK).props.empty());
  client.send(unsubscribe_packet{.id = 2, .filters = {"nothing/here"}});
  EXPECT_TRUE(client.expect(UNSUBACK).props.empty());
  client.publish({.topic = fresh_topic(), .payload = "x", .qos = 2});
}

// [MQTT-3.3.2-17] up to the limit that an ordinary client never meets
TEST_F(properties_in_packets, hundreds_of_user_properties_travel_in_order) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.subscribe(topic);
  properties props;
  for (int i = 0; i < 900; ++i) props.user("k" + std::to_string(i), std::to_string(i));
  client.publish({.topic = topic, .payload = "x", .props = props});
  const auto user = client.expect_publish(topic, "x").props.user();
  ASSERT_EQ(user.size(), 900U);
  for (std::size_t i = 0; i < 900; ++i) EXPECT_EQ(user[i].second, std::to_string(i));
}

}  // namespace
