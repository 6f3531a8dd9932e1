// Token buckets: bursts, flow, debt, and many threads at one.
#include "nanolib/base/token_bucket.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

using nanolib::bucket_shape;
using nanolib::duration;
using nanolib::instant;
using nanolib::rate;
using nanolib::shared_token_bucket;
using nanolib::token_bucket;

namespace {

constexpr instant start{duration(1'000'000)};

instant after(std::int64_t milliseconds) { return start + duration(milliseconds); }

// How many can be taken one by one.
std::uint64_t take_all(token_bucket& from, const bucket_shape& shape, instant now) {
  std::uint64_t taken = 0;
  while (from.try_spend(shape, 1, now)) ++taken;
  return taken;
}

}  // namespace

TEST(token_bucket, without_a_rate_is_never_empty) {
  const bucket_shape shape;
  token_bucket bucket;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(bucket.try_spend(shape, 1'000'000'000, start));
  EXPECT_FALSE(shape.is_limited());
  EXPECT_TRUE(bucket.is_full(start));
}

TEST(token_bucket, holds_what_flows_in_within_the_time_of_its_rate) {
  for (const rate flow : {rate{100, duration(1'000)}, rate{7, duration(1'000)}, rate{6'000, duration(60'000)},
                          rate{1, duration(3'600'000)}, rate{1'000'000, duration(1'000)}}) {
    const bucket_shape shape(flow);
    token_bucket bucket;
    EXPECT_EQ(take_all(bucket, shape, start), flow.amount);
    EXPECT_TRUE(bucket.is_empty(shape, start));
  }
}

TEST(token_bucket, holds_as_much_as_its_burst_says) {
  token_bucket bucket;
  EXPECT_EQ(take_all(bucket, bucket_shape({100, duration(1'000)}, 5), start), 5U);
  token_bucket other;
  EXPECT_EQ(take_all(other, bucket_shape({2, duration(1'000)}, 50), start), 50U);
}

TEST(token_bucket, refills_at_its_rate_and_no_further_than_its_depth) {
  const bucket_shape shape({100, duration(1'000)});
  token_bucket bucket;
  EXPECT_EQ(take_all(bucket, shape, start), 100U);
  EXPECT_EQ(take_all(bucket, shape, after(9)), 0U);
  EXPECT_EQ(take_all(bucket, shape, after(10)), 1U);
  EXPECT_EQ(take_all(bucket, shape, after(500)), 49U);
  EXPECT_EQ(take_all(bucket, shape, after(100'000)), 100U);
}

TEST(token_bucket, keeps_its_rate_over_a_long_time_whatever_the_steps) {
  const bucket_shape shape({333, duration(1'000)});
  token_bucket bucket;
  std::uint64_t taken = 0;
  for (std::int64_t at = 0; at < 100'000; at += 7) taken += take_all(bucket, shape, after(at));
  EXPECT_NEAR(static_cast<double>(taken), 333.0 * 101, 5.0);
}

TEST(token_bucket, says_when_there_is_a_token_again) {
  const bucket_shape shape({4, duration(1'000)});
  token_bucket bucket;
  EXPECT_EQ(bucket.ready(shape, start), start);
  bucket.spend(shape, 4, start);
  EXPECT_EQ(bucket.ready(shape, start), after(250));
  EXPECT_TRUE(bucket.is_empty(shape, after(249)));
  EXPECT_FALSE(bucket.is_empty(shape, after(250)));
}

TEST(token_bucket, lets_more_than_it_holds_be_spent_and_has_it_paid_back) {
  const bucket_shape shape({1'000, duration(1'000)});
  token_bucket bucket;
  EXPECT_TRUE(bucket.try_spend(shape, 5'000, start));
  EXPECT_EQ(bucket.ready(shape, start), after(4'001));
  EXPECT_FALSE(bucket.try_spend(shape, 1, after(4'000)));
  EXPECT_TRUE(bucket.try_spend(shape, 1, after(4'001)));
}

TEST(token_bucket, is_not_led_astray_by_extreme_figures) {
  const bucket_shape slow({1, duration(24 * 3'600'000)});
  token_bucket bucket;
  bucket.spend(slow, ~std::uint64_t{0}, start);
  EXPECT_EQ(bucket.ready(slow, start), start + std::chrono::hours(366 * 24));
  const bucket_shape fast({~std::uint64_t{0}, duration(1)});
  token_bucket other;
  other.spend(fast, 1'000'000, start);
  EXPECT_FALSE(other.is_empty(fast, start));
  EXPECT_TRUE(other.is_full(after(2)));
}

TEST(token_bucket, keeps_what_has_been_taken_when_its_shape_changes) {
  token_bucket bucket;
  bucket.spend(bucket_shape({10, duration(1'000)}), 10, start);
  const bucket_shape slower({1, duration(1'000)});
  EXPECT_TRUE(bucket.is_empty(slower, after(999)));
  EXPECT_FALSE(bucket.is_empty(slower, after(1'000)));
}

TEST(shared_token_bucket, is_a_token_bucket) {
  const bucket_shape shape({4, duration(1'000)});
  shared_token_bucket bucket;
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(bucket.try_spend(shape, 1, start));
  EXPECT_FALSE(bucket.try_spend(shape, 1, start));
  EXPECT_EQ(bucket.ready(shape, start), after(250));
  bucket.spend(shape, 4, start);
  EXPECT_EQ(bucket.ready(shape, start), after(1'250));
  EXPECT_FALSE(bucket.is_full(after(1'999)));
  EXPECT_TRUE(bucket.is_full(after(2'000)));
}

TEST(shared_token_bucket, gives_many_threads_together_no_more_than_it_holds) {
  const bucket_shape shape({10'000, duration(1'000)});
  shared_token_bucket bucket;
  std::atomic<std::uint64_t> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      std::uint64_t own = 0;
      while (bucket.try_spend(shape, 1, start)) ++own;
      taken += own;
    });
  }
  for (std::thread& one : threads) one.join();
  EXPECT_EQ(taken, 10'000U);
}

TEST(shared_token_bucket, loses_nothing_that_many_threads_spend) {
  const bucket_shape shape({1'000, duration(1'000)});
  shared_token_bucket bucket;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 5'000; ++n) bucket.spend(shape, 1, start);
    });
  }
  for (std::thread& one : threads) one.join();
  EXPECT_FALSE(bucket.is_full(after(19'999)));
  EXPECT_TRUE(bucket.is_full(after(20'000)));
}
