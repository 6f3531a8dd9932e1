// Packets that are no packets. Spec: MQTT 5.0 §1.5, §2.1, §4.13; MQTT 3.1.1 §1.5, §2.2, §4.8.
#include "broker_test.hpp"

namespace {

using namespace nanomq::support;

class malformed : public broker_test {};
class malformed_in_every_version : public every_version {
 protected:
  /// Ends a fresh connection, and the broker still serves others.
  static void expect_end(const octets& bytes) {
    raw_client client = join(v());
    client.send(bytes);
    client.expect_disconnect_with_any({0x81, 0x82});
  }
};
INSTANTIATE_TEST_SUITE_P(versions, malformed_in_every_version, all_versions(), version_name);

// [MQTT-2.1.3-1]
TEST_P(malformed_in_every_version, reserved_flags_end_the_connection) {
  if (v() == version::v3_1) return;  // 3.1 gives the bits other meanings
  const octets two = octets().u16(1);
  for (unsigned first : {0x41U, 0x48U, 0x51U, 0x5FU, 0x71U, 0x78U}) expect_end(framed(first, two));
  expect_end(framed(0xC1, {}));
  expect_end(framed(0xC8, {}));
}

TEST_P(malformed_in_every_version, packet_type_0_ends_the_connection) { expect_end({0x00, 0x00}); }

// [MQTT-1.5.5-1]
TEST_P(malformed_in_every_version, remaining_length_of_five_bytes_ends_the_connection) {
  expect_end({0x30, 0x80, 0x80, 0x80, 0x80, 0x01});
  expect_end({0xC0, 0xFF, 0xFF, 0xFF, 0xFF});
}

// [MQTT-1.5.5-1]
TEST_F(malformed, variable_byte_integer_longer_than_needed_is_refused) {
  raw_client property_length = join();
  property_length.send(framed(0x30, octets().text("a").u8(0x80).u8(0x00).raw("x")));
  property_length.expect_disconnect(0x81);
  raw_client remaining_length = join();
  remaining_length.send({0xC0, 0x80, 0x00});
  remaining_length.expect_disconnect(0x81);
}

TEST_P(malformed_in_every_version, ping_with_a_body_ends_the_connection) { expect_end({0xC0, 0x01, 0x00}); }

// Packets that only a server sends.
TEST_P(malformed_in_every_version, packets_of_servers_end_the_connection) {
  expect_end({0x20, 0x02, 0x00, 0x00});
  expect_end({0x90, 0x03, 0x00, 0x01, 0x00});
  expect_end({0xB0, 0x02, 0x00, 0x01});
  expect_end({0xD0, 0x00});
}

TEST_P(malformed_in_every_version, topic_longer_than_the_packet_ends_the_connection) {
  expect_end({0x30, 0x05, 0x00, 0x09, 'a', 'b', 'c'});
  expect_end({0x30, 0x01, 0x00});
  expect_end({0x30, 0x00});
}

TEST_P(malformed_in_every_version, acknowledgement_of_one_byte_ends_the_connection) {
  for (unsigned first : {0x40U, 0x50U, 0x62U, 0x70U}) {
    expect_end(framed(first, octets().u8(0)));
    expect_end(framed(first, {}));
  }
}

TEST_P(malformed_in_every_version, acknowledgement_for_packet_identifier_0_does_no_harm) {
  raw_client client = join(v());
  client.send(acknowledgement{.kind = PUBACK, .id = 0});
  client.send(pingreq());
  client.next_or_close();  // a PINGRESP, a DISCONNECT that complains, or the end
  raw_client other = join(v());
  other.expect_silence();
}

// [MQTT-2.1.3-1] of 3.1.1: no reason code, no properties
TEST_F(malformed, bytes_behind_an_acknowledgement_are_refused_in_3_1_1) {
  for (unsigned first : {0x40U, 0x50U, 0x62U, 0x70U}) {
    raw_client client = join(version::v3_1_1);
    client.send(framed(first, octets().u16(1).u8(0).u8(0)));
    client.expect_close();
  }
}

// [MQTT-1.5.4-1] [MQTT-1.5.4-2]
TEST_F(malformed, text_in_any_field_must_be_utf_8) {
  for (const std::string& bad : {std::string("\xC0\x80"), std::string("\xED\xBF\xBF"), std::string("a\0", 2),
                                 std::string("\xF8\x88\x80\x80\x80"), std::string("\x80"), std::string("\xE2\x82")}) {
    raw_client user = dial();
    user.send(connect_packet{.client_id = fresh_client_id(), .user_name = bad});
    user.expect_rejection({0x81, 0x82, 0x86});
    raw_client filter = join();
    filter.send(subscribe_packet{.id = 1, .filters = {{bad, 0}}});
    filter.expect_disconnect_with_any({0x81, 0x82, 0x8F});
    raw_client reason = join();
    reason.send(acknowledgement{.kind = PUBACK, .id = 1, .props = properties().text(property::reason_string, bad)});
    reason.expect_disconnect_with_any({0x81, 0x82});
  }
}

// [MQTT-3.1.3-12]
TEST_P(malformed_in_every_version, user_name_that_is_no_utf_8_is_refused) {
  raw_client client = dial(v());
  client.send(connect_packet{.client_id = fresh_client_id(), .user_name = "\xFE\xFF"});
  client.expect_rejection({0x81, 0x82, 0x86});
}

// A payload that claims to be text and isn't may be refused with 0x99 or passed on (§3.3.2.3.2); it does no other harm.
TEST_F(malformed, payload_that_is_not_the_text_it_claims_to_be_harms_nobody) {
  const std::string topic = fresh_topic();
  raw_client client = join();
  client.send(publish_packet{.topic = topic,
                             .payload = "\xFF",
                             .qos = 1,
                             .id = 1,
                             .props = properties().u8(property::payload_format_indicator, 1)});
  const auto answer = client.next();
  EXPECT_TRUE(answer.code < 0x80 || answer.code == 0x99) << answer.described();
}

}  // namespace
