// CONNECT: what a server checks before it lets anybody in. Spec: MQTT 5.0 §3.1, MQTT 3.1.1 §3.1.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class connect : public broker_test {};
class connect_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, connect_in_every_version, all_versions(), version_name);
/// What 3.1 leaves open.
class connect_since_3_1_1 : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, connect_since_3_1_1, versions_since_3_1_1(), version_name);

constexpr unsigned malformed = 0x81;
constexpr unsigned protocol_error = 0x82;

octets first_packet_of(unsigned kind) {
  switch (kind) {
    case PUBLISH:
      return publish_packet{.topic = "a", .payload = "b"}.encode(version::v5);
    case SUBSCRIBE:
      return subscribe_packet{.id = 1, .filters = {{"a", 0}}}.encode(version::v5);
    case UNSUBSCRIBE:
      return unsubscribe_packet{.id = 1, .filters = {"a"}}.encode(version::v5);
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
      return acknowledgement{.kind = static_cast<packet_kind>(kind), .id = 1}.encode(version::v5);
    case CONNACK:
      return {0x20, 0x03, 0x00, 0x00, 0x00};
    case SUBACK:
      return {0x90, 0x04, 0x00, 0x01, 0x00, 0x00};
    case UNSUBACK:
      return {0xB0, 0x04, 0x00, 0x01, 0x00, 0x00};
    default:
      return {static_cast<int>(kind << 4U), 0x00};
  }
}

// [MQTT-3.1.0-1] [MQTT-3.14.0-1]
TEST_F(connect, any_other_first_packet_ends_the_connection_without_an_answer) {
  for (unsigned kind = 0; kind <= AUTH; ++kind) {
    if (kind == CONNECT) continue;
    SCOPED_TRACE(kind);
    raw_client client = dial();
    client.send(first_packet_of(kind));
    client.expect_close();
  }
}

// [MQTT-3.1.0-2] [MQTT-4.13.1-1]
TEST_P(connect_in_every_version, second_connect_is_a_protocol_error) {
  raw_client client = dial(v());
  const connect_packet packet{.client_id = fresh_client_id()};
  client.connect(packet);
  client.send(packet);
  client.expect_disconnect(protocol_error);
}

// [MQTT-3.1.2-1]
TEST_P(connect_in_every_version, unknown_protocol_name_is_refused) {
  for (const char* name : {"MQTX", "mqtt", "MQTTT", "MQT", "", "MQIsdpx", "HTTP"}) {
    SCOPED_TRACE(name);
    raw_client client = dial(v());
    client.send(connect_packet{.client_id = fresh_client_id(), .protocol_name = name});
    client.expect_rejection({0x84, malformed, protocol_error});
  }
}

// [MQTT-3.1.2-2]
TEST_F(connect, unknown_protocol_level_is_refused_in_a_form_that_names_the_reason) {
  for (unsigned level : {0U, 1U, 2U, 6U, 7U, 127U, 255U}) {
    SCOPED_TRACE(level);
    raw_client client = dial(version::v3_1_1);
    client.send(connect_packet{.client_id = fresh_client_id(), .level = level});
    const octets answer = client.read_until_close();
    const bool old_form = answer == octets{0x20, 0x02, 0x00, 0x01};
    const bool new_form = answer.size() >= 5 && answer[0] == 0x20 && answer[2] == 0 && answer[3] == 0x84;
    EXPECT_TRUE(answer.empty() || old_form || new_form) << answer.hex();
  }
}

// [MQTT-3.1.2-1] [MQTT-3.1.2-2]
TEST_F(connect, name_of_one_version_with_the_level_of_another_is_refused) {
  raw_client old_name = dial(version::v3_1_1);
  old_name.send(connect_packet{.client_id = fresh_client_id(), .protocol_name = "MQIsdp"});
  EXPECT_TRUE(old_name.read_until_close().size() < 6);
  raw_client old_level = dial(version::v3_1_1);
  old_level.send(connect_packet{.client_id = fresh_client_id(), .level = 3});
  EXPECT_TRUE(old_level.read_until_close().size() < 6);
}

// [MQTT-3.1.2-3]
TEST_P(connect_since_3_1_1, reserved_connect_flag_is_refused) {
  raw_client client = dial(v());
  client.send(connect_packet{.client_id = fresh_client_id(), .flags = 0x03});
  client.expect_rejection({malformed, protocol_error});
}

// [MQTT-3.1.2-11]
TEST_P(connect_since_3_1_1, will_qos_without_will_flag_is_refused) {
  for (unsigned flags : {0x0AU, 0x12U}) {
    raw_client client = dial(v());
    client.send(connect_packet{.client_id = fresh_client_id(), .flags = flags});
    client.expect_rejection({malformed, protocol_error});
  }
}

// [MQTT-3.1.2-13]
TEST_P(connect_since_3_1_1, will_retain_without_will_flag_is_refused) {
  raw_client client = dial(v());
  client.send(connect_packet{.client_id = fresh_client_id(), .flags = 0x22});
  client.expect_rejection({malformed, protocol_error});
}

// [MQTT-3.1.2-12]
TEST_P(connect_in_every_version, will_qos_3_is_refused) {
  raw_client client = dial(v());
  client.send(
      connect_packet{.client_id = fresh_client_id(), .will = will_message{.topic = "w", .payload = "w", .qos = 3}});
  client.expect_rejection({malformed, protocol_error});
}

// [MQTT-3.1.2-9] [MQTT-3.1.3-1]
TEST_P(connect_in_every_version, will_flag_without_will_fields_is_refused) {
  raw_client client = dial(v());
  client.send(connect_packet{.client_id = fresh_client_id(), .flags = 0x06});
  client.expect_rejection({malformed, protocol_error});
}

// [MQTT-3.1.2-17]
TEST_P(connect_since_3_1_1, user_name_flag_without_user_name_is_refused) {
  raw_client client = dial(v());
  client.send(connect_packet{.client_id = fresh_client_id(), .flags = 0x82});
  client.expect_rejection({malformed, protocol_error});
}

// [MQTT-3.1.2-19]
TEST_P(connect_since_3_1_1, password_flag_without_password_is_refused) {
  raw_client client = dial(v());
  client.send(connect_packet{.client_id = fresh_client_id(), .user_name = "u", .flags = 0xC2});
  client.expect_rejection({malformed, protocol_error});
}

// [MQTT-3.1.2-16] [MQTT-3.1.2-18] [MQTT-3.1.4-1]
TEST_P(connect_in_every_version, fields_that_no_flag_announces_are_refused) {
  raw_client user = dial(v());
  user.send(connect_packet{.client_id = fresh_client_id(), .user_name = "u", .flags = 0x02});
  user.expect_rejection({malformed, protocol_error});
  raw_client password = dial(v());
  password.send(connect_packet{.client_id = fresh_client_id(), .user_name = "u", .password = "p", .flags = 0x82});
  password.expect_rejection({malformed, protocol_error});
}

// In 3.1.1 a password needs a user name (its own [MQTT-3.1.2-22]); in 5.0 it stands alone.
TEST_P(connect_in_every_version, password_without_user_name_is_refused_before_5_and_accepted_since) {
  raw_client client = dial(v());
  client.send(connect_packet{.client_id = fresh_client_id(), .password = "p"});
  if (!five()) return client.expect_rejection({});
  EXPECT_EQ(client.expect(CONNACK).code, 0U);
}

// [MQTT-3.1.3-5]
TEST_P(connect_in_every_version, client_identifiers_of_1_to_23_letters_and_digits_are_allowed) {
  for (const char* id : {"a", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ"}) {
    SCOPED_TRACE(id);
    raw_client client = dial(v());
    client.connect({.client_id = id});
    client.disconnect();
  }
}

// [MQTT-3.1.3-4] [MQTT-1.5.4-1]
TEST_P(connect_in_every_version, client_identifier_that_is_no_utf_8_is_refused) {
  raw_client client = dial(v());
  client.send(connect_packet{.client_id = "a\xC3(b"});
  client.expect_rejection({malformed, protocol_error, 0x85});
}

// [MQTT-3.1.3-3]
TEST_P(connect_in_every_version, missing_client_identifier_is_refused) {
  octets body = connect_packet{.client_id = ""}.encode(v());
  body = body.from(2).first(body.size() - 4);
  raw_client client = dial(v());
  client.send(framed(0x10, body));
  client.expect_rejection({malformed, protocol_error});
}

// [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16]
TEST_F(connect, empty_client_identifier_is_answered_with_a_unique_assigned_one) {
  raw_client first = dial();
  raw_client second = dial();
  const auto one = first.connect({.client_id = ""}).props.text(property::assigned_client_identifier);
  const auto two = second.connect({.client_id = ""}).props.text(property::assigned_client_identifier);
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(one->empty());
  EXPECT_NE(*one, *two);
  first.expect_silence();
}

// [MQTT-3.1.3-7]
TEST_F(connect, assigned_client_identifier_names_a_session_that_can_be_resumed) {
  raw_client first = dial();
  const auto id = first.connect({.client_id = "", .props = properties().u32(property::session_expiry_interval, 60)})
                      .props.text(property::assigned_client_identifier);
  ASSERT_TRUE(id);
  first.drop();
  raw_client second = dial();
  EXPECT_TRUE(second.connect({.client_id = *id, .clean_start = false}).session_present);
}

// [MQTT-3.1.3-8]
TEST_F(connect, empty_client_identifier_without_clean_session_is_refused_in_3_1_1) {
  raw_client client = dial(version::v3_1_1);
  client.send(connect_packet{.client_id = "", .clean_start = false});
  client.expect_refusal(0x02);
}

// The Client Identifier has 1 to 23 characters in 3.1 (§3.1).
TEST_F(connect, empty_client_identifier_is_refused_in_3_1) {
  raw_client client = dial(version::v3_1);
  client.send(connect_packet{.client_id = ""});
  client.expect_refusal(0x02);
}

TEST_F(connect, empty_client_identifier_with_clean_session_is_accepted_in_3_1_1) {
  raw_client client = dial(version::v3_1_1);
  client.connect({.client_id = ""});
  client.expect_silence();
}

// [MQTT-3.1.4-1]
TEST_P(connect_in_every_version, bytes_after_the_last_field_are_refused) {
  octets packet = connect_packet{.client_id = fresh_client_id()}.encode(v());
  packet.set(1, packet[1] + 3U);
  raw_client client = dial(v());
  client.send(packet.raw("xyz"));
  client.expect_rejection({malformed, protocol_error});
}

// [MQTT-3.1.4-6] [MQTT-3.1.4-2]
TEST_P(connect_in_every_version, nothing_behind_a_refused_connect_is_processed) {
  const std::string topic = fresh_topic();
  raw_client watcher = join(v());
  watcher.subscribe(topic);
  raw_client refused = dial(v());
  octets bytes =
      connect_packet{.client_id = fresh_client_id(), .will = will_message{.topic = topic, .payload = "x", .qos = 3}}
          .encode(v());
  bytes.raw(publish_packet{.topic = topic, .payload = "sneaked in", .retain = true}.encode(v()));
  refused.send(bytes);
  refused.drain_until_close();
  raw_client other = join(v());
  expect_nothing_but(other, watcher, topic);
}

// [MQTT-3.1.4-5] [MQTT-3.2.0-1]
TEST_P(connect_in_every_version, packets_sent_with_connect_are_answered_after_connack_in_order) {
  raw_client client = dial(v());
  octets bytes = connect_packet{.client_id = fresh_client_id()}.encode(v());
  bytes.raw(subscribe_packet{.id = 7, .filters = {{fresh_topic(), 1}}}.encode(v())).raw(pingreq());
  client.send(bytes);
  EXPECT_EQ(client.expect(CONNACK).code, 0U);
  EXPECT_EQ(client.expect(SUBACK).id, 7U);
  client.expect(PINGRESP);
}

// [MQTT-3.1.3-2]
TEST_P(connect_in_every_version, identifiers_that_share_a_long_beginning_are_different_sessions) {
  const std::string stem(200, 'x');
  raw_client one = dial(v());
  raw_client two = dial(v());
  const std::string unique = fresh_client_id();
  one.connect({.client_id = unique + stem + "1"});
  two.connect({.client_id = unique + stem + "2"});
  one.expect_silence();
  two.expect_silence();
}

// [MQTT-4.2.0-1] a stream keeps the order of bytes and nothing else
TEST_P(connect_in_every_version, packets_arrive_in_any_pieces) {
  raw_client client = dial(v());
  octets bytes = connect_packet{.client_id = fresh_client_id(), .user_name = "u", .password = "p"}.encode(v());
  bytes.raw(subscribe_packet{.id = 3, .filters = {{"pieces", 2}}}.encode(v()));
  for (std::size_t i = 0; i < bytes.size(); ++i) client.send(bytes.from(i).first(1));
  client.expect(CONNACK);
  client.expect(SUBACK, 3);
}

}  // namespace
