#include "nanomq/bridge/echo_filter.hpp"

#include <gtest/gtest.h>

namespace nanomq::bridge {
namespace {

constexpr nanolib::instant start{};

class echoes : public ::testing::Test {
 protected:
  void note(std::string_view topic, std::string_view payload, nanolib::instant now = start) {
    filter_.note(topic, nanolib::as_bytes(payload), now);
  }
  bool take(std::string_view topic, std::string_view payload, nanolib::instant now = start) {
    return filter_.take(topic, nanolib::as_bytes(payload), now);
  }

  echo_filter filter_{4, nanolib::duration(1'000)};
};

TEST_F(echoes, are_known_again_once) {
  note("t", "on");
  EXPECT_TRUE(take("t", "on"));
  EXPECT_FALSE(take("t", "on"));
}

TEST_F(echoes, differ_by_topic_and_by_payload) {
  note("t", "on");
  EXPECT_FALSE(take("t", "off"));
  EXPECT_FALSE(take("u", "on"));
  EXPECT_FALSE(take("to", "n"));
  EXPECT_TRUE(take("t", "on"));
}

TEST_F(echoes, of_equal_messages_are_held_back_as_often_as_they_were_sent) {
  note("t", "on");
  note("t", "on");
  EXPECT_TRUE(take("t", "on"));
  EXPECT_TRUE(take("t", "on"));
  EXPECT_FALSE(take("t", "on"));
}

TEST_F(echoes, that_never_come_are_forgotten) {
  note("t", "on");
  EXPECT_EQ(filter_.size(), 1U);
  EXPECT_FALSE(take("t", "on", start + nanolib::duration(1'000)));
  EXPECT_EQ(filter_.size(), 0U);
}

TEST_F(echoes, that_are_withdrawn_are_not_expected_any_more) {
  const auto print = filter_.note("t", nanolib::as_bytes("on"), start);
  filter_.withdraw(print, start);
  EXPECT_FALSE(take("t", "on"));
  filter_.withdraw(print, start);
  note("t", "on");
  EXPECT_TRUE(take("t", "on"));
  EXPECT_EQ(filter_.size(), 0U);
}

TEST_F(echoes, are_bounded) {
  for (const char* text : {"1", "2", "3", "4", "5"}) note("t", text);
  EXPECT_EQ(filter_.size(), 4U);
  EXPECT_FALSE(take("t", "1"));
  EXPECT_TRUE(take("t", "5"));
}

TEST_F(echoes, taken_and_sent_again_are_expected_again) {
  for (int round = 0; round < 20; ++round) {
    note("t", "on", start + nanolib::duration(round));
    EXPECT_TRUE(take("t", "on", start + nanolib::duration(round)));
  }
  EXPECT_EQ(filter_.size(), 0U);
  EXPECT_FALSE(take("t", "on", start + nanolib::duration(5'000)));
}

}  // namespace
}  // namespace nanomq::bridge
