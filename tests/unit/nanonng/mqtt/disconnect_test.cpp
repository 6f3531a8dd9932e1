#include <algorithm>

#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;
using enum reason_code;

// [MQTT-3.14.2-1]
TEST(disconnect, knows_its_reason_codes) {
  const octets known{0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94,
                     0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2};
  for (unsigned code = 0; code < 256; ++code) {
    const auto byte = static_cast<std::uint8_t>(code);
    const auto expected = std::ranges::find(known, byte) != known.end() ? success : protocol_error;
    EXPECT_EQ(verdict(packet(0xE0, {byte}), v5), expected) << code;
    EXPECT_EQ(verdict(packet(0xE0, {byte, 0x00}), v5), expected) << code;
  }
}

TEST(disconnect, is_empty_before_5) {
  for (const protocol_version version : {v3_1, v3_1_1}) {
    EXPECT_EQ(verdict({0xE0, 0x00}, version), success);
    EXPECT_EQ(verdict({0xE0, 0x01, 0x00}, version), malformed_packet);
  }
}

// THREATS 32: DISCONNECT and AUTH with a property section of every wrong length.
TEST(disconnect, refuses_a_block_of_every_wrong_length) {
  const octets of_disconnect{0x1F, 0x00, 0x01, 'r'};
  const octets of_auth{0x15, 0x00, 0x01, 'm', 0x16, 0x00, 0x00};
  for (unsigned length = 0; length < 256; ++length) {
    const octets said = variable(length);
    EXPECT_EQ(verdict(packet(0xE0, join({{0x80}, said, of_disconnect}))),
              length == of_disconnect.size() ? success : malformed_packet);
    EXPECT_EQ(verdict(packet(0xF0, join({{0x18}, said, of_auth}))),
              length == of_auth.size() ? success : malformed_packet);
  }
}

// [MQTT-3.15.2-1]
TEST(auth, knows_its_reason_codes) {
  const octets method = block({0x15, 0x00, 0x01, 'm'});
  for (unsigned code = 0; code < 256; ++code) {
    const bool known = code == 0 || code == 0x18 || code == 0x19;
    EXPECT_EQ(verdict(packet(0xF0, join({{static_cast<std::uint8_t>(code)}, method}))),
              known ? success : protocol_error);
  }
}

// THREATS 21: AUTH without a method.
TEST(auth, wants_a_method_unless_it_is_empty) {
  EXPECT_EQ(verdict({0xF0, 0x00}), success);
  EXPECT_EQ(verdict(packet(0xF0, {0x18})), malformed_packet);
  EXPECT_EQ(verdict(packet(0xF0, {0x18, 0x00})), protocol_error);
  EXPECT_EQ(verdict(packet(0xF0, join({{0x18}, block({0x16, 0x00, 0x01, 'd'})}))), protocol_error);
}

TEST(auth, is_unknown_before_5) {
  for (const protocol_version version : {v3_1, v3_1_1}) {
    EXPECT_EQ(verdict({0xF0, 0x00}, version), malformed_packet);
    EXPECT_EQ(verdict(packet(0xF0, {0x18, 0x00}), version), malformed_packet);
  }
}

TEST(ping, is_empty) {
  for (const std::uint8_t first : octets{0xC0, 0xD0}) {
    EXPECT_EQ(verdict({first, 0x00}), success);
    EXPECT_EQ(verdict({first, 0x01, 0x00}), malformed_packet);
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
