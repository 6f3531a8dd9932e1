#include "nanomq/tools/connect_pace.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using nanomq::tools::connect_pace;
using nanomq::tools::moment;

TEST(connect_pace, lets_one_begin_at_each_interval) {
  connect_pace pace(moment{1s}, 10ms, 5, 100);
  EXPECT_EQ(pace.allowed(moment{999ms}, 0), 0U);
  EXPECT_EQ(pace.allowed(moment{1s}, 0), 1U);
  pace.begin();
  EXPECT_EQ(pace.allowed(moment{1009ms}, 1), 0U);
  EXPECT_EQ(pace.next_due(), moment{1010ms});
  EXPECT_EQ(pace.allowed(moment{1035ms}, 1), 3U);
  EXPECT_EQ(pace.allowed(moment{9s}, 0), 4U);
}

TEST(connect_pace, is_over_when_all_have_begun) {
  connect_pace pace(moment{}, 0ns, 2, 100);
  EXPECT_EQ(pace.allowed(moment{}, 0), 2U);
  pace.begin();
  EXPECT_FALSE(pace.is_over());
  pace.begin();
  EXPECT_TRUE(pace.is_over());
  EXPECT_EQ(pace.allowed(moment{1h}, 0), 0U);
}

TEST(connect_pace, holds_back_while_too_many_are_on_their_way) {
  connect_pace pace(moment{}, 0ns, 1000, 16);
  EXPECT_EQ(pace.allowed(moment{}, 0), 16U);
  EXPECT_EQ(pace.allowed(moment{}, 10), 6U);
  EXPECT_EQ(pace.allowed(moment{}, 16), 0U);
  EXPECT_EQ(pace.allowed(moment{}, 17), 0U);
}

}  // namespace
