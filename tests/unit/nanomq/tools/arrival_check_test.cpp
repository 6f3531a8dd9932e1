#include "nanomq/tools/arrival_check.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>

namespace {

using nanomq::tools::arrival_check;

arrival_check after(std::initializer_list<std::uint64_t> sequence) {
  arrival_check stream;
  for (const auto each : sequence) stream.arrived(each);
  return stream;
}

struct verdict {
  std::uint64_t missing, duplicates, reordered;
  friend bool operator==(const verdict&, const verdict&) = default;
};

verdict judge(std::initializer_list<std::uint64_t> sequence, std::uint64_t sent) {
  const arrival_check stream = after(sequence);
  return {stream.missing(sent), stream.duplicates(), stream.reordered()};
}

TEST(arrival_check, finds_no_fault_with_each_message_once_in_order) {
  EXPECT_EQ(judge({0, 1, 2, 3}, 4), (verdict{0, 0, 0}));
}

TEST(arrival_check, misses_what_never_came_at_the_end) { EXPECT_EQ(judge({0, 1}, 5), (verdict{3, 0, 0})); }

TEST(arrival_check, misses_everything_when_nothing_came) { EXPECT_EQ(judge({}, 5), (verdict{5, 0, 0})); }

TEST(arrival_check, misses_what_was_left_out_in_between) { EXPECT_EQ(judge({0, 3, 6}, 7), (verdict{4, 0, 0})); }

TEST(arrival_check, tells_a_late_message_from_a_repeated_one) {
  EXPECT_EQ(judge({0, 2, 1, 3}, 4), (verdict{0, 0, 1}));
  EXPECT_EQ(judge({0, 1, 1, 2}, 3), (verdict{0, 1, 0}));
}

TEST(arrival_check, counts_a_late_message_that_comes_twice_as_both) {
  EXPECT_EQ(judge({0, 2, 1, 1}, 3), (verdict{0, 1, 1}));
}

TEST(arrival_check, closes_a_gap_from_either_end_and_from_the_middle) {
  EXPECT_EQ(judge({0, 6, 3, 1, 5, 2, 4}, 7), (verdict{0, 0, 5}));
  EXPECT_EQ(judge({0, 6, 3}, 7), (verdict{4, 0, 1}));
}

TEST(arrival_check, takes_the_first_message_for_a_repetition_after_a_gap) {
  EXPECT_EQ(judge({0, 5, 0}, 6), (verdict{4, 1, 0}));
}

TEST(arrival_check, expects_nothing_before_its_first_number) {
  arrival_check stream(100);
  stream.arrived(100);
  stream.arrived(102);
  EXPECT_EQ(stream.missing(), 1U);
  EXPECT_EQ(stream.missing(105), 3U);
  EXPECT_EQ(stream.next(), 103U);
}

TEST(arrival_check, goes_on_where_short_numbers_begin_again) {
  constexpr std::uint64_t turn = std::uint64_t{1} << 32;
  arrival_check stream(turn - 2);
  for (const std::uint32_t sequence : {0xFFFFFFFEU, 0U, 0xFFFFFFFFU, 2U, 2U}) stream.arrived_short(sequence);
  EXPECT_EQ(stream.next(), turn + 3);
  EXPECT_EQ(stream.missing(), 1U);
  EXPECT_EQ(stream.reordered(), 1U);
  EXPECT_EQ(stream.duplicates(), 1U);
}

TEST(arrival_check, takes_a_short_number_before_zero_for_a_repetition) {
  arrival_check stream;
  stream.arrived_short(0xFFFFFFFFU);
  EXPECT_EQ(stream.duplicates(), 1U);
  EXPECT_EQ(stream.missing(), 0U);
}

TEST(arrival_check, remembers_a_bounded_number_of_gaps_and_loses_no_count) {
  arrival_check stream;
  const std::uint64_t gaps = arrival_check::most_gaps + 10;
  for (std::uint64_t at = 1; at <= gaps; ++at) stream.arrived(2 * at);
  EXPECT_EQ(stream.missing(), gaps + 1);  // 0 and 1, then every odd number
  stream.arrived(1);                      // its gap is forgotten
  EXPECT_EQ(stream.duplicates(), 1U);
  stream.arrived(2 * gaps - 1);
  EXPECT_EQ(stream.reordered(), 1U);
  EXPECT_EQ(stream.missing(), gaps);
}

}  // namespace
