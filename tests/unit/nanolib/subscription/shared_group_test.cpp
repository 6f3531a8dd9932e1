#include "nanolib/subscription/shared_group.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tree_fixture.hpp"

namespace nanolib {
namespace {

struct shared_group_test : testing::Test, tree_fixture {
  shared_group_ptr group_with(std::uint32_t members) {
    for (subscriber_id who = 1; who <= members; ++who) subscribe("$share/g/t", who, options_with_identifier(who * 10));
    return match("t").shared.at(0);
  }
  static constexpr auto anyone = [](subscriber_id) { return true; };
};

TEST_F(shared_group_test, takes_its_members_in_turn) {
  const shared_group_ptr group = group_with(5);
  std::map<subscriber_id, int> got;
  for (int i = 0; i < 500; ++i) {
    const subscription_match picked = group->pick(anyone);
    EXPECT_EQ(picked.options.identifier, picked.who * 10);
    ++got[picked.who];
  }
  ASSERT_EQ(got.size(), 5U);
  for (const auto& [who, count] : got) EXPECT_EQ(count, 100) << who;
}

TEST_F(shared_group_test, shares_evenly_among_the_usable_ones) {
  const shared_group_ptr group = group_with(6);
  std::map<subscriber_id, int> got;
  for (int i = 0; i < 300; ++i) ++got[group->pick([](subscriber_id who) { return who > 3; }).who];
  ASSERT_EQ(got.size(), 3U);
  for (const auto& [who, count] : got) EXPECT_EQ(count, 100) << who;
}

TEST_F(shared_group_test, finds_the_only_usable_one) {
  const shared_group_ptr group = group_with(40);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(group->pick([](subscriber_id who) { return who == 17; }).who, 17U);
}

TEST_F(shared_group_test, gives_nobody_when_none_is_usable) {
  const shared_group_ptr group = group_with(3);
  EXPECT_EQ(group->pick([](subscriber_id) { return false; }).who, nobody);
}

TEST_F(shared_group_test, serves_a_cache_that_keeps_it_while_members_come_and_go) {
  const shared_group_ptr group = group_with(2);
  subscribe("$share/g/t", 9);
  std::map<subscriber_id, int> got;
  for (int i = 0; i < 30; ++i) ++got[group->pick(anyone).who];
  EXPECT_EQ(got[9], 10);
  for (const subscriber_id who : {1U, 2U, 9U}) unsubscribe("$share/g/t", who);
  readers.offline(0);
  EXPECT_EQ(readers.waiting(), 0U);
  EXPECT_EQ(group->pick(anyone).who, nobody);
  EXPECT_EQ(group->name(), "g");
  EXPECT_EQ(group->filter(), "t");
}

TEST_F(shared_group_test, is_refused_where_a_filter_has_as_many_as_it_may) {
  for (std::size_t i = 0; i < subscription_tree::most_shared_groups; ++i) {
    ASSERT_NE(subscribe("$share/g" + std::to_string(i) + "/t", 1).place, nullptr);
  }
  EXPECT_EQ(subscribe("$share/other/t", 1).place, nullptr);
  EXPECT_NE(subscribe("$share/g0/t", 2).place, nullptr) << "another member of a group that there is";
  EXPECT_NE(subscribe("$share/other/u", 1).place, nullptr) << "another filter";
  EXPECT_EQ(tree.size(), subscription_tree::most_shared_groups + 2);
}

TEST_F(shared_group_test, outlives_its_tree) {
  shared_group_ptr kept;
  {
    tree_fixture other;
    other.subscribe("$share/g/a/+", 3);
    kept = other.match("a/b").shared.at(0);
  }
  EXPECT_EQ(kept->pick(anyone).who, 3U);
}

}  // namespace
}  // namespace nanolib
