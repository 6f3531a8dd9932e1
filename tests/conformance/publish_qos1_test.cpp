// PUBLISH with QoS 1 in both directions. Spec: MQTT 5.0 §3.3.4, §3.4, §4.3.2.
#include <algorithm>
#include <set>

#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class publish_qos1 : public broker_test {};
class publish_qos1_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, publish_qos1_in_every_version, all_versions(), version_name);

// [MQTT-3.3.4-1] [MQTT-2.2.1-5] [MQTT-4.3.2-4] [MQTT-3.4.2-1]
TEST_P(publish_qos1_in_every_version, is_acknowledged_with_its_identifier) {
  raw_client client = join(v());
  const std::string topic = fresh_topic();
  client.subscribe(topic);
  client.send(publish_packet{.topic = topic, .payload = "x", .qos = 1, .id = 0xABCD});
  bool acknowledged = false;
  bool delivered = false;
  while (!acknowledged || !delivered) {
    const auto packet = client.next();
    if (packet.kind == PUBACK) {
      EXPECT_EQ(packet.id, 0xABCDU);
      EXPECT_EQ(packet.code, 0U);
      acknowledged = true;
    } else {
      EXPECT_EQ(packet.payload, "x");
      delivered = true;
    }
  }
}

// [MQTT-3.4.2-1]
TEST_F(publish_qos1, without_a_subscriber_the_code_is_success_or_no_matching_subscribers) {
  raw_client client = join();
  client.send(publish_packet{.topic = fresh_topic(), .payload = "x", .qos = 1, .id = 1});
  const unsigned code = client.expect(PUBACK).code;
  EXPECT_TRUE(code == 0x00 || code == 0x10) << code;
}

// [MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-2.2.1-4] [MQTT-3.3.1-1]
TEST_P(publish_qos1_in_every_version, deliveries_have_unused_identifiers_and_no_dup) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic, 1);
  raw_client publisher = join(v());
  for (int i = 0; i < 15; ++i) publisher.publish({.topic = topic, .payload = std::to_string(i), .qos = 1});
  std::set<unsigned> seen;
  for (int i = 0; i < 15; ++i) {
    const auto packet = subscriber.expect_publish(topic, std::to_string(i));
    EXPECT_EQ(packet.qos(), 1U);
    EXPECT_FALSE(packet.dup());
    EXPECT_NE(packet.id, 0U);
    EXPECT_TRUE(seen.insert(packet.id).second) << "identifier " << packet.id << " is still in use";
  }
}

// [MQTT-4.3.2-5]
TEST_P(publish_qos1_in_every_version, identifier_may_be_used_again_after_the_acknowledgement_even_with_dup) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "1", .qos = 1, .id = 5});
  publisher.publish({.topic = topic, .payload = "2", .qos = 1, .id = 5});
  publisher.publish({.topic = topic, .payload = "3", .qos = 1, .id = 5, .dup = true});
  for (const char* payload : {"1", "2", "3"}) subscriber.expect_publish(topic, payload);
}

// [MQTT-3.3.1-3]
TEST_P(publish_qos1_in_every_version, incoming_dup_is_not_passed_on) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic, 1);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "x", .qos = 1, .id = 9, .dup = true});
  EXPECT_FALSE(subscriber.expect_publish(topic, "x").dup());
}

// [MQTT-3.8.4-8]
TEST_P(publish_qos1_in_every_version, delivery_has_the_smaller_qos_of_message_and_subscription) {
  const std::string topic = fresh_topic();
  for (unsigned granted = 0; granted < 3; ++granted) {
    raw_client subscriber = join(v());
    subscriber.subscribe(topic, granted);
    raw_client publisher = join(v());
    for (unsigned qos = 0; qos < 3; ++qos) {
      publisher.publish({.topic = topic, .payload = "x", .qos = qos});
      const auto packet = subscriber.expect_publish(topic, "x");
      EXPECT_EQ(packet.qos(), std::min(qos, granted));
      if (packet.qos() == 1) subscriber.send(acknowledgement{.kind = PUBACK, .id = packet.id});
      if (packet.qos() != 2) continue;
      subscriber.send(acknowledgement{.kind = PUBREC, .id = packet.id});
      subscriber.expect(PUBREL, packet.id);
      subscriber.send(acknowledgement{.kind = PUBCOMP, .id = packet.id});
    }
  }
}

// [MQTT-2.2.1-3]
TEST_P(publish_qos1_in_every_version, packet_identifier_0_is_refused) {
  for (unsigned qos : {1U, 2U}) {
    raw_client client = join(v());
    client.send(publish_packet{.topic = fresh_topic(), .payload = "x", .qos = qos, .id = 0});
    client.expect_disconnect_with_any({0x81, 0x82});
  }
}

// [MQTT-4.6.0-2] [MQTT-4.6.0-5]
TEST_P(publish_qos1_in_every_version, acknowledgements_come_in_the_order_of_the_publishes) {
  raw_client client = join(v());
  octets burst;
  for (unsigned id = 1; id <= 20; ++id)
    burst.raw(publish_packet{.topic = "order", .payload = "x", .qos = 1, .id = id}.encode(v()));
  client.send(burst);
  for (unsigned id = 1; id <= 20; ++id) EXPECT_EQ(client.expect(PUBACK).id, id);
}

// [MQTT-4.3.2-3] [MQTT-4.4.0-1]
TEST_P(publish_qos1_in_every_version, unacknowledged_message_is_not_sent_again_on_the_same_connection) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic, 1);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "once", .qos = 1});
  subscriber.expect_publish(topic, "once");
  publisher.publish({.topic = topic, .payload = "next", .qos = 1});
  subscriber.expect_publish(topic, "next");
  subscriber.expect_silence();
}

// An acknowledgement for nothing does no harm (MQTT 5.0 §4.13.2 leaves the reaction open).
TEST_P(publish_qos1_in_every_version, unexpected_puback_is_survived) {
  raw_client client = join(v());
  client.send(acknowledgement{.kind = PUBACK, .id = 77});
  client.expect_silence();
}

// "400 packets in one segment are all answered": nothing waits in the buffer for a readiness that never comes.
TEST_P(publish_qos1_in_every_version, four_hundred_packets_in_one_segment_are_all_answered) {
  raw_client client = join(v());
  octets burst;
  for (unsigned i = 0; i < 200; ++i) {
    burst.raw(publish_packet{.topic = "m", .payload = "x", .qos = 1, .id = i % 10 + 1}.encode(v()));
    burst.raw(pingreq());
  }
  client.send(burst);
  for (unsigned i = 0; i < 200; ++i) {
    EXPECT_EQ(client.expect(PUBACK).id, i % 10 + 1);
    client.expect(PINGRESP);
  }
}

}  // namespace
