#include <algorithm>

#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;
using enum reason_code;

// [MQTT-3.2.2-1]
TEST(connack, refuses_reserved_flags_but_in_3_1) {
  for (unsigned flags = 2; flags < 256; ++flags) {
    const auto bits = static_cast<std::uint8_t>(flags);
    EXPECT_EQ(verdict({0x20, 0x03, bits, 0x00, 0x00}, v5), malformed_packet);
    EXPECT_EQ(verdict({0x20, 0x02, bits, 0x00}, v3_1_1), malformed_packet);
    const decoded<connack_view> old({0x20, 0x02, bits, 0x00}, v3_1);
    EXPECT_EQ(old.reason, success);
    EXPECT_FALSE(old.view.session_present);
  }
}

// [MQTT-3.2.2-6]
TEST(connack, refuses_a_session_together_with_an_error) {
  EXPECT_EQ(verdict({0x20, 0x03, 0x01, 0x87, 0x00}, v5), protocol_error);
  EXPECT_EQ(verdict({0x20, 0x02, 0x01, 0x05}, v3_1_1), protocol_error);
  EXPECT_EQ(verdict({0x20, 0x03, 0x01, 0x00, 0x00}, v5), success);
}

// [MQTT-3.2.2-8]
TEST(connack, knows_its_reason_codes) {
  const octets known{0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
                     0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F};
  for (unsigned code = 0; code < 256; ++code) {
    const auto byte = static_cast<std::uint8_t>(code);
    const bool is_known = std::ranges::find(known, byte) != known.end();
    EXPECT_EQ(verdict({0x20, 0x03, 0x00, byte, 0x00}, v5), is_known ? success : protocol_error) << code;
  }
}

TEST(connack, translates_the_return_codes_of_3_x) {
  const reason_code expected[] = {success,
                                  unsupported_protocol_version,
                                  client_identifier_not_valid,
                                  server_unavailable,
                                  bad_user_name_or_password,
                                  not_authorized};
  for (const protocol_version version : {v3_1, v3_1_1}) {
    for (std::uint8_t code = 0; code < 6; ++code) {
      const decoded<connack_view> read({0x20, 0x02, 0x00, code}, version);
      EXPECT_EQ(read.reason, success);
      EXPECT_EQ(read.view.reason, expected[code]);
    }
    EXPECT_EQ(verdict({0x20, 0x02, 0x00, 0x06}, version), protocol_error);
    EXPECT_EQ(verdict({0x20, 0x02, 0x00, 0xFF}, version), protocol_error);
  }
}

TEST(connack, wants_its_properties_in_5_and_none_before) {
  EXPECT_EQ(verdict({0x20, 0x02, 0x00, 0x00}, v5), malformed_packet);
  EXPECT_EQ(verdict({0x20, 0x03, 0x00, 0x00, 0x00}, v3_1_1), malformed_packet);
}

}  // namespace

}  // namespace nanonng::mqtt::testing
