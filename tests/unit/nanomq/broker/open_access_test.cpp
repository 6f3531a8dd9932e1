#include <gtest/gtest.h>

#include "nanomq/broker/access.hpp"

namespace nanomq::broker {
namespace {

using nanonng::mqtt::reason_code;

TEST(open_access, admits_everybody_but_where_users_are_wanted) {
  const auto subject = open_access();
  principal who{"c", "ann", "127.0.0.1"};
  EXPECT_EQ(subject->authenticate(who, {true, {}}, nullptr)->reason, reason_code::success);
  EXPECT_TRUE(subject->still_admits(who));
  who.needs_user = true;  // and nobody knows any
  EXPECT_EQ(subject->authenticate(who, {true, {}}, nullptr)->reason, reason_code::not_authorized);
  EXPECT_FALSE(subject->still_admits(who));
}

}  // namespace
}  // namespace nanomq::broker
