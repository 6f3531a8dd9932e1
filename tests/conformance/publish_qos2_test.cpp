// PUBLISH with QoS 2 in both directions: exactly once. Spec: MQTT 5.0 §3.5 to §3.7, §4.3.3.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class publish_qos2 : public broker_test {};
class publish_qos2_in_every_version : public every_version {
 protected:
  static void publish_without_release(raw_client& client, const std::string& topic, const std::string& payload,
                                      unsigned id, bool dup = false) {
    client.send(publish_packet{.topic = topic, .payload = payload, .qos = 2, .id = id, .dup = dup});
  }
  static void release(raw_client& client, unsigned id) {
    client.send(acknowledgement{.kind = PUBREL, .id = id});
    client.expect(PUBCOMP, id);
  }
};
INSTANTIATE_TEST_SUITE_P(versions, publish_qos2_in_every_version, all_versions(), version_name);

// [MQTT-4.3.3-8] [MQTT-4.3.3-11] [MQTT-3.5.2-1] [MQTT-3.7.2-1] [MQTT-2.2.1-5]
TEST_P(publish_qos2_in_every_version, is_received_released_and_completed) {
  raw_client client = join(v());
  publish_without_release(client, fresh_topic(), "x", 0x1234);
  const auto received = client.expect(PUBREC);
  EXPECT_EQ(received.id, 0x1234U);
  EXPECT_LT(received.code, 0x80U);
  release(client, 0x1234);
}

// [MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.3.3-4] [MQTT-3.6.1-1] [MQTT-3.6.2-1]
TEST_P(publish_qos2_in_every_version, delivery_is_released_after_the_subscriber_received_it) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic, 2);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "x", .qos = 2});
  const auto packet = subscriber.expect_publish(topic, "x");
  EXPECT_EQ(packet.qos(), 2U);
  EXPECT_FALSE(packet.dup());
  subscriber.expect_silence();
  subscriber.send(acknowledgement{.kind = PUBREC, .id = packet.id});
  subscriber.expect(PUBREL, packet.id);
  subscriber.send(acknowledgement{.kind = PUBCOMP, .id = packet.id});
  subscriber.expect_silence();
}

// [MQTT-4.3.3-10]
TEST_P(publish_qos2_in_every_version, repeated_publish_before_release_is_acknowledged_and_not_delivered_again) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic);
  raw_client publisher = join(v());
  publish_without_release(publisher, topic, "once", 3);
  EXPECT_LT(publisher.expect(PUBREC).code, 0x80U);
  publish_without_release(publisher, topic, "once", 3, true);
  EXPECT_EQ(publisher.expect(PUBREC).id, 3U);
  release(publisher, 3);
  subscriber.expect_publish(topic, "once");
  expect_nothing_but(publisher, subscriber, topic);
}

// "a third copy of an unfinished QoS 2 PUBLISH is answered like the second"
TEST_P(publish_qos2_in_every_version, third_copy_is_answered_like_the_second) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic);
  raw_client publisher = join(v());
  publish_without_release(publisher, topic, "once", 3);
  publisher.expect(PUBREC);
  publish_without_release(publisher, topic, "once", 3, true);
  const octets second = publisher.expect(PUBREC).bytes;
  publish_without_release(publisher, topic, "once", 3, true);
  EXPECT_EQ(publisher.expect(PUBREC).bytes, second);
  publish_without_release(publisher, topic, "once", 3, false);
  EXPECT_EQ(publisher.expect(PUBREC).bytes, second);
  release(publisher, 3);
  subscriber.expect_publish(topic, "once");
  expect_nothing_but(publisher, subscriber, topic);
}

// [MQTT-4.3.3-12]
TEST_P(publish_qos2_in_every_version, identifier_names_a_new_message_after_completion) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "1", .qos = 2, .id = 4});
  publisher.publish({.topic = topic, .payload = "2", .qos = 2, .id = 4});
  subscriber.expect_publish(topic, "1");
  subscriber.expect_publish(topic, "2");
}

// [MQTT-4.3.3-10] [MQTT-4.1.0-1]
TEST_P(publish_qos2_in_every_version, copy_after_a_reconnect_is_not_delivered_again) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  const properties keep = five() ? properties().u32(property::session_expiry_interval, 60) : properties();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic);
  raw_client publisher = dial(v());
  publisher.connect({.client_id = id, .clean_start = false, .props = keep});
  publish_without_release(publisher, topic, "once", 8);
  publisher.expect(PUBREC);
  publisher.drop();
  raw_client again = dial(v());
  again.connect({.client_id = id, .clean_start = false, .props = keep});
  publish_without_release(again, topic, "once", 8, true);
  again.expect(PUBREC);
  release(again, 8);
  subscriber.expect_publish(topic, "once");
  expect_nothing_but(again, subscriber, topic);
}

// [MQTT-4.3.3-5] [MQTT-4.3.3-6] [MQTT-4.4.0-1]
TEST_P(publish_qos2_in_every_version, after_a_reconnect_the_release_is_sent_again_and_not_the_message) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  const connect_packet resume{.client_id = id,
                              .clean_start = false,
                              .props = five() ? properties().u32(property::session_expiry_interval, 60) : properties()};
  raw_client subscriber = dial(v());
  subscriber.connect(resume);
  subscriber.subscribe(topic, 2);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "x", .qos = 2});
  const unsigned packet_id = subscriber.expect_publish(topic, "x").id;
  subscriber.send(acknowledgement{.kind = PUBREC, .id = packet_id});
  subscriber.expect(PUBREL, packet_id);
  subscriber.drop();
  raw_client again = dial(v());
  again.connect(resume);
  again.expect(PUBREL, packet_id);
  again.send(acknowledgement{.kind = PUBCOMP, .id = packet_id});
  again.expect_silence();
}

// [MQTT-4.3.3-3] [MQTT-3.3.1-1] [MQTT-4.4.0-1]
TEST_P(publish_qos2_in_every_version, message_without_pubrec_is_sent_again_with_dup_after_a_reconnect) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  const connect_packet resume{.client_id = id,
                              .clean_start = false,
                              .props = five() ? properties().u32(property::session_expiry_interval, 60) : properties()};
  raw_client subscriber = dial(v());
  subscriber.connect(resume);
  subscriber.subscribe(topic, 2);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "x", .qos = 2});
  const unsigned packet_id = subscriber.expect_publish(topic, "x").id;
  subscriber.drop();
  raw_client again = dial(v());
  again.connect(resume);
  const auto packet = again.expect_publish(topic, "x");
  EXPECT_EQ(packet.id, packet_id);
  EXPECT_TRUE(packet.dup());
}

// [MQTT-3.6.1-1]
TEST_P(publish_qos2_in_every_version, pubrel_with_wrong_flags_is_malformed) {
  if (v() == version::v3_1) return;  // 3.1 has DUP and no fixed value there
  for (unsigned flags : {0x60U, 0x61U, 0x63U, 0x66U, 0x6AU}) {
    raw_client client = join(v());
    client.send(framed(flags, {0x00, 0x01}));
    client.expect_disconnect(0x81);
  }
}

// A PUBREL for nothing is answered with 0x92 in 5.0 (§3.7.2.1); 3.1.1 just completes.
TEST_P(publish_qos2_in_every_version, release_of_an_unknown_identifier_is_answered) {
  raw_client client = join(v());
  client.send(acknowledgement{.kind = PUBREL, .id = 99});
  const auto answer = client.expect(PUBCOMP);
  EXPECT_EQ(answer.id, 99U);
  EXPECT_EQ(answer.code, five() ? 0x92U : 0U);
}

// A PUBREC for nothing is answered with a PUBREL 0x92 in 5.0 (§3.6.2.1).
TEST_F(publish_qos2, pubrec_for_an_unknown_identifier_is_released_with_an_error) {
  raw_client client = join();
  client.send(acknowledgement{.kind = PUBREC, .id = 98});
  client.expect(PUBREL, 98, 0x92);
}

// [MQTT-4.6.0-3] [MQTT-4.6.0-4]
TEST_P(publish_qos2_in_every_version, answers_come_in_order) {
  raw_client client = join(v());
  octets burst;
  for (unsigned id = 1; id <= 20; ++id)
    burst.raw(publish_packet{.topic = "order", .payload = "x", .qos = 2, .id = id}.encode(v()));
  client.send(burst);
  for (unsigned id = 1; id <= 20; ++id) EXPECT_EQ(client.expect(PUBREC).id, id);
  octets releases;
  for (unsigned id = 20; id >= 1; --id) releases.raw(acknowledgement{.kind = PUBREL, .id = id}.encode(v()));
  client.send(releases);
  for (unsigned id = 20; id >= 1; --id) client.expect(PUBCOMP, id);
}

// [MQTT-4.3.3-4] [MQTT-4.4.0-2]
TEST_F(publish_qos2, pubrec_with_an_error_ends_the_exchange) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  const connect_packet resume{
      .client_id = id, .clean_start = false, .props = properties().u32(property::session_expiry_interval, 60)};
  raw_client subscriber = dial();
  subscriber.connect(resume);
  subscriber.subscribe(topic, 2);
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "x", .qos = 2});
  const unsigned packet_id = subscriber.expect_publish(topic, "x").id;
  subscriber.send(acknowledgement{.kind = PUBREC, .id = packet_id, .code = 0x97});
  subscriber.expect_silence();
  subscriber.drop();
  raw_client again = dial();
  again.connect(resume);
  again.expect_silence();
}

}  // namespace
