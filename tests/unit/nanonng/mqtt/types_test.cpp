#include "nanonng/mqtt/types.hpp"

#include <gtest/gtest.h>

#include <set>

namespace nanonng::mqtt::testing {

namespace {

TEST(reason_code, has_a_name_for_every_code_of_the_standard) {
  std::set<std::string_view> names;
  unsigned named = 0;
  for (unsigned code = 0; code < 256; ++code) {
    const std::string_view name = name_of(static_cast<reason_code>(code));
    if (name == "unknown reason code") continue;
    ++named;
    names.insert(name);
  }
  EXPECT_EQ(named, 43U);
  EXPECT_EQ(names.size(), named);
  EXPECT_EQ(name_of(reason_code::packet_too_large), "packet too large");
}

TEST(reason_code, is_an_error_from_0x80_on) {
  EXPECT_FALSE(is_error(reason_code::success));
  EXPECT_FALSE(is_error(reason_code::reauthenticate));
  EXPECT_TRUE(is_error(reason_code::unspecified_error));
}

TEST(packet_type, has_a_name) {
  EXPECT_EQ(name_of(packet_type::connect), "connect");
  EXPECT_EQ(name_of(packet_type::unsuback), "unsuback");
  EXPECT_EQ(name_of(packet_type::auth), "auth");
}

TEST(reason_code, becomes_a_return_code_of_3_1_1) {
  EXPECT_EQ(connack_return_code(reason_code::success), 0);
  EXPECT_EQ(connack_return_code(reason_code::unsupported_protocol_version), 1);
  EXPECT_EQ(connack_return_code(reason_code::client_identifier_not_valid), 2);
  EXPECT_EQ(connack_return_code(reason_code::server_busy), 3);
  EXPECT_EQ(connack_return_code(reason_code::bad_user_name_or_password), 4);
  EXPECT_EQ(connack_return_code(reason_code::not_authorized), 5);
  EXPECT_EQ(connack_return_code(reason_code::quota_exceeded), 3);
}

}  // namespace

}  // namespace nanonng::mqtt::testing
