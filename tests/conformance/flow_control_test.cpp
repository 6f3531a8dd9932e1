// Receive Maximum in both directions. Spec: MQTT 5.0 §3.1.2.11.3, §3.3.4, §4.9.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class flow_control : public broker_test {
 protected:
  static raw_client join_with_window(unsigned receive_maximum) {
    return join(version::v5, properties().u16(property::receive_maximum, receive_maximum));
  }
};

class flow_control_limits : public broker_test {
 protected:
  static void SetUpTestSuite() { start_broker({"mqtt.receive_maximum=3"}); }
};

/// With an output bound that every message exceeds.
class flow_control_output : public broker_test {
 protected:
  static void SetUpTestSuite() { start_broker({"mqtt.max_output_bytes=1"}); }
};

// [MQTT-3.3.4-9] [MQTT-4.9.0-1] [MQTT-4.9.0-2]
TEST_F(flow_control, server_keeps_within_the_clients_receive_maximum) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join_with_window(2);
  subscriber.subscribe(topic, 2);
  raw_client publisher = join();
  for (unsigned i = 0; i < 5; ++i) publisher.publish({.topic = topic, .payload = std::to_string(i), .qos = 1 + i % 2});
  const unsigned first = subscriber.expect_publish(topic, "0").id;
  const unsigned second = subscriber.expect_publish(topic, "1").id;
  subscriber.expect_silence();
  subscriber.send(acknowledgement{.kind = PUBACK, .id = first});
  const unsigned third = subscriber.expect_publish(topic, "2").id;
  subscriber.send(acknowledgement{.kind = PUBREC, .id = second});
  subscriber.expect(PUBREL, second);
  subscriber.expect_silence();
  subscriber.send(acknowledgement{.kind = PUBCOMP, .id = second});
  subscriber.expect_publish(topic, "3");
  subscriber.send(acknowledgement{.kind = PUBACK, .id = third});
  subscriber.expect_publish(topic, "4");
}

// "PUBACK and PUBREC with an error code give the quota back and what waited behind it follows" [MQTT-3.3.4-9]
TEST_F(flow_control, acknowledgement_with_an_error_gives_the_quota_back) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join_with_window(1);
  subscriber.subscribe(topic, 2);
  raw_client publisher = join();
  for (unsigned i = 0; i < 3; ++i)
    publisher.publish({.topic = topic, .payload = std::to_string(i), .qos = i == 1 ? 2U : 1U});
  subscriber.send(acknowledgement{.kind = PUBACK, .id = subscriber.expect_publish(topic, "0").id, .code = 0x80});
  subscriber.send(acknowledgement{.kind = PUBREC, .id = subscriber.expect_publish(topic, "1").id, .code = 0x97});
  subscriber.expect_publish(topic, "2");
}

// [MQTT-3.3.4-10] [MQTT-4.9.0-3]
TEST_F(flow_control, other_packets_flow_while_the_quota_is_spent) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join_with_window(1);
  subscriber.subscribe(topic, 1);
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "0", .qos = 1});
  publisher.publish({.topic = topic, .payload = "1", .qos = 1});
  subscriber.expect_publish(topic, "0");
  subscriber.expect_silence();
  subscriber.subscribe(fresh_topic(), 1);
  subscriber.publish({.topic = fresh_topic(), .payload = "x", .qos = 2});
}

// QoS 0 is outside the quota (§4.9).
TEST_F(flow_control, qos_0_passes_while_the_quota_is_spent) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join_with_window(1);
  subscriber.subscribe(topic + "/#", 1);
  raw_client publisher = join();
  publisher.publish({.topic = topic + "/1", .payload = "a", .qos = 1});
  publisher.publish({.topic = topic + "/1", .payload = "b", .qos = 1});
  publisher.publish({.topic = topic + "/0", .payload = "free", .qos = 0});
  subscriber.expect_publish(topic + "/1", "a");
  subscriber.expect_publish(topic + "/0", "free");
}

TEST_F(flow_control, receive_maximum_0_is_a_protocol_error) {
  raw_client client = dial();
  client.send(connect_packet{.client_id = fresh_client_id(), .props = properties().u16(property::receive_maximum, 0)});
  client.expect_rejection({0x81, 0x82});
}

// The whole window is used, and each place again and again.
TEST_F(flow_control, many_messages_pass_through_a_small_window_in_order) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join_with_window(3);
  subscriber.subscribe(topic, 1);
  raw_client publisher = join();
  for (int i = 0; i < 200; ++i) publisher.publish({.topic = topic, .payload = std::to_string(i), .qos = 1});
  for (int i = 0; i < 200; ++i) {
    const auto packet = subscriber.expect_publish(topic, std::to_string(i));
    subscriber.send(acknowledgement{.kind = PUBACK, .id = packet.id});
  }
}

// [MQTT-3.3.4-7] the client has to keep within the server's value
TEST_F(flow_control_limits, client_that_exceeds_the_servers_receive_maximum_is_disconnected) {
  raw_client client = dial();
  EXPECT_EQ(client.connect({.client_id = fresh_client_id()}).props.number(property::receive_maximum), 3U);
  for (unsigned id = 1; id <= 4; ++id) client.send(publish_packet{.topic = "r", .payload = "x", .qos = 2, .id = id});
  for (unsigned id = 1; id <= 3; ++id) EXPECT_EQ(client.expect(PUBREC).id, id);
  client.expect_disconnect(0x93);
}

// A repeated PUBLISH of an exchange under way takes no second place.
TEST_F(flow_control_limits, copy_of_an_unfinished_publish_costs_no_quota) {
  raw_client client = dial();
  client.connect({.client_id = fresh_client_id()});
  for (unsigned id = 1; id <= 3; ++id) {
    client.send(publish_packet{.topic = "r", .payload = "x", .qos = 2, .id = id});
    EXPECT_EQ(client.expect(PUBREC).id, id);
  }
  for (unsigned id = 1; id <= 3; ++id) {
    client.send(publish_packet{.topic = "r", .payload = "x", .qos = 2, .id = id, .dup = true});
    EXPECT_EQ(client.expect(PUBREC).id, id);
  }
  client.send(acknowledgement{.kind = PUBREL, .id = 2});
  client.expect(PUBCOMP, 2);
  client.publish({.topic = "r", .payload = "y", .qos = 2, .id = 9});
}

TEST_F(flow_control_output, what_waits_for_the_output_follows_although_the_client_says_nothing) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join();
  subscriber.subscribe(topic, 1);
  raw_client publisher = join();
  octets burst;
  burst.raw(publish_packet{.topic = topic, .payload = "first"}.encode(version::v5));
  burst.raw(publish_packet{.topic = topic, .payload = "second", .qos = 1, .id = 1}.encode(version::v5));
  burst.raw(publish_packet{.topic = topic, .payload = "third", .qos = 1, .id = 2}.encode(version::v5));
  publisher.send(burst);
  subscriber.expect_publish(topic, "first");
  subscriber.expect_publish(topic, "second");
  subscriber.expect_publish(topic, "third");
}

}  // namespace
