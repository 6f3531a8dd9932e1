#include "nanolib/message/message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "nanolib/base/hash.hpp"

namespace nanolib {
namespace {

publication full_publication() {
  publication made;
  made.topic = "a/b";
  made.topic_hash = hash_text("a/b");
  made.properties = as_bytes("properties");
  made.payload = as_bytes("payload");
  made.expiry = instant(duration(5000));
  made.publisher = make_subscriber_id(3, 77);
  made.qos = quality_of_service::exactly_once;
  made.retain = true;
  return made;
}

void expect_full(const message& kept) {
  EXPECT_EQ(kept.topic(), "a/b");
  EXPECT_EQ(kept.topic_hash(), hash_text("a/b"));
  EXPECT_EQ(as_text(kept.properties()), "properties");
  EXPECT_EQ(as_text(kept.payload()), "payload");
  EXPECT_TRUE(kept.expires());
  EXPECT_EQ(kept.expiry(), instant(duration(5000)));
  EXPECT_EQ(kept.publisher(), make_subscriber_id(3, 77));
  EXPECT_EQ(kept.qos(), quality_of_service::exactly_once);
  EXPECT_TRUE(kept.retained());
  EXPECT_EQ(kept.size(), sizeof(message) + 3 + 10 + 7);
}

TEST(message, copies_everything_that_a_publication_views) {
  const message_ptr kept = message::create(full_publication());
  ASSERT_TRUE(kept);
  expect_full(*kept);
}

TEST(message, may_be_empty_but_for_its_topic) {
  publication plain;
  plain.topic = "t";
  const message_ptr kept = message::create(plain);
  EXPECT_EQ(kept->topic(), "t");
  EXPECT_TRUE(kept->properties().empty());
  EXPECT_TRUE(kept->payload().empty());
  EXPECT_FALSE(kept->expires());
  EXPECT_EQ(kept->publisher(), nobody);
}

TEST(message, holds_the_largest_topic) {
  const std::string topic(65'535, 'x');
  publication large;
  large.topic = topic;
  large.payload = as_bytes("end");
  const message_ptr kept = message::create(large);
  EXPECT_EQ(kept->topic(), topic);
  EXPECT_EQ(as_text(kept->payload()), "end");
}

TEST(message, is_shared_between_threads) {
  const message_ptr kept = message::create(full_publication());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([kept] {
      for (int round = 0; round < 10'000; ++round) {
        const message_ptr copy = kept;
        static_cast<void>(copy->qos());
      }
    });
  }
  threads.clear();
  expect_full(*kept);
}

TEST(publication, is_kept_once) {
  const publication made = full_publication();
  const message* first = made.keep().get();
  EXPECT_EQ(made.keep().get(), first);
  expect_full(*made.kept);
}

TEST(publication, of_a_kept_message_views_it_and_keeps_it_no_second_time) {
  const message_ptr kept = message::create(full_publication());
  const publication view(kept);
  EXPECT_EQ(view.keep().get(), kept.get());
  EXPECT_EQ(view.topic.data(), kept->topic().data());
  EXPECT_EQ(view.payload.data(), kept->payload().data());
  expect_full(*message::create(view));
}

TEST(subscriber_id, is_taken_apart_into_shard_and_slot) {
  const subscriber_id who = make_subscriber_id(255, 0xFFFFFF);
  EXPECT_EQ(shard_of(who), 255U);
  EXPECT_EQ(slot_of(who), 0xFFFFFFU);
  EXPECT_EQ(shard_of(make_subscriber_id(1, 2)), 1U);
  EXPECT_EQ(slot_of(make_subscriber_id(1, 2)), 2U);
}

}  // namespace
}  // namespace nanolib
