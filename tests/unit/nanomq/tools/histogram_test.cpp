#include "nanomq/tools/histogram.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace {

using nanomq::tools::histogram;
using std::chrono::nanoseconds;

TEST(histogram, answers_zero_when_nothing_was_recorded) {
  const histogram empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.quantile(0.5), nanoseconds{0});
  EXPECT_EQ(empty.longest(), nanoseconds{0});
}

TEST(histogram, is_exact_for_small_values) {
  histogram times;
  for (int value = 1; value <= 100; ++value) times.record(nanoseconds{value});
  EXPECT_EQ(times.quantile(0), nanoseconds{1});
  EXPECT_EQ(times.quantile(0.5), nanoseconds{50});
  EXPECT_EQ(times.quantile(0.99), nanoseconds{99});
  EXPECT_EQ(times.quantile(1), nanoseconds{100});
}

TEST(histogram, is_right_to_one_part_in_sixty_four_for_every_size) {
  for (std::int64_t value = 1; value < std::int64_t{1} << 62; value = value * 3 + 1) {
    histogram times;
    times.record(nanoseconds{value});
    times.record(nanoseconds::max());  // so that the longest does not cap the answer
    const std::int64_t answer = times.quantile(0.5).count();
    EXPECT_GE(answer, value);
    EXPECT_LE(answer - value, value / 64) << value;
  }
}

TEST(histogram, never_answers_more_than_the_longest) {
  histogram times;
  times.record(nanoseconds{1'000'001});
  EXPECT_EQ(times.quantile(0.999), nanoseconds{1'000'001});
  EXPECT_EQ(times.longest(), nanoseconds{1'000'001});
}

TEST(histogram, counts_a_negative_duration_as_zero) {
  histogram times;
  times.record(nanoseconds{-5});
  EXPECT_EQ(times.count(), 1U);
  EXPECT_EQ(times.quantile(1), nanoseconds{0});
}

TEST(histogram, takes_the_longest_duration_there_is) {
  histogram times;
  times.record(nanoseconds::max());
  EXPECT_EQ(times.quantile(0.5), nanoseconds::max());
}

}  // namespace
