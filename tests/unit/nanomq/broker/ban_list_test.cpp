// Bans: whom they are about, when they end, and how many there may be.
#include "nanomq/broker/ban_list.hpp"

#include <gtest/gtest.h>

#include <string>

#include "manual_clock.hpp"

namespace nanomq::broker::testing {
namespace {

using nanolib::duration;
using outcome = ban_list::outcome;
using removal = ban_list::removal;

class a_ban_list : public ::testing::Test {
 protected:
  [[nodiscard]] ban of(const std::string& client_id, const std::string& user, const std::string& address,
                       duration time = duration(60'000)) const {
    ban made;
    made.client_id = client_id;
    made.user = user;
    EXPECT_TRUE(address.empty() || made.set_address(address)) << address;
    made.since = clock.wall_now();
    made.until = made.since + time;
    return made;
  }

  nanomq::test::manual_clock clock;
  ban_list list{clock};
};

TEST_F(a_ban_list, without_bans_bans_nobody) {
  EXPECT_FALSE(list.bans_address("192.0.2.7"));
  EXPECT_FALSE(list.bans_client("id", "user", "192.0.2.7"));
}

TEST_F(a_ban_list, finds_clients_by_what_a_ban_says_of_them) {
  list.add(of("id", "", ""));
  list.add(of("", "mallory", ""));
  list.add(of("", "", "192.0.2.0/24"));
  EXPECT_TRUE(list.bans_client("id", "ann", "198.51.100.1"));
  EXPECT_TRUE(list.bans_client("other", "mallory", "198.51.100.1"));
  EXPECT_TRUE(list.bans_client("other", "ann", "192.0.2.200"));
  EXPECT_FALSE(list.bans_client("other", "ann", "198.51.100.1"));
  EXPECT_TRUE(list.bans_address("192.0.2.1"));
  EXPECT_FALSE(list.bans_address("198.51.100.1"));
}

TEST_F(a_ban_list, wants_all_that_a_ban_says_to_be_true) {
  list.add(of("id", "", "192.0.2.7"));
  list.add(of("", "mallory", "10.0.0.0/8"));
  EXPECT_TRUE(list.bans_client("id", "ann", "192.0.2.7"));
  EXPECT_FALSE(list.bans_client("id", "ann", "192.0.2.8"));
  EXPECT_FALSE(list.bans_client("other", "ann", "192.0.2.7"));
  EXPECT_TRUE(list.bans_client("x", "mallory", "10.1.2.3"));
  EXPECT_FALSE(list.bans_client("x", "mallory", "11.1.2.3"));
  EXPECT_FALSE(list.bans_address("192.0.2.7"));
}

TEST_F(a_ban_list, knows_networks_of_every_length_and_both_spellings_of_an_address) {
  for (const char* one :
       {"10.0.0.0/8", "192.0.2.128/25", "198.51.100.7", "2001:db8::/33", "2001:db8:ffff::1", "unix"}) {
    list.add(of("", "", one));
  }
  for (const char* one : {"10.255.0.1", "192.0.2.129", "198.51.100.7", "[::ffff:198.51.100.7]", "[2001:db8:7fff::1]",
                          "[2001:db8:ffff::1]", "unix"}) {
    EXPECT_TRUE(list.bans_address(one)) << one;
  }
  for (const char* one :
       {"11.0.0.1", "192.0.2.127", "198.51.100.8", "[2001:db8:8000::1]", "[2001:db8:ffff::2]", "", "nonsense"}) {
    EXPECT_FALSE(list.bans_address(one)) << one;
  }
}

TEST_F(a_ban_list, bans_everybody_when_it_is_told_to) {
  list.add(of("", "", "0.0.0.0/0"));
  EXPECT_TRUE(list.bans_address("203.0.113.9"));
  EXPECT_FALSE(list.bans_address("[2001:db8::1]"));
  list.add(of("", "", "::/0"));
  EXPECT_TRUE(list.bans_address("[2001:db8::1]"));
}

TEST_F(a_ban_list, writes_addresses_as_people_do) {
  for (const char* one : {"10.0.0.0/8", "192.0.2.7", "2001:db8::/33", "2001:db8::7", "::/0", "0.0.0.0/0", "unix"}) {
    EXPECT_EQ(of("", "", one).address(), one);
  }
  EXPECT_EQ(of("", "", "[2001:db8::7]").address(), "2001:db8::7");
  ban none;
  EXPECT_FALSE(none.set_address("10.0.0.1/8"));
  EXPECT_FALSE(none.set_address("example.org"));
}

TEST_F(a_ban_list, lets_bans_end) {
  list.add(of("id", "", ""));
  clock.advance(duration(59'999));
  EXPECT_TRUE(list.bans_client("id", "", ""));
  clock.advance(duration(1));
  EXPECT_FALSE(list.bans_client("id", "", ""));
  EXPECT_TRUE(list.all().empty());
  EXPECT_EQ(list.size(), 0U);
}

TEST_F(a_ban_list, neither_frees_nor_holds_anybody_because_the_clock_on_the_wall_was_set) {
  list.add(of("id", "", ""));
  clock.set_wall(clock.wall_now() + std::chrono::hours(1'000));
  EXPECT_TRUE(list.bans_client("id", "", ""));
  clock.set_wall(clock.wall_now() - std::chrono::hours(5'000));
  clock.advance(duration(60'000));
  EXPECT_FALSE(list.bans_client("id", "", ""));
}

// One that was written down before the clock was set back lasts no longer than it was meant to.
TEST_F(a_ban_list, believes_no_end_that_is_further_away_than_the_ban_is_long) {
  const ban made = of("id", "", "");
  clock.set_wall(clock.wall_now() - std::chrono::hours(24));
  list.add(made);
  clock.advance(duration(60'000));
  EXPECT_FALSE(list.bans_client("id", "", ""));
}

TEST_F(a_ban_list, does_not_take_what_is_over) {
  EXPECT_EQ(list.add(of("id", "", "", duration(0))), outcome::over);
  EXPECT_EQ(list.size(), 0U);
}

TEST_F(a_ban_list, keeps_bans_for_good) {
  ban made = of("id", "", "");
  made.until = nanolib::wall_time::max();
  list.add(made);
  clock.advance(std::chrono::hours(24 * 366 * 50));
  EXPECT_TRUE(list.bans_client("id", "", ""));
}

TEST_F(a_ban_list, replaces_a_ban_of_the_same_clients) {
  EXPECT_EQ(list.add(of("id", "", "")), outcome::added);
  EXPECT_EQ(list.add(of("id", "", "", duration(120'000))), outcome::replaced);
  EXPECT_EQ(list.add(of("id", "", "192.0.2.7")), outcome::added);
  EXPECT_EQ(list.size(), 2U);
  clock.advance(duration(60'000));
  EXPECT_TRUE(list.bans_client("id", "", ""));
}

TEST_F(a_ban_list, removes_what_somebody_has_added_and_not_what_is_configured) {
  list.set_configured({of("id", "", "")});
  list.add(of("id", "", ""));
  EXPECT_EQ(list.all().size(), 2U);
  EXPECT_EQ(list.remove(of("id", "", "")), removal::removed);
  EXPECT_TRUE(list.bans_client("id", "", ""));
  EXPECT_EQ(list.remove(of("id", "", "")), removal::configured);
  EXPECT_EQ(list.remove(of("other", "", "")), removal::unknown);
}

TEST_F(a_ban_list, exchanges_the_configured_ones_and_leaves_the_others) {
  list.add(of("", "mallory", ""));
  list.set_configured({of("a", "", ""), of("", "", "192.0.2.7")});
  list.set_configured({of("b", "", "")});
  EXPECT_FALSE(list.bans_client("a", "", "192.0.2.7"));
  EXPECT_TRUE(list.bans_client("b", "", ""));
  EXPECT_TRUE(list.bans_client("x", "mallory", ""));
  EXPECT_EQ(list.all().front().from, ban::source::person);
}

TEST_F(a_ban_list, has_a_bound_and_makes_room_by_what_is_over) {
  list.add(of("short", "", "", duration(1)));
  for (std::size_t i = 1; i < ban_list::most_bans; ++i) {
    ASSERT_EQ(list.add(of("id" + std::to_string(i), "", "")), outcome::added);
  }
  EXPECT_EQ(list.add(of("one more", "", "")), outcome::full);
  EXPECT_EQ(list.refused(), 1U);
  clock.advance(duration(1));
  EXPECT_EQ(list.add(of("one more", "", "")), outcome::added);
  EXPECT_EQ(list.add(of("and another", "", "")), outcome::full);
}

TEST_F(a_ban_list, keeps_room_for_a_person_however_many_clients_come_and_go) {
  const auto flapping = [&](const std::string& id) {
    ban made = of(id, "", "192.0.2.7");
    made.from = ban::source::flapping;
    return made;
  };
  std::size_t count = 0;
  while (list.add(flapping("id" + std::to_string(count))) == outcome::added) ++count;
  EXPECT_EQ(count, ban_list::most_bans / 10 * 9);
  EXPECT_EQ(list.add(of("", "", "192.0.2.0/24")), outcome::added);
  EXPECT_TRUE(list.bans_address("192.0.2.7"));
  for (int i = 0; i < 64; ++i) {
    auto one = flapping("");
    one.user = std::string(65'000, 'x') + std::to_string(i);
    static_cast<void>(list.add(std::move(one)));
  }
  EXPECT_EQ(list.add(of(std::string(65'000, 'y'), "", "")), outcome::added);
}

TEST_F(a_ban_list, does_not_let_what_it_sees_shorten_what_a_person_has_said) {
  list.add(of("id", "", "192.0.2.7", duration(3'600'000)));
  ban seen = of("id", "", "192.0.2.7", duration(1'000));
  seen.from = ban::source::flapping;
  EXPECT_EQ(list.add(seen), outcome::kept);
  clock.advance(duration(2'000));
  EXPECT_TRUE(list.bans_client("id", "", "192.0.2.7"));
  seen.client_id = "other";
  seen.since = clock.wall_now();
  seen.until = seen.since + duration(1'000);
  EXPECT_EQ(list.add(seen), outcome::added);
  EXPECT_EQ(list.add(of("other", "", "192.0.2.7", duration(3'600'000))), outcome::replaced);
}

TEST_F(a_ban_list, has_a_bound_on_the_bytes_of_its_texts) {
  for (int i = 0; i < 64; ++i) static_cast<void>(list.add(of(std::string(65'000, 'x') + std::to_string(i), "", "")));
  EXPECT_EQ(list.add(of(std::string(65'000, 'x'), "", "")), outcome::full);
  EXPECT_LT(list.size(), 66U);
}

}  // namespace
}  // namespace nanomq::broker::testing
