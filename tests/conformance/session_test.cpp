// Session state: what is kept, for how long, and what is sent again. Spec: MQTT 5.0 §3.1.2.11, §4.1, §4.4.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class session : public broker_test {
 protected:
  static properties expiry(std::uint32_t seconds) {
    return properties().u32(property::session_expiry_interval, seconds);
  }
};

class session_in_every_version : public every_version {
 protected:
  /// CONNECT that keeps its session, in the words of the version.
  static connect_packet keeping(const std::string& id) {
    return {.client_id = id,
            .clean_start = false,
            .props = five() ? properties().u32(property::session_expiry_interval, 60) : properties()};
  }
};
INSTANTIATE_TEST_SUITE_P(versions, session_in_every_version, all_versions(), version_name);

// [MQTT-3.1.2-5] [MQTT-3.1.2-23] [MQTT-4.5.0-1]
TEST_P(session_in_every_version, subscriptions_and_messages_wait_for_the_client) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client first = dial(v());
  first.connect(keeping(id));
  first.subscribe(topic, 2);
  first.disconnect();
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "1", .qos = 1});
  publisher.publish({.topic = topic, .payload = "2", .qos = 2});
  raw_client second = dial(v());
  second.connect(keeping(id));
  const auto one = second.expect_publish(topic, "1");
  EXPECT_EQ(one.qos(), 1U);
  EXPECT_FALSE(one.dup()) << "it is sent for the first time";
  EXPECT_EQ(second.expect_publish(topic, "2").qos(), 2U);
}

// [MQTT-3.1.2-4] [MQTT-4.1.0-2]
TEST_P(session_in_every_version, clean_start_discards_everything) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client first = dial(v());
  first.connect(keeping(id));
  first.subscribe(topic, 1);
  first.disconnect();
  raw_client publisher = join(v());
  publisher.publish({.topic = topic, .payload = "lost", .qos = 1});
  raw_client clean = dial(v());
  EXPECT_FALSE(clean.connect({.client_id = id}).session_present);
  publisher.publish({.topic = topic, .payload = "lost too", .qos = 1});
  clean.expect_silence();
  clean.disconnect();
  raw_client last = dial(v());
  EXPECT_FALSE(last.connect(keeping(id)).session_present);
}

// [MQTT-3.1.2-6]
TEST_P(session_in_every_version, unknown_client_gets_a_new_session) {
  raw_client client = dial(v());
  EXPECT_FALSE(client.connect(keeping(fresh_client_id())).session_present);
}

// [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.6.0-1]
TEST_P(session_in_every_version, unacknowledged_messages_are_sent_again_with_their_identifiers_in_order) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client first = dial(v());
  first.connect(keeping(id));
  first.subscribe(topic, 2);
  raw_client publisher = join(v());
  for (unsigned i = 0; i < 6; ++i) publisher.publish({.topic = topic, .payload = std::to_string(i), .qos = 1 + i % 2});
  std::vector<unsigned> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(first.expect_publish(topic, std::to_string(i)).id);
  first.send(acknowledgement{.kind = PUBACK, .id = ids[0]});
  first.expect_silence();
  first.drop();
  raw_client second = dial(v());
  second.connect(keeping(id));
  for (unsigned i = 1; i < 6; ++i) {
    const auto packet = second.expect_publish(topic, std::to_string(i));
    EXPECT_EQ(packet.id, ids[i]);
    EXPECT_TRUE(packet.dup());
  }
  second.expect_silence();
}

// [MQTT-4.4.0-2]
TEST_F(session, message_refused_by_the_subscriber_is_not_sent_again) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client first = dial();
  first.connect({.client_id = id, .clean_start = false, .props = expiry(60)});
  first.subscribe(topic, 1);
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "unwanted", .qos = 1});
  first.send(acknowledgement{.kind = PUBACK, .id = first.expect_publish(topic, "unwanted").id, .code = 0x80});
  first.expect_silence();
  first.drop();
  raw_client second = dial();
  second.connect({.client_id = id, .clean_start = false, .props = expiry(60)});
  second.expect_silence();
}

// [MQTT-4.1.0-2] [MQTT-3.1.2-23]
TEST_F(session, without_expiry_ends_with_the_connection) {
  const std::string id = fresh_client_id();
  raw_client first = dial();
  first.connect({.client_id = id, .clean_start = false});
  first.subscribe(fresh_topic(), 1);
  first.disconnect();
  raw_client second = dial();
  EXPECT_FALSE(second.connect({.client_id = id, .clean_start = false}).session_present);
}

// [MQTT-4.1.0-2] the will delay is longer than the expiry, so the will marks the session's end
TEST_F(session, ends_when_its_expiry_interval_has_passed) {
  const std::string id = fresh_client_id();
  const std::string topic = fresh_topic();
  raw_client watcher = join();
  watcher.subscribe(topic);
  raw_client first = dial();
  first.connect({.client_id = id,
                 .props = expiry(1),
                 .will = will_message{
                     .topic = topic, .payload = "end", .props = properties().u32(property::will_delay_interval, 60)}});
  first.drop();
  watcher.expect_publish(topic, "end");
  raw_client second = dial();
  EXPECT_FALSE(second.connect({.client_id = id, .clean_start = false}).session_present);
}

// §3.14.2.2.2: the expiry may be changed at DISCONNECT
TEST_F(session, expiry_can_be_shortened_at_disconnect) {
  const std::string id = fresh_client_id();
  raw_client first = dial();
  first.connect({.client_id = id, .props = expiry(60)});
  first.send(disconnect_packet{.props = expiry(0)});
  first.expect_close();
  raw_client second = dial();
  EXPECT_FALSE(second.connect({.client_id = id, .clean_start = false}).session_present);
}

TEST_F(session, expiry_can_be_lengthened_at_disconnect) {
  const std::string id = fresh_client_id();
  raw_client first = dial();
  first.connect({.client_id = id, .props = expiry(1)});
  first.send(disconnect_packet{.props = expiry(600)});
  first.expect_close();
  raw_client second = dial();
  EXPECT_TRUE(second.connect({.client_id = id, .clean_start = false, .props = expiry(600)}).session_present);
}

TEST_F(session, expiry_that_was_0_cannot_be_set_at_disconnect) {
  raw_client client = dial();
  client.connect({.client_id = fresh_client_id()});
  client.send(disconnect_packet{.props = expiry(60)});
  client.expect_disconnect(0x82);
}

TEST_F(session, of_a_3_1_1_client_is_kept_without_an_expiry_interval) {
  const std::string id = fresh_client_id();
  raw_client first = dial(version::v3_1_1);
  first.connect({.client_id = id, .clean_start = false});
  first.disconnect();
  raw_client second = dial(version::v3_1_1);
  EXPECT_TRUE(second.connect({.client_id = id, .clean_start = false}).session_present);
}

// [MQTT-4.1.0-1] A subscription identifier is part of the session.
TEST_F(session, keeps_options_and_identifiers_of_its_subscriptions) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client first = dial();
  first.connect({.client_id = id, .props = expiry(60)});
  first.subscribe(topic, retain_as_published | 1U, properties().variable(property::subscription_identifier, 42));
  first.disconnect();
  raw_client second = dial();
  second.connect({.client_id = id, .clean_start = false, .props = expiry(60)});
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "x", .qos = 1, .retain = true});
  const auto packet = second.expect_publish(topic, "x");
  EXPECT_TRUE(packet.retain());
  EXPECT_EQ(packet.props.number(property::subscription_identifier), 42U);
  publisher.publish({.topic = topic, .payload = "", .retain = true});
}

TEST_F(session, can_be_resumed_in_another_version) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client first = dial(version::v3_1_1);
  first.connect({.client_id = id, .clean_start = false});
  first.subscribe(topic, 1);
  first.disconnect();
  raw_client publisher = join();
  publisher.publish({.topic = topic, .payload = "x", .qos = 1});
  raw_client second = dial();
  EXPECT_TRUE(second.connect({.client_id = id, .clean_start = false, .props = expiry(60)}).session_present);
  second.expect_publish(topic, "x");
}

// "the Receive Maximum of the new connection holds for what is sent again on resume" [MQTT-3.3.4-9]
TEST_F(session, receive_maximum_of_the_new_connection_holds_for_what_is_sent_again) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client first = dial();
  first.connect({.client_id = id, .props = expiry(60)});
  first.subscribe(topic, 1);
  raw_client publisher = join();
  for (int i = 0; i < 5; ++i) publisher.publish({.topic = topic, .payload = std::to_string(i), .qos = 1});
  for (int i = 0; i < 5; ++i) first.expect_publish(topic, std::to_string(i));
  first.drop();
  raw_client second = dial();
  second.connect({.client_id = id, .clean_start = false, .props = expiry(60).u16(property::receive_maximum, 2)});
  for (int i = 0; i < 5; ++i) {
    if (i == 0) second.expect_publish(topic, "0");
    if (i + 1 < 5) {
      const auto following = second.expect_publish(topic, std::to_string(i + 1));
      second.expect_silence();
      second.send(acknowledgement{.kind = PUBACK, .id = following.id});
    }
  }
  second.expect_silence();
}

}  // namespace
