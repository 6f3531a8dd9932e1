#include "short_text.hpp"

#include <gtest/gtest.h>

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
  EXPECT_EQ(plain_text("\xc3\xa9 \xc2\x9b \xc2\xa9"), "\xc3\xa9 ?? \xc2\xa9");
}

}  // namespace
}  // namespace nanomq::program
