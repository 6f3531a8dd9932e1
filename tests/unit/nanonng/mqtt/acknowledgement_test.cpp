#include <algorithm>

#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;
using enum reason_code;

constexpr std::uint8_t first_bytes[] = {0x40, 0x50, 0x62, 0x70};

// THREATS 13: identifiers at the end of the packet.
TEST(acknowledgement, wants_an_identifier) {
  for (const std::uint8_t first : first_bytes) {
    for (const protocol_version version : every_version) {
      EXPECT_EQ(verdict(packet(first, {}), version), malformed_packet);
      EXPECT_EQ(verdict(packet(first, {0x01}), version), malformed_packet);
      EXPECT_EQ(verdict(packet(first, {0x00, 0x00}), version), protocol_error);
      EXPECT_EQ(verdict(packet(first, {0x00, 0x01}), version), success);
    }
  }
}

TEST(acknowledgement, is_two_bytes_before_5) {
  for (const std::uint8_t first : first_bytes) {
    for (const protocol_version version : {v3_1, v3_1_1}) {
      EXPECT_EQ(verdict(packet(first, {0, 1, 0}), version), malformed_packet);
      EXPECT_EQ(verdict(packet(first, {0, 1, 0, 0}), version), malformed_packet);
    }
  }
}

// [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]
TEST(acknowledgement, knows_its_reason_codes) {
  const octets of_publish{0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
  const octets of_release{0x00, 0x92};
  for (const std::uint8_t first : first_bytes) {
    const octets& known = first < 0x60 ? of_publish : of_release;
    for (unsigned code = 0; code < 256; ++code) {
      const auto byte = static_cast<std::uint8_t>(code);
      const auto expected = std::ranges::find(known, byte) != known.end() ? success : protocol_error;
      const decoded<acknowledgement_view> read(packet(first, {0, 1, byte}));
      EXPECT_EQ(read.reason, expected) << code;
      if (expected == success) {
        EXPECT_EQ(static_cast<unsigned>(read.view.reason), code);
      }
      EXPECT_EQ(verdict(packet(first, {0, 1, byte, 0})), expected) << code;
    }
  }
}

// THREATS 32: an acknowledgement with a property section of every wrong length.
TEST(acknowledgement, refuses_a_block_of_every_wrong_length) {
  const octets properties{0x1F, 0x00, 0x01, 'r'};
  for (const std::uint8_t first : first_bytes) {
    for (unsigned length = 0; length < 256; ++length) {
      const octets said = length < 0x80 ? octets{static_cast<std::uint8_t>(length)} : variable(length);
      const auto expected = length == properties.size() ? success : malformed_packet;
      EXPECT_EQ(verdict(packet(first, join({{0, 1, 0}, said, properties}))), expected) << length;
    }
  }
}

// [MQTT-3.6.1-1]: 3.1 has a DUP flag in PUBREL, the later versions have not.
TEST(acknowledgement, pubrel_with_dup_is_of_3_1) {
  EXPECT_EQ(verdict(packet(0x6A, {0, 1}), v3_1), success);
  EXPECT_EQ(verdict(packet(0x6A, {0, 1}), v3_1_1), malformed_packet);
  EXPECT_EQ(verdict(packet(0x6A, {0, 1}), v5), malformed_packet);
}

TEST(acknowledgement, forgets_the_properties_of_the_packet_before) {
  acknowledgement_view view;
  const exact with(packet(0x40, join({{0, 1, 0x97}, block({0x1F, 0x00, 0x01, 'r'})})));
  ASSERT_EQ(decode(next_frame(with.view(), any_size).packet, v5, {}, view), success);
  EXPECT_TRUE(view.props.has(property_id::reason_string));
  const exact without(packet(0x40, {0, 2}));
  ASSERT_EQ(decode(next_frame(without.view(), any_size).packet, v5, {}, view), success);
  EXPECT_EQ(view.reason, success);
  EXPECT_FALSE(view.props.has(property_id::reason_string));
  EXPECT_TRUE(view.props.raw.empty());
}

}  // namespace

}  // namespace nanonng::mqtt::testing
