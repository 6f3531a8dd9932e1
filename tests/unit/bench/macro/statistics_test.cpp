#include "statistics.hpp"

#include <gtest/gtest.h>

namespace {

using namespace nanomq::bench;

TEST(statistics, median_of_nothing_is_nothing) { EXPECT_FALSE(median({})); }

TEST(statistics, median_of_an_odd_number_is_the_middle) { EXPECT_EQ(median({9, 1, 5}), 5); }

TEST(statistics, median_of_an_even_number_lies_between_the_two_in_the_middle) { EXPECT_EQ(median({8, 1, 2, 100}), 5); }

TEST(statistics, ratio_needs_both_values_and_a_divisor_above_zero) {
  EXPECT_EQ(ratio(1.0, 4.0), 0.25);
  EXPECT_FALSE(ratio(std::nullopt, 4.0));
  EXPECT_FALSE(ratio(1.0, std::nullopt));
  EXPECT_FALSE(ratio(1.0, 0.0));
}

TEST(statistics, least_passes_over_what_is_missing) {
  EXPECT_EQ(least({std::nullopt, 3.0, 2.0, std::nullopt}), 2.0);
  EXPECT_FALSE(least({std::nullopt}));
}

}  // namespace
