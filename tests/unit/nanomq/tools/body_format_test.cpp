#include "nanomq/tools/body_format.hpp"

#include <gtest/gtest.h>

namespace nanomq::tools {
namespace {

std::string shown(std::string_view body, std::string_view how) {
  std::string out;
  append_body(out, nanolib::as_bytes(body), body_format_of(how).value());
  return out;
}

// What Debian's nngcat 1.5.2 prints for the same bytes.
constexpr std::string_view sample("a\"\\\t\n\r\0\x7f\xc3\xa9", 10);

TEST(body_format, is_nngcats) {
  EXPECT_EQ(shown(sample, "no"), "");
  EXPECT_EQ(shown(sample, "raw"), sample);
  EXPECT_EQ(shown(sample, "ascii"), "a\"\\.......");
  EXPECT_EQ(shown(sample, "quoted"), "\"a\\\"\\\\\\t\\n\\r\\x00\\x7f\\xc3\\xa9\"\n");
  EXPECT_EQ(shown(sample, "hex"), "\"\\x61\\x22\\x5c\\x09\\x0a\\x0d\\x00\\x7f\\xc3\\xa9\"\n");
  EXPECT_EQ(shown(sample, "msgpack"), "\xc4\x0a" + std::string(sample));
}

TEST(body_format, shows_an_empty_body) {
  EXPECT_EQ(shown("", "raw"), "");
  EXPECT_EQ(shown("", "quoted"), "\"\"\n");
  EXPECT_EQ(shown("", "msgpack"), std::string("\xc4\x00", 2));
}

TEST(body_format, gives_a_byte_array_of_messagepack_the_shortest_length_that_fits) {
  EXPECT_EQ(shown(std::string(255, 'x'), "msgpack").substr(0, 3), "\xc4\xffx");
  EXPECT_EQ(shown(std::string(256, 'x'), "msgpack").substr(0, 4), std::string("\xc5\x01\x00x", 4));
  EXPECT_EQ(shown(std::string(65'535, 'x'), "msgpack").substr(0, 4), "\xc5\xff\xffx");
  EXPECT_EQ(shown(std::string(65'536, 'x'), "msgpack").substr(0, 6), std::string("\xc6\x00\x01\x00\x00x", 6));
}

TEST(body_format, is_known_by_name_only) { EXPECT_FALSE(body_format_of("json").has_value()); }

}  // namespace
}  // namespace nanomq::tools
