#include "stamp.hpp"

#include <gtest/gtest.h>

namespace nanomq::crash {
namespace {

constexpr std::size_t usual = 64;

TEST(stamp, is_read_from_the_payload_that_was_made_for_it) {
  for (const std::uint32_t number : {0U, 1U, 58U, 1'000U, 1'003U, 70'000U}) {
    const stamp what{.stream = 5, .sequence = number};
    EXPECT_EQ(read_payload(make_payload(what, usual), usual), what) << number;
  }
}

TEST(stamp, makes_some_payloads_large) {
  EXPECT_EQ(make_payload({.stream = 0, .sequence = 0}, usual).size(), usual);
  EXPECT_EQ(make_payload({.stream = 0, .sequence = 60}, usual).size(), 3'000U);
  EXPECT_EQ(make_payload({.stream = 0, .sequence = 1'008}, usual).size(), 40'000U);
}

TEST(stamp, is_refused_when_any_byte_has_changed) {
  const auto payload = make_payload({.stream = 1, .sequence = 2}, usual);
  for (std::size_t at = 0; at < payload.size(); ++at) {
    auto changed = payload;
    changed[at] ^= std::byte{0x10};
    EXPECT_FALSE(read_payload(changed, usual)) << at;
  }
}

TEST(stamp, is_refused_when_the_length_has_changed) {
  auto payload = make_payload({.stream = 1, .sequence = 2}, usual);
  payload.pop_back();
  EXPECT_FALSE(read_payload(payload, usual));
  EXPECT_FALSE(read_payload({}, usual));
}

}  // namespace
}  // namespace nanomq::crash
