// Packet identifiers over a long life: they wrap, and are never given twice at a time. Spec: [MQTT-2.2.1-4].
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "outbox_fixture.hpp"

namespace nanolib {
namespace {

/// Many share one body, so that the tests are about identifiers and not about memory.
class outbox_identifiers : public outbox_test {
 protected:
  std::uint16_t begin(quality_of_service qos = qos_1) {
    delivery what;
    what.what = body_;
    what.qos = qos;
    return owed.begin(std::move(what));
  }
  /// Sends messages and acknowledges each at once.
  void pass(int count) {
    for (int i = 0; i < count; ++i) {
      const std::uint16_t identifier = begin();
      ASSERT_NE(identifier, 0);
      ASSERT_FALSE(held_.contains(identifier)) << "given twice";
      ASSERT_EQ(owed.on_puback(identifier), acknowledged::done);
    }
  }
  /// Sends messages that stay unacknowledged.
  void hold(int count, quality_of_service qos = qos_1) {
    for (int i = 0; i < count; ++i) {
      const std::uint16_t identifier = begin(qos);
      ASSERT_NE(identifier, 0);
      ASSERT_TRUE(held_.insert(identifier).second) << "given twice: " << identifier;
    }
  }
  /// Brings every held QoS 2 exchange as far as PUBREL, which a new connection does not count.
  void release_and_reconnect(std::uint16_t quota) {
    for (const std::uint16_t identifier : held_) ASSERT_EQ(owed.on_pubrec(identifier, false), acknowledged::done);
    owed.disconnect();
    owed.connect(quota);
    while (owed.resume() != nullptr) {
    }
  }

  std::set<std::uint16_t> held_;

 private:
  message_ptr body_ = named_message("body");
};

TEST_F(outbox_identifiers, wrap_from_65535_to_1) {
  owed.connect(10);
  pass(65'534);
  EXPECT_EQ(begin(), 65'535);
  EXPECT_EQ(begin(), 1);
  EXPECT_EQ(owed.on_puback(1), acknowledged::done);
  EXPECT_EQ(owed.on_puback(65'535), acknowledged::done);
  EXPECT_TRUE(owed.is_empty());
}

TEST_F(outbox_identifiers, one_message_never_acknowledged_lets_all_others_pass) {
  owed.connect(10);
  hold(1);
  pass(200'000);
  EXPECT_EQ(owed.inflight(), 1U);
  EXPECT_EQ(owed.room(), 9U);
  owed.disconnect();
  owed.connect(10);
  const outbox::entry* again = owed.resume();
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->packet_identifier, 1);
  EXPECT_TRUE(again->resent);
  EXPECT_EQ(owed.resume(), nullptr);
  pass(10);
  EXPECT_EQ(owed.on_puback(1), acknowledged::done);
  EXPECT_TRUE(owed.is_empty());
  held_.clear();
  pass(70'000);
}

TEST_F(outbox_identifiers, laggards_of_different_ages_stay_apart) {
  owed.connect(200);
  for (int round = 0; round < 100; ++round) {
    hold(1);
    pass(2'500);
  }
  EXPECT_EQ(owed.inflight(), 100U);
  const std::set<std::uint16_t> all = held_;
  for (const std::uint16_t identifier : all) {
    EXPECT_EQ(owed.on_puback(identifier), acknowledged::done);
    held_.erase(identifier);
    pass(700);
  }
  EXPECT_TRUE(owed.is_empty());
  EXPECT_EQ(owed.room(), 200U);
}

// [MQTT-4.6.0-1]
TEST_F(outbox_identifiers, laggards_are_sent_again_before_what_came_later) {
  owed.connect(10);
  hold(2);
  pass(40'000);
  hold(1);
  owed.disconnect();
  owed.connect(10);
  std::vector<std::uint16_t> order;
  while (const outbox::entry* again = owed.resume()) order.push_back(again->packet_identifier);
  EXPECT_EQ(order, (std::vector<std::uint16_t>{1, 2, 40'003}));
}

TEST_F(outbox_identifiers, an_acknowledged_laggard_makes_the_resumption_repeat_nothing) {
  owed.connect(10);
  hold(3, qos_2);
  pass(40'000);
  hold(2, qos_2);
  for (const std::uint16_t identifier : held_) ASSERT_EQ(owed.on_pubrec(identifier, false), acknowledged::done);
  owed.disconnect();
  owed.connect(10);
  EXPECT_EQ(owed.resume()->packet_identifier, 1);
  EXPECT_EQ(owed.on_pubcomp(3), acknowledged::done);       // a laggard whose turn has not come
  EXPECT_EQ(owed.on_pubcomp(40'004), acknowledged::done);  // the front of the window, likewise
  EXPECT_EQ(owed.resume()->packet_identifier, 2);
  EXPECT_EQ(owed.on_pubcomp(1), acknowledged::done);
  EXPECT_EQ(owed.resume()->packet_identifier, 40'005);
  EXPECT_EQ(owed.resume(), nullptr);
}

TEST_F(outbox_identifiers, are_all_given_and_none_twice) {
  owed.connect(65'535);
  hold(65'535);
  EXPECT_FALSE(owed.can_begin());
  EXPECT_EQ(*held_.begin(), 1);
  for (const std::uint16_t identifier : held_) ASSERT_EQ(owed.on_puback(identifier), acknowledged::done);
  EXPECT_TRUE(owed.is_empty());
  held_.clear();
  pass(70'000);
}

TEST_F(outbox_identifiers, nothing_begins_while_all_are_in_use_although_there_is_quota) {
  owed.connect(65'535);
  hold(65'535, qos_2);
  release_and_reconnect(100);
  EXPECT_EQ(owed.room(), 0U);
  ASSERT_TRUE(owed.enqueue(named("waits")));
  EXPECT_EQ(next(), "");
  EXPECT_EQ(owed.queued(), 1U);
  EXPECT_EQ(owed.on_pubcomp(30'000), acknowledged::done);
  const outbox::entry* given = owed.next(start);
  ASSERT_EQ(name_of(given), "waits");
  EXPECT_EQ(given->packet_identifier, 30'000);
  EXPECT_EQ(owed.room(), 0U);
}

TEST_F(outbox_identifiers, the_few_that_are_left_free_are_found) {
  owed.connect(65'535);
  hold(65'535, qos_2);
  release_and_reconnect(100);
  const std::set<std::uint16_t> free{1, 77, 32'767, 32'768, 32'769, 50'000, 65'535};
  for (const std::uint16_t identifier : free) {
    ASSERT_EQ(owed.on_pubcomp(identifier), acknowledged::done);
    held_.erase(identifier);
  }
  EXPECT_EQ(owed.room(), free.size());
  for (std::size_t i = 0; i < free.size(); ++i) hold(1);
  EXPECT_EQ(owed.room(), 0U);
  EXPECT_EQ(held_.size(), 65'535U);
}

}  // namespace
}  // namespace nanolib
