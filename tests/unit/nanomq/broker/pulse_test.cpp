#include "broker/pulse.hpp"

#include <gtest/gtest.h>

namespace nanomq::broker {
namespace {

TEST(pulse, is_there_while_every_loop_has_turned_since_it_was_asked) {
  const auto one = nanonng::net::event_loop::create({});
  const auto other = nanonng::net::event_loop::create({});
  ASSERT_TRUE(one && other);
  pulse asked;
  asked.add(**one);
  asked.add(**other);
  EXPECT_TRUE(asked.beat());
  EXPECT_FALSE(asked.beat());
  (*one)->turn(nanolib::duration(0));
  EXPECT_FALSE(asked.beat());
  (*other)->turn(nanolib::duration(0));
  (*one)->turn(nanolib::duration(0));
  EXPECT_TRUE(asked.beat());
}

TEST(pulse, leaves_no_more_than_one_question_with_a_loop_that_is_stuck) {
  const auto loop = nanonng::net::event_loop::create({});
  ASSERT_TRUE(loop);
  pulse asked;
  asked.add(**loop);
  EXPECT_TRUE(asked.beat());
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(asked.beat());
  (*loop)->turn(nanolib::duration(0));
  EXPECT_TRUE(asked.beat());
  (*loop)->discard_inbox();
}

}  // namespace
}  // namespace nanomq::broker
