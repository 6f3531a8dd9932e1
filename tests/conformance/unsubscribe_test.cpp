// UNSUBSCRIBE and UNSUBACK. Spec: MQTT 5.0 §3.10, §3.11.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class unsubscribe : public broker_test {};
class unsubscribe_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, unsubscribe_in_every_version, all_versions(), version_name);

// [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-2.2.1-6]
TEST_P(unsubscribe_in_every_version, is_acknowledged_with_its_identifier_even_if_nothing_existed) {
  raw_client client = join(v());
  client.send(unsubscribe_packet{.id = 0x7788, .filters = {fresh_topic()}});
  const auto answer = client.expect(UNSUBACK);
  EXPECT_EQ(answer.id, 0x7788U);
  if (five()) {
    EXPECT_EQ(answer.codes, std::vector<unsigned>{0x11});
  }
}

// [MQTT-3.10.4-1] [MQTT-3.10.4-2]
TEST_P(unsubscribe_in_every_version, messages_stop) {
  const std::string topic = fresh_topic();
  raw_client client = join(v());
  client.subscribe(topic);
  client.subscribe(topic + "/barrier");
  client.send(unsubscribe_packet{.id = 2, .filters = {topic}});
  client.expect(UNSUBACK, 2);
  raw_client other = join(v());
  other.publish({.topic = topic, .payload = "late"});
  expect_nothing_but(other, client, topic + "/barrier");
}

// [MQTT-3.10.4-1]
TEST_P(unsubscribe_in_every_version, filters_are_compared_character_by_character) {
  const std::string topic = fresh_topic();
  raw_client client = join(v());
  client.subscribe(topic + "/+");
  client.send(unsubscribe_packet{.id = 2, .filters = {topic + "/a", topic + "/#", topic, topic + "/+/"}});
  const auto answer = client.expect(UNSUBACK);
  if (five()) {
    EXPECT_EQ(answer.codes, (std::vector<unsigned>{0x11, 0x11, 0x11, 0x11}));
  }
  client.publish({.topic = topic + "/a", .payload = "still"});
  client.expect_publish(topic + "/a", "still");
}

// [MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2]
TEST_P(unsubscribe_in_every_version, several_filters_are_answered_once_and_in_order) {
  const std::string topic = fresh_topic();
  raw_client client = join(v());
  client.subscribe(topic + "/1");
  client.subscribe(topic + "/3");
  client.send(unsubscribe_packet{.id = 9, .filters = {topic + "/1", topic + "/2", topic + "/3", topic + "/1"}});
  const auto answer = client.expect(UNSUBACK);
  if (five()) {
    EXPECT_EQ(answer.codes, (std::vector<unsigned>{0x00, 0x11, 0x00, 0x11}));
  }
  client.expect_silence();
}

// [MQTT-3.10.1-1]
TEST_P(unsubscribe_in_every_version, wrong_flags_are_malformed) {
  if (v() == version::v3_1) return;  // 3.1 has DUP there
  for (unsigned first : {0xA0U, 0xA1U, 0xA3U, 0xA6U, 0xAAU}) {
    raw_client client = join(v());
    octets packet = unsubscribe_packet{.id = 1, .filters = {"a"}}.encode(v());
    packet.set(0, first);
    client.send(packet);
    client.expect_disconnect(0x81);
  }
}

// [MQTT-3.10.3-2]
TEST_P(unsubscribe_in_every_version, no_filter_is_a_protocol_error) {
  raw_client client = join(v());
  client.send(unsubscribe_packet{.id = 1});
  client.expect_disconnect_with_any({0x81, 0x82});
}

// [MQTT-3.10.3-1]
TEST_P(unsubscribe_in_every_version, filter_that_is_no_utf_8_is_refused) {
  raw_client client = join(v());
  client.send(unsubscribe_packet{.id = 1, .filters = {"\xFF"}});
  client.expect_disconnect_with_any({0x81, 0x82, 0x8F});
}

// [MQTT-2.2.1-3]
TEST_P(unsubscribe_in_every_version, packet_identifier_0_is_refused) {
  raw_client client = join(v());
  client.send(unsubscribe_packet{.id = 0, .filters = {"a"}});
  client.expect_disconnect_with_any({0x81, 0x82});
}

// [MQTT-3.10.4-3]
TEST_P(unsubscribe_in_every_version, delivery_under_way_is_completed) {
  const std::string topic = fresh_topic();
  raw_client client = join(v());
  client.subscribe(topic, 2);
  raw_client other = join(v());
  other.publish({.topic = topic, .payload = "x", .qos = 2});
  const unsigned id = client.expect_publish(topic, "x").id;
  client.send(unsubscribe_packet{.id = 3, .filters = {topic}});
  client.expect(UNSUBACK, 3);
  client.send(acknowledgement{.kind = PUBREC, .id = id});
  client.expect(PUBREL, id);
  client.send(acknowledgement{.kind = PUBCOMP, .id = id});
  client.expect_silence();
}

// [MQTT-3.10.4-1]
TEST_P(unsubscribe_in_every_version, shared_and_plain_subscription_of_one_topic_are_two) {
  const std::string topic = fresh_topic();
  raw_client client = join(v());
  client.subscribe(topic);
  client.subscribe("$share/g/" + topic);
  client.send(unsubscribe_packet{.id = 3, .filters = {"$share/g/" + topic}});
  client.expect(UNSUBACK, 3);
  client.publish({.topic = topic, .payload = "plain"});
  client.expect_publish(topic, "plain");
  client.send(unsubscribe_packet{.id = 4, .filters = {topic}});
  client.expect(UNSUBACK, 4);
  client.publish({.topic = topic, .payload = "nobody"});
  client.expect_silence();
}

}  // namespace
