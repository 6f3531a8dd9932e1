#include "nanolib/subscription/subscription_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tree_fixture.hpp"

namespace nanolib {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct subscription_tree_test : testing::Test, tree_fixture {};

TEST_F(subscription_tree_test, matches_nothing_while_it_is_empty) {
  EXPECT_THAT(who_gets("a"), IsEmpty());
  EXPECT_EQ(tree.size(), 0U);
}

TEST_F(subscription_tree_test, matches_a_filter_without_wildcards_whole) {
  subscribe("a/b", 1);
  EXPECT_THAT(who_gets("a/b"), ElementsAre(1U));
  for (const std::string_view other : {"a", "a/", "a/b/", "/a/b", "a/b/c", "A/b", "b", "a//b"}) {
    EXPECT_THAT(who_gets(other), IsEmpty()) << other;
  }
}

// [MQTT-4.7.1-2]
TEST_F(subscription_tree_test, plus_matches_one_level_also_an_empty_one) {
  subscribe("+/b", 1);
  subscribe("a/+", 2);
  subscribe("+", 3);
  subscribe("/+", 4);
  EXPECT_THAT(who_gets("a/b"), ElementsAre(1U, 2U));
  EXPECT_THAT(who_gets("/b"), ElementsAre(1U, 4U));
  EXPECT_THAT(who_gets("a/"), ElementsAre(2U));
  EXPECT_THAT(who_gets("a"), ElementsAre(3U));
  EXPECT_THAT(who_gets("a/b/c"), IsEmpty());
}

// [MQTT-4.7.1-1]
TEST_F(subscription_tree_test, hash_matches_its_parent_and_everything_below) {
  subscribe("a/#", 1);
  subscribe("#", 2);
  subscribe("a/b/#", 3);
  EXPECT_THAT(who_gets("a"), ElementsAre(1U, 2U));
  EXPECT_THAT(who_gets("a/b"), ElementsAre(1U, 2U, 3U));
  EXPECT_THAT(who_gets("a/b/c/d"), ElementsAre(1U, 2U, 3U));
  EXPECT_THAT(who_gets("/"), ElementsAre(2U));
}

// [MQTT-4.7.2-1] THREATS 27
TEST_F(subscription_tree_test, leading_wildcards_do_not_match_dollar_topics) {
  subscribe("#", 1);
  subscribe("+/x", 2);
  subscribe("+", 3);
  subscribe("$SYS/#", 4);
  subscribe("$SYS/+", 5);
  EXPECT_THAT(who_gets("$SYS/x"), ElementsAre(4U, 5U));
  EXPECT_THAT(who_gets("$SYS"), ElementsAre(4U));
  EXPECT_THAT(who_gets("$"), IsEmpty());
  EXPECT_THAT(who_gets("a/$SYS"), ElementsAre(1U));
}

// [MQTT-4.7.2-1] THREATS 70
TEST_F(subscription_tree_test, leading_wildcards_of_shared_subscriptions_do_not_match_dollar_topics) {
  subscribe("$share/g/#", 1);
  subscribe("$share/g/+/x", 2);
  subscribe("$share/g/$SYS/#", 3);
  EXPECT_THAT(groups_of("$SYS/x"), ElementsAre("g:$SYS/#"));
  EXPECT_THAT(groups_of("a/x"), ElementsAre("g:#", "g:+/x"));
}

TEST_F(subscription_tree_test, gives_one_entry_for_each_matching_filter_of_a_subscriber) {
  subscribe("a/b", 1, options_with_identifier(10));
  subscribe("a/+", 1, options_with_identifier(11));
  subscribe("#", 1, options_with_identifier(12));
  std::vector<std::uint32_t> identifiers;
  for (const subscription_match& found : match("a/b").plain) identifiers.push_back(found.options.identifier);
  EXPECT_THAT(identifiers, testing::UnorderedElementsAre(10U, 11U, 12U));
}

// [MQTT-3.8.4-3]
TEST_F(subscription_tree_test, subscribing_again_replaces_the_options) {
  const auto first = subscribe("a/b", 1);
  EXPECT_FALSE(first.existed);
  const subscription_options options{quality_of_service::exactly_once, true, true, 268'435'455};
  const auto second = subscribe("a/b", 1, options);
  EXPECT_TRUE(second.existed);
  EXPECT_EQ(second.place, first.place);
  EXPECT_EQ(tree.size(), 1U);
  ASSERT_EQ(match("a/b").plain.size(), 1U);
  EXPECT_EQ(match("a/b").plain[0].options, options);
  EXPECT_EQ(tree.options(second.place, 1), options);
}

// [MQTT-3.10.4-1]
TEST_F(subscription_tree_test, unsubscribing_compares_filters_character_by_character) {
  subscribe("a/+", 1);
  EXPECT_FALSE(unsubscribe("a/b", 1));
  EXPECT_FALSE(unsubscribe("a/#", 1));
  EXPECT_FALSE(unsubscribe("a", 1));
  EXPECT_FALSE(unsubscribe("a/+", 2));
  EXPECT_FALSE(unsubscribe("a/+/+", 1));
  EXPECT_TRUE(unsubscribe("a/+", 1));
  EXPECT_FALSE(unsubscribe("a/+", 1));
  EXPECT_THAT(who_gets("a/b"), IsEmpty());
  EXPECT_EQ(tree.size(), 0U);
}

// THREATS 25
TEST_F(subscription_tree_test, a_shared_and_a_plain_subscription_to_one_filter_are_two) {
  const auto plain = subscribe("a/b", 1);
  const auto shared = subscribe("$share/g/a/b", 1);
  EXPECT_NE(plain.place, shared.place);
  EXPECT_FALSE(shared.existed);
  EXPECT_EQ(tree.size(), 2U);
  EXPECT_FALSE(unsubscribe("$share/h/a/b", 1));
  EXPECT_TRUE(unsubscribe("a/b", 1));
  EXPECT_THAT(who_gets("a/b"), IsEmpty());
  EXPECT_THAT(groups_of("a/b"), ElementsAre("g:a/b"));
  EXPECT_FALSE(unsubscribe("a/b", 1));
  EXPECT_TRUE(unsubscribe("$share/g/a/b", 1));
  EXPECT_THAT(groups_of("a/b"), IsEmpty());
  EXPECT_EQ(tree.size(), 0U);
}

// [MQTT-4.8.2-3] THREATS 8
TEST_F(subscription_tree_test, each_group_and_filter_is_a_shared_subscription_of_its_own) {
  for (const std::string_view filter : {"$share/g/a", "$share/h/a", "$share/g/+", "$share/g/#", "a", "#"}) {
    subscribe(filter, 1);
    subscribe(filter, 2);
  }
  EXPECT_THAT(groups_of("a"), ElementsAre("g:#", "g:+", "g:a", "h:a"));
  EXPECT_THAT(who_gets("a"), ElementsAre(1U, 1U, 2U, 2U));
}

TEST_F(subscription_tree_test, writes_down_the_filter_of_a_handle) {
  for (const std::string_view filter : {"a", "/", "//", "a//b", "+", "#", "+/#", "a/+/b/#", "/+", "$SYS/#",
                                        "$share/g/a", "$share/g/#", "$share/g//", "$share/g/+/a/#"}) {
    EXPECT_EQ(tree.filter_text(subscribe(filter, 1).place), filter);
  }
}

TEST_F(subscription_tree_test, a_handle_is_enough_to_unsubscribe) {
  const auto place = subscribe("a/#", 1).place;
  subscribe("a/#", 2);
  EXPECT_FALSE(tree.unsubscribe(place, 3));
  EXPECT_FALSE(tree.unsubscribe(nullptr, 3));
  EXPECT_TRUE(tree.unsubscribe(place, 1));
  EXPECT_FALSE(tree.unsubscribe(place, 1));
  EXPECT_THAT(who_gets("a"), ElementsAre(2U));
}

TEST_F(subscription_tree_test, what_is_left_empty_is_freed_after_a_quiet_point_and_not_before) {
  subscribe("a/b/c/d/#", 1);
  subscribe("a/x", 2);
  EXPECT_TRUE(unsubscribe("a/b/c/d/#", 1));
  EXPECT_GE(readers.waiting(), 4U);
  readers.quiet(0);
  EXPECT_EQ(readers.waiting(), 0U);
  EXPECT_THAT(who_gets("a/x"), ElementsAre(2U));
}

TEST_F(subscription_tree_test, the_version_of_a_topic_changes_with_what_could_match_it) {
  const auto changes = [this](std::string_view topic, auto&& action) {
    const std::uint64_t before = tree.version(topic);
    action();
    return tree.version(topic) != before;
  };
  EXPECT_TRUE(changes("a/b", [&] { subscribe("a/b", 1); }));
  EXPECT_FALSE(changes("a/b", [&] { subscribe("a/b", 1); }));
  EXPECT_TRUE(changes("a/b", [&] { subscribe("a/b", 1, options_with_identifier(1)); }));
  EXPECT_TRUE(changes("a/b", [&] { subscribe("#", 1); }));
  EXPECT_TRUE(changes("a/b", [&] { subscribe("+/b", 1); }));
  EXPECT_TRUE(changes("a/b", [&] { unsubscribe("+/b", 1); }));
  EXPECT_TRUE(changes("a/b", [&] { subscribe("$share/g/a/#", 1); }));
  EXPECT_TRUE(changes("a/b", [&] { unsubscribe("$share/g/a/#", 1); }));
  EXPECT_TRUE(changes("a/b", [&] { subscribe("$share/g/#", 1); }));
  EXPECT_TRUE(changes("a/b", [&] { unsubscribe("a/b", 1); }));
  EXPECT_FALSE(changes("a/b", [&] { unsubscribe("a/b", 1); }));
}

TEST_F(subscription_tree_test, the_versions_of_other_first_levels_mostly_stand_still) {
  std::vector<std::uint64_t> before;
  for (int i = 0; i < 1000; ++i) before.push_back(tree.version("t" + std::to_string(i)));
  subscribe("t5/x", 1);
  int changed = 0;
  for (int i = 0; i < 1000; ++i)
    changed += tree.version("t" + std::to_string(i)) != before[static_cast<std::size_t>(i)];
  EXPECT_GE(changed, 1);
  EXPECT_LT(changed, 50);
}

// THREATS 53
TEST_F(subscription_tree_test, depth_costs_no_stack) {
  const std::string slashes(65'535, '/');
  subscribe(slashes, 1);
  std::string wildcards = "+";
  while (wildcards.size() < 65'533) wildcards += "/+";
  subscribe(wildcards, 2);
  EXPECT_THAT(who_gets(slashes), ElementsAre(1U));
  EXPECT_THAT(who_gets(std::string(wildcards.size() / 2, '/')), ElementsAre(2U));
  EXPECT_TRUE(unsubscribe(slashes, 1));
  EXPECT_THAT(who_gets(slashes), IsEmpty());
}

// THREATS 54
TEST_F(subscription_tree_test, every_mixture_of_plus_and_text_is_found_once) {
  constexpr std::uint32_t levels = 10;
  for (std::uint32_t bits = 0; bits < 1U << levels; ++bits) {
    std::string filter;
    for (std::uint32_t level = 0; level < levels; ++level) {
      filter += level == 0 ? "" : "/";
      filter += (bits >> level & 1U) != 0 ? "+" : "a";
    }
    subscribe(filter, bits + 1);
  }
  std::vector<subscriber_id> found = who_gets("a/a/a/a/a/a/a/a/a/a");
  ASSERT_EQ(found.size(), 1U << levels);
  EXPECT_EQ(std::unique(found.begin(), found.end()), found.end());
  EXPECT_THAT(who_gets("b/a/a/a/a/a/a/a/a/a"), testing::SizeIs(1U << (levels - 1)));
  EXPECT_THAT(who_gets("a/a/a/a/a/a/a/a/a/a/a"), IsEmpty());
}

TEST_F(subscription_tree_test, tells_thousands_of_siblings_apart_while_they_come_and_go) {
  for (std::uint32_t i = 1; i <= 5000; ++i) subscribe("x/" + std::to_string(i), i);
  for (std::uint32_t i = 1; i <= 5000; ++i) ASSERT_THAT(who_gets("x/" + std::to_string(i)), ElementsAre(i));
  for (std::uint32_t i = 1; i <= 4990; ++i) ASSERT_TRUE(unsubscribe("x/" + std::to_string(i), i));
  for (std::uint32_t i = 1; i <= 4990; ++i) ASSERT_THAT(who_gets("x/" + std::to_string(i)), IsEmpty());
  for (std::uint32_t i = 4991; i <= 5000; ++i) ASSERT_THAT(who_gets("x/" + std::to_string(i)), ElementsAre(i));
}

TEST_F(subscription_tree_test, appends_to_what_a_result_holds_already) {
  subscribe("a", 1);
  subscribe("b", 2);
  match_result out;
  tree.match("a", out);
  tree.match("b", out);
  EXPECT_EQ(out.plain.size(), 2U);
  out.clear();
  EXPECT_TRUE(out.plain.empty());
}

}  // namespace
}  // namespace nanolib
