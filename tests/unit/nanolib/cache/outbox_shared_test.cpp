// What another member of a shared subscription may take over. Spec: MQTT 5.0 §4.8.2.
#include <gtest/gtest.h>

#include <vector>

#include "nanolib/base/quiescence.hpp"
#include "nanolib/subscription/subscription_tree.hpp"
#include "outbox_fixture.hpp"

namespace nanolib {
namespace {

class outbox_shared : public outbox_test {
 protected:
  outbox_shared() {
    readers_.online(0);
    static_cast<void>(tree_.subscribe(*parse_topic_filter("$share/g/t", {65'535, 200}), 1, {}));
    match_result found;
    tree_.match("t", found);
    group_ = found.shared.front();
  }
  delivery shared(std::string_view name, quality_of_service qos = qos_1) {
    delivery made = named(name, qos);
    made.group = group_;
    return made;
  }
  std::vector<std::string> take() {
    std::vector<delivery> taken;
    owed.take_shared([this](const shared_group_ptr&) { return others_; }, taken);
    std::vector<std::string> all;
    for (const delivery& one : taken) {
      EXPECT_TRUE(one.group);
      all.emplace_back(one.what->topic());
    }
    return all;
  }
  using names = std::vector<std::string>;

  bool others_ = true;  ///< whether there is a member that could take them over

 private:
  quiescence readers_{1};
  subscription_tree tree_{readers_};
  shared_group_ptr group_;
};

// [MQTT-4.8.2-5]
TEST_F(outbox_shared, unacknowledged_qos_1_and_queued_messages_go) {
  owed.connect(2);
  ASSERT_EQ(owed.begin(shared("a")), 1);
  ASSERT_EQ(owed.begin(named("own")), 2);
  ASSERT_TRUE(owed.enqueue(shared("c", qos_2)));
  ASSERT_TRUE(owed.enqueue(named("own too")));
  ASSERT_TRUE(owed.enqueue(shared("d")));
  EXPECT_EQ(take(), (names{"a", "c", "d"}));
  EXPECT_EQ(owed.inflight(), 1U);
  EXPECT_EQ(owed.queued(), 1U);
  EXPECT_EQ(owed.queued_bytes(), named("own too").what->size());
  EXPECT_EQ(owed.on_puback(1), acknowledged::unknown);
  EXPECT_EQ(next(), "own too");
}

// [MQTT-4.8.2-4]
TEST_F(outbox_shared, qos_2_exchanges_under_way_stay) {
  owed.connect(2);
  ASSERT_EQ(owed.begin(shared("a", qos_2)), 1);
  ASSERT_EQ(owed.begin(shared("b", qos_2)), 2);
  ASSERT_EQ(owed.on_pubrec(2, false), acknowledged::done);
  EXPECT_EQ(take(), names{});
  EXPECT_EQ(owed.inflight(), 2U);
}

TEST_F(outbox_shared, what_was_acknowledged_is_not_taken) {
  owed.connect(3);
  ASSERT_EQ(owed.begin(named("own")), 1);
  ASSERT_EQ(owed.begin(shared("a")), 2);
  ASSERT_EQ(owed.begin(shared("b")), 3);
  ASSERT_EQ(owed.on_puback(2), acknowledged::done);
  EXPECT_EQ(take(), names{"b"});
  EXPECT_EQ(owed.on_puback(1), acknowledged::done);
  EXPECT_TRUE(owed.is_empty());
}

TEST_F(outbox_shared, those_that_lag_are_taken_too) {
  owed.connect(3);
  ASSERT_EQ(owed.begin(shared("old")), 1);
  for (int i = 0; i < 40'000; ++i) {
    const std::uint16_t identifier = owed.begin({});
    ASSERT_NE(identifier, 0);
    owed.abandon(identifier);
  }
  ASSERT_NE(owed.begin(shared("new")), 0);
  owed.disconnect();
  EXPECT_EQ(take(), (names{"old", "new"}));
  EXPECT_TRUE(owed.is_empty());
  owed.connect(3);
  EXPECT_EQ(owed.resume(), nullptr);
  EXPECT_EQ(owed.room(), 3U);
}

TEST_F(outbox_shared, the_queue_keeps_its_order) {
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(owed.enqueue(named(name)));
    ASSERT_TRUE(owed.enqueue(shared("s")));
  }
  EXPECT_EQ(take(), (names{"s", "s", "s"}));
  owed.connect(9);
  EXPECT_EQ(next(), "a");
  EXPECT_EQ(next(), "b");
  EXPECT_EQ(next(), "c");
}

// [MQTT-4.4.0-1]
TEST_F(outbox_shared, what_nobody_takes_stays_in_its_place_under_its_identifier) {
  owed.connect(2);
  ASSERT_EQ(owed.begin(shared("a")), 1);
  ASSERT_EQ(owed.begin(named("own")), 2);
  ASSERT_TRUE(owed.enqueue(shared("b")));
  ASSERT_TRUE(owed.enqueue(named("own too")));
  owed.disconnect();
  others_ = false;
  EXPECT_TRUE(take().empty());
  EXPECT_EQ(owed.queued(), 2U);
  owed.connect(10);
  const outbox::entry* again = owed.resume();
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->packet_identifier, 1);
  EXPECT_TRUE(again->resent);
  EXPECT_EQ(again->what.what->topic(), "a");
  ASSERT_NE(owed.resume(), nullptr);
  EXPECT_EQ(owed.resume(), nullptr);
  EXPECT_EQ(next(), "b");
  EXPECT_EQ(next(), "own too");
}

}  // namespace
}  // namespace nanolib
