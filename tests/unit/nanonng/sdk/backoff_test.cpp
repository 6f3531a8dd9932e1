#include "backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "manual_clock.hpp"

namespace nanonng::sdk {
namespace {

using namespace std::chrono_literals;

/// The largest of many waits after so many failures.
nanolib::duration largest_after(int failures, const reconnect_options& how) {
  nanolib::duration largest{0};
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    reconnect_options seeded = how;
    seeded.seed = seed;
    backoff tried(seeded);
    for (int i = 0; i < failures; ++i) static_cast<void>(tried.next());
    largest = std::max(largest, tried.next());
  }
  return largest;
}

TEST(backoff, doubles_its_bound_with_each_failure_up_to_the_maximum) {
  const reconnect_options how;
  for (const auto& [failures, bound] :
       {std::pair{0, 500ms}, {1, 1'000ms}, {2, 2'000ms}, {6, 32'000ms}, {7, 60'000ms}, {50, 60'000ms}}) {
    const nanolib::duration largest = largest_after(failures, how);
    EXPECT_LE(largest, bound);
    EXPECT_GT(largest, bound * 9 / 10) << "the whole range is used";
  }
}

TEST(backoff, waits_a_random_time_from_nothing_on) {
  nanolib::duration smallest = 1h;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    backoff tried({.seed = seed});
    smallest = std::min(smallest, tried.next());
  }
  EXPECT_LT(smallest, 50ms);
}

TEST(backoff, repeats_itself_with_the_same_seed_only) {
  const auto waits = [](std::uint64_t seed) {
    backoff tried({.seed = seed});
    std::vector<nanolib::duration> all;
    for (int i = 0; i < 8; ++i) all.push_back(tried.next());
    return all;
  };
  EXPECT_EQ(waits(1), waits(1));
  EXPECT_NE(waits(1), waits(2));
}

TEST(backoff, begins_anew_only_after_a_calm_connection) {
  nanomq::test::manual_clock clock;
  const auto bound_after = [&](nanolib::duration held) {
    nanolib::duration largest{0};
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      backoff tried({.seed = seed});
      for (int i = 0; i < 5; ++i) static_cast<void>(tried.next());
      tried.connected(clock.now());
      clock.advance(held);
      tried.lost(clock.now());
      largest = std::max(largest, tried.next());
    }
    return largest;
  };
  EXPECT_GT(bound_after(29s), 10s);
  EXPECT_LE(bound_after(30s), 500ms);
}

TEST(backoff, bears_bounds_that_make_no_sense) {
  backoff none({.minimum = 0ms, .maximum = 0ms, .seed = 1});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(none.next(), 0ms);
  backoff crossed({.minimum = 100ms, .maximum = 10ms, .seed = 1});
  for (int i = 0; i < 10; ++i) EXPECT_LE(crossed.next(), 100ms);
}

}  // namespace
}  // namespace nanonng::sdk
