// PUBLISH with QoS 0, and what every PUBLISH has in common. Spec: MQTT 5.0 §3.3, §4.3.1.
#include <algorithm>

#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class publish_qos0 : public broker_test {};
class publish_qos0_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, publish_qos0_in_every_version, all_versions(), version_name);
/// What 3.1 leaves open.
class publish_qos0_since_3_1_1 : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, publish_qos0_since_3_1_1, versions_since_3_1_1(), version_name);

// [MQTT-4.3.1-1] [MQTT-2.2.1-2] [MQTT-3.3.1-2] [MQTT-3.3.2-1]
TEST_P(publish_qos0_in_every_version, delivery_has_the_exact_bytes) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "hello"});
  octets body = octets().text(topic);
  if (five()) body.u8(0);
  subscriber.expect_bytes(framed(0x30, body.raw("hello")));
}

// [MQTT-3.3.1-3]
TEST_P(publish_qos0_in_every_version, publisher_receives_its_own_message) {
  const std::string topic = fresh_topic();
  raw_client client = join(v());
  client.subscribe(topic);
  client.publish({.topic = topic, .payload = "self"});
  client.expect_publish(topic, "self");
}

TEST_P(publish_qos0_in_every_version, empty_payload_is_delivered) {
  const std::string topic = fresh_topic();
  raw_client client = join(v());
  client.subscribe(topic);
  client.publish({.topic = topic, .payload = ""});
  client.expect_publish(topic, "");
}

// [MQTT-3.3.1-2]
TEST_P(publish_qos0_since_3_1_1, dup_with_qos_0_is_refused) {
  raw_client client = join(v());
  client.send(publish_packet{.topic = fresh_topic(), .payload = "x", .dup = true});
  client.expect_disconnect_with_any({0x81, 0x82});
}

// [MQTT-3.3.1-4]
TEST_P(publish_qos0_in_every_version, qos_3_is_malformed) {
  raw_client client = join(v());
  client.send(publish_packet{.topic = fresh_topic(), .payload = "x", .qos = 3, .id = 1});
  client.expect_disconnect(0x81);
}

// [MQTT-3.3.2-2] [MQTT-4.7.0-1]
TEST_P(publish_qos0_in_every_version, wildcards_in_a_topic_name_are_refused) {
  for (const char* topic : {"a/+", "#", "a/#", "+", "a+b", "a#"}) {
    SCOPED_TRACE(topic);
    raw_client client = join(v());
    client.send(publish_packet{.topic = topic, .payload = "x"});
    client.expect_disconnect_with_any({0x81, 0x82, 0x90});
  }
}

// [MQTT-4.7.3-1]
TEST_P(publish_qos0_in_every_version, empty_topic_without_an_alias_is_refused) {
  raw_client client = join(v());
  client.send(publish_packet{.topic = "", .payload = "x"});
  client.expect_disconnect_with_any({0x81, 0x82, 0x90});
}

// [MQTT-4.7.3-2] [MQTT-1.5.4-2]
TEST_P(publish_qos0_in_every_version, null_character_in_a_topic_is_refused) {
  raw_client client = join(v());
  client.send(publish_packet{.topic = std::string("a\0b", 3), .payload = "x"});
  client.expect_disconnect_with_any({0x81, 0x82, 0x90});
}

// [MQTT-3.3.2-1] [MQTT-1.5.4-1]
TEST_P(publish_qos0_in_every_version, topic_that_is_no_utf_8_is_refused) {
  for (const char* topic : {"\xC3(", "\xED\xA0\x80", "\xFF", "\xC0\xAF", "\xF4\x90\x80\x80", "a\xE2\x82"}) {
    raw_client client = join(v());
    client.send(publish_packet{.topic = topic, .payload = "x"});
    client.expect_disconnect_with_any({0x81, 0x82, 0x90});
  }
}

// [MQTT-1.5.4-3]
TEST_P(publish_qos0_in_every_version, byte_order_mark_is_an_ordinary_character) {
  const std::string plain = fresh_topic();
  const std::string marked = "\xEF\xBB\xBF" + plain;
  raw_client client = join(v());
  client.subscribe(marked);
  client.publish({.topic = plain, .payload = "without"});
  client.publish({.topic = marked, .payload = "with"});
  client.expect_publish(marked, "with");
}

// [MQTT-4.7.3-3]
TEST_P(publish_qos0_in_every_version, longest_topic_travels) {
  const std::string start = fresh_topic();
  const std::string topic = start + "/" + std::string(65'535 - start.size() - 1, 'y');
  raw_client client = join(v());
  client.subscribe(topic);
  client.publish({.topic = topic, .payload = "far"});
  client.expect_publish(topic, "far");
}

// [MQTT-4.6.0-5] [MQTT-4.6.0-6]
TEST_P(publish_qos0_in_every_version, order_of_one_publisher_is_kept) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic);
  raw_client publisher = join(v());
  octets burst;
  for (int i = 0; i < 500; ++i) burst.raw(publish_packet{.topic = topic, .payload = std::to_string(i)}.encode(v()));
  publisher.send(burst);
  for (int i = 0; i < 500; ++i) subscriber.expect_publish(topic, std::to_string(i));
}

// [MQTT-3.3.2-3]
TEST_P(publish_qos0_in_every_version, only_matching_subscribers_receive_it) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic + "/in");
  raw_client publisher = join(v());
  publisher.publish({.topic = topic + "/out", .payload = "no"});
  publisher.publish({.topic = topic, .payload = "no"});
  publisher.publish({.topic = topic + "/in/deeper", .payload = "no"});
  expect_nothing_but(publisher, subscriber, topic + "/in");
}

TEST_F(publish_qos0, large_payload_is_delivered_whole) {
  const std::string topic = fresh_topic();
  std::string payload(1'000'000, 'p');
  payload[999'999] = 'q';
  raw_client client = join();
  client.subscribe(topic);
  client.publish({.topic = topic, .payload = payload});
  client.expect_publish(topic, payload);
}

TEST_F(publish_qos0, message_crosses_versions) {
  const std::string topic = fresh_topic();
  raw_client old = join(version::v3_1_1);
  raw_client oldest = join(version::v3_1);
  raw_client fresh = join();
  for (raw_client* each : {&old, &oldest, &fresh}) each->subscribe(topic);
  fresh.publish({.topic = topic, .payload = "five", .props = properties().user("k", "v")});
  old.publish({.topic = topic, .payload = "four"});
  std::vector<std::string> seen;
  for (raw_client* each : {&old, &oldest, &fresh})
    for (int i = 0; i < 2; ++i) seen.push_back(each->expect(PUBLISH).payload);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "five"), 3);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), "four"), 3);
}

}  // namespace
