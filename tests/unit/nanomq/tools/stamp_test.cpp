#include "nanomq/tools/stamp.hpp"

#include <gtest/gtest.h>

#include <array>

namespace {

using namespace std::chrono_literals;
using nanomq::tools::moment;
using nanomq::tools::stamp;
using nanomq::tools::stamp_clock;

TEST(stamp, is_written_in_the_same_bytes_everywhere) {
  std::array<std::byte, stamp::size> out{};
  stamp{.run = 0x1122, .publisher = 0x33445566, .sequence = 0x778899AA, .ticks = 0xBBCCDDEE}.encode_into(out.data());
  const std::array expected{0x1D, 0x8A,               // checksum
                            0x11, 0x22,               // run
                            0x33, 0x44, 0x55, 0x66,   // publisher
                            0x77, 0x88, 0x99, 0xAA,   // sequence
                            0xBB, 0xCC, 0xDD, 0xEE};  // ticks
  for (std::size_t at = 0; at < out.size(); ++at) EXPECT_EQ(std::to_integer<int>(out[at]), expected[at]) << at;
}

TEST(stamp, is_read_back_from_the_beginning_of_a_payload) {
  std::array<std::byte, 40> payload{};
  const stamp written{.run = 7, .publisher = 8, .sequence = 9, .ticks = 10};
  written.encode_into(payload.data());
  EXPECT_EQ(stamp::decode_from(payload), written);
}

TEST(stamp, is_not_found_in_a_payload_of_somebody_else) {
  std::array<std::byte, 16> payload{};
  EXPECT_FALSE(stamp::decode_from(payload));
  stamp{}.encode_into(payload.data());
  EXPECT_FALSE(stamp::decode_from(std::span(payload).first(15)));
  EXPECT_FALSE(stamp::decode_from({}));
}

TEST(stamp, is_not_recognised_when_a_bit_of_it_was_changed) {
  std::array<std::byte, 16> payload{};
  stamp{.run = 0x1234, .publisher = 5, .sequence = 77'777, .ticks = 0x8000'0001}.encode_into(payload.data());
  for (std::size_t bit = 0; bit < 128; ++bit) {
    const auto flip = std::byte{static_cast<unsigned char>(1U << bit % 8)};
    payload[bit / 8] ^= flip;
    EXPECT_FALSE(stamp::decode_from(payload)) << bit;
    payload[bit / 8] ^= flip;
  }
  EXPECT_TRUE(stamp::decode_from(payload));
}

TEST(stamp_clock, tells_how_long_ago_a_message_was_due) {
  const moment start{1h};
  const stamp_clock clock(start, std::chrono::sys_days{std::chrono::year{2030} / 1 / 1});
  const auto then = clock.ticks(start);
  for (const std::chrono::nanoseconds ago : {0ns, 1000ns, 1'000'000ns, 540'000'000'000ns}) {
    const auto told = clock.since(then, start + ago);
    EXPECT_LE((told - ago).count(), 256);
    EXPECT_GE((told - ago).count(), -256);
  }
}

TEST(stamp_clock, tells_of_a_clock_that_is_ahead) {
  const moment start{1h};
  const stamp_clock clock(start, {});
  EXPECT_LT(clock.since(clock.ticks(start + 1ms), start), -900us);
}

TEST(stamp_clock, agrees_with_the_clock_of_another_program_of_this_machine) {
  // Two programs began at different times of the steady clock; the calendar says the same for both.
  const auto noon = std::chrono::system_clock::time_point{50'000h};
  const stamp_clock early(moment{10s}, noon);
  const stamp_clock late(moment{70s}, noon + 60s);
  EXPECT_EQ(late.since(early.ticks(moment{70s}), moment{70s}), 0ns);
}

}  // namespace
