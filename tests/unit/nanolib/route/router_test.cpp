#include "nanolib/route/router.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "nanolib/base/hash.hpp"

namespace nanolib {
namespace {

constexpr std::uint32_t here = 2;

subscriber_id local(std::uint32_t slot) { return make_subscriber_id(here, slot); }

class router_test : public ::testing::Test {
 protected:
  router_test() { readers_.online(0); }

  void subscribe(std::string_view filter, subscriber_id who, const subscription_options& options = {}) {
    ASSERT_NE(tree_.subscribe(*parse_topic_filter(filter, {65'535, 200}), who, options).place, nullptr);
  }
  void unsubscribe(std::string_view filter, subscriber_id who) {
    ASSERT_NE(tree_.unsubscribe(*parse_topic_filter(filter, {65'535, 200}), who), nullptr);
    readers_.quiet(0);
  }
  const route& find(std::string_view topic) { return routes_.find(topic, hash_text(topic)); }
  std::set<subscriber_id> who_gets(std::string_view topic) {
    std::set<subscriber_id> found;
    for (const recipient& one : find(topic).local) found.insert(one.who);
    return found;
  }
  static std::multiset<std::uint32_t> identifiers(const recipient& of) {
    if (!of.identifiers) return {};
    return {of.identifiers->values().begin(), of.identifiers->values().end()};
  }

  quiescence readers_{1};
  subscription_tree tree_{readers_};
  router routes_{tree_, here};
};

using names = std::set<subscriber_id>;
constexpr auto qos_0 = quality_of_service::at_most_once;
constexpr auto qos_1 = quality_of_service::at_least_once;
constexpr auto qos_2 = quality_of_service::exactly_once;

TEST_F(router_test, a_topic_without_subscribers_goes_nowhere) {
  EXPECT_TRUE(find("a").is_empty());
  subscribe("b", local(1));
  EXPECT_TRUE(find("a").is_empty());
  EXPECT_FALSE(find("b").is_empty());
}

// [MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4]
TEST_F(router_test, merges_overlapping_subscriptions_at_the_highest_qos_with_every_identifier) {
  subscribe("a/b", local(1), {.qos = qos_1, .identifier = 11});
  subscribe("a/+", local(1), {.qos = qos_2, .retain_as_published = true, .identifier = 12});
  subscribe("#", local(1), {.qos = qos_0});
  subscribe("+/b", local(1), {.qos = qos_0, .identifier = 11});
  subscribe("a/#", local(2), {.qos = qos_1});
  const route& where = find("a/b");
  ASSERT_EQ(where.local.size(), 2U);
  EXPECT_EQ(where.local[0].who, local(1));
  EXPECT_EQ(where.local[0].qos, qos_2);
  EXPECT_TRUE(where.local[0].retain_as_published);
  EXPECT_EQ(identifiers(where.local[0]), (std::multiset<std::uint32_t>{11, 11, 12}));
  EXPECT_EQ(where.local[1].who, local(2));
  EXPECT_EQ(where.local[1].qos, qos_1);
  EXPECT_FALSE(where.local[1].retain_as_published);
  EXPECT_FALSE(where.local[1].identifiers);
}

// [MQTT-3.8.3-3]
TEST_F(router_test, no_local_keeps_a_publishers_messages_from_itself_alone) {
  subscribe("t", local(1), {.no_local = true});
  const route& where = find("t");
  ASSERT_EQ(where.local.size(), 1U);
  EXPECT_FALSE(where.local[0].takes_from(local(1)));
  EXPECT_TRUE(where.local[0].takes_from(local(2)));
  EXPECT_TRUE(where.local[0].takes_from(nobody));
}

TEST_F(router_test, of_overlapping_subscriptions_only_those_without_no_local_count_for_the_publisher) {
  subscribe("t", local(1), {.qos = qos_2, .no_local = true, .retain_as_published = true, .identifier = 1});
  subscribe("#", local(1), {.qos = qos_1, .identifier = 2});
  const auto copies = [&](subscriber_id publisher) {
    std::vector<recipient> found;
    for (const recipient& one : find("t").local) {
      if (one.takes_from(publisher)) found.push_back(one);
    }
    return found;
  };
  const auto own = copies(local(1));
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(own[0].qos, qos_1);
  EXPECT_FALSE(own[0].retain_as_published);
  EXPECT_EQ(identifiers(own[0]), std::multiset<std::uint32_t>{2});
  const auto others = copies(local(9));
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others[0].qos, qos_2);
  EXPECT_TRUE(others[0].retain_as_published);
  EXPECT_EQ(identifiers(others[0]), (std::multiset<std::uint32_t>{1, 2}));
}

TEST_F(router_test, knows_of_other_shards_only_that_they_have_recipients) {
  for (const std::uint32_t shard : {0U, 63U, 64U, 200U, 254U}) {
    subscribe("t", make_subscriber_id(shard, 5));
    subscribe("#", make_subscriber_id(shard, 6));
  }
  const route& where = find("t");
  EXPECT_TRUE(where.local.empty());
  EXPECT_FALSE(where.is_empty());
  for (std::uint32_t shard = 0; shard < 255; ++shard) {
    EXPECT_EQ(where.reaches(shard), shard == 0 || shard == 63 || shard == 64 || shard == 200 || shard == 254) << shard;
  }
}

TEST_F(router_test, its_own_shard_is_no_other) {
  subscribe("t", local(1));
  EXPECT_FALSE(find("t").reaches(here));
}

TEST_F(router_test, shared_groups_stand_beside_plain_recipients) {
  subscribe("$share/g/t", local(1));
  subscribe("$share/h/+", make_subscriber_id(7, 1));
  subscribe("t", local(1));
  const route& where = find("t");
  EXPECT_EQ(where.local.size(), 1U);
  EXPECT_EQ(where.shared.size(), 2U);
  EXPECT_FALSE(where.reaches(7));
}

TEST_F(router_test, remembers_a_route_until_a_subscription_changes_it) {
  subscribe("a/b", local(1), {.qos = qos_1});
  EXPECT_EQ(who_gets("a/b"), names{local(1)});
  EXPECT_EQ(who_gets("a/b"), names{local(1)});
  EXPECT_EQ(routes_.misses(), 1U);
  EXPECT_EQ(routes_.hits(), 1U);
  for (const char* filter : {"a/b", "a/+", "+/b", "a/#", "#", "+/+"}) {
    subscribe(filter, local(2));
    EXPECT_EQ(who_gets("a/b"), (names{local(1), local(2)})) << filter;
    unsubscribe(filter, local(2));
    EXPECT_EQ(who_gets("a/b"), names{local(1)}) << filter;
  }
  subscribe("a/b", local(1), {.qos = qos_2});
  EXPECT_EQ(find("a/b").local.at(0).qos, qos_2);
  subscribe("$share/g/a/b", local(3));
  EXPECT_EQ(find("a/b").shared.size(), 1U);
  unsubscribe("$share/g/a/b", local(3));
  EXPECT_TRUE(find("a/b").shared.empty());
}

TEST_F(router_test, a_subscription_elsewhere_leaves_the_route_in_the_cache) {
  subscribe("a/b", local(1));
  static_cast<void>(find("a/b"));
  int hits = 0;
  for (int i = 0; i < 50; ++i) {
    const std::uint64_t before = routes_.hits();
    subscribe("other" + std::to_string(i) + "/x", local(2));
    static_cast<void>(find("a/b"));
    hits += routes_.hits() > before ? 1 : 0;
  }
  EXPECT_GT(hits, 40);
}

TEST_F(router_test, topics_of_one_hash_have_routes_of_their_own) {
  subscribe("a", local(1));
  subscribe("b", local(2));
  subscribe("c", local(3));
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(routes_.find("a", 42).local.at(0).who, local(1));
    EXPECT_EQ(routes_.find("b", 42).local.at(0).who, local(2));
    EXPECT_EQ(routes_.find("c", 42).local.at(0).who, local(3));
  }
}

// Far more topics than the cache holds: what it evicts it finds again, and never mixes up.
TEST_F(router_test, is_right_about_more_topics_than_it_remembers) {
  constexpr std::uint32_t topics = 12'000;
  const auto name = [](std::uint32_t i) { return "device/" + std::to_string(i) + "/state"; };
  for (std::uint32_t i = 0; i < topics; i += 3) subscribe(name(i), local(i + 1));
  subscribe("device/+/state", local(0xFFFFFF));
  std::mt19937 random(5);
  for (std::uint32_t step = 0; step < 3 * topics; ++step) {
    const std::uint32_t i = step < topics ? step : static_cast<std::uint32_t>(random() % topics);
    const names expected = i % 3 == 0 ? names{local(i + 1), local(0xFFFFFF)} : names{local(0xFFFFFF)};
    ASSERT_EQ(who_gets(name(i)), expected) << i;
  }
  EXPECT_GT(routes_.misses(), topics);
}

TEST_F(router_test, a_topic_in_constant_use_is_not_evicted_by_a_stream_of_others) {
  subscribe("#", local(1));
  static_cast<void>(find("constant"));
  const std::uint64_t before = routes_.hits();
  for (int i = 0; i < 20'000; ++i) {
    static_cast<void>(find("stream/" + std::to_string(i)));
    static_cast<void>(find("constant"));
  }
  EXPECT_GT(routes_.hits() - before, 19'900U);
}

// Random subscriptions and lookups; the tree without a cache is the reference.
TEST_F(router_test, agrees_with_the_tree_while_subscriptions_change) {
  const std::vector<std::string> filters{"a", "a/b", "a/+", "+/b", "#",    "a/#",
                                         "+", "b/c", "b/#", "+/+", "$s/#", "$s/x"};
  const std::vector<std::string> topics{"a", "a/b", "b", "b/c", "c/b", "$s/x", "a/b/c"};
  std::set<std::pair<std::string, subscriber_id>> present;
  std::mt19937 random(11);
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 3 == 0) {
      const std::string& filter = filters[random() % filters.size()];
      const subscriber_id who =
          make_subscriber_id(static_cast<std::uint32_t>(random() % 4), static_cast<std::uint32_t>(1 + random() % 3));
      if (present.erase({filter, who}) == 1) {
        unsubscribe(filter, who);
      } else {
        subscribe(filter, who);
        present.emplace(filter, who);
      }
    }
    const std::string& topic = topics[random() % topics.size()];
    match_result fresh;
    tree_.match(topic, fresh);
    names expected;
    std::set<std::uint32_t> expected_shards;
    for (const subscription_match& one : fresh.plain) {
      if (shard_of(one.who) == here) {
        expected.insert(one.who);
      } else {
        expected_shards.insert(shard_of(one.who));
      }
    }
    const route& where = find(topic);
    ASSERT_EQ(where.local.size(), expected.size());
    for (const recipient& one : where.local) ASSERT_TRUE(expected.contains(one.who));
    for (std::uint32_t shard = 0; shard < 8; ++shard) ASSERT_EQ(where.reaches(shard), expected_shards.contains(shard));
  }
}

}  // namespace
}  // namespace nanolib
