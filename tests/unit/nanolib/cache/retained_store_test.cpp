#include "nanolib/cache/retained_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "retained_fixture.hpp"

namespace nanolib {
namespace {

using stored = retained_store::stored;
using testing::ElementsAre;
using testing::IsEmpty;

struct retained_store_test : testing::Test, retained_fixture {};

// [MQTT-3.3.1-5]
TEST_F(retained_store_test, keeps_the_last_message_of_each_topic) {
  EXPECT_EQ(store("a", "1"), stored::added);
  EXPECT_EQ(store("a", "2"), stored::replaced);
  EXPECT_EQ(store("b", "3"), stored::added);
  EXPECT_EQ(payload_of("a"), "2");
  EXPECT_EQ(payload_of("b"), "3");
  EXPECT_EQ(payload_of("c"), "(none)");
  EXPECT_EQ(retained.messages(), 2U);
}

// [MQTT-3.3.1-6] [MQTT-3.3.1-7]
TEST_F(retained_store_test, an_empty_payload_removes_and_is_not_kept) {
  EXPECT_EQ(store("a", ""), stored::absent);
  store("a", "1");
  EXPECT_EQ(store("a", ""), stored::removed);
  EXPECT_EQ(payload_of("a"), "(none)");
  EXPECT_EQ(retained.messages(), 0U);
  EXPECT_EQ(retained.bytes(), 0U);
}

TEST_F(retained_store_test, shares_a_large_message_that_a_publication_keeps_already) {
  const std::string large(1000, 'x');
  const publication message = make("a", large);
  const message_ptr& kept = message.keep();
  retained.store(message);
  EXPECT_EQ(retained.find("a").get(), kept.get());
}

TEST_F(retained_store_test, gives_everything_of_a_message_back_whatever_its_size) {
  const std::string sizes[] = {"x", std::string(255, 'y'), std::string(256, 'z'), std::string(1000, 'l')};
  for (const std::string& payload : sizes) {
    for (const std::string& properties : {std::string(), std::string("pp"), std::string(300, 'p')}) {
      for (const instant expiry : {never, at_second(7)}) {
        publication message = make("topic", payload, expiry);
        message.properties = as_bytes(properties);
        message.qos = quality_of_service::exactly_once;
        message.publisher = properties.empty() ? nobody : 77;
        retained.store(message);  // replaces one of another size
        const message_ptr found = retained.find("topic");
        ASSERT_TRUE(found);
        EXPECT_EQ(found->topic(), "topic");
        EXPECT_EQ(found->topic_hash(), hash_text("topic"));
        EXPECT_EQ(as_text(found->payload()), payload);
        EXPECT_EQ(as_text(found->properties()), properties);
        EXPECT_EQ(found->expiry(), expiry);
        EXPECT_EQ(found->qos(), quality_of_service::exactly_once);
        EXPECT_EQ(found->publisher(), message.publisher);
        EXPECT_TRUE(found->retained());
        EXPECT_EQ(retained.bytes(), found->size());
      }
    }
  }
  EXPECT_THAT(replay("#"), ElementsAre("topic"));
}

TEST_F(retained_store_test, counts_bytes_exactly) {
  store("topic", "12345");
  EXPECT_EQ(retained.bytes(), sizeof(message) + 10);
  store("topic", "1");
  EXPECT_EQ(retained.bytes(), sizeof(message) + 6);
  store("t", "1");
  EXPECT_EQ(retained.bytes(), 2 * sizeof(message) + 8);
}

// THREATS 56
TEST(retained_store_limits, refuse_a_message_too_many_and_let_known_topics_change) {
  retained_fixture few(retained_limits{2, 1'000'000});
  EXPECT_EQ(few.store("a"), stored::added);
  EXPECT_EQ(few.store("b"), stored::added);
  EXPECT_EQ(few.store("c"), stored::full);
  EXPECT_EQ(few.store("a", "new"), stored::replaced);
  EXPECT_EQ(few.store("b", ""), stored::removed);
  EXPECT_EQ(few.store("c"), stored::added);
  EXPECT_EQ(few.retained.messages(), 2U);
}

// THREATS 56
TEST(retained_store_limits, hold_for_bytes_to_the_byte) {
  retained_fixture small(retained_limits{100, 2 * sizeof(message) + 20});
  EXPECT_EQ(small.store("a", "123456789"), stored::added);
  EXPECT_EQ(small.store("b", "1234567890"), stored::full);
  EXPECT_EQ(small.retained.messages(), 1U);
  EXPECT_EQ(small.store("b", "123456789"), stored::added);
  EXPECT_EQ(small.store("b", "1234567890"), stored::full);
  EXPECT_EQ(small.payload_of("b"), "123456789");
  EXPECT_EQ(small.store("b", "1"), stored::replaced);
  EXPECT_EQ(small.store("a", "12345678901234567"), stored::replaced);
  EXPECT_EQ(small.retained.bytes(), 2 * sizeof(message) + 20);
}

TEST(retained_store_limits, of_nothing_keep_nothing) {
  retained_fixture none(retained_limits{0, 0});
  EXPECT_EQ(none.store("a"), stored::full);
  EXPECT_THAT(none.replay("#"), IsEmpty());
}

TEST_F(retained_store_test, replays_a_topic_before_what_is_below_it_and_that_before_its_neighbours) {
  for (const std::string_view topic : {"a b", "a/b", "a", "a!", "a/", "a/b/c", "b", "/a", "a\x01", "a/\x01", "a//x"}) {
    store(topic);
  }
  EXPECT_THAT(replay("#"), ElementsAre("/a", "a", "a/", "a//x", "a/\x01", "a/b", "a/b/c", "a\x01", "a b", "a!", "b"));
  EXPECT_THAT(replay("a/#"), ElementsAre("a", "a/", "a//x", "a/\x01", "a/b", "a/b/c"));
  EXPECT_THAT(replay("a/+"), ElementsAre("a/", "a/\x01", "a/b"));
  EXPECT_THAT(replay("+"), ElementsAre("a", "a\x01", "a b", "a!", "b"));
  EXPECT_THAT(replay("+/+/c"), ElementsAre("a/b/c"));
  EXPECT_THAT(replay("a/b"), ElementsAre("a/b"));
  EXPECT_THAT(replay("a/c"), IsEmpty());
}

// [MQTT-4.7.2-1]
TEST_F(retained_store_test, wildcards_do_not_replay_dollar_topics) {
  for (const std::string_view topic : {"$", "$SYS/x", "$SYS", "%", "a/$x"}) store(topic);
  EXPECT_THAT(replay("#"), ElementsAre("%", "a/$x"));
  EXPECT_THAT(replay("+"), ElementsAre("%"));
  EXPECT_THAT(replay("+/x"), IsEmpty());
  EXPECT_THAT(replay("$SYS/#"), ElementsAre("$SYS", "$SYS/x"));
  EXPECT_THAT(replay("a/+"), ElementsAre("a/$x"));
}

TEST_F(retained_store_test, gives_the_same_in_slices_of_any_size) {
  for (int i = 0; i < 50; ++i) {
    for (int j = 0; j < 20; ++j) store("a/" + std::to_string(i) + "/" + std::to_string(j));
  }
  for (const std::string_view filter : {"#", "a/#", "a/+/7", "a/31/+", "+/+/7", "a/31/7"}) {
    const auto whole = replay(filter);
    for (const std::size_t most : {1U, 2U, 3U, 7U, 100U}) EXPECT_EQ(replay(filter, most), whole) << filter;
  }
}

TEST_F(retained_store_test, a_slice_looks_at_no_more_than_sixteen_times_what_it_may_hand_out) {
  for (int i = 0; i < 1000; ++i) store("a/" + std::to_string(i), "x", at_second(5));
  store("a/z");
  retained_cursor cursor{"a/#", {}, false, false};
  std::size_t slices = 0;
  std::size_t handed_out = 0;
  for (; !cursor.finished; ++slices) handed_out += retained.replay(cursor, at_second(10), 2, [](const message_ptr&) {});
  EXPECT_EQ(handed_out, 1U);
  EXPECT_GE(slices, 1000U / 32);
  EXPECT_LE(slices, 1001U / 32 + 2);
}

TEST_F(retained_store_test, a_replay_with_a_wildcard_passes_over_what_cannot_match) {
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 1000; ++j) store("a/" + std::to_string(i) + "/m" + std::to_string(j));
    store("a/" + std::to_string(i) + "/b");
    for (int j = 0; j < 1000; ++j) store("b/" + std::to_string(i) + "/m" + std::to_string(j));
  }
  retained_cursor cursor{"a/+/b", {}, false, false};
  // 320 looks among 20 000 topics.
  const std::size_t handed_out = retained.replay(cursor, instant{}, 20, [](const message_ptr&) {});
  EXPECT_TRUE(cursor.finished);
  EXPECT_EQ(handed_out, 10U);
}

TEST_F(retained_store_test, a_replay_goes_on_when_everything_changes_between_two_slices) {
  for (const char c : {'a', 'b', 'c', 'd'}) store("t/" + std::string(1, c));
  std::vector<std::string> seen;
  const auto note = [&](const message_ptr& one) { seen.emplace_back(one->topic()); };
  retained_cursor cursor{"t/+", {}, false, false};
  EXPECT_EQ(retained.replay(cursor, instant{}, 2, note), 2U);
  store("t/b", "");
  store("t/c", "");
  store("t/bb");
  store("t/a0");
  while (!cursor.finished) retained.replay(cursor, instant{}, 2, note);
  EXPECT_THAT(seen, ElementsAre("t/a", "t/b", "t/bb", "t/d"));
  EXPECT_EQ(retained.replay(cursor, instant{}, 2, note), 0U);
}

TEST_F(retained_store_test, the_visitor_may_change_the_store) {
  store("a/1");
  store("a/2");
  retained_cursor cursor{"a/#", {}, false, false};
  retained.replay(cursor, instant{}, 10, [this](const message_ptr& one) { store(one->topic(), ""); });
  EXPECT_EQ(retained.messages(), 0U);
}

// [MQTT-3.3.2-5]
TEST_F(retained_store_test, what_has_expired_is_neither_found_nor_replayed) {
  store("a", "1", at_second(10));
  store("b", "2", at_second(20));
  store("c", "3");
  EXPECT_TRUE(retained.find("a", at_second(9)));
  EXPECT_FALSE(retained.find("a", at_second(10)));
  EXPECT_THAT(replay("#", 10, at_second(9)), ElementsAre("a", "b", "c"));
  EXPECT_THAT(replay("#", 10, at_second(10)), ElementsAre("b", "c"));
  EXPECT_THAT(replay("a", 10, at_second(10)), IsEmpty());
  EXPECT_THAT(replay("+", 10, at_second(100)), ElementsAre("c"));
}

TEST_F(retained_store_test, frees_expired_messages_a_few_at_a_time) {
  for (int i = 0; i < 100; ++i) store("a/" + std::to_string(i), "x", at_second(i % 2 == 0 ? 10 : 100));
  EXPECT_EQ(retained.remove_expired(at_second(9), 1000), 0U);
  std::size_t freed = 0;
  for (int i = 0; i < 10; ++i) {
    const std::size_t now = retained.remove_expired(at_second(10), 10);
    EXPECT_LE(now, 10U);
    freed += now;
  }
  EXPECT_EQ(freed, 50U);
  EXPECT_EQ(retained.messages(), 50U);
  EXPECT_EQ(retained.remove_expired(at_second(100), 1000), 50U);
  EXPECT_EQ(retained.bytes(), 0U);
  EXPECT_EQ(store("a/1"), stored::added);
}

// THREATS 53
TEST_F(retained_store_test, depth_costs_no_stack) {
  const std::string slashes(65'535, '/');
  store(slashes);
  EXPECT_THAT(replay("#"), ElementsAre(slashes));
  EXPECT_THAT(replay("/+"), IsEmpty());
  std::string filter = "+";
  while (filter.size() < 65'533) filter += "/+";
  EXPECT_THAT(replay(filter), IsEmpty());
  EXPECT_THAT(replay(filter + "/#"), ElementsAre(slashes));
}

TEST_F(retained_store_test, serves_many_threads) {
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < 2; ++writer) {
      threads.emplace_back([this, writer] {
        for (int i = 0; i < 2000; ++i) {
          store("t/" + std::to_string(i * 7 % 100) + "/" + std::to_string(writer), i % 3 == 0 ? "" : "x");
        }
      });
    }
    threads.emplace_back([this] {
      for (int i = 0; i < 50; ++i) {
        (void)replay("t/+/0", 5);
        (void)retained.find("t/7/1");
        (void)retained.remove_expired(at_second(1), 10);
      }
    });
  }
  EXPECT_EQ(replay("#").size(), retained.messages());
}

}  // namespace
}  // namespace nanolib
