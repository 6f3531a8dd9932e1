#include "nanomq/http/encoding.hpp"

#include <gtest/gtest.h>

namespace nanomq::http {
namespace {

std::string field(std::string_view name, std::string_view value) {
  std::string out;
  append_form_field(out, name, value);
  return out;
}

TEST(encoding, leaves_nothing_in_a_value_that_could_end_it) {
  EXPECT_EQ(field("username", "a&b=c"), "username=a%26b%3Dc");
  EXPECT_EQ(field("t", "a/+/#"), "t=a%2F%2B%2F%23");
  EXPECT_EQ(field("u", "\r\nHost: evil"), "u=%0D%0AHost%3A%20evil");
  EXPECT_EQ(field("u", std::string_view("a\0b", 3)), "u=a%00b");
  EXPECT_EQ(field("u", "\xC3\xA4 %41"), "u=%C3%A4%20%2541");
  EXPECT_EQ(field("a b", ""), "a%20b=");
}

TEST(encoding, joins_fields) {
  std::string out = "a=1";
  append_form_field(out, "b", "2");
  EXPECT_EQ(out, "a=1&b=2");
}

TEST(encoding, knows_headers_that_may_be_sent) {
  EXPECT_TRUE(is_header_name("Authorization"));
  EXPECT_TRUE(is_header_name("x-client.1"));
  for (const std::string_view name :
       {"", "a b", "a:", "a\r\n", "Content-Length", "transfer-encoding", "HOST", "Connection"}) {
    EXPECT_FALSE(is_header_name(name)) << name;
  }
  EXPECT_TRUE(is_header_value(""));
  EXPECT_TRUE(is_header_value("Bearer a\tb \xC3\xA4"));
  for (const std::string_view value : {"a\r\nb", "a\n", "a\r", " a", "a ", "\x7F", "a\x01"}) {
    EXPECT_FALSE(is_header_value(value));
  }
  EXPECT_FALSE(is_header_value(std::string_view("a\0", 2)));
}

}  // namespace
}  // namespace nanomq::http
