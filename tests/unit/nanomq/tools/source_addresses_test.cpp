#include "nanomq/tools/source_addresses.hpp"

#include <gtest/gtest.h>

namespace {

using nanomq::tools::parse_source_addresses;

std::size_t count(const char* text) {
  const auto addresses = parse_source_addresses(text);
  return addresses ? addresses->size() : 9999;
}

TEST(source_addresses, leaves_the_choice_to_the_system_when_nothing_is_said) { EXPECT_EQ(count(""), 0U); }

TEST(source_addresses, takes_lists_and_ranges) {
  EXPECT_EQ(count("127.0.0.2"), 1U);
  EXPECT_EQ(count("127.0.0.2,127.0.0.4-9,::1"), 8U);
  EXPECT_EQ(count("127.0.0.0-255"), 256U);
  EXPECT_EQ(count("127.0.0.7-7"), 1U);
}

TEST(source_addresses, says_what_it_can_not_read) {
  for (const char* wrong :
       {",", "localhost", "127.0.0.9-2", "127.0.0.1-256", "127.0.0.1-", "127.0.0-3", "::1-3", "1-2"})
    EXPECT_EQ(count(wrong), 9999U) << wrong;
  EXPECT_NE(parse_source_addresses("127.0.0.1,eth0").error().find("eth0"), std::string::npos);
}

}  // namespace
