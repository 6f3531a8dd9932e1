// Random operations against a list of filters and the reference matcher.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tree_fixture.hpp"

namespace nanolib {
namespace {

struct subscription_tree_model : testing::Test, tree_fixture {
  struct known {
    std::uint32_t identifier;
    subscription_tree::handle place;
  };
  using key = std::pair<std::string, subscriber_id>;

  std::mt19937 random{23};
  std::map<key, known> model;

  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); }

  std::string random_level() {
    constexpr std::string_view names[] = {"", "a", "b", "c", "$x", "level", "much longer level than others"};
    // Now and then one of many, so that a level has a table of children that grows and shrinks.
    return below(3) == 0 ? "n" + std::to_string(below(200)) : std::string(names[below(7)]);
  }
  std::string random_topic() {
    std::string topic = random_level();
    for (std::uint32_t i = below(4); i > 0; --i) topic += '/' + random_level();
    return topic.empty() ? "a" : topic;
  }
  std::string random_filter() {
    std::string filter = below(4) == 0 ? "$share/g" + std::to_string(below(3)) + "/" : "";
    for (std::uint32_t i = below(4); i > 0; --i) filter += (below(3) == 0 ? "+" : random_level()) + '/';
    return filter + (below(3) == 0 ? "#" : below(3) == 0 ? "+" : "z" + random_level());
  }

  void change_something() {
    const auto who = static_cast<subscriber_id>(1 + below(40));
    if (below(100) < 55) {
      const std::string text = random_filter();
      const std::uint32_t identifier = below(1000);
      const auto done = subscribe(text, who, options_with_identifier(identifier));
      ASSERT_EQ(done.existed, model.contains({text, who})) << text;
      model[{text, who}] = {identifier, done.place};
      return;
    }
    if (model.empty()) return;
    auto at = model.lower_bound({random_filter(), who});
    if (at == model.end()) at = model.begin();
    const auto& [text, subscriber] = at->first;
    ASSERT_EQ(tree.filter_text(at->second.place), text);
    if (below(2) == 0) {
      ASSERT_EQ(tree.unsubscribe(filter_of(text), subscriber), at->second.place);
    } else {
      ASSERT_TRUE(tree.unsubscribe(at->second.place, subscriber));
    }
    model.erase(at);
  }

  void compare(const std::string& topic) {
    std::multiset<std::pair<subscriber_id, std::uint32_t>> expected;
    std::map<std::string, std::set<subscriber_id>> expected_groups;
    for (const auto& [who, what] : model) {
      const topic_filter filter = filter_of(who.first);
      if (!matches(filter.filter, topic)) continue;
      if (filter.is_shared()) {
        expected_groups[who.first].insert(who.second);
      } else {
        expected.emplace(who.second, what.identifier);
      }
    }
    const match_result found = match(topic);
    std::multiset<std::pair<subscriber_id, std::uint32_t>> plain;
    for (const subscription_match& one : found.plain) plain.emplace(one.who, one.options.identifier);
    ASSERT_EQ(plain, expected) << topic;
    std::map<std::string, std::set<subscriber_id>> groups;
    for (const shared_group_ptr& group : found.shared) {
      auto& members = groups["$share/" + std::string(group->name()) + "/" + std::string(group->filter())];
      for (int i = 0; i < 200; ++i) members.insert(group->pick([](subscriber_id) { return true; }).who);
    }
    ASSERT_EQ(groups, expected_groups) << topic;
  }
};

TEST_F(subscription_tree_model, finds_what_the_reference_finds_through_random_changes) {
  for (int round = 0; round < 8'000; ++round) {
    ASSERT_NO_FATAL_FAILURE(change_something());
    ASSERT_EQ(tree.size(), model.size());
    if (round % 8 == 0) {
      ASSERT_NO_FATAL_FAILURE(compare(random_topic()));
    }
    if (round % 100 == 0) readers.quiet(0);
  }
}

TEST_F(subscription_tree_model, is_empty_again_when_everybody_has_left) {
  for (int round = 0; round < 2'000; ++round) ASSERT_NO_FATAL_FAILURE(change_something());
  for (const auto& [who, what] : model) ASSERT_TRUE(tree.unsubscribe(what.place, who.second));
  EXPECT_EQ(tree.size(), 0U);
  model.clear();
  for (int i = 0; i < 100; ++i) ASSERT_NO_FATAL_FAILURE(compare(random_topic()));
  readers.offline(0);
  EXPECT_EQ(readers.waiting(), 0U);
}

}  // namespace
}  // namespace nanolib
