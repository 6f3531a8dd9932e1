#include "suspicion.hpp"

#include <gtest/gtest.h>

namespace nanonng::sdk {
namespace {

TEST(suspicion, falls_on_nothing_when_one_connection_is_lost) {
  suspicion which(2);
  which.lost(true, 3);
  EXPECT_FALSE(which.is_careful());
  which.sent_again(7);
  EXPECT_FALSE(which.waits());
}

TEST(suspicion, makes_careful_when_a_second_connection_is_lost_before_all_is_answered) {
  suspicion which(2);
  which.lost(true, 2);
  which.answered(1);
  which.lost(true, 1);
  EXPECT_TRUE(which.is_careful());
}

TEST(suspicion, is_over_when_all_of_the_lost_connection_is_answered) {
  suspicion which(2);
  which.lost(true, 2);
  which.answered(1);
  which.answered(2);
  which.lost(true, 4);
  EXPECT_FALSE(which.is_careful());
}

TEST(suspicion, counts_losses_while_one_message_was_alone) {
  suspicion which(2);
  which.lost(true, 1);
  which.lost(true, 1);
  which.sent_again(7);
  EXPECT_TRUE(which.waits());
  which.lost(true, 1);
  EXPECT_FALSE(which.waits());
  EXPECT_FALSE(which.is_convicted(7));
  which.sent_again(7);
  which.lost(true, 1);
  EXPECT_TRUE(which.is_convicted(7));
  EXPECT_FALSE(which.is_convicted(8));
  which.given_up(7);
  EXPECT_FALSE(which.is_convicted(7));
  which.settled();
  EXPECT_FALSE(which.is_careful());
}

TEST(suspicion, is_cleared_by_an_answer) {
  suspicion which(2);
  which.lost(true, 2);
  which.lost(true, 2);
  which.sent_again(7);
  which.lost(true, 2);
  which.sent_again(7);
  which.answered(7);
  EXPECT_TRUE(which.is_careful());  // the other one is still to come
  which.sent_again(8);
  which.lost(true, 1);
  EXPECT_FALSE(which.is_convicted(7));
  EXPECT_FALSE(which.is_convicted(8));
  which.sent_again(7);
  which.lost(true, 1);
  EXPECT_FALSE(which.is_convicted(7));
}

TEST(suspicion, does_not_count_what_the_server_did_not_do) {
  suspicion which(1);
  for (int times = 0; times < 5; ++times) which.lost(false, 1);
  EXPECT_FALSE(which.is_careful());
  which.lost(true, 1);
  which.lost(true, 1);
  which.sent_again(7);
  which.lost(false, 1);
  EXPECT_FALSE(which.is_convicted(7));
  which.sent_again(7);
  which.lost(true, 1);
  EXPECT_TRUE(which.is_convicted(7));
}

TEST(suspicion, is_none_with_a_limit_of_0) {
  suspicion which(0);
  for (int times = 0; times < 5; ++times) {
    which.lost(true, 1);
    which.sent_again(7);
  }
  EXPECT_FALSE(which.is_careful());
  EXPECT_FALSE(which.is_convicted(7));
}

}  // namespace
}  // namespace nanonng::sdk
