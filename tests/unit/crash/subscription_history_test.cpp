#include "subscription_history.hpp"

#include <gtest/gtest.h>

#include <array>

namespace nanomq::crash {
namespace {

constexpr std::array<std::uint32_t, 1> seven{7};
constexpr std::array<std::uint32_t, 1> eight{8};
constexpr subscription_options with_seven{.qos = 1, .identifier = 7};
constexpr subscription_options with_eight{.qos = 2, .identifier = 8};
constexpr delivery_marks as_seven{.published_qos = 2, .qos = 1, .identifiers = seven};
constexpr delivery_marks as_eight{.published_qos = 2, .qos = 2, .identifiers = eight};

TEST(subscription_history, knows_of_no_subscription_at_first) {
  const subscription_history history;
  EXPECT_TRUE(history.certain());
  EXPECT_FALSE(history.current());
  EXPECT_EQ(history.judge(1, as_seven), verdict::not_subscribed);
}

TEST(subscription_history, allows_deliveries_before_the_acknowledgement) {
  subscription_history history;
  history.requested(with_seven);
  EXPECT_FALSE(history.certain());
  EXPECT_EQ(history.judge(5, as_seven), verdict::right);
}

TEST(subscription_history, finds_other_options_and_identifiers) {
  subscription_history history;
  history.requested(with_seven);
  history.confirmed(10);
  EXPECT_EQ(history.judge(11, as_seven), verdict::right);
  EXPECT_EQ(history.judge(11, {.published_qos = 2, .qos = 1}), verdict::wrong_options);
  EXPECT_EQ(history.judge(11, {.published_qos = 2, .qos = 2, .identifiers = seven}), verdict::wrong_options);
  EXPECT_EQ(history.judge(11, as_eight), verdict::wrong_options);
  EXPECT_EQ(history.judge(11, {.published_qos = 2, .qos = 1, .retain = true, .identifiers = seven}),
            verdict::wrong_options);
}

TEST(subscription_history, grants_the_lower_of_both_qualities) {
  subscription_history history;
  history.requested(subscription_options{.qos = 2});
  history.confirmed(10);
  EXPECT_EQ(history.judge(11, {.published_qos = 1, .qos = 1}), verdict::right);
  EXPECT_EQ(history.judge(11, {.published_qos = 1, .qos = 2}), verdict::wrong_options);
}

TEST(subscription_history, wants_the_retain_flag_only_as_published_and_asked_for) {
  subscription_history history;
  history.requested(subscription_options{.qos = 1, .retain_as_published = true});
  history.confirmed(10);
  EXPECT_EQ(history.judge(11, {.published_qos = 1, .published_retain = true, .qos = 1, .retain = true}),
            verdict::right);
  EXPECT_EQ(history.judge(11, {.published_qos = 1, .published_retain = true, .qos = 1}), verdict::wrong_options);
  EXPECT_EQ(history.judge(11, {.published_qos = 1, .qos = 1}), verdict::right);
}

TEST(subscription_history, does_not_explain_ones_own_message_with_no_local) {
  subscription_history history;
  history.requested(subscription_options{.qos = 1, .no_local = true});
  history.confirmed(10);
  EXPECT_EQ(history.judge(11, {.published_qos = 1, .published_by_subscriber = true, .qos = 1}), verdict::wrong_options);
  EXPECT_EQ(history.judge(11, {.published_qos = 1, .qos = 1}), verdict::right);
}

TEST(subscription_history, lets_a_replaced_subscription_explain_only_messages_that_were_sent_in_its_time) {
  subscription_history history;
  history.requested(with_seven);
  history.confirmed(10);
  history.requested(with_eight);
  EXPECT_EQ(history.judge(15, as_seven), verdict::right);
  EXPECT_EQ(history.judge(15, as_eight), verdict::right);
  history.confirmed(20);
  EXPECT_EQ(history.judge(15, as_seven), verdict::right) << "it may have waited since then";
  EXPECT_EQ(history.judge(21, as_seven), verdict::wrong_options);
  EXPECT_EQ(history.judge(21, as_eight), verdict::right);
}

TEST(subscription_history, finds_a_delivery_after_an_acknowledged_unsubscription) {
  subscription_history history;
  history.requested(with_seven);
  history.confirmed(10);
  history.requested(std::nullopt);
  history.confirmed(20);
  EXPECT_EQ(history.judge(19, as_seven), verdict::right);
  EXPECT_EQ(history.judge(21, as_seven), verdict::not_subscribed);
}

TEST(subscription_history, allows_both_while_an_unsubscription_is_unanswered) {
  subscription_history history;
  history.requested(with_seven);
  history.confirmed(10);
  history.requested(std::nullopt);  // and the broker is killed
  history.requested(std::nullopt);
  EXPECT_EQ(history.judge(30, as_seven), verdict::right);
  history.confirmed(40);
  EXPECT_EQ(history.judge(41, as_seven), verdict::not_subscribed);
}

TEST(subscription_history, ends_with_a_lost_session) {
  subscription_history history;
  history.requested(with_seven);
  history.confirmed(10);
  history.lost(20);
  EXPECT_TRUE(history.certain());
  EXPECT_FALSE(history.current());
  EXPECT_EQ(history.judge(21, as_seven), verdict::not_subscribed);
}

}  // namespace
}  // namespace nanomq::crash
