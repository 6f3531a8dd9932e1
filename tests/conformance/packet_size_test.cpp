// Maximum Packet Size in both directions, and the other limits of one packet. Spec: MQTT 5.0 §3.1.2.11.4, §3.2.2.3.6.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class packet_size : public broker_test {
 protected:
  /// A QoS 1 PUBLISH without properties whose delivery has exactly this many bytes, for sizes above 131.
  static publish_packet of_size(const std::string& topic, std::size_t size, unsigned qos) {
    publish_packet packet{.topic = topic, .payload = "", .qos = qos, .id = 1};
    packet.payload.assign(size - packet.encode(version::v5).size() - 1, 'x');
    return packet;
  }
};

class packet_size_limits : public broker_test {
 protected:
  static void SetUpTestSuite() {
    start_broker({"mqtt.max_packet_size=1000", "limits.max_connect_size=600", "mqtt.max_topic_levels=10",
                  "mqtt.max_filters_per_subscribe=4", "mqtt.max_subscriptions=6", "mqtt.max_user_properties=5",
                  "mqtt.max_properties_size=200"});
  }
};

// [MQTT-3.1.2-24] [MQTT-3.1.2-25] "dropped for that client alone and costs no quota, to the exact byte"
TEST_F(packet_size, message_too_large_is_dropped_for_that_client_alone_to_the_exact_byte) {
  const std::string topic = fresh_topic();
  for (unsigned qos = 0; qos < 3; ++qos) {
    raw_client small =
        join(version::v5, properties().u32(property::maximum_packet_size, 200).u16(property::receive_maximum, 1));
    raw_client large = join();
    small.subscribe(topic, qos);
    large.subscribe(topic, qos);
    raw_client publisher = join();
    const publish_packet fits = of_size(topic, 200, qos);
    ASSERT_EQ(fits.encode(version::v5).size(), 200U);
    publish_packet exceeds = fits;
    exceeds.payload += 'y';
    publisher.publish(exceeds);
    publisher.publish(fits);
    EXPECT_EQ(large.expect_publish(topic, exceeds.payload).bytes.size(), 201U);
    large.expect_publish(topic, fits.payload);
    EXPECT_EQ(small.expect_publish(topic, fits.payload).bytes.size(), 200U);
  }
}

// [MQTT-3.1.2-25] a subscription identifier makes the delivery longer than what was published
TEST_F(packet_size, properties_that_the_broker_adds_are_counted) {
  const std::string topic = fresh_topic();
  raw_client client = join(version::v5, properties().u32(property::maximum_packet_size, 200));
  client.subscribe(topic, 0, properties().variable(property::subscription_identifier, 200));
  raw_client publisher = join();
  publisher.publish(of_size(topic, 200, 0));
  publisher.publish(of_size(topic, 197, 0));
  EXPECT_EQ(client.expect(PUBLISH).bytes.size(), 200U);
}

// [MQTT-3.1.2-24] for retained messages and for those that waited in a session
TEST_F(packet_size, limit_of_the_new_connection_holds_for_waiting_messages) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client first = dial();
  first.connect({.client_id = id, .props = properties().u32(property::session_expiry_interval, 60)});
  first.subscribe(topic, 1);
  first.disconnect();
  raw_client publisher = join();
  publisher.publish(of_size(topic, 300, 1));
  publisher.publish(of_size(topic, 150, 1));
  raw_client second = dial();
  second.connect(
      {.client_id = id,
       .clean_start = false,
       .props = properties().u32(property::session_expiry_interval, 60).u32(property::maximum_packet_size, 200)});
  EXPECT_EQ(second.expect(PUBLISH).bytes.size(), 150U);
}

// [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3]
TEST_F(packet_size, acknowledgements_stay_within_the_limit_of_the_client) {
  raw_client client = join(version::v5, properties().u32(property::maximum_packet_size, 8));
  client.publish({.topic = "a", .payload = "", .qos = 1});
  client.publish({.topic = "a", .payload = "", .qos = 2});
  client.send(acknowledgement{.kind = PUBREL, .id = 400});
  EXPECT_LE(client.expect(PUBCOMP).bytes.size(), 8U);
  client.send(acknowledgement{.kind = PUBREC, .id = 401});
  EXPECT_LE(client.expect(PUBREL).bytes.size(), 8U);
}

// [MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2]
TEST_F(packet_size, subscription_answers_stay_within_the_limit_of_the_client) {
  raw_client client = join(version::v5, properties().u32(property::maximum_packet_size, 8));
  client.send(subscribe_packet{.id = 1, .filters = {{"$share/g", 0}}});
  EXPECT_LE(client.expect(SUBACK).bytes.size(), 8U);
  client.send(unsubscribe_packet{.id = 2, .filters = {"nothing"}});
  EXPECT_LE(client.expect(UNSUBACK).bytes.size(), 8U);
}

// [MQTT-3.1.2-24] SUBACK and UNSUBACK have no shorter form
TEST_F(packet_size, subscription_answer_that_cannot_be_made_to_fit_is_not_sent) {
  std::vector<filter_request> filters(20, {"f", 0});
  raw_client client = join(version::v5, properties().u32(property::maximum_packet_size, 24));
  client.send(subscribe_packet{.id = 1, .filters = {filters.begin(), filters.end() - 1}});
  EXPECT_EQ(client.expect(SUBACK).bytes.size(), 24U);
  client.send(subscribe_packet{.id = 2, .filters = filters});
  client.expect_disconnect(0x95);
  raw_client other = join(version::v5, properties().u32(property::maximum_packet_size, 24));
  other.send(unsubscribe_packet{.id = 2, .filters = std::vector<std::string>(20, "f")});
  other.expect_disconnect(0x95);
}

// [MQTT-3.1.2-24] an alias can make both lengths of the packet a byte longer
TEST_F(packet_size, topic_alias_never_makes_a_message_too_large) {
  const std::string topic = fresh_topic();
  publish_packet packet{
      .topic = topic, .payload = "", .qos = 0, .props = properties().user("k", std::string(120, 'v'))};
  ASSERT_EQ(packet.props.bytes().size(), 126U);
  packet.payload.assign(16'380 - 2 - topic.size() - 1 - 126, 'x');
  const std::size_t plain = packet.encode(version::v5).size();
  ASSERT_EQ(plain, 16'380U + 3);
  raw_client publisher = join();
  for (std::uint32_t more = 0; more < 7; ++more) {
    const auto most = static_cast<std::uint32_t>(plain) + more;
    raw_client client =
        join(version::v5, properties().u32(property::maximum_packet_size, most).u16(property::topic_alias_maximum, 4));
    client.subscribe(topic);
    publisher.publish(packet);
    const auto got = client.expect_publish(topic, packet.payload);
    EXPECT_LE(got.bytes.size(), most);
    EXPECT_EQ(got.props.has(property::topic_alias), more >= 5);
  }
}

// [MQTT-3.2.2-15] the client has to keep within the server's value
TEST_F(packet_size_limits, packet_of_exactly_the_limit_is_accepted_and_one_byte_more_is_not) {
  raw_client client = dial();
  EXPECT_EQ(client.connect({.client_id = fresh_client_id()}).props.number(property::maximum_packet_size), 1000U);
  publish_packet packet{.topic = "s", .payload = std::string(1000 - 3 - 3 - 2 - 1, 'x'), .qos = 1, .id = 1};
  ASSERT_EQ(packet.encode(version::v5).size(), 1000U);
  client.send(packet);
  EXPECT_LT(client.expect(PUBACK).code, 0x80U);
  packet.payload += 'x';
  client.send(packet);
  client.expect_disconnect(0x95);
}

// The header is enough: nobody waits for, or keeps, what was announced.
TEST_F(packet_size_limits, announced_length_alone_is_refused) {
  for (version v : {version::v3_1, version::v3_1_1, version::v5}) {
    raw_client client = join(v);
    client.send({0x30, 0xFF, 0xFF, 0xFF, 0x7F});
    client.expect_disconnect(0x95);
  }
}

TEST_F(packet_size_limits, connect_has_a_limit_of_its_own) {
  raw_client client = dial();
  client.send(connect_packet{.client_id = std::string(700, 'c')});
  client.expect_rejection({0x95, 0x85});
}

TEST_F(packet_size_limits, topic_with_too_many_levels_is_refused) {
  raw_client client = join();
  client.publish({.topic = "1/2/3/4/5/6/7/8/9/10", .payload = "x", .qos = 1});
  client.send(publish_packet{.topic = "1/2/3/4/5/6/7/8/9/10/11", .payload = "x", .qos = 1, .id = 77});
  const auto answer = client.next();  // an error in PUBACK or the end of the connection
  EXPECT_EQ(answer.code, 0x90U) << answer.described();
}

// [MQTT-4.3.3-9] the identifier of a refused message is free again
TEST_F(packet_size_limits, identifier_of_a_refused_qos_2_message_names_a_new_one) {
  raw_client client = join();
  client.send(publish_packet{.topic = "1/2/3/4/5/6/7/8/9/10/11", .payload = "x", .qos = 2, .id = 77});
  const auto refusal = client.next();
  if (refusal.kind == DISCONNECT) return;  // as right, and the end of it
  EXPECT_EQ(refusal.kind, PUBREC);
  EXPECT_GE(refusal.code, 0x80U);
  client.publish({.topic = "1/2", .payload = "x", .qos = 2, .id = 77});
}

TEST_F(packet_size_limits, filter_with_too_many_levels_is_refused) {
  raw_client client = join();
  client.subscribe("1/2/3/4/5/6/7/8/9/+");
  client.send(subscribe_packet{.id = 77, .filters = {{"1/2/3/4/5/6/7/8/9/10/+", 0}}});
  const auto answer = client.next();
  if (answer.kind == SUBACK) {
    EXPECT_EQ(answer.codes, std::vector<unsigned>{0x8F});
  } else {
    EXPECT_EQ(answer.kind, DISCONNECT);
  }
}

TEST_F(packet_size_limits, too_many_filters_in_one_subscribe_are_refused) {
  raw_client client = join();
  client.send(subscribe_packet{.id = 1, .filters = {{"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}}});
  EXPECT_EQ(client.expect(SUBACK).codes, (std::vector<unsigned>{0, 0, 0, 0}));
  client.send(subscribe_packet{.id = 2, .filters = {{"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}, {"e", 0}}});
  const auto answer = client.next();  // each filter with 0x97, or the end of the connection
  if (answer.kind == SUBACK) {
    EXPECT_EQ(answer.codes.back(), 0x97U);
  } else {
    EXPECT_EQ(answer.kind, DISCONNECT);
  }
}

TEST_F(packet_size_limits, too_many_subscriptions_are_refused_and_the_others_stay) {
  raw_client client = join();
  for (int i = 0; i < 6; ++i) client.subscribe("n/" + std::to_string(i));
  client.send(subscribe_packet{.id = 99, .filters = {{"n/6", 0}}});
  EXPECT_EQ(client.expect(SUBACK).codes, std::vector<unsigned>{0x97});
  client.subscribe("n/5", 1);
  client.publish({.topic = "n/6", .payload = "no"});
  client.publish({.topic = "n/0", .payload = "yes"});
  client.expect_publish("n/0", "yes");
  client.send(unsubscribe_packet{.id = 100, .filters = {"n/0"}});
  client.expect(UNSUBACK);
  client.subscribe("n/6");
}

TEST_F(packet_size_limits, too_many_or_too_large_properties_are_refused) {
  properties many;
  for (int i = 0; i < 6; ++i) many.user("k", "v");
  for (const properties& props : {many, properties().user("k", std::string(200, 'v'))}) {
    raw_client client = join();
    client.send(publish_packet{.topic = "s", .payload = "x", .props = props});
    client.expect_disconnect_with_any({0x97, 0x95, 0x83, 0x82, 0x81});
  }
}

}  // namespace
