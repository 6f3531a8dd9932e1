// Topic aliases in both directions. Spec: MQTT 5.0 §3.3.2.3.4.
#include <map>

#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class topic_alias : public broker_test {
 protected:
  static void SetUpTestSuite() { start_broker({"mqtt.max_topic_alias=5"}); }
  static properties alias(unsigned value) { return properties().u16(property::topic_alias, value); }
};

// [MQTT-3.3.2-12]
TEST_F(topic_alias, every_alias_up_to_the_announced_maximum_is_accepted) {
  const std::string topic = fresh_topic();
  raw_client client = dial();
  const auto maximum = client.connect({.client_id = fresh_client_id()}).props.number(property::topic_alias_maximum);
  ASSERT_EQ(maximum, 5U);
  client.subscribe(topic + "/#");
  for (unsigned value = 1; value <= *maximum; ++value)
    client.publish({.topic = topic + "/" + std::to_string(value), .payload = "set", .props = alias(value)});
  for (unsigned value = 1; value <= *maximum; ++value)
    client.publish({.topic = "", .payload = "used", .qos = value % 3, .props = alias(value)});
  unsigned received = 0;
  unsigned used = 0;
  while (received < 2 * *maximum) {
    const auto packet = client.next();
    if (packet.kind != PUBLISH) continue;
    ++received;
    if (packet.payload != "used") continue;
    EXPECT_EQ(packet.topic, topic + "/" + std::to_string(++used));
  }
}

TEST_F(topic_alias, can_be_given_another_topic) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.subscribe(topic + "/#");
  client.publish({.topic = topic + "/a", .payload = "1", .props = alias(1)});
  client.publish({.topic = topic + "/b", .payload = "2", .props = alias(1)});
  client.publish({.topic = "", .payload = "3", .props = alias(1)});
  client.expect_publish(topic + "/a", "1");
  client.expect_publish(topic + "/b", "2");
  client.expect_publish(topic + "/b", "3");
}

// [MQTT-3.3.2-8]
TEST_F(topic_alias, zero_is_refused) {
  raw_client client = join();
  client.send(publish_packet{.topic = "a", .payload = "x", .props = alias(0)});
  client.expect_disconnect_with_any({0x94, 0x82, 0x81});
}

// [MQTT-3.3.2-9] [MQTT-3.2.2-17]
TEST_F(topic_alias, above_the_maximum_is_refused) {
  for (unsigned value : {6U, 65'535U}) {
    raw_client client = join();
    client.send(publish_packet{.topic = "a", .payload = "x", .props = alias(value)});
    client.expect_disconnect(0x94);
  }
}

// §3.3.2.3.4: an alias that was never given a topic
TEST_F(topic_alias, unknown_one_is_a_protocol_error) {
  raw_client client = join();
  client.send(publish_packet{.topic = "", .payload = "x", .props = alias(3)});
  client.expect_disconnect_with_any({0x82, 0x94});
}

// [MQTT-3.3.2-7]
TEST_F(topic_alias, is_forgotten_with_the_connection_even_if_the_session_stays) {
  const std::string id = fresh_client_id();
  const connect_packet resume{
      .client_id = id, .clean_start = false, .props = properties().u32(property::session_expiry_interval, 60)};
  raw_client first = dial();
  first.connect(resume);
  first.publish({.topic = "a", .payload = "x", .props = alias(1)});
  first.disconnect();
  raw_client second = dial();
  second.connect(resume);
  second.send(publish_packet{.topic = "", .payload = "x", .props = alias(1)});
  second.expect_disconnect_with_any({0x82, 0x94});
}

// [MQTT-3.1.2-27]
TEST_F(topic_alias, server_sends_none_to_a_client_that_allows_none) {
  const std::string topic = fresh_topic();
  for (const properties& props : {properties(), properties().u16(property::topic_alias_maximum, 0)}) {
    raw_client client = join(version::v5, props);
    client.subscribe(topic);
    for (int i = 0; i < 5; ++i) {
      client.publish({.topic = topic, .payload = "x"});
      EXPECT_FALSE(client.expect_publish(topic, "x").props.has(property::topic_alias));
    }
  }
}

// [MQTT-3.1.2-26] [MQTT-3.3.2-11] [MQTT-3.3.2-8] and the aliases mean what they were said to mean
TEST_F(topic_alias, server_keeps_within_the_clients_maximum) {
  const std::string topic = fresh_topic();
  raw_client client = join(version::v5, properties().u16(property::topic_alias_maximum, 3));
  client.subscribe(topic + "/#");
  raw_client publisher = join();
  std::map<std::uint32_t, std::string> known;
  for (int i = 0; i < 40; ++i) {
    const std::string name = topic + "/" + std::to_string(i % 7);
    publisher.publish({.topic = name, .payload = std::to_string(i)});
    const auto packet = client.expect(PUBLISH);
    EXPECT_EQ(packet.payload, std::to_string(i));
    std::string meant = packet.topic;
    if (const auto value = packet.props.number(property::topic_alias)) {
      ASSERT_GE(*value, 1U);
      ASSERT_LE(*value, 3U);
      if (packet.topic.empty()) meant = known[*value];
      known[*value] = meant;
    }
    EXPECT_EQ(meant, name);
  }
}

TEST_F(topic_alias, is_not_forwarded) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join();
  subscriber.subscribe(topic);
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "1", .props = alias(2)});
  publisher.publish({.topic = "", .payload = "2", .props = alias(2)});
  EXPECT_TRUE(subscriber.expect_publish(topic, "1").props.empty());
  EXPECT_TRUE(subscriber.expect_publish(topic, "2").props.empty());
}

}  // namespace
