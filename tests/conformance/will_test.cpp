// Will messages: when, what and whether. Spec: MQTT 5.0 §3.1.2.5, §3.1.3.2, §3.14.4.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class will : public broker_test {
 protected:
  static properties expiry(std::uint32_t seconds) {
    return properties().u32(property::session_expiry_interval, seconds);
  }
  static properties delay(std::uint32_t seconds) { return properties().u32(property::will_delay_interval, seconds); }
  /// A second client's will with a delay of a second, dropped now, arrives first: an earlier one would have come before.
  static void expect_no_delayed_will_before_another(raw_client& watcher, const std::string& topic) {
    raw_client other = dial();
    other.connect({.client_id = fresh_client_id(),
                   .props = expiry(60),
                   .will = will_message{.topic = topic, .payload = "second", .props = delay(1)}});
    other.drop();
    watcher.expect_publish(topic, "second");
  }
};
class will_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, will_in_every_version, all_versions(), version_name);

// [MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT-3.1.2-14]
TEST_P(will_in_every_version, is_published_when_the_connection_breaks) {
  const std::string topic = fresh_topic();
  for (const bool reset : {false, true}) {
    raw_client watcher = join(v());
    watcher.subscribe(topic);
    raw_client client = dial(v());
    client.connect({.client_id = fresh_client_id(), .will = will_message{.topic = topic, .payload = "gone"}});
    client.drop(reset);
    const auto packet = watcher.expect_publish(topic, "gone");
    EXPECT_FALSE(packet.retain());
    raw_client late = join(v());
    late.subscribe(topic);
    late.expect_silence();
  }
}

// [MQTT-3.14.4-3] [MQTT-3.1.2-10]
TEST_P(will_in_every_version, is_discarded_by_a_normal_disconnect) {
  const std::string topic = fresh_topic();
  raw_client watcher = join(v());
  watcher.subscribe(topic);
  raw_client client = dial(v());
  client.connect({.client_id = fresh_client_id(), .will = will_message{.topic = topic, .payload = "gone"}});
  client.disconnect();
  raw_client other = join(v());
  expect_nothing_but(other, watcher, topic);
}

// [MQTT-3.1.2-15]
TEST_P(will_in_every_version, with_retain_is_kept_for_later_subscribers) {
  const std::string topic = fresh_topic();
  raw_client watcher = join(v());
  watcher.subscribe(topic);
  raw_client client = dial(v());
  client.connect({.client_id = fresh_client_id(),
                  .will = will_message{.topic = topic, .payload = "gone", .qos = 1, .retain = true}});
  client.drop();
  watcher.expect_publish(topic, "gone");
  raw_client late = join(v());
  late.subscribe(topic);
  EXPECT_TRUE(late.expect_publish(topic, "gone").retain());
  late.publish({.topic = topic, .payload = "", .retain = true});
}

// [MQTT-3.1.2-12]
TEST_P(will_in_every_version, is_published_with_its_qos) {
  const std::string topic = fresh_topic();
  for (unsigned qos = 0; qos < 3; ++qos) {
    raw_client watcher = join(v());
    watcher.subscribe(topic, 2);
    raw_client client = dial(v());
    client.connect(
        {.client_id = fresh_client_id(), .will = will_message{.topic = topic, .payload = "gone", .qos = qos}});
    client.drop();
    EXPECT_EQ(watcher.expect_publish(topic, "gone").qos(), qos);
  }
}

// [MQTT-3.1.2-8] after a protocol error the connection was closed by the server
TEST_P(will_in_every_version, is_published_after_a_protocol_error) {
  const std::string topic = fresh_topic();
  raw_client watcher = join(v());
  watcher.subscribe(topic);
  raw_client client = dial(v());
  const connect_packet packet{.client_id = fresh_client_id(), .will = will_message{.topic = topic, .payload = "gone"}};
  client.connect(packet);
  client.send(packet);
  client.expect_disconnect(0x82);
  watcher.expect_publish(topic, "gone");
}

// [MQTT-3.1.2-10] published once: the next connection of the client carries no old will
TEST_P(will_in_every_version, is_removed_once_it_was_published) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client watcher = join(v());
  watcher.subscribe(topic);
  raw_client client = dial(v());
  client.connect({.client_id = id, .will = will_message{.topic = topic, .payload = "gone"}});
  client.drop();
  watcher.expect_publish(topic, "gone");
  raw_client again = dial(v());
  again.connect({.client_id = id});
  again.drop();
  raw_client other = join(v());
  expect_nothing_but(other, watcher, topic);
}

// "every DISCONNECT code but 0x00 leaves the will in force" [MQTT-3.14.4-3] [MQTT-3.14.2-1]
TEST_F(will, every_disconnect_code_but_0_leaves_it_in_force) {
  const std::string topic = fresh_topic();
  for (unsigned code : {0x04U, 0x80U, 0x81U, 0x82U, 0x83U, 0x90U, 0x93U, 0x94U, 0x95U, 0x96U, 0x97U, 0x98U, 0x99U}) {
    SCOPED_TRACE(code);
    raw_client watcher = join();
    watcher.subscribe(topic);
    raw_client client = dial();
    client.connect({.client_id = fresh_client_id(), .will = will_message{.topic = topic, .payload = "gone"}});
    client.send(disconnect_packet{.code = code});
    client.expect_close();
    watcher.expect_publish(topic, "gone");
  }
}

TEST_F(will, is_published_at_a_take_over_without_delay) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client watcher = join();
  watcher.subscribe(topic);
  raw_client first = dial();
  first.connect({.client_id = id, .will = will_message{.topic = topic, .payload = "taken"}});
  raw_client second = dial();
  second.connect({.client_id = id});
  watcher.expect_publish(topic, "taken");
  first.expect_disconnect(0x8E);
}

// [MQTT-3.1.3-9]
TEST_F(will, delayed_one_is_cancelled_by_a_resumed_session) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client watcher = join();
  watcher.subscribe(topic);
  raw_client client = dial();
  client.connect({.client_id = id,
                  .props = expiry(60),
                  .will = will_message{.topic = topic, .payload = "never", .props = delay(1)}});
  client.drop();
  raw_client again = dial();
  again.connect({.client_id = id, .clean_start = false, .props = expiry(60)});
  expect_no_delayed_will_before_another(watcher, topic);
}

// [MQTT-3.1.2-8]
TEST_F(will, delayed_one_is_published_after_an_undelayed_one) {
  const std::string topic = fresh_topic();
  raw_client watcher = join();
  watcher.subscribe(topic);
  raw_client patient = dial();
  patient.connect({.client_id = fresh_client_id(),
                   .props = expiry(60),
                   .will = will_message{.topic = topic, .payload = "later", .props = delay(1)}});
  raw_client hasty = dial();
  hasty.connect({.client_id = fresh_client_id(), .will = will_message{.topic = topic, .payload = "now"}});
  patient.drop();
  hasty.drop();
  watcher.expect_publish(topic, "now");
  watcher.expect_publish(topic, "later");
}

// "a will delay ends with the session"
TEST_F(will, delay_ends_with_the_session_that_ends_at_disconnection) {
  const std::string topic = fresh_topic();
  raw_client watcher = join();
  watcher.subscribe(topic);
  raw_client client = dial();
  client.connect({.client_id = fresh_client_id(),
                  .props = expiry(0),
                  .will = will_message{.topic = topic, .payload = "ended", .props = delay(3600)}});
  client.drop();
  watcher.expect_publish(topic, "ended");
}

TEST_F(will, delay_ends_with_the_session_that_a_take_over_ends) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client watcher = join();
  watcher.subscribe(topic);
  raw_client client = dial();
  client.connect({.client_id = id,
                  .props = expiry(0),
                  .will = will_message{.topic = topic, .payload = "ended", .props = delay(3600)}});
  raw_client again = dial();
  EXPECT_FALSE(again.connect({.client_id = id, .clean_start = false}).session_present);
  watcher.expect_publish(topic, "ended");
}

// [MQTT-3.1.3-9]
TEST_F(will, delayed_one_is_cancelled_by_a_take_over_that_resumes) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client watcher = join();
  watcher.subscribe(topic);
  raw_client client = dial();
  client.connect({.client_id = id,
                  .props = expiry(60),
                  .will = will_message{.topic = topic, .payload = "never", .props = delay(1)}});
  raw_client again = dial();
  EXPECT_TRUE(again.connect({.client_id = id, .clean_start = false, .props = expiry(60)}).session_present);
  expect_no_delayed_will_before_another(watcher, topic);
}

TEST_F(will, delay_ends_with_the_session_that_expires) {
  const std::string topic = fresh_topic();
  raw_client watcher = join();
  watcher.subscribe(topic);
  raw_client client = dial();
  client.connect({.client_id = fresh_client_id(),
                  .props = expiry(1),
                  .will = will_message{.topic = topic, .payload = "expired", .props = delay(3600)}});
  client.drop();
  watcher.expect_publish(topic, "expired");
}

TEST_F(will, delay_ends_with_the_session_that_a_clean_start_ends) {
  const std::string topic = fresh_topic();
  const std::string id = fresh_client_id();
  raw_client watcher = join();
  watcher.subscribe(topic);
  raw_client client = dial();
  client.connect({.client_id = id,
                  .props = expiry(3600),
                  .will = will_message{.topic = topic, .payload = "replaced", .props = delay(3600)}});
  client.drop();
  raw_client again = dial();
  again.connect({.client_id = id, .clean_start = true});
  watcher.expect_publish(topic, "replaced");
}

// [MQTT-3.1.3-10] [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-20]
TEST_F(will, properties_are_forwarded_in_order) {
  const std::string topic = fresh_topic();
  raw_client watcher = join();
  watcher.subscribe(topic);
  raw_client client = dial();
  client.connect({.client_id = fresh_client_id(),
                  .will = will_message{.topic = topic,
                                       .payload = "text",
                                       .props = properties()
                                                    .u8(property::payload_format_indicator, 1)
                                                    .u32(property::message_expiry_interval, 1000)
                                                    .text(property::content_type, "text/plain")
                                                    .text(property::response_topic, "answer/here")
                                                    .text(property::correlation_data, "c\x01")
                                                    .user("z", "1")
                                                    .user("a", "2")
                                                    .user("z", "1")}});
  client.drop();
  const auto packet = watcher.expect_publish(topic, "text");
  EXPECT_EQ(packet.props.number(property::payload_format_indicator), 1U);
  EXPECT_LE(packet.props.number(property::message_expiry_interval).value_or(2000), 1000U);
  EXPECT_EQ(packet.props.text(property::content_type), "text/plain");
  EXPECT_EQ(packet.props.text(property::response_topic), "answer/here");
  EXPECT_EQ(packet.props.text(property::correlation_data), "c\x01");
  EXPECT_EQ(packet.props.user(),
            (std::vector<std::pair<std::string, std::string>>{{"z", "1"}, {"a", "2"}, {"z", "1"}}));
  EXPECT_FALSE(packet.props.has(property::will_delay_interval));
}

// [MQTT-3.1.3-11]
TEST_P(will_in_every_version, topic_that_is_no_topic_name_is_refused) {
  for (const char* topic : {"", "a/#", "+", "a\xC3("}) {
    SCOPED_TRACE(topic);
    raw_client client = dial(v());
    client.send(connect_packet{.client_id = fresh_client_id(), .will = will_message{.topic = topic, .payload = "x"}});
    client.expect_rejection({0x81, 0x82, 0x90});
  }
}

}  // namespace
