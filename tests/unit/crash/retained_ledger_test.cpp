#include "retained_ledger.hpp"

#include <gtest/gtest.h>

namespace nanomq::crash {
namespace {

class retained_case : public testing::Test {
 protected:
  void set(std::uint32_t number, bool acknowledged = true) { change(number, false, acknowledged); }
  void remove(std::uint32_t number, bool acknowledged = true) { change(number, true, acknowledged); }
  void change(std::uint32_t number, bool deletes, bool acknowledged) {
    books.sent(topic, number, deletes);
    if (acknowledged) books.acknowledged(topic, number);
  }

  fault_log faults;
  retained_ledger books{faults};
  retained_ledger::topic_id topic = books.add_topic("r");
};

TEST_F(retained_case, wants_the_last_acknowledged_value) {
  set(0);
  set(1);
  books.found(topic, 1);
  EXPECT_EQ(faults.total(), 0U);
  books.found(topic, 0);
  EXPECT_EQ(faults.count(fault::wrong_retained), 1U);
}

TEST_F(retained_case, allows_a_later_value_that_is_not_acknowledged) {
  set(0);
  set(1, false);
  set(2, false);
  for (const std::uint32_t number : {0U, 1U, 2U}) EXPECT_TRUE(books.possible(topic, number)) << number;
  books.acknowledged(topic, 2);
  EXPECT_FALSE(books.possible(topic, 1));
  EXPECT_TRUE(books.possible(topic, 2));
}

TEST_F(retained_case, finds_that_a_value_is_missing) {
  set(0);
  books.found(topic, std::nullopt);
  EXPECT_EQ(faults.count(fault::missing_retained), 1U);
}

TEST_F(retained_case, finds_that_a_deletion_is_undone) {
  set(0);
  remove(1);
  books.found(topic, 0);
  EXPECT_EQ(faults.count(fault::undeleted_retained), 1U);
}

TEST_F(retained_case, allows_both_while_a_deletion_is_not_acknowledged) {
  set(0);
  remove(1, false);
  books.found(topic, 0);
  books.found(topic, std::nullopt);
  EXPECT_EQ(faults.total(), 0U);
}

TEST_F(retained_case, counts_a_fault_once) {
  set(0);
  set(1);
  books.found(topic, 0);
  books.found(topic, 0);
  EXPECT_EQ(faults.total(), 1U);
}

}  // namespace
}  // namespace nanomq::crash
