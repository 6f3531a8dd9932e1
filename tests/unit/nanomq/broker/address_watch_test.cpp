// Who comes too often, with a clock that the test sets; and the table of the latest.
#include "broker/address_watch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace nanomq::broker::testing {
namespace {

using nanolib::duration;
using nanolib::instant;
using nanolib::rate;

constexpr instant start{duration(1'000'000)};
instant after(std::int64_t milliseconds) { return start + duration(milliseconds); }

TEST(recent_table, remembers_the_latest_of_very_many) {
  recent_table<int> table(64);
  EXPECT_EQ(table.size(), 64U);
  for (std::uint64_t key = 0; key < 10'000; ++key) {
    table.at(key * 0x9E3779B97F4A7C15U) = static_cast<int>(key);
    ASSERT_EQ(table.at(key * 0x9E3779B97F4A7C15U), static_cast<int>(key));
  }
}

TEST(recent_table, lets_the_one_that_was_not_used_for_longest_give_way) {
  recent_table<int> table(8);
  for (std::uint64_t key = 1; key <= 8; ++key) table.at(key) = 1;
  static_cast<void>(table.at(1));
  EXPECT_EQ(table.at(9), 0);
  EXPECT_EQ(table.find(2), nullptr);
  EXPECT_NE(table.find(1), nullptr);
  EXPECT_NE(table.find(0), table.find(1));
}

TEST(address_key, takes_all_of_an_ipv4_address_and_the_first_half_of_an_ipv6_one) {
  EXPECT_EQ(address_key("192.0.2.7"), address_key("[::ffff:192.0.2.7]"));
  EXPECT_NE(address_key("192.0.2.7"), address_key("192.0.2.8"));
  EXPECT_EQ(address_key("[2001:db8::7]"), address_key("[2001:db8::1234:5]"));
  EXPECT_NE(address_key("[2001:db8::7]"), address_key("[2001:db8:0:1::7]"));
  EXPECT_EQ(address_key("unix"), std::nullopt);
}

TEST(address_watch, that_nothing_was_said_to_turns_nobody_away) {
  address_watch watch{traffic_limits{}};
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(watch.may_connect("192.0.2.7", start));
    watch.note_failed_login("192.0.2.7", start);
    EXPECT_FALSE(watch.must_back_off("192.0.2.7", start));
    EXPECT_FALSE(watch.note_end("id", "192.0.2.7", start));
  }
}

TEST(address_watch, turns_away_who_comes_too_soon_and_nobody_else) {
  traffic_limits limits;
  limits.connections_per_address = rate{5, duration(1'000)};
  address_watch watch(limits);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(watch.may_connect("192.0.2.7", start));
  EXPECT_FALSE(watch.may_connect("192.0.2.7", start));
  EXPECT_TRUE(watch.may_connect("192.0.2.8", start));
  EXPECT_FALSE(watch.may_connect("192.0.2.7", after(199)));
  EXPECT_TRUE(watch.may_connect("192.0.2.7", after(200)));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(watch.may_connect("unix", start));
}

// THREATS 64.
TEST(address_watch, has_an_address_back_off_after_wrong_passwords) {
  traffic_limits limits;
  limits.failed_logins_per_address = rate{3, duration(60'000)};
  address_watch watch(limits);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(watch.must_back_off("192.0.2.7", start));
    watch.note_failed_login("192.0.2.7", start);
  }
  EXPECT_TRUE(watch.must_back_off("192.0.2.7", start));
  EXPECT_FALSE(watch.must_back_off("192.0.2.8", start));
  // Those that were being looked at already cost no more.
  for (int i = 0; i < 50; ++i) watch.note_failed_login("192.0.2.7", start);
  EXPECT_TRUE(watch.must_back_off("192.0.2.7", after(19'999)));
  EXPECT_FALSE(watch.must_back_off("192.0.2.7", after(20'000)));
}

TEST(address_watch, finds_who_comes_and_goes_all_the_time) {
  traffic_limits limits;
  limits.flapping = {true, duration(60'000), 3, duration(300'000)};
  address_watch watch(limits);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(watch.note_end("id", "192.0.2.7", after(i)));
  EXPECT_FALSE(watch.note_end("id", "192.0.2.8", start));
  EXPECT_FALSE(watch.note_end("other", "192.0.2.7", start));
  EXPECT_EQ(watch.note_end("id", "192.0.2.7", after(59'999)), duration(300'000));
  // It begins anew then, and with each window.
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(watch.note_end("id", "192.0.2.7", after(60'000)));
  EXPECT_FALSE(watch.note_end("id", "192.0.2.7", after(120'000)));
}

TEST(address_watch, keeps_what_it_knows_when_its_limits_change) {
  traffic_limits limits;
  limits.failed_logins_per_address = rate{1, duration(60'000)};
  address_watch watch(limits);
  watch.note_failed_login("192.0.2.7", start);
  limits.connections_per_address = rate{1, duration(1'000)};
  watch.set(limits);
  EXPECT_TRUE(watch.must_back_off("192.0.2.7", start));
  EXPECT_TRUE(watch.may_connect("192.0.2.7", start));
  EXPECT_FALSE(watch.may_connect("192.0.2.7", start));
  watch.set(traffic_limits{});
  EXPECT_FALSE(watch.must_back_off("192.0.2.7", start));
  EXPECT_TRUE(watch.may_connect("192.0.2.7", start));
}

// THREATS 67.
TEST(address_watch, allows_a_few_lines_about_one_source) {
  address_watch watch{traffic_limits{}};
  int lines = 0;
  for (int i = 0; i < 1'000; ++i) lines += watch.may_tell("192.0.2.7", start) ? 1 : 0;
  EXPECT_EQ(lines, 10);
  EXPECT_TRUE(watch.may_tell("192.0.2.8", start));
  EXPECT_TRUE(watch.may_tell("192.0.2.7", after(6'000)));
}

}  // namespace
}  // namespace nanomq::broker::testing
