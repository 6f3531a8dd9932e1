// Bans and limits of single users in files, and the file in which bans outlive the broker.
#include "nanomq/config/written_limits.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "nanomq/config/ban_file.hpp"
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

class a_ban_file : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "bans-" + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                 "-" + std::to_string(::getpid());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  void write(const std::string& text) const { std::ofstream(directory_ + "/bans.json") << text; }

  std::string directory_;
};

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
      "f:1:18: unknown setting 'limits.users.ann.message_rate'; there are messages_rate, bytes_rate and rate_action");
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
  EXPECT_EQ(complaint_about("bans = 5"), "f:1:8: bans: takes a list of objects, [{client_id = \"x\"}]");
  EXPECT_EQ(complaint_about("bans = [x]"), "f:1:9: bans: a list of objects, {client_id = \"x\"}");
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

TEST_F(a_ban_file, gives_back_what_was_saved) {
  const ban_file file(directory_);
  std::string why;
  EXPECT_TRUE(file.load(now, why)->empty());
  std::vector<ban> all(3);
  all[0].client_id = "a \"quoted\" \xC3\xA9";
  all[0].since = now;
  all[0].until = now + duration(5'000);
  all[0].reason = "line\nline";
  ASSERT_TRUE(all[1].set_address("2001:db8::/32"));
  all[1].from = ban::source::flapping;
  all[1].since = now;
  all[2].user = "eve";
  all[2].since = now;
  ASSERT_TRUE(file.save(all, why)) << why;
  const auto back = file.load(now, why);
  ASSERT_TRUE(back) << why;
  ASSERT_EQ(back->size(), 2U);
  EXPECT_TRUE(back->at(0).is_about_the_same(all[0]));
  EXPECT_EQ(back->at(0).since, all[0].since);
  EXPECT_EQ(back->at(0).until, all[0].until);
  EXPECT_EQ(back->at(0).reason, all[0].reason);
  EXPECT_EQ(back->at(0).from, ban::source::person);
  EXPECT_EQ(back->at(1).user, "eve");
  EXPECT_EQ(back->at(1).until, wall_time::max());
  struct stat there{};
  ASSERT_EQ(::stat(file.path().c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777U, 0600U);
}

TEST_F(a_ban_file, that_is_damaged_is_set_aside) {
  for (const char* text : {"", "{\"bans\":[{\"user\":\"eve\"}", "{\"bans\":[{}]}", "{\"bans\":5}", "\x01\x02", "{}"}) {
    write(text);
    const ban_file file(directory_);
    std::string note;
    const auto back = file.load(now, note);
    ASSERT_TRUE(back) << text;
    EXPECT_TRUE(back->empty());
    EXPECT_NE(note.find("set aside as " + directory_ + "/bans.json.damaged"), std::string::npos) << note;
    EXPECT_FALSE(std::filesystem::exists(file.path()));
  }
}

TEST_F(a_ban_file, that_is_none_keeps_nothing) {
  const ban_file file("");
  std::string why;
  EXPECT_FALSE(file.is_kept());
  EXPECT_TRUE(file.save({}, why));
  EXPECT_TRUE(file.load(now, why)->empty());
}

TEST_F(a_ban_file, that_cannot_be_written_says_why) {
  const ban_file file(directory_ + "/missing");
  std::string why;
  EXPECT_FALSE(file.save({}, why));
  EXPECT_NE(why.find("missing"), std::string::npos);
}

}  // namespace
}  // namespace nanomq::config
