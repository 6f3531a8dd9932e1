#include "nanonng/mqtt/topic_aliases.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "nanolib/base/hash.hpp"

namespace nanonng::mqtt {
namespace {

sent_aliases::use assign(sent_aliases& table, std::string_view topic) {
  return table.assign(topic, nanolib::hash_text(topic));
}

TEST(received_aliases, stand_for_nothing_until_they_are_set) {
  received_aliases table;
  EXPECT_EQ(table.find(1), "");
  EXPECT_EQ(table.find(65'535), "");
  ASSERT_TRUE(table.set(65'535, "last"));
  EXPECT_EQ(table.find(65'535), "last");
  EXPECT_EQ(table.find(65'534), "");
  EXPECT_EQ(table.find(1), "");
}

TEST(received_aliases, are_replaced) {
  received_aliases table;
  ASSERT_TRUE(table.set(2, "a long topic that does not fit into a short string"));
  ASSERT_TRUE(table.set(2, "b"));
  EXPECT_EQ(table.find(2), "b");
}

TEST(sent_aliases, a_topic_is_known_from_the_second_time_on) {
  sent_aliases table(2);
  const auto first = assign(table, "a");
  EXPECT_EQ(first.alias, 1);
  EXPECT_FALSE(first.known);
  const auto second = assign(table, "a");
  EXPECT_EQ(second.alias, 1);
  EXPECT_TRUE(second.known);
}

TEST(sent_aliases, a_full_table_keeps_topics_that_are_in_use) {
  sent_aliases table(2);
  static_cast<void>(assign(table, "a"));
  static_cast<void>(assign(table, "b"));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(assign(table, "c").alias, 0);
    EXPECT_TRUE(assign(table, "a").known);
    EXPECT_TRUE(assign(table, "b").known);
  }
}

TEST(sent_aliases, the_topic_used_least_recently_makes_room_in_the_end) {
  sent_aliases table(2);
  static_cast<void>(assign(table, "idle"));
  static_cast<void>(assign(table, "busy"));
  sent_aliases::use use;
  for (int i = 0; i < 100 && use.alias == 0; ++i) {
    EXPECT_TRUE(assign(table, "busy").known);
    use = assign(table, "new");
  }
  EXPECT_EQ(use.alias, 1);
  EXPECT_FALSE(use.known);
  EXPECT_TRUE(assign(table, "new").known);
}

TEST(sent_aliases, topics_of_one_hash_are_told_apart) {
  sent_aliases table(4);
  EXPECT_EQ(table.assign("a", 9).alias, 1);
  EXPECT_EQ(table.assign("b", 9).alias, 2);
  EXPECT_TRUE(table.assign("a", 9).known);
}

TEST(sent_aliases, a_table_of_none_gives_none) {
  sent_aliases table(0);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(assign(table, "a").alias, 0);
}

// What the client sees: an alias without a topic always stands for the topic that was meant.
// [MQTT-3.1.2-26]
TEST(sent_aliases, the_receiver_always_understands) {
  std::mt19937 random(7);
  sent_aliases table(8);
  std::map<std::uint16_t, std::string> receiver;
  unsigned known = 0;
  for (int i = 0; i < 50'000; ++i) {
    // A few topics at a time, and the few drift.
    const std::string topic = "t" + std::to_string(random() % 12 + static_cast<unsigned>(i) / 1'000 * 5);
    const auto use = assign(table, topic);
    ASSERT_LE(use.alias, 8);
    if (use.known) {
      ++known;
      ASSERT_EQ(receiver[use.alias], topic);
    } else if (use.alias != 0) {
      receiver[use.alias] = topic;
    }
  }
  EXPECT_GT(known, 5'000U);
}

}  // namespace
}  // namespace nanonng::mqtt
