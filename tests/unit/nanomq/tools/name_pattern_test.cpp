#include "nanomq/tools/name_pattern.hpp"

#include <gtest/gtest.h>

namespace {

using nanomq::tools::name_pattern;

std::string expand(const char* pattern) {
  return name_pattern(pattern).expand(
      {.client_identifier = "bench-7", .user_name = "ann", .client = 7, .sequence = 41, .unix_ms = 1'700'000'000'123});
}

TEST(name_pattern, puts_values_in_the_place_of_variables) {
  EXPECT_EQ(expand("a/%c/%u/%i/%s/%t"), "a/bench-7/ann/7/41/1700000000123");
}

TEST(name_pattern, leaves_everything_else_alone) {
  EXPECT_EQ(expand(""), "");
  EXPECT_EQ(expand("100%"), "100%");
  EXPECT_EQ(expand("100%% %x %"), "100% %x %");
  EXPECT_EQ(expand("%%c%c"), "%cbench-7");
}

TEST(name_pattern, knows_whether_clients_or_messages_differ) {
  EXPECT_TRUE(name_pattern("%i").differs_by_client());
  EXPECT_TRUE(name_pattern("%c").differs_by_client());
  EXPECT_FALSE(name_pattern("%u%%i").differs_by_client());
  EXPECT_TRUE(name_pattern("%s").differs_by_message());
  EXPECT_TRUE(name_pattern("%%%t").differs_by_message());
  EXPECT_FALSE(name_pattern("%%s %").differs_by_message());
}

}  // namespace
