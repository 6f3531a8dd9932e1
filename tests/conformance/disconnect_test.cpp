// DISCONNECT from either side. Spec: MQTT 5.0 §3.14, §4.13.
#include <csignal>

#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class disconnect : public broker_test {};
class disconnect_in_every_version : public every_version {};
INSTANTIATE_TEST_SUITE_P(versions, disconnect_in_every_version, all_versions(), version_name);

// [MQTT-3.14.4-1] [MQTT-3.14.4-2]
TEST_P(disconnect_in_every_version, broker_closes_and_answers_nothing_that_follows) {
  const std::string topic = fresh_topic();
  raw_client watcher = join(v());
  watcher.subscribe(topic);
  raw_client client = join(v());
  octets bytes = disconnect_packet{}.encode(v());
  bytes.raw(publish_packet{.topic = topic, .payload = "too late", .qos = 1, .id = 1}.encode(v())).raw(pingreq());
  client.send(bytes);
  client.expect_close();
  raw_client other = join(v());
  expect_nothing_but(other, watcher, topic);
}

// [MQTT-3.14.1-1]
TEST_P(disconnect_in_every_version, reserved_bits_are_malformed) {
  if (v() == version::v3_1) return;  // 3.1 does not use the bits
  raw_client client = join(v());
  client.send(framed(0xE1, {}));
  client.expect_disconnect(0x81);
}

TEST_P(disconnect_in_every_version, everything_before_it_is_processed) {
  const std::string topic = fresh_topic();
  raw_client watcher = join(v());
  watcher.subscribe(topic);
  raw_client client = join(v());
  octets bytes;
  for (int i = 0; i < 100; ++i) bytes.raw(publish_packet{.topic = topic, .payload = std::to_string(i)}.encode(v()));
  client.send(bytes.raw(disconnect_packet{}.encode(v())));
  client.expect_close();
  for (int i = 0; i < 100; ++i) watcher.expect_publish(topic, std::to_string(i));
}

// [MQTT-3.14.2-1]
TEST_F(disconnect, forms_that_leave_the_code_or_the_properties_out_are_accepted) {
  for (const octets& bytes : {octets{0xE0, 0x00}, octets{0xE0, 0x01, 0x00}, octets{0xE0, 0x02, 0x00, 0x00}}) {
    raw_client client = join();
    client.send(bytes);
    client.expect_close();
  }
}

// [MQTT-3.14.2-1] codes that a client cannot send
TEST_F(disconnect, codes_of_servers_and_of_other_packets_are_refused) {
  for (unsigned code : {0x01U, 0x7FU, 0x84U, 0x8BU, 0x8EU, 0xFFU}) {
    SCOPED_TRACE(code);
    raw_client client = join();
    client.send(disconnect_packet{.code = code});
    client.expect_disconnect_with_any({0x81, 0x82});
  }
}

TEST_F(disconnect, properties_are_checked) {
  for (const properties& props :
       {properties().text(property::server_reference, "elsewhere"), properties().u16(property::topic_alias, 1),
        properties().text(property::reason_string, "\xFF")}) {
    raw_client client = join();
    client.send(disconnect_packet{.props = props});
    client.expect_disconnect_with_any({0x81, 0x82});
  }
}

// [MQTT-3.14.2-3] [MQTT-3.14.2-4]
TEST_F(disconnect, from_the_server_fits_the_maximum_packet_size) {
  raw_client client = join(version::v5, properties().u32(property::maximum_packet_size, 20));
  client.send(framed(0x36, octets().text("a").u16(1).u8(0)));
  const auto packet = client.expect(DISCONNECT);
  EXPECT_LE(packet.bytes.size(), 20U);
  EXPECT_EQ(packet.code, 0x81U);
  client.expect_close();
}

// [MQTT-4.13.1-1] [MQTT-4.13.2-1] [MQTT-3.14.2-2]
TEST_P(disconnect_in_every_version, error_is_told_before_the_connection_ends) {
  raw_client client = join(v());
  client.send({0x00, 0x00});
  client.expect_disconnect_with_any({0x81, 0x82});
}

// "Graceful stop: v5 clients get 0x8B, under 5 s"
TEST_F(disconnect, stopping_broker_says_so) {
  if (!own_broker()) return;
  broker_process mortal({});
  raw_client fresh(mortal.where(), version::v5);
  raw_client old(mortal.where(), version::v3_1_1);
  fresh.connect({.client_id = "fresh"});
  old.connect({.client_id = "old"});
  mortal.signal(SIGTERM);
  fresh.expect_disconnect(0x8B);
  old.expect_close();
  fresh.drop();
  old.drop();
  EXPECT_EQ(mortal.wait(), 0);
}

}  // namespace
