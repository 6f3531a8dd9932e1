#include "ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace nanomq::crash {
namespace {

/// One stream and one receiver that is owed everything from the start.
class ledger_case : public testing::Test {
 protected:
  explicit ledger_case(std::uint8_t qos = 2)
      : stream{books.add_stream({.topic = "a/b", .qos = qos})}, receiver{books.add_tracker(stream, "somebody")} {
    books.require_from_now(receiver);
  }

  std::uint32_t publish() {
    const std::uint32_t number = books.sent(stream);
    books.acknowledged({.stream = stream, .sequence = number});
    return number;
  }

  fault_log faults;
  ledger books{faults};
  ledger::stream_id stream;
  ledger::tracker_id receiver;
};

class ledger_with_qos_1 : public ledger_case {
 protected:
  ledger_with_qos_1() : ledger_case(1) {}
};

TEST_F(ledger_case, owes_an_acknowledged_message_until_it_arrives) {
  const std::uint32_t number = publish();
  EXPECT_EQ(books.outstanding(), 1U);
  books.arrived(receiver, number, 2);
  EXPECT_EQ(books.outstanding(), 0U);
  EXPECT_EQ(books.give_up(receiver), 0U);
  EXPECT_EQ(faults.total(), 0U);
}

TEST_F(ledger_case, is_content_with_a_message_that_arrives_before_its_acknowledgement) {
  const std::uint32_t number = books.sent(stream);
  books.arrived(receiver, number, 2);
  books.acknowledged({.stream = stream, .sequence = number});
  EXPECT_EQ(books.outstanding(), 0U);
  EXPECT_EQ(faults.total(), 0U);
}

TEST_F(ledger_case, counts_what_never_arrives_as_lost) {
  publish();
  publish();
  EXPECT_EQ(books.give_up(receiver), 2U);
  EXPECT_EQ(faults.count(fault::lost), 2U);
  EXPECT_EQ(books.give_up(receiver), 0U);
}

TEST_F(ledger_case, does_not_owe_what_was_not_acknowledged) {
  static_cast<void>(books.sent(stream));
  EXPECT_EQ(books.outstanding(), 0U);
  EXPECT_EQ(books.give_up(receiver), 0U);
}

TEST_F(ledger_case, does_not_owe_what_was_first_sent_before_the_subscription_was_acknowledged) {
  const auto later = books.add_tracker(stream, "somebody else");
  const std::uint32_t number = books.sent(stream);
  books.require_from_now(later);
  books.acknowledged({.stream = stream, .sequence = number});
  EXPECT_EQ(books.outstanding(later), 0U);
  publish();
  EXPECT_EQ(books.outstanding(later), 1U);
}

TEST_F(ledger_case, owes_nothing_once_the_subscription_is_given_back) {
  publish();
  books.require_nothing(receiver);
  EXPECT_EQ(books.outstanding(), 0U);
  publish();
  EXPECT_EQ(books.outstanding(), 0U);
  EXPECT_EQ(faults.total(), 0U);
}

TEST_F(ledger_case, calls_late_what_comes_after_it_was_given_up) {
  const std::uint32_t number = publish();
  books.give_up(receiver);
  books.arrived(receiver, number, 2);
  EXPECT_EQ(faults.count(fault::lost), 0U);
  EXPECT_EQ(faults.count(fault::late), 1U);
  EXPECT_EQ(books.outstanding(), 0U);
}

TEST_F(ledger_case, finds_a_second_delivery_with_qos_2) {
  const std::uint32_t number = publish();
  books.arrived(receiver, number, 2);
  books.arrived(receiver, number, 2);
  EXPECT_EQ(faults.count(fault::duplicated), 1U);
}

TEST_F(ledger_case, allows_a_second_delivery_where_qos_1_was_granted) {
  const std::uint32_t number = publish();
  books.arrived(receiver, number, 1);
  books.arrived(receiver, number, 1);
  EXPECT_EQ(faults.total(), 0U);
  EXPECT_EQ(books.allowed_repetitions(), 1U);
}

TEST_F(ledger_case, allows_a_second_delivery_where_the_first_was_promised_less) {
  const std::uint32_t number = publish();
  books.arrived(receiver, number, 0);
  books.arrived(receiver, number, 2);
  EXPECT_EQ(faults.total(), 0U);
  books.arrived(receiver, number, 2);
  EXPECT_EQ(faults.count(fault::duplicated), 1U);
}

TEST_F(ledger_case, looks_at_no_order_of_what_was_sent_before_the_subscription) {
  const auto later = books.add_tracker(stream, "somebody else");
  const std::uint32_t before = publish();
  books.require_from_now(later);
  const std::uint32_t after = publish();
  books.arrived(later, after, 2);
  books.arrived(later, before, 2);
  EXPECT_EQ(faults.total(), 0U);
}

TEST_F(ledger_with_qos_1, allows_a_second_delivery) {
  const std::uint32_t number = publish();
  books.arrived(receiver, number, 1);
  books.arrived(receiver, number, 1);
  EXPECT_EQ(faults.total(), 0U);
}

TEST_F(ledger_case, allows_a_second_delivery_of_what_went_out_again_because_the_session_was_lost) {
  const std::uint32_t number = books.sent(stream);
  books.republished({.stream = stream, .sequence = number});
  books.arrived(receiver, number, 2);
  books.arrived(receiver, number, 2);
  EXPECT_EQ(faults.total(), 0U);
}

TEST_F(ledger_case, finds_a_first_delivery_after_a_later_message) {
  const std::uint32_t first = publish();
  const std::uint32_t second = publish();
  books.arrived(receiver, second, 2);
  books.arrived(receiver, first, 2);
  EXPECT_EQ(faults.count(fault::reordered), 1U);
}

TEST_F(ledger_case, looks_at_the_order_of_each_quality_by_itself) {
  const std::uint32_t first = publish();
  const std::uint32_t second = publish();
  const std::uint32_t third = publish();
  books.arrived(receiver, second, 0);
  books.arrived(receiver, first, 1);
  EXPECT_EQ(faults.total(), 0U);
  books.arrived(receiver, third, 2);
  EXPECT_EQ(faults.total(), 0U);
}

TEST_F(ledger_with_qos_1, does_not_mind_a_repetition_after_a_later_message) {
  const std::uint32_t first = publish();
  const std::uint32_t second = publish();
  books.arrived(receiver, first, 1);
  books.arrived(receiver, second, 1);
  books.arrived(receiver, first, 1);
  books.arrived(receiver, second, 1);
  EXPECT_EQ(faults.total(), 0U);
}

TEST_F(ledger_case, looks_at_no_order_in_a_share_group) {
  const auto group = books.add_tracker(stream, "the group", true);
  const std::uint32_t first = publish();
  const std::uint32_t second = publish();
  books.arrived(group, second, 2);
  books.arrived(group, first, 2);
  EXPECT_EQ(faults.total(), 0U);
  books.arrived(group, first, 2);
  EXPECT_EQ(faults.count(fault::duplicated), 1U);
}

TEST_F(ledger_case, finds_what_was_taken_back) {
  const std::uint32_t number = books.sent(stream);
  books.withdrawn({.stream = stream, .sequence = number});
  books.arrived(receiver, number, 2);
  EXPECT_EQ(faults.count(fault::undue_will), 1U);
}

TEST_F(ledger_case, can_give_up_a_probe_without_counting_it) {
  publish();
  EXPECT_EQ(books.give_up(receiver, false), 1U);
  EXPECT_EQ(faults.total(), 0U);
}

/// A broker that loses, repeats and swaps some of ten thousand messages must be convicted of exactly those.
TEST_F(ledger_case, counts_exactly_what_was_planted) {
  constexpr std::uint32_t count = 10'000;
  for (std::uint32_t at = 0; at < count; ++at) publish();
  std::vector<std::uint32_t> deliveries(count);
  std::iota(deliveries.begin(), deliveries.end(), 0U);
  std::mt19937 chance{1};
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  std::uint64_t swapped = 0;
  std::vector<std::uint32_t> flawed;
  for (std::uint32_t at = 0; at < count; ++at) {
    switch (at + 1 == count ? 3 : chance() % 50) {
      case 0:
        ++lost;
        break;
      case 1:
        ++repeated;
        flawed.insert(flawed.end(), 2, deliveries[at]);
        break;
      case 2:
        ++swapped;
        flawed.insert(flawed.end(), {deliveries[at + 1], deliveries[at]});
        ++at;
        break;
      default:
        flawed.push_back(deliveries[at]);
    }
  }
  for (const std::uint32_t number : flawed) books.arrived(receiver, number, 2);
  books.give_up(receiver);
  EXPECT_EQ(faults.count(fault::lost), lost);
  EXPECT_EQ(faults.count(fault::duplicated), repeated);
  EXPECT_EQ(faults.count(fault::reordered), swapped);
}

}  // namespace
}  // namespace nanomq::crash
