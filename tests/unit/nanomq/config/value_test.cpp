#include "nanomq/config/value.hpp"

#include <gtest/gtest.h>

namespace nanomq::config {
namespace {

constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();

// The value, or the complaint.
std::string read(value_type type, const std::string& text, value_range range = {0, top}) {
  std::string why;
  const auto parsed = parse_value(type, range, {false, {text}}, why);
  return parsed ? print_value(type, *parsed) : "error: " + why;
}

TEST(value, reads_a_share_or_a_size) {
  EXPECT_EQ(read(value_type::share, "25%"), "25%");
  EXPECT_EQ(read(value_type::share, "100 %"), "100%");
  EXPECT_EQ(read(value_type::share, "2MB"), "2MB");
  EXPECT_EQ(read(value_type::share, "0%"), "error: \"0%\" is no share: 1% to 100%, in whole numbers");
  EXPECT_EQ(read(value_type::share, "2.5%"), "error: \"2.5%\" is no share: 1% to 100%, in whole numbers");
  EXPECT_EQ(read(value_type::share, "much"),
            "error: \"much\" is not a size such as 512, 64KB, 2MB or 1GB, or a share such as 25%");
  EXPECT_EQ(print_range(value_type::share, {1, 1024}), "1 to 1KB, or 1% to 100%");
}

TEST(value, takes_a_zero_that_means_something_else) {
  const value_range range{.least = 4096, .most = 8192, .or_zero = true};
  EXPECT_EQ(read(value_type::size, "0", range), "0");
  EXPECT_EQ(read(value_type::size, "1", range), "error: \"1\" is out of range: 0, or 4KB to 8KB");
}

TEST(value, reads_sizes_with_and_without_a_unit) {
  EXPECT_EQ(read(value_type::size, "512"), "512");
  EXPECT_EQ(read(value_type::size, "512B"), "512");
  EXPECT_EQ(read(value_type::size, "64KB"), "64KB");
  EXPECT_EQ(read(value_type::size, "64kb"), "64KB");
  EXPECT_EQ(read(value_type::size, "65536"), "64KB");
  EXPECT_EQ(read(value_type::size, "2048KB"), "2MB");
  EXPECT_EQ(read(value_type::size, "3GB"), "3GB");
}

TEST(value, reads_rates_with_their_period) {
  EXPECT_EQ(read(value_type::rate, "100/s"), "100/s");
  EXPECT_EQ(read(value_type::rate, "100/1s"), "100/s");
  EXPECT_EQ(read(value_type::rate, "6000/m"), "6000/m");
  EXPECT_EQ(read(value_type::rate, "10/30s"), "10/30s");
  EXPECT_EQ(read(value_type::rate, "5/h"), "5/h");
  EXPECT_EQ(read(value_type::rate, "5/d"), "5/d");
  EXPECT_EQ(read(value_type::rate, "0"), "0");
  EXPECT_EQ(read(value_type::rate, "infinity"), "0");
  EXPECT_EQ(read(value_type::byte_rate, "1MB/s"), "1MB/s");
  EXPECT_EQ(read(value_type::byte_rate, "512/s"), "512/s");
  EXPECT_EQ(read(value_type::byte_rate, "10mb/5m"), "10MB/5m");
  for (const char* one : {"100", "100/", "/s", "100/x", "100/s/s", "1KB/s", "x/s", "", "/", "1.5/s"}) {
    EXPECT_EQ(read(value_type::rate, one),
              "error: \"" + std::string(one) + "\" is not a rate such as 100/s, 6000/m or 10/30s, or 0 for none");
  }
  EXPECT_EQ(read(value_type::byte_rate, "5"),
            "error: \"5\" is not a rate such as 64KB/s, 10MB/m or 1MB/30s, or 0 for none");
  EXPECT_EQ(read(value_type::rate, "0/s"),
            "error: \"0/s\" is out of range: at most 4294967295 in one period, or 0 for no limit");
  EXPECT_EQ(read(value_type::rate, "1000/s", {0, 500}),
            "error: \"1000/s\" is out of range: at most 500 in one period, or 0 for no limit");
  EXPECT_EQ(read(value_type::rate, "5/10ms"), "error: \"5/10ms\" is out of range: the period is 1s to 1d");
  EXPECT_EQ(read(value_type::rate, "5/2d"), "error: \"5/2d\" is out of range: the period is 1s to 1d");
}

TEST(value, reads_durations_and_wants_their_unit) {
  EXPECT_EQ(read(value_type::duration, "500ms"), "500ms");
  EXPECT_EQ(read(value_type::duration, "90s"), "90s");
  EXPECT_EQ(read(value_type::duration, "120s"), "2m");
  EXPECT_EQ(read(value_type::duration, "168h"), "7d");
  EXPECT_EQ(read(value_type::duration, "0"), "0s");
  EXPECT_EQ(read(value_type::duration, "10"), "error: \"10\" is not a duration such as 500ms, 10s, 5m, 2h or 7d");
}

TEST(value, refuses_the_unit_of_another_type) {
  EXPECT_EQ(read(value_type::size, "10s"), "error: \"10s\" is not a size such as 512, 64KB, 2MB or 1GB");
  EXPECT_EQ(read(value_type::count, "10KB"), "error: \"10KB\" is not a whole number");
  EXPECT_EQ(read(value_type::duration, "1.5h"), "error: \"1.5h\" is not a duration such as 500ms, 10s, 5m, 2h or 7d");
  EXPECT_EQ(read(value_type::boolean, "1"), "error: \"1\" is not true or false");
}

TEST(value, refuses_what_is_out_of_range) {
  EXPECT_EQ(read(value_type::count, "0", {1, 10}), "error: \"0\" is out of range: 1 to 10");
  EXPECT_EQ(read(value_type::count, "11", {1, 10}), "error: \"11\" is out of range: 1 to 10");
  EXPECT_EQ(read(value_type::count, "-1", {1, 10}), "error: \"-1\" is out of range: 1 to 10");
  EXPECT_EQ(read(value_type::size, "2MB", {64, 1024}), "error: \"2MB\" is out of range: 64 to 1KB");
}

TEST(value, refuses_numbers_that_overflow) {
  EXPECT_EQ(read(value_type::count, "18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(read(value_type::count, "18446744073709551616", {0, 9}),
            "error: \"18446744073709551616\" is out of range: 0 to 9");
  EXPECT_EQ(read(value_type::size, "18446744073709551615GB", {0, 9}),
            "error: \"18446744073709551615GB\" is out of range: 0 to 9");
}

TEST(value, refuses_what_is_finer_than_its_steps) {
  EXPECT_EQ(read(value_type::duration, "1500ms", {0, top, 1000}),
            "error: \"1500ms\" is too fine: it is counted in steps of 1s");
  EXPECT_EQ(read(value_type::duration, "2000ms", {0, top, 1000}), "2s");
}

TEST(value, refuses_an_unknown_word) {
  const value_range range{0, 0, 1, "auto|epoll|poll"};
  EXPECT_EQ(read(value_type::text, "epoll", range), "epoll");
  EXPECT_EQ(read(value_type::text, "EPoll", range), read(value_type::text, "epoll", range));
  EXPECT_EQ(read(value_type::text, "epol", range), "error: \"epol\" is not one of auto,epoll,poll");
  EXPECT_EQ(read(value_type::text, "auto|epoll", range), "error: \"auto|epoll\" is not one of auto,epoll,poll");
  EXPECT_EQ(read(value_type::text, "", range), "error: \"\" is not one of auto,epoll,poll");
}

TEST(value, refuses_a_list_where_one_value_belongs) {
  std::string why;
  EXPECT_FALSE(parse_value(value_type::count, {0, 9}, {true, {"1"}}, why));
  EXPECT_EQ(why, "takes one value, not a list");
}

TEST(value, prints_a_list_so_that_it_can_be_read_again) {
  EXPECT_EQ(print_value(value_type::list, std::vector<std::string>{"a", "b\"\\\n"}), "[\"a\", \"b\\\"\\\\\\n\"]");
  EXPECT_EQ(print_value(value_type::list, std::vector<std::string>{}), "[]");
}

TEST(value, keeps_control_characters_out_of_its_messages) {
  EXPECT_EQ(read(value_type::count, "1\n\x1b[2J"), "error: \"1\\n?[2J\" is not a whole number");
}

}  // namespace
}  // namespace nanomq::config
