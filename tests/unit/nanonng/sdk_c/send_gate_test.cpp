// The bounds of what a C program sends.
#include "send_gate.hpp"

#include <gtest/gtest.h>

namespace nanonng::sdk::c {
namespace {

using verdict = send_gate::verdict;

/// Senders without an aio are told apart by their size.
send_gate::sender of(std::size_t size) { return {nullptr, nullptr, size}; }

TEST(send_gate, lets_in_up_to_either_bound) {
  send_gate gate;
  gate.set_bounds(2, 100);
  EXPECT_EQ(gate.enter(of(40)), verdict::go);
  EXPECT_EQ(gate.enter(of(60)), verdict::go);
  EXPECT_EQ(gate.enter(of(1)), verdict::wait);
  gate.leave(60);
  send_gate::sender next;
  ASSERT_TRUE(gate.next(next));
  EXPECT_EQ(next.size, 1U);
  EXPECT_FALSE(gate.next(next));
}

TEST(send_gate, keeps_the_order_when_a_later_one_would_fit) {
  send_gate gate;
  gate.set_bounds(10, 100);
  EXPECT_EQ(gate.enter(of(50)), verdict::go);
  EXPECT_EQ(gate.enter(of(60)), verdict::wait);
  EXPECT_EQ(gate.enter(of(10)), verdict::wait);
  send_gate::sender next;
  EXPECT_FALSE(gate.next(next));
  gate.leave(50);
  ASSERT_TRUE(gate.next(next));
  EXPECT_EQ(next.size, 60U);
  ASSERT_TRUE(gate.next(next));
  EXPECT_EQ(next.size, 10U);
}

TEST(send_gate, lets_one_in_that_is_larger_than_the_bound_when_nothing_else_is_there) {
  send_gate gate;
  gate.set_bounds(10, 100);
  EXPECT_EQ(gate.enter(of(1'000)), verdict::go);
  EXPECT_EQ(gate.enter(of(1)), verdict::wait);
}

TEST(send_gate, hands_out_who_waits_when_it_closes) {
  send_gate gate;
  gate.set_bounds(1, 100);
  EXPECT_EQ(gate.enter(of(1)), verdict::go);
  EXPECT_EQ(gate.enter(of(2)), verdict::wait);
  EXPECT_EQ(gate.close().size(), 1U);
  EXPECT_EQ(gate.enter(of(3)), verdict::closed);
  gate.leave(1);
  send_gate::sender next;
  EXPECT_FALSE(gate.next(next));
  EXPECT_TRUE(gate.close().empty());
}

}  // namespace
}  // namespace nanonng::sdk::c
