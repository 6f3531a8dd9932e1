#include "broker/rate_window.hpp"

#include <gtest/gtest.h>

namespace nanomq::broker {
namespace {

using std::chrono::seconds;
using totals = traffic_figures<std::uint64_t>;

constexpr nanolib::instant start{nanolib::duration(1'000'000)};

TEST(rate_window, is_about_the_time_since_the_start_at_first) {
  const rate_window window(start);
  nanolib::duration over{};
  const auto rates = window.rates(start + seconds(4), {.publish_received = 40, .bytes_sent = 100}, over);
  EXPECT_EQ(over, seconds(4));
  EXPECT_DOUBLE_EQ(rates.publish_received, 10);
  EXPECT_DOUBLE_EQ(rates.bytes_sent, 25);
  EXPECT_DOUBLE_EQ(rates.connections, 0);
}

TEST(rate_window, is_about_the_last_minute_later) {
  rate_window window(start);
  // 100 messages a second for ten minutes, then none.
  totals sums;
  auto now = start;
  nanolib::duration over{};
  for (; now < start + seconds(600); now += seconds(10)) {
    window.note(now, sums);
    sums.messages_received += 1'000;
  }
  EXPECT_DOUBLE_EQ(window.rates(now, sums, over).messages_received, 100);
  EXPECT_EQ(over, seconds(60));
  for (int i = 0; i < 3; ++i, now += seconds(10)) window.note(now, sums);
  EXPECT_DOUBLE_EQ(window.rates(now, sums, over).messages_received, 50);
  for (int i = 0; i < 3; ++i, now += seconds(10)) window.note(now, sums);
  EXPECT_DOUBLE_EQ(window.rates(now, sums, over).messages_received, 0);
}

TEST(rate_window, does_not_fill_up_with_samples_of_one_moment) {
  rate_window window(start);
  nanolib::duration over{};
  for (int i = 0; i < 100; ++i) window.note(start + nanolib::duration(i), {.messages_sent = 5});
  EXPECT_DOUBLE_EQ(window.rates(start + seconds(5), {.messages_sent = 5}, over).messages_sent, 1);
  EXPECT_EQ(over, seconds(5));
}

TEST(rate_window, takes_the_newest_when_the_machine_has_slept) {
  rate_window window(start);
  nanolib::duration over{};
  window.note(start + seconds(10), {.messages_sent = 10});
  EXPECT_DOUBLE_EQ(window.rates(start + seconds(1'010), {.messages_sent = 1'010}, over).messages_sent, 1);
  EXPECT_EQ(over, seconds(1'000));
}

TEST(rate_window, has_no_rate_for_no_time_and_none_below_zero) {
  const rate_window window(start);
  nanolib::duration over{};
  EXPECT_DOUBLE_EQ(window.rates(start, {}, over).messages_sent, 0);
  EXPECT_DOUBLE_EQ(window.rates(start - seconds(1), {}, over).messages_sent, 0);
  EXPECT_EQ(over, seconds(0));
}

}  // namespace
}  // namespace nanomq::broker
