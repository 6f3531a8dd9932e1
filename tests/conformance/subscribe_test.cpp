// SUBSCRIBE and SUBACK: options, identifiers, overlaps. Spec: MQTT 5.0 §3.8, §3.9, §3.3.4.
#include <algorithm>

#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class subscribe : public broker_test {};
class subscribe_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, subscribe_in_every_version, all_versions(), version_name);

// [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-2.2.1-6] [MQTT-3.9.3-2] [MQTT-3.8.4-7]
TEST_P(subscribe_in_every_version, is_acknowledged_with_its_identifier_and_the_granted_qos) {
  raw_client client = join(v());
  for (unsigned qos = 0; qos < 3; ++qos) {
    client.send(subscribe_packet{.id = 0x0A0BU + qos, .filters = {{fresh_topic(), qos}}});
    const auto answer = client.expect(SUBACK);
    EXPECT_EQ(answer.id, 0x0A0BU + qos);
    EXPECT_EQ(answer.codes, std::vector<unsigned>{qos});
  }
}

// [MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.9.3-1] [MQTT-3.2.2-10]
TEST_P(subscribe_in_every_version, several_filters_are_answered_in_order) {
  raw_client client = join(v());
  const std::string topic = fresh_topic();
  client.send(subscribe_packet{.id = 5, .filters = {{topic + "/a", 2}, {topic + "/b", 0}, {topic + "/c", 1}}});
  EXPECT_EQ(client.expect(SUBACK).codes, (std::vector<unsigned>{2, 0, 1}));
  client.publish({.topic = topic + "/b", .payload = "x"});
  client.expect_publish(topic + "/b", "x");
}

// [MQTT-3.8.1-1]
TEST_P(subscribe_in_every_version, wrong_flags_are_malformed) {
  if (v() == version::v3_1) return;  // 3.1 has DUP there
  for (unsigned first : {0x80U, 0x81U, 0x83U, 0x86U, 0x8AU}) {
    raw_client client = join(v());
    octets packet = subscribe_packet{.id = 1, .filters = {{"a", 0}}}.encode(v());
    packet.set(0, first);
    client.send(packet);
    client.expect_disconnect(0x81);
  }
}

// [MQTT-3.8.3-2]
TEST_P(subscribe_in_every_version, no_filter_is_a_protocol_error) {
  raw_client client = join(v());
  client.send(subscribe_packet{.id = 1});
  client.expect_disconnect_with_any({0x81, 0x82});
}

// [MQTT-3.8.3-1] [MQTT-1.5.4-1]
TEST_P(subscribe_in_every_version, filter_that_is_no_utf_8_is_refused) {
  raw_client client = join(v());
  client.send(subscribe_packet{.id = 1, .filters = {{"a/\xC3(", 0}}});
  client.expect_disconnect_with_any({0x81, 0x82, 0x8F});
}

// [MQTT-2.2.1-3]
TEST_P(subscribe_in_every_version, packet_identifier_0_is_refused) {
  raw_client client = join(v());
  client.send(subscribe_packet{.id = 0, .filters = {{"a", 0}}});
  client.expect_disconnect_with_any({0x81, 0x82});
}

// [MQTT-3.8.3-5]
TEST_F(subscribe, reserved_option_bits_are_malformed) {
  for (unsigned options : {0x40U, 0x80U, 0xC0U}) {
    raw_client client = join();
    client.send(subscribe_packet{.id = 1, .filters = {{"a", options}}});
    client.expect_disconnect(0x81);
  }
}

// [MQTT-3.8.3-5] of 5.0 for the upper bits, [MQTT-3-8.3-4] of 3.1.1
TEST_F(subscribe, any_bit_beside_the_qos_is_refused_in_3_1_1) {
  for (unsigned options : {0x04U, 0x08U, 0x10U, 0x80U}) {
    raw_client client = join(version::v3_1_1);
    client.send(subscribe_packet{.id = 1, .filters = {{"a", options}}});
    client.expect_close();
  }
}

// QoS 3 and Retain Handling 3 are errors (§3.8.3.1).
TEST_P(subscribe_in_every_version, qos_3_is_refused) {
  raw_client client = join(v());
  client.send(subscribe_packet{.id = 1, .filters = {{"a", 3}}});
  client.expect_disconnect_with_any({0x81, 0x82});
}

TEST_F(subscribe, retain_handling_3_is_refused) {
  raw_client client = join();
  client.send(subscribe_packet{.id = 1, .filters = {{"a", retain_handling(3)}}});
  client.expect_disconnect_with_any({0x81, 0x82});
}

// [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1]
TEST_P(subscribe_in_every_version, filters_with_misplaced_wildcards_are_refused) {
  for (const char* filter : {"a#", "a/b#", "#/a", "a/#/b", "##", "a+", "+a/b", "a/+b", "a/b+/c", "", "+#"}) {
    SCOPED_TRACE(filter);
    raw_client client = join(v());
    client.send(subscribe_packet{.id = 1, .filters = {{filter, 0}}});
    const auto answer = client.next_or_close();  // 5.0 names a code for SUBACK; ending the connection is right as well
    if (answer && answer->kind == SUBACK) {
      EXPECT_EQ(answer->codes, std::vector<unsigned>{five() ? 0x8FU : 0x80U});
    } else if (answer) {
      EXPECT_EQ(answer->kind, DISCONNECT);
    }
  }
}

// [MQTT-3.8.4-3] [MQTT-3.8.4-4] [MQTT-3.3.1-9]
TEST_P(subscribe_in_every_version, same_filter_replaces_the_subscription_and_sends_retained_messages_again) {
  const std::string topic = fresh_topic();
  raw_client client = join(v());
  client.publish({.topic = topic, .payload = "kept", .retain = true});
  client.subscribe(topic, 0);
  client.expect_publish(topic, "kept");
  client.subscribe(topic, 1);
  client.expect_publish(topic, "kept");
  raw_client other = join(v());
  other.publish({.topic = topic, .payload = "new", .qos = 1});
  EXPECT_EQ(client.expect_publish(topic, "new").qos(), 1U);
  expect_nothing_but(other, client, topic);
}

// [MQTT-3.3.4-2] "a copy for overlapping subscriptions has the highest QoS in 3.1.1 too"
TEST_P(subscribe_in_every_version, overlapping_subscriptions_give_one_copy_with_the_highest_qos) {
  const std::string topic = fresh_topic();
  raw_client client = join(v());
  client.subscribe(topic, 0);
  client.subscribe(topic + "/#", 2);
  client.subscribe("+/" + topic.substr(2), 1);
  raw_client other = join(v());
  other.publish({.topic = topic, .payload = "x", .qos = 2});
  EXPECT_EQ(client.expect_publish(topic, "x").qos(), 2U);
  other.publish({.topic = topic, .payload = "barrier"});
  client.expect_publish(topic, "barrier");
}

// [MQTT-3.3.4-3] [MQTT-3.3.4-4] [MQTT-3.3.4-5]
TEST_F(subscribe, single_copy_carries_every_subscription_identifier) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.subscribe(topic, 0, properties().variable(property::subscription_identifier, 1));
  client.subscribe(topic + "/#", 1, properties().variable(property::subscription_identifier, 268'435'455));
  client.subscribe("t/#", 0);
  client.publish({.topic = topic, .payload = "x"});
  auto numbers = client.expect_publish(topic, "x").props.numbers(property::subscription_identifier);
  std::ranges::sort(numbers);
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{1, 268'435'455}));
}

// [MQTT-3.8.4-3]
TEST_F(subscribe, replacing_a_subscription_replaces_its_identifier) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.subscribe(topic, 0, properties().variable(property::subscription_identifier, 5));
  client.subscribe(topic, 0, properties().variable(property::subscription_identifier, 6));
  client.publish({.topic = topic, .payload = "x"});
  EXPECT_EQ(client.expect_publish(topic, "x").props.numbers(property::subscription_identifier),
            std::vector<std::uint32_t>{6});
  client.subscribe(topic, 0);
  client.publish({.topic = topic, .payload = "y"});
  EXPECT_TRUE(client.expect_publish(topic, "y").props.empty());
}

TEST_F(subscribe, subscription_identifier_0_is_a_protocol_error) {
  raw_client client = join();
  client.send(subscribe_packet{
      .id = 1, .filters = {{"a", 0}}, .props = properties().variable(property::subscription_identifier, 0)});
  client.expect_disconnect_with_any({0x81, 0x82});
}

TEST_F(subscribe, two_subscription_identifiers_are_a_protocol_error) {
  raw_client client = join();
  client.send(subscribe_packet{
      .id = 1,
      .filters = {{"a", 0}},
      .props =
          properties().variable(property::subscription_identifier, 1).variable(property::subscription_identifier, 2)});
  client.expect_disconnect_with_any({0x81, 0x82});
}

// [MQTT-3.8.3-3]
TEST_F(subscribe, no_local_keeps_own_messages_away) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.subscribe(topic, no_local);
  client.publish({.topic = topic, .payload = "own", .qos = 1});
  raw_client other = join();
  expect_nothing_but(other, client, topic);
}

// [MQTT-3.8.3-3]
TEST_F(subscribe, no_local_compares_the_client_identifier_over_connections) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  const connect_packet resume{
      .client_id = id, .clean_start = false, .props = properties().u32(property::session_expiry_interval, 60)};
  raw_client first = dial();
  first.connect(resume);
  first.subscribe(topic, no_local | 1U);
  first.disconnect();
  raw_client second = dial();
  second.connect(resume);
  second.publish({.topic = topic, .payload = "own", .qos = 1});
  second.expect_silence();
}

// [MQTT-3.8.3-4]
TEST_F(subscribe, no_local_on_a_shared_subscription_is_a_protocol_error) {
  raw_client client = join();
  client.send(subscribe_packet{.id = 1, .filters = {{"$share/g/a", no_local}}});
  client.expect_disconnect(0x82);
}

// [MQTT-4.5.0-1]
TEST_P(subscribe_in_every_version, every_matching_subscriber_receives_a_copy) {
  const std::string topic = fresh_topic();
  std::vector<raw_client> subscribers;
  for (int i = 0; i < 20; ++i) {
    subscribers.push_back(join(v()));
    subscribers.back().subscribe(topic, static_cast<unsigned>(i % 3));
  }
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "all", .qos = 2});
  for (auto& each : subscribers) each.expect_publish(topic, "all");
}

}  // namespace
