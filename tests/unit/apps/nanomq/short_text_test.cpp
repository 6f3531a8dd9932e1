#include "short_text.hpp"

#include <gtest/gtest.h>

#include "nanolib/base/json_object.hpp"

namespace nanomq::program {
namespace {

TEST(short_text, shows_bytes_in_the_unit_that_fits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1'023), "1023 B");
  EXPECT_EQ(bytes_text(1'536), "1.5 KiB");
  EXPECT_EQ(bytes_text(34.0 * 1024 * 1024), "34 MiB");
  EXPECT_EQ(bytes_text(1e18), "909495 TiB");
}

TEST(short_text, shows_small_rates_with_a_digit_behind_the_point) {
  EXPECT_EQ(rate_text(0), "0");
  EXPECT_EQ(rate_text(0.26), "0.3");
  EXPECT_EQ(rate_text(12.4), "12");
  EXPECT_EQ(rate_text(1'234'567), "1234567");
}

TEST(short_text, shows_times_from_their_largest_unit_on) {
  EXPECT_EQ(time_text(0), "0s");
  EXPECT_EQ(time_text(180), "3m 0s");
  EXPECT_EQ(time_text(2 * 86'400 + 4 * 3'600 + 1), "2d 4h 0m 1s");
}

TEST(short_text, counts_in_words) {
  EXPECT_EQ(count_text(1, "client", "clients"), "1 client");
  EXPECT_EQ(count_text(0, "client", "clients"), "0 clients");
}

TEST(short_text, lets_nothing_through_that_moves_the_cursor) {
  EXPECT_EQ(plain_text("a\x1b[2J\r\n\x7f b"), "a?[2J??? b");
  EXPECT_EQ(plain_text("a\n\tb", true), "a\n?b");
  EXPECT_EQ(plain_text("\xc3\xa9 \xc2\x9b \xc2\xa9"), "\xc3\xa9 ? \xc2\xa9");
}

// THREATS 67: a client id, a user or a reason that brings a line or a command of the terminal along.
TEST(short_text, lets_values_stay_on_their_lines_and_be_told_apart) {
  EXPECT_EQ(escaped_text("a\nb\r\t\x1b[2J\x7f"), "a\\nb\\r\\t\\x1b[2J\\x7f");
  EXPECT_EQ(escaped_text("\xc3\xa9 \xc2\x9b \xc2\xa9 \\"), "\xc3\xa9 \\x9b \xc2\xa9 \\");
  EXPECT_EQ(escaped_text(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(escaped_text("\xc2"), "\xc2");
}

TEST(short_text, lets_json_mean_what_it_meant) {
  const auto shown = plain_json("{\"a\":\"\xc2\x9b\x7f\xc3\xa9\"}\n");
  EXPECT_EQ(shown, "{\"a\":\"\\u009b\\u007f\xc3\xa9\"}\n");
  EXPECT_EQ(nanolib::read_json_object(shown)->front().text, "\xc2\x9b\x7f\xc3\xa9");
}

}  // namespace
}  // namespace nanomq::program
