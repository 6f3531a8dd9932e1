// Bans and limits of single users in files.
#include "nanomq/config/written_limits.hpp"

#include <gtest/gtest.h>

#include <string>

#include "nanomq/config/configuration.hpp"
#include "nanomq/config/timestamp.hpp"

namespace nanomq::config {
namespace {

using broker::ban;
using nanolib::duration;
using nanolib::wall_time;

const wall_time now = *parse_timestamp("2026-11-23T02:00:00Z");

std::string complaint_about(const std::string& text) {
  configuration made;
  std::string why;
  EXPECT_FALSE(made.read_text(text, "f", why)) << text;
  return why;
}

configuration read(const std::string& text) {
  configuration made;
  std::string why;
  EXPECT_TRUE(made.read_text(text, "f", why)) << why;
  return made;
}

TEST(timestamp, is_read_as_people_write_it) {
  EXPECT_EQ(now.time_since_epoch().count(), 1'795'399'200'000);
  EXPECT_EQ(parse_timestamp("2026-11-23 03:00:00+01:00"), now);
  EXPECT_EQ(parse_timestamp("2026-11-22T20:30:00.25-05:30"), now);
  EXPECT_EQ(parse_timestamp("2026-11-23t02:00:00z"), now);
  EXPECT_EQ(parse_timestamp("2026-11-23"), now - std::chrono::hours(2));
  EXPECT_TRUE(parse_timestamp("2028-02-29"));
  EXPECT_EQ(print_timestamp(now + duration(59'999)), "2026-11-23T02:00:59Z");
}

TEST(timestamp, refuses_what_is_no_time) {
  for (const char* one :
       {"", "now", "2026", "2026-13-01", "2026-02-29", "2026-00-10", "2026-11-23T24:00:00Z", "2026-11-23T02:60:00Z",
        "2026-11-23T02:00:00", "2026-11-23T02:00Z", "2026-11-23T02:00:00Zx", "2026-11-23T02:00:00+1:00", "1969-12-31",
        "1970-01-01T00:00:00+05:00", "2026-11-23T02:00:00.Z", "-026-11-23", "1795399200"}) {
    EXPECT_FALSE(parse_timestamp(one)) << one;
  }
}

TEST(written_limits, of_single_users_are_read) {
  const auto made = read(
      "limits.user.messages_rate = 10/s\n"
      "limits.users { ann { messages_rate = 100/s, bytes_rate = 1MB/m }\n"
      "  \"b.c\" { rate_action = disconnect }, free { messages_rate = 0 } }\n");
  const auto& users = made.values().broker.traffic.users;
  ASSERT_EQ(users.size(), 3U);
  EXPECT_EQ(users.at("ann").messages, (nanolib::rate{100, duration(1'000)}));
  EXPECT_EQ(users.at("ann").bytes, (nanolib::rate{1'048'576, duration(60'000)}));
  EXPECT_EQ(users.at("ann").action, std::nullopt);
  EXPECT_EQ(users.at("b.c").action, broker::rate_action::disconnect);
  EXPECT_EQ(users.at("free").messages, nanolib::rate{});
}

TEST(written_limits, of_single_users_say_where_they_are_wrong) {
  EXPECT_EQ(
      complaint_about("limits.users.ann.message_rate = 5/s"),
      "f:1:1: unknown setting 'limits.users.ann.message_rate'; there are messages_rate, bytes_rate and rate_action");
  EXPECT_EQ(
      complaint_about("limits.users.ann.messages_rate = 5"),
      "f:1:34: limits.users.ann.messages_rate: \"5\" is not a rate such as 100/s, 6000/m or 10/30s, or 0 for none");
  EXPECT_EQ(complaint_about("limits.users.ann = 5"), "f:1:20: limits.users.ann: takes an object");
  EXPECT_NE(complaint_about("limits.users = 5").find("unknown setting 'limits.users'"), std::string::npos);
}

TEST(written_limits, bans_are_read) {
  const auto made = read(
      "bans = [{client_id = x, until = \"2030-01-01T00:00:00Z\", reason = broken}\n"
      "  {user = eve, address = \"10.0.0.0/8\", for = 1h}, {address = unix}]");
  const auto& bans = made.values().broker.bans;
  ASSERT_EQ(bans.size(), 3U);
  EXPECT_EQ(bans[0].client_id, "x");
  EXPECT_EQ(bans[0].until, *parse_timestamp("2030-01-01"));
  EXPECT_EQ(bans[0].reason, "broken");
  EXPECT_EQ(bans[0].from, ban::source::configuration);
  EXPECT_EQ(bans[1].user, "eve");
  EXPECT_EQ(bans[1].address(), "10.0.0.0/8");
  EXPECT_EQ(bans[1].until - bans[1].since, duration(3'600'000));
  EXPECT_TRUE(bans[2].is_local);
  EXPECT_EQ(bans[2].until, wall_time::max());
  EXPECT_TRUE(read("bans = []").values().broker.bans.empty());
  EXPECT_TRUE(read("bans = null").values().broker.bans.empty());
}

TEST(written_limits, bans_say_where_they_are_wrong) {
  EXPECT_EQ(complaint_about("bans = [{}]"), "f:1:9: bans: one needs a client_id, a user or an address");
  EXPECT_EQ(complaint_about("bans = [{clientid = x}]"),
            "f:1:10: bans: unknown key 'clientid'; there are client_id, user, address, until, for, since and reason");
  EXPECT_EQ(complaint_about("bans = [{address = \"10.0.0.1/8\"}]"),
            "f:1:20: bans: address: not an address, a network such as 192.0.2.0/24 or unix");
  EXPECT_EQ(complaint_about("bans = [{user = x, until = tomorrow}]"),
            "f:1:28: bans: until: not a time such as 2026-12-01T08:30:00Z");
  EXPECT_EQ(complaint_about("bans = [{user = x, for = 0}]"), "f:1:26: bans: for: \"0\" is out of range: 1s to 36600d");
  EXPECT_EQ(complaint_about("bans = [{user = x, for = 1h, until = \"2030-01-01\"}]"),
            "f:1:9: bans: either until or for, not both");
  EXPECT_EQ(complaint_about("bans = [{user = x, reason = \"" + std::string(257, 'r') + "\"}]"),
            "f:1:29: bans: reason: longer than 256 bytes");
  EXPECT_EQ(complaint_about("bans = 5"), "f:1:8: bans: takes a list of objects, [{client_id = \"x\"}]");
  EXPECT_EQ(complaint_about("bans = [x]"), "f:1:9: bans: a list of objects, {client_id = \"x\"}");
}

TEST(written_limits, that_are_read_again_put_no_end_off) {
  ban hour;
  hour.user = "eve";
  hour.since = now;
  hour.until = now + duration(3'600'000);
  ban later = hour;
  later.since += duration(60'000);
  later.until += duration(60'000);
  const auto kept = bans_after({hour}, {later});
  EXPECT_EQ(kept[0].until, hour.until);
  EXPECT_TRUE(are_same({hour}, kept));
  later.until += duration(1);
  EXPECT_EQ(bans_after({hour}, {later})[0].until, later.until);
  EXPECT_FALSE(are_same({hour}, {later}));
  EXPECT_FALSE(are_same({hour}, {}));
  later.user = "bob";
  EXPECT_EQ(bans_after({hour}, {later})[0].since, later.since);
}

TEST(written_limits, are_shown_in_a_form_that_is_read_again) {
  const auto made = read(
      "limits.users { \"a.b\" { messages_rate = 100/s, bytes_rate = 0, rate_action = wait } }\n"
      "bans = [{client_id = \"x\\\"y\", until = \"2030-01-01\", reason = \"why\\nso\"}, {address = \"::/0\"}]");
  const auto& of = made.values().broker;
  const auto again = read(print_written_limits(of.bans, of.traffic.users));
  EXPECT_EQ(again.values().broker.traffic.users, of.traffic.users);
  ASSERT_EQ(again.values().broker.bans.size(), 2U);
  EXPECT_TRUE(again.values().broker.bans[0].is_about_the_same(of.bans[0]));
  EXPECT_EQ(again.values().broker.bans[0].reason, "why\nso");
  EXPECT_EQ(again.values().broker.bans[0].until, of.bans[0].until);
  EXPECT_TRUE(again.values().broker.bans[1].is_about_the_same(of.bans[1]));
}

}  // namespace
}  // namespace nanomq::config
