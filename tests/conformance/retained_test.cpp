// Retained messages. Spec: MQTT 5.0 §3.3.1.3, §3.8.3.1.
#include <set>

#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class retained : public broker_test {};
class retained_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, retained_in_every_version, all_versions(), version_name);

// [MQTT-3.3.1-5] [MQTT-3.3.1-9]
TEST_P(retained_in_every_version, last_message_is_sent_to_new_subscribers_with_the_flag) {
  const std::string topic = fresh_topic();
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "old", .retain = true});
  publisher.publish({.topic = topic, .payload = "new", .qos = 1, .retain = true});
  raw_client subscriber = join(v());
  subscriber.subscribe(topic, 2);
  const auto packet = subscriber.expect_publish(topic, "new");
  EXPECT_TRUE(packet.retain());
  EXPECT_EQ(packet.qos(), 1U);
  subscriber.expect_silence();
}

// [MQTT-3.3.1-6] [MQTT-3.3.1-7]
TEST_P(retained_in_every_version, empty_payload_removes_it_and_reaches_present_subscribers) {
  const std::string topic = fresh_topic();
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "x", .qos = 1, .retain = true});
  raw_client present = join(v());
  present.subscribe(topic);
  present.expect_publish(topic, "x");
  publisher.publish({.topic = topic, .payload = "", .qos = 1, .retain = true});
  EXPECT_FALSE(present.expect_publish(topic, "").retain());
  raw_client late = join(v());
  late.subscribe(topic);
  late.expect_silence();
}

// [MQTT-3.3.1-8]
TEST_P(retained_in_every_version, message_without_the_flag_changes_nothing) {
  const std::string topic = fresh_topic();
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "kept", .qos = 1, .retain = true});
  publisher.publish({.topic = topic, .payload = "passing", .qos = 1});
  publisher.publish({.topic = topic, .payload = "", .qos = 1});
  raw_client subscriber = join(v());
  subscriber.subscribe(topic);
  subscriber.expect_publish(topic, "kept");
  subscriber.expect_silence();
}

// [MQTT-3.3.1-12]
TEST_P(retained_in_every_version, flag_is_cleared_for_established_subscriptions) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join(v());
  subscriber.subscribe(topic);
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "live", .retain = true});
  EXPECT_FALSE(subscriber.expect_publish(topic, "live").retain());
}

// [MQTT-3.3.1-13]
TEST_F(retained, as_published_keeps_the_flag_as_it_came) {
  const std::string topic = fresh_topic();
  raw_client subscriber = join();
  subscriber.subscribe(topic, retain_as_published);
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "with", .retain = true});
  publisher.publish({.topic = topic, .payload = "without"});
  EXPECT_TRUE(subscriber.expect_publish(topic, "with").retain());
  EXPECT_FALSE(subscriber.expect_publish(topic, "without").retain());
}

// [MQTT-3.3.1-9]
TEST_F(retained, handling_0_sends_at_every_subscribe) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.publish({.topic = topic, .payload = "x", .qos = 1, .retain = true});
  for (int i = 0; i < 3; ++i) {
    client.subscribe(topic, retain_handling(0));
    EXPECT_TRUE(client.expect_publish(topic, "x").retain());
  }
}

// [MQTT-3.3.1-10]
TEST_F(retained, handling_1_sends_for_new_subscriptions_only) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.publish({.topic = topic, .payload = "x", .qos = 1, .retain = true});
  client.subscribe(topic, retain_handling(1));
  client.expect_publish(topic, "x");
  client.subscribe(topic, retain_handling(1) | 1U);
  client.expect_silence();
  client.send(unsubscribe_packet{.id = 100, .filters = {topic}});
  client.expect(UNSUBACK, 100);
  client.subscribe(topic, retain_handling(1));
  client.expect_publish(topic, "x");
}

// [MQTT-3.3.1-11]
TEST_F(retained, handling_2_sends_nothing) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.publish({.topic = topic, .payload = "x", .qos = 1, .retain = true});
  client.subscribe(topic, retain_handling(2));
  client.expect_silence();
}

// §4.8.2: no retained messages when a shared subscription is made
TEST_F(retained, shared_subscription_gets_none) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.publish({.topic = topic, .payload = "x", .qos = 1, .retain = true});
  client.subscribe("$share/g/" + topic);
  client.expect_silence();
}

TEST_P(retained_in_every_version, wildcards_find_every_match_and_nothing_else) {
  const std::string base = fresh_topic();
  raw_client client = join(v());
  for (const char* tail : {"", "/a", "/a/b", "/c", "x"})
    client.publish({.topic = base + tail, .payload = "p", .qos = 1, .retain = true});
  const auto received = [&](const std::string& filter, std::size_t count) {
    raw_client subscriber = join(v());
    subscriber.subscribe(filter);
    std::set<std::string> topics;
    for (std::size_t i = 0; i < count; ++i) topics.insert(subscriber.expect(PUBLISH).topic);
    subscriber.expect_silence();
    return topics;
  };
  EXPECT_EQ(received(base + "/#", 4), (std::set<std::string>{base, base + "/a", base + "/a/b", base + "/c"}));
  EXPECT_EQ(received(base + "/+", 2), (std::set<std::string>{base + "/a", base + "/c"}));
  EXPECT_EQ(received(base + "/+/b", 1), (std::set<std::string>{base + "/a/b"}));
  for (const char* tail : {"", "/a", "/a/b", "/c", "x"})
    client.publish({.topic = base + tail, .payload = "", .qos = 1, .retain = true});
}

TEST_P(retained_in_every_version, many_are_all_delivered) {
  const std::string base = fresh_topic();
  raw_client publisher = join(v());
  octets burst;
  for (int i = 0; i < 3000; ++i)
    burst.raw(publish_packet{.topic = base + "/" + std::to_string(i), .payload = "p", .retain = true}.encode(v()));
  publisher.send(burst);
  publisher.expect_silence();
  raw_client subscriber = join(v());
  subscriber.subscribe(base + "/#");
  std::set<std::string> topics;
  while (topics.size() < 3000) ASSERT_TRUE(topics.insert(subscriber.expect(PUBLISH).topic).second);
  subscriber.expect_silence();
  octets removal;
  for (int i = 0; i < 3000; ++i)
    removal.raw(publish_packet{.topic = base + "/" + std::to_string(i), .payload = "", .retain = true}.encode(v()));
  subscriber.drop();
  publisher.send(removal);
  publisher.expect_silence();
}

// [MQTT-3.3.2-4] [MQTT-3.3.2-17] [MQTT-3.3.2-18]
TEST_F(retained, properties_are_kept) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.publish({.topic = topic,
                  .payload = "x",
                  .qos = 1,
                  .retain = true,
                  .props = properties()
                               .u8(property::payload_format_indicator, 1)
                               .text(property::content_type, "t")
                               .user("b", "1")
                               .user("a", "2")});
  client.subscribe(topic, 0, properties().variable(property::subscription_identifier, 3));
  const auto packet = client.expect_publish(topic, "x");
  EXPECT_EQ(packet.props.number(property::payload_format_indicator), 1U);
  EXPECT_EQ(packet.props.text(property::content_type), "t");
  EXPECT_EQ(packet.props.user(), (std::vector<std::pair<std::string, std::string>>{{"b", "1"}, {"a", "2"}}));
  EXPECT_EQ(packet.props.number(property::subscription_identifier), 3U);
  client.publish({.topic = topic, .payload = "", .qos = 1, .retain = true});
}

TEST_F(retained, a_replay_goes_on_after_live_messages_have_filled_the_output) {
  const std::string topic = fresh_topic();
  constexpr int kept = 500;
  raw_client publisher = join();
  for (int i = 0; i < kept; ++i) {
    publisher.publish({.topic = topic + "/kept/" + std::to_string(i), .payload = "k", .qos = 1, .retain = true});
  }
  raw_client client = join();
  for (const char* group : {"$share/a/", "$share/b/", "$share/c/"}) client.subscribe(group + topic + "/live");
  octets at_once = subscribe_packet{.id = 9, .filters = {{topic + "/kept/#", 0}}}.encode(version::v5);
  const std::string large(1'000, 'x');
  for (int i = 0; i < 50; ++i)
    at_once.raw(publish_packet{.topic = topic + "/live", .payload = large}.encode(version::v5));
  client.send(at_once);
  int replayed = 0;
  while (replayed < kept) {
    const received_packet packet = client.next();
    if (packet.kind == PUBLISH && packet.retain()) ++replayed;
  }
}

}  // namespace
