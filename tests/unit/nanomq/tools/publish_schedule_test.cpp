#include "nanomq/tools/publish_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace std::chrono_literals;
using nanomq::tools::moment;
using nanomq::tools::publish_schedule;
using testing::ElementsAre;

/// Sends everything that is due, and says who sent.
std::vector<std::uint32_t> send_until(publish_schedule& schedule, moment now) {
  std::vector<std::uint32_t> senders;
  while (const auto due = schedule.take_due(now)) {
    senders.push_back(due->publisher);
    schedule.next(*due);
  }
  return senders;
}

TEST(publish_schedule, is_due_never_when_nobody_waits) {
  publish_schedule schedule(10ms);
  EXPECT_FALSE(schedule.next_due());
  EXPECT_FALSE(schedule.take_due(moment{1h}));
}

TEST(publish_schedule, takes_publishers_in_turn) {
  publish_schedule schedule(30ms);
  for (std::uint32_t publisher = 0; publisher < 3; ++publisher) schedule.add(publisher, moment{publisher * 10ms});
  EXPECT_THAT(send_until(schedule, moment{9ms}), ElementsAre(0));
  EXPECT_THAT(send_until(schedule, moment{9ms}), ElementsAre());
  EXPECT_EQ(schedule.next_due(), moment{10ms});
  EXPECT_THAT(send_until(schedule, moment{60ms}), ElementsAre(1, 2, 0, 1, 2, 0));
}

TEST(publish_schedule, keeps_to_its_times_however_late_it_is_asked) {
  publish_schedule schedule(10ms);
  schedule.add(0, moment{0ms});
  std::vector<moment> due;
  while (const auto entry = schedule.take_due(moment{45ms})) {
    due.push_back(entry->due);
    schedule.next(*entry);
  }
  EXPECT_THAT(due, ElementsAre(moment{0ms}, moment{10ms}, moment{20ms}, moment{30ms}, moment{40ms}));
}

TEST(publish_schedule, lets_a_publisher_that_was_kept_back_catch_up_with_its_own_times) {
  publish_schedule schedule(10ms);
  schedule.add(0, moment{0ms});
  schedule.add(1, moment{5ms});
  const auto kept_back = schedule.take_due(moment{0ms});
  EXPECT_THAT(send_until(schedule, moment{20ms}), ElementsAre(1, 1));
  schedule.add(kept_back->publisher, kept_back->due);
  EXPECT_THAT(send_until(schedule, moment{20ms}), ElementsAre(0, 0, 0));
}

TEST(publish_schedule, sends_as_many_messages_as_its_rate_says) {
  constexpr std::uint32_t publishers = 7;
  publish_schedule schedule(publishers * 100us);  // 10 000 a second over all
  for (std::uint32_t at = 0; at < publishers; ++at) schedule.add(at, moment{at * 100us});
  std::size_t sent = 0;
  for (auto now = moment{0s}; now < moment{2s}; now += 1234us) sent += send_until(schedule, now).size();
  sent += send_until(schedule, moment{2s}).size();
  EXPECT_EQ(sent, 20'001U);
}

}  // namespace
