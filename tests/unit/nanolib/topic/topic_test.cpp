#include "nanolib/topic/topic.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace nanolib {
namespace {

topic_fault fault_of(std::string_view filter, const topic_limits& limits = {}) {
  const auto parsed = parse_topic_filter(filter, limits);
  return parsed ? topic_fault::none : parsed.error();
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> all(1);
  for (const char c : text) {
    if (c == '/') {
      all.emplace_back();
    } else {
      all.back() += c;
    }
  }
  return all;
}

/// The words of the standard, recursive and slow.
bool matches_by_the_book(const std::vector<std::string>& filter, const std::vector<std::string>& topic,
                         std::size_t at = 0) {
  if (at == 0 && topic[0].starts_with('$') && (filter[0] == "+" || filter[0] == "#")) return false;
  if (at == filter.size()) return at == topic.size();
  if (filter[at] == "#") return at <= topic.size();
  if (at >= topic.size()) return false;
  return (filter[at] == "+" || filter[at] == topic[at]) && matches_by_the_book(filter, topic, at + 1);
}

TEST(topic_name, accepts_ordinary_names_slashes_and_dollars) {
  for (const std::string_view topic :
       {"a", "/", "//", "a/b", "/a", "a/", "sport/tennis/player1", "$SYS/x", "$", "$share", "$share/g/t", " ", "a b",
        "\xC3\xA9/\xE2\x82\xAC", "0123456789012345678/"}) {
    EXPECT_EQ(check_topic_name(topic), topic_fault::none) << topic;
  }
}

// [MQTT-4.7.3-1]
TEST(topic_name, refuses_an_empty_name) { EXPECT_EQ(check_topic_name(""), topic_fault::empty); }

// [MQTT-3.3.2-2] [MQTT-4.7.1-1]
TEST(topic_name, refuses_a_wildcard_at_every_place_of_every_length) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (const char wildcard : {'+', '#'}) {
        std::string topic(size, 'x');
        topic[at] = wildcard;
        EXPECT_EQ(check_topic_name(topic), topic_fault::wildcard);
        topic += "\xE2\x82\xAC";
        EXPECT_EQ(check_topic_name(topic), topic_fault::wildcard);
      }
    }
  }
}

// [MQTT-3.3.2-1] [MQTT-4.7.3-2]
TEST(topic_name, refuses_what_is_not_utf8) {
  EXPECT_EQ(check_topic_name("a\xFF"), topic_fault::not_utf8);
  EXPECT_EQ(check_topic_name(std::string_view("a\0b", 3)), topic_fault::not_utf8);
  EXPECT_EQ(check_topic_name("\xED\xA0\x80"), topic_fault::not_utf8);
}

TEST(topic_name, is_held_to_the_limit_of_levels_exactly) {
  for (std::size_t levels = 1; levels <= 30; ++levels) {
    std::string topic = "abc";
    for (std::size_t i = 1; i < levels; ++i) topic += i % 3 == 0 ? "/" : i % 3 == 1 ? "/level" : "/\xC3\xA9";
    const auto limit = static_cast<std::uint32_t>(levels);
    EXPECT_EQ(check_topic_name(topic, {65'535, limit}), topic_fault::none) << topic;
    EXPECT_EQ(check_topic_name(topic, {65'535, limit - 1}), topic_fault::too_deep) << topic;
  }
}

// [MQTT-4.7.3-3]
TEST(topic_name, is_held_to_the_limit_of_bytes_exactly) {
  EXPECT_EQ(check_topic_name(std::string(65'535, 'x')), topic_fault::none);
  EXPECT_EQ(check_topic_name(std::string(65'536, 'x')), topic_fault::too_long);
  EXPECT_EQ(check_topic_name("abcd", {4, 200}), topic_fault::none);
  EXPECT_EQ(check_topic_name("abcde", {4, 200}), topic_fault::too_long);
}

// THREATS 53: a name of nothing but slashes.
TEST(topic_name, of_65535_slashes_is_refused_or_accepted_by_the_limit_alone) {
  const std::string slashes(65'535, '/');
  EXPECT_EQ(check_topic_name(slashes), topic_fault::too_deep);
  EXPECT_EQ(check_topic_name(slashes, {65'535, 65'536}), topic_fault::none);
  EXPECT_TRUE(matches(slashes, slashes));
  EXPECT_EQ(fault_of(slashes), topic_fault::too_deep);
  EXPECT_EQ(fault_of(slashes, {65'535, 65'536}), topic_fault::none);
}

TEST(topic_filter, is_taken_apart) {
  const auto plain = parse_topic_filter("a//b");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->filter, "a//b");
  EXPECT_FALSE(plain->is_shared());
  EXPECT_EQ(plain->levels, 3U);
  EXPECT_FALSE(plain->has_wildcard);

  // [MQTT-4.8.2-1]
  const auto shared = parse_topic_filter("$share/consumers/a/+/#");
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->filter, "a/+/#");
  EXPECT_EQ(shared->share_group, "consumers");
  EXPECT_EQ(shared->levels, 3U);
  EXPECT_TRUE(shared->has_wildcard);
}

TEST(topic_filter, accepts_wildcards_that_stand_alone) {
  for (const std::string_view filter :
       {"#", "+", "/#", "/+", "+/", "+/+", "+/#", "a/+/b", "a/#", "+/+/+/#", "$SYS/#", "$SYS/+", "$share/g/#",
        "$share/g/+", "$share/g//", "$share/g//x", "$shared/#", "$shar/x", "$sharex"}) {
    EXPECT_EQ(fault_of(filter), topic_fault::none) << filter;
  }
}

// [MQTT-4.7.1-1]
TEST(topic_filter, refuses_a_multi_level_wildcard_that_is_not_the_whole_last_level) {
  for (const std::string_view filter :
       {"a#", "#a", "a/b#", "#/a", "a/#/b", "##", "#/#", "a/#/", "#/", "$share/g/#/x"}) {
    EXPECT_EQ(fault_of(filter), topic_fault::wildcard) << filter;
  }
}

// [MQTT-4.7.1-2]
TEST(topic_filter, refuses_a_single_level_wildcard_that_is_not_a_whole_level) {
  for (const std::string_view filter : {"a+", "+a", "a/b+/c", "++", "a/++", "+#", "#+", "a/+#", "$share/g/a+"}) {
    EXPECT_EQ(fault_of(filter), topic_fault::wildcard) << filter;
  }
}

// [MQTT-4.8.2-1] [MQTT-4.8.2-2] THREATS 6 and 7
TEST(topic_filter, refuses_a_share_that_is_not_complete) {
  for (const std::string_view filter :
       {"$share", "$share/", "$share//", "$share//t", "$share/g", "$share/g/", "$share/+/t", "$share/#/t",
        "$share/a+/t", "$share/a#b/t", "$share/#", "$share/+", "$share/g/$share/h/t", "$share/g/$share", "$share/ab"}) {
    EXPECT_EQ(fault_of(filter), topic_fault::share_malformed) << filter;
  }
}

// [MQTT-4.7.3-1] THREATS 10
TEST(topic_filter, refuses_an_empty_filter) { EXPECT_EQ(fault_of(""), topic_fault::empty); }

// [MQTT-3.8.3-1] THREATS 37
TEST(topic_filter, refuses_what_is_not_utf8_in_filter_and_group) {
  EXPECT_EQ(fault_of("a/\xC0\x80"), topic_fault::not_utf8);
  EXPECT_EQ(fault_of("$share/\xFF/t"), topic_fault::not_utf8);
  EXPECT_EQ(fault_of(std::string_view("$share/g\0/t", 11)), topic_fault::not_utf8);
}

TEST(topic_filter, is_held_to_the_limits_and_levels_count_without_the_share) {
  EXPECT_EQ(fault_of("a/b/c", {100, 3}), topic_fault::none);
  EXPECT_EQ(fault_of("a/b/c", {100, 2}), topic_fault::too_deep);
  EXPECT_EQ(fault_of("$share/g/a/b/c", {100, 3}), topic_fault::none);
  EXPECT_EQ(fault_of("$share/g/a/b/c", {100, 2}), topic_fault::too_deep);
  EXPECT_EQ(fault_of("abcd", {3, 200}), topic_fault::too_long);
}

// The examples of MQTT 5.0 §4.7.1
TEST(matches, holds_for_the_examples_of_the_standard) {
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1"));
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1/ranking"));
  EXPECT_TRUE(matches("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"));
  EXPECT_TRUE(matches("sport/#", "sport"));
  EXPECT_TRUE(matches("sport/tennis/+", "sport/tennis/player1"));
  EXPECT_FALSE(matches("sport/tennis/+", "sport/tennis/player1/ranking"));
  EXPECT_FALSE(matches("sport/+", "sport"));
  EXPECT_TRUE(matches("sport/+", "sport/"));
  EXPECT_TRUE(matches("+/+", "/finance"));
  EXPECT_TRUE(matches("/+", "/finance"));
  EXPECT_FALSE(matches("+", "/finance"));
}

// [MQTT-4.7.2-1]
TEST(matches, keeps_leading_wildcards_from_dollar_topics) {
  EXPECT_FALSE(matches("#", "$SYS/x"));
  EXPECT_FALSE(matches("+/x", "$SYS/x"));
  EXPECT_FALSE(matches("+", "$"));
  EXPECT_TRUE(matches("$SYS/#", "$SYS/x"));
  EXPECT_TRUE(matches("$SYS/#", "$SYS"));
  EXPECT_TRUE(matches("$SYS/+", "$SYS/x"));
  EXPECT_TRUE(matches("a/+", "a/$x"));
  EXPECT_TRUE(matches("a/#", "a/$x"));
}

// [MQTT-4.7.3-4]
TEST(matches, compares_every_character_and_changes_none) {
  EXPECT_FALSE(matches("accounts", "Accounts"));
  EXPECT_FALSE(matches("/finance", "finance"));
  EXPECT_FALSE(matches("a", "a/"));
  EXPECT_FALSE(matches("\xC3\xA9", "e\xCC\x81"));
}

TEST(matches, agrees_with_the_words_of_the_standard_on_random_filters_and_names) {
  std::mt19937 random(7);
  const auto below = [&random](unsigned end) { return static_cast<unsigned>(random() % end); };
  constexpr std::string_view names[] = {"", "a", "b", "$x", "ab"};
  for (int round = 0; round < 50'000; ++round) {
    std::string topic(names[below(5)]);
    for (unsigned i = below(4); i > 0; --i) topic += '/' + std::string(names[below(5)]);
    std::string filter;
    for (unsigned i = below(4); i > 0; --i) filter += (below(3) == 0 ? "+" : std::string(names[below(5)])) + '/';
    filter += below(3) == 0 ? "#" : below(3) == 0 ? "+" : std::string(names[below(5)]);
    if (topic.empty() || filter.empty()) continue;
    ASSERT_EQ(check_topic_name(topic), topic_fault::none);
    ASSERT_EQ(fault_of(filter), topic_fault::none);
    ASSERT_EQ(matches(filter, topic), matches_by_the_book(split(filter), split(topic))) << filter << "  " << topic;
  }
}

TEST(topic_levels, walks_empty_levels_too) {
  const auto walk = [](std::string_view text) {
    std::vector<std::string> all;
    topic_levels levels(text);
    std::string_view level;
    while (levels.next(level)) all.emplace_back(level);
    return all;
  };
  EXPECT_EQ(walk("a//b"), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(walk("/"), (std::vector<std::string>{"", ""}));
  EXPECT_EQ(walk("a"), (std::vector<std::string>{"a"}));
}

}  // namespace
}  // namespace nanolib
