#include <algorithm>

#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;
using enum reason_code;

// THREATS 22: SUBACK without reason codes.
// [MQTT-3.8.4-6]
TEST(suback, wants_a_reason_code) {
  EXPECT_EQ(verdict(packet(0x90, {0, 1}), v3_1), protocol_error);
  EXPECT_EQ(verdict(packet(0x90, {0, 1}), v3_1_1), protocol_error);
  EXPECT_EQ(verdict(packet(0x90, {0, 1}), v5), malformed_packet);
  EXPECT_EQ(verdict(packet(0x90, {0, 1, 0}), v5), protocol_error);
  EXPECT_EQ(verdict(packet(0xB0, {0, 1, 0}), v5), protocol_error);
}

TEST(suback, wants_an_identifier) {
  for (const std::uint8_t first : octets{0x90, 0xB0}) {
    for (const protocol_version version : every_version) {
      EXPECT_EQ(verdict(packet(first, {}), version), malformed_packet);
      EXPECT_EQ(verdict(packet(first, {1}), version), malformed_packet);
      EXPECT_EQ(verdict(packet(first, {0, 0, 0, 0}), version), protocol_error);
    }
  }
}

// [MQTT-3.9.3-2] [MQTT-3.11.3-2]
TEST(suback, knows_its_reason_codes) {
  const octets of_subscribe{0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2};
  const octets of_unsubscribe{0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91};
  const octets of_old{0x00, 0x01, 0x02, 0x80};
  const auto expected = [](const octets& known, std::uint8_t code) {
    return std::ranges::find(known, code) != known.end() ? success : protocol_error;
  };
  for (unsigned code = 0; code < 256; ++code) {
    const auto byte = static_cast<std::uint8_t>(code);
    EXPECT_EQ(verdict(packet(0x90, {0, 1, 0, 0, byte}), v5), expected(of_subscribe, byte)) << code;
    EXPECT_EQ(verdict(packet(0xB0, {0, 1, 0, byte, 0}), v5), expected(of_unsubscribe, byte)) << code;
    EXPECT_EQ(verdict(packet(0x90, {0, 1, byte}), v3_1_1), expected(of_old, byte)) << code;
  }
}

TEST(suback, of_unsubscribe_has_no_payload_before_5) {
  EXPECT_EQ(verdict(packet(0xB0, {0, 1}), v3_1_1), success);
  EXPECT_EQ(verdict(packet(0xB0, {0, 1, 0}), v3_1_1), malformed_packet);
}

}  // namespace

}  // namespace nanonng::mqtt::testing
