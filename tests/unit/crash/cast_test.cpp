#include "cast.hpp"

#include <gtest/gtest.h>

#include "bookkeeper.hpp"
#include "faults.hpp"

namespace nanomq::crash {
namespace {

TEST(filter, matches_as_the_standard_says) {
  EXPECT_TRUE(matches("a/b", "a/b"));
  EXPECT_TRUE(matches("a/+", "a/b"));
  EXPECT_TRUE(matches("a/#", "a/b/c"));
  EXPECT_TRUE(matches("+/b/+", "a/b/c"));
  EXPECT_FALSE(matches("a/+", "a/b/c"));
  EXPECT_FALSE(matches("a/b/c", "a/b"));
  EXPECT_FALSE(matches("a", "a/b"));
  EXPECT_FALSE(matches("a/b", "a/c"));
}

TEST(cast, gives_every_message_somebody_to_judge_it) {
  bookkeeper books;
  const cast all{{.publishers = 3}, books};
  for (ledger::stream_id stream = 0; stream < all.streams.size(); ++stream) {
    if (all.streams[stream].kind == flow::retained) continue;
    std::size_t receivers = 0;
    for (const member& each : all.members) {
      if (stream < each.routes.size() && each.routes[stream]) ++receivers;
    }
    EXPECT_GT(receivers, 0U) << all.messages.settings(stream).topic;
  }
  EXPECT_EQ(all.tracked.size(), all.messages.trackers());
}

TEST(fault_log, counts_by_kind_and_keeps_the_first_of_each) {
  fault_log faults;
  for (std::size_t at = 0; at < 10; ++at) faults.add(fault::lost, "this");
  faults.add(fault::late, "that", 3);
  EXPECT_EQ(faults.total(), 13U);
  EXPECT_EQ(faults.count(fault::lost), 10U);
  EXPECT_EQ(faults.examples().size(), fault_log::kept_examples + 1);
  EXPECT_EQ(faults.examples().back(), "late: that (3 times)");
}

}  // namespace
}  // namespace nanomq::crash
