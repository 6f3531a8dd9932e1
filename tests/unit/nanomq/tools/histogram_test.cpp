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

TEST(histogram, knows_the_shortest_and_the_mean) {
  histogram times;
  EXPECT_EQ(times.shortest(), nanoseconds{0});
  EXPECT_EQ(times.mean(), nanoseconds{0});
  for (const int value : {30, 10, 20}) times.record(nanoseconds{value});
  EXPECT_EQ(times.shortest(), nanoseconds{10});
  EXPECT_EQ(times.mean(), nanoseconds{20});
}

TEST(histogram, merges_as_if_everything_had_been_recorded_in_one) {
  histogram even;
  histogram odd;
  histogram all;
  for (int value = 1; value <= 100'000; value += 7) {
    (value % 2 == 0 ? even : odd).record(nanoseconds{value});
    all.record(nanoseconds{value});
  }
  even.merge(odd);
  EXPECT_EQ(even.count(), all.count());
  EXPECT_EQ(even.shortest(), all.shortest());
  EXPECT_EQ(even.longest(), all.longest());
  EXPECT_EQ(even.mean(), all.mean());
  for (const double share : {0.0, 0.5, 0.9, 0.99, 0.999, 1.0}) EXPECT_EQ(even.quantile(share), all.quantile(share));
}

TEST(histogram, is_not_changed_by_merging_an_empty_one) {
  histogram times;
  times.record(nanoseconds{5});
  times.merge({});
  EXPECT_EQ(times.count(), 1U);
  EXPECT_EQ(times.shortest(), nanoseconds{5});
  EXPECT_EQ(times.quantile(1), nanoseconds{5});
}

}  // namespace
