// CONNACK: flags, codes and the limits that it announces. Spec: MQTT 5.0 §3.2.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class connack : public broker_test {};
class connack_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, connack_in_every_version, all_versions(), version_name);

/// A broker with limits that are easy to recognise.
class connack_limits : public broker_test {
 protected:
  static void SetUpTestSuite() {
    start_broker({"mqtt.max_packet_size=100KB", "mqtt.receive_maximum=11", "mqtt.max_topic_alias=9",
                  "mqtt.max_keepalive=77s", "mqtt.max_session_expiry=3600s"});
  }
};

// [MQTT-3.2.2-1] [MQTT-3.2.2-2]
TEST_P(connack_in_every_version, clean_start_reports_no_session) {
  const std::string id = fresh_client_id();
  raw_client first = dial(v());
  const properties keep = five() ? properties().u32(property::session_expiry_interval, 60) : properties();
  EXPECT_FALSE(first.connect({.client_id = id, .clean_start = false, .props = keep}).session_present);
  first.disconnect();
  raw_client second = dial(v());
  EXPECT_FALSE(second.connect({.client_id = id, .clean_start = true}).session_present);
}

// [MQTT-3.2.2-3]
TEST_P(connack_in_every_version, session_present_tells_whether_state_was_kept) {
  const std::string id = fresh_client_id();
  const properties keep = five() ? properties().u32(property::session_expiry_interval, 60) : properties();
  raw_client first = dial(v());
  EXPECT_FALSE(first.connect({.client_id = id, .clean_start = false, .props = keep}).session_present);
  first.disconnect();
  raw_client second = dial(v());
  const bool present = second.connect({.client_id = id, .clean_start = false, .props = keep}).session_present;
  EXPECT_EQ(present, v() != version::v3_1) << "3.1 has no such flag";
}

// [MQTT-3.2.2-6] [MQTT-3.2.2-7] [MQTT-3.2.2-8] [MQTT-4.13.2-1]
TEST_F(connack, refusal_has_a_connect_code_no_session_and_ends_the_connection) {
  raw_client client = dial();
  client.send(connect_packet{.client_id = fresh_client_id(),
                             .props = properties().text(property::authentication_method, "SCRAM-SHA-1")});
  EXPECT_FALSE(client.expect_refusal(0x8C).session_present);
}

// [MQTT-3.2.0-2]
TEST_P(connack_in_every_version, comes_once) {
  raw_client client = join(v());
  client.expect_silence();
  client.disconnect();
}

// [MQTT-3.2.2-9] [MQTT-3.2.2-12] [MQTT-3.2.2-13]
TEST_F(connack, everything_is_available) {
  raw_client client = dial();
  const auto answer = client.connect({.client_id = fresh_client_id()});
  EXPECT_EQ(answer.props.number(property::maximum_qos), std::nullopt);
  EXPECT_EQ(answer.props.number(property::retain_available).value_or(1), 1U);
  EXPECT_EQ(answer.props.number(property::wildcard_subscription_available).value_or(1), 1U);
  EXPECT_EQ(answer.props.number(property::subscription_identifier_available).value_or(1), 1U);
  EXPECT_EQ(answer.props.number(property::shared_subscription_available).value_or(1), 1U);
  EXPECT_FALSE(answer.props.has(property::assigned_client_identifier));
}

// [MQTT-3.1.2-28]
TEST_F(connack, no_response_information_unless_asked_for) {
  raw_client client = dial();
  const auto answer = client.connect(
      {.client_id = fresh_client_id(), .props = properties().u8(property::request_response_information, 0)});
  EXPECT_FALSE(answer.props.has(property::response_information));
}

// [MQTT-3.2.2-19] [MQTT-3.2.2-20]
TEST_F(connack, refusal_fits_the_maximum_packet_size_of_the_client) {
  raw_client client = dial();
  client.send(connect_packet{
      .client_id = fresh_client_id(),
      .props = properties().u32(property::maximum_packet_size, 20).text(property::authentication_method, "none-such")});
  EXPECT_LE(client.expect_refusal(0x8C).bytes.size(), 20U);
}

// [MQTT-3.1.2-24]
TEST_F(connack, acceptance_fits_the_maximum_packet_size_of_the_client) {
  raw_client client = dial();
  client.send(
      connect_packet{.client_id = fresh_client_id(), .props = properties().u32(property::maximum_packet_size, 8)});
  EXPECT_LE(client.expect(CONNACK).bytes.size(), 8U);
  raw_client tiny = dial();
  tiny.send(
      connect_packet{.client_id = fresh_client_id(), .props = properties().u32(property::maximum_packet_size, 4)});
  tiny.expect_close();
}

// [MQTT-3.1.4-1] of 3.1.1: closed without a word
TEST_F(connack, malformed_connect_of_3_1_1_is_not_answered) {
  raw_client client = dial(version::v3_1_1);
  client.send(framed(0x10, octets().text("MQTT").u8(4).u8(3).u16(60).text("reserved-flag")));
  client.expect_close();
}

TEST_F(connack_limits, every_limit_in_force_is_announced) {
  raw_client client = dial();
  const auto answer = client.connect({.client_id = fresh_client_id(),
                                      .keep_alive = 600,
                                      .props = properties().u32(property::session_expiry_interval, 100'000)});
  EXPECT_EQ(answer.props.number(property::maximum_packet_size), 100U * 1024);
  EXPECT_EQ(answer.props.number(property::receive_maximum), 11U);
  EXPECT_EQ(answer.props.number(property::topic_alias_maximum), 9U);
  EXPECT_EQ(answer.props.number(property::server_keep_alive), 77U);
  EXPECT_EQ(answer.props.number(property::session_expiry_interval), 3600U);
}

// [MQTT-3.2.2-22]
TEST_F(connack_limits, keep_alive_within_the_limit_is_not_replaced) {
  raw_client client = dial();
  const auto answer = client.connect({.client_id = fresh_client_id(), .keep_alive = 77});
  EXPECT_FALSE(answer.props.has(property::server_keep_alive));
}

TEST_F(connack_limits, absent_keep_alive_is_replaced_by_the_limit) {
  raw_client client = dial();
  const auto answer = client.connect({.client_id = fresh_client_id(), .keep_alive = 0});
  EXPECT_EQ(answer.props.number(property::server_keep_alive), 77U);
}

TEST_F(connack_limits, session_expiry_within_the_limit_is_not_replaced) {
  raw_client client = dial();
  const auto answer = client.connect(
      {.client_id = fresh_client_id(), .props = properties().u32(property::session_expiry_interval, 3600)});
  EXPECT_EQ(answer.props.number(property::session_expiry_interval).value_or(3600), 3600U);
}

}  // namespace
