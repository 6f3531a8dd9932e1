#include "nanolib/base/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>

namespace nanolib {
namespace {

std::uint32_t of(const std::string& text, std::uint32_t before = 0) { return crc32c(as_bytes(text), before); }

// RFC 3720, appendix B.4.
TEST(crc32c, agrees_with_the_vectors_of_iscsi) {
  EXPECT_EQ(of(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(of(std::string(32, '\xFF')), 0x62A8AB43U);
  std::string rising;
  for (int byte = 0; byte < 32; ++byte) rising.push_back(static_cast<char>(byte));
  EXPECT_EQ(of(rising), 0x46DD794EU);
  EXPECT_EQ(of(std::string(rising.rbegin(), rising.rend())), 0x113FDB5CU);
  EXPECT_EQ(of("123456789"), 0xE3069283U);
}

TEST(crc32c, of_nothing_changes_nothing) {
  EXPECT_EQ(of(""), 0U);
  EXPECT_EQ(of("", 0x12345678), 0x12345678U);
}

TEST(crc32c, is_the_same_in_pieces_of_any_size) {
  const std::string text = "The quick brown fox jumps over the lazy dog, twice over and back again.";
  for (std::size_t at = 0; at <= text.size(); ++at) EXPECT_EQ(of(text.substr(at), of(text.substr(0, at))), of(text));
}

TEST(crc32c, tells_every_flipped_bit) {
  std::string text(100, 'x');
  const std::uint32_t sound = of(text);
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    const auto mask = static_cast<char>(1 << bit % 8);
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ mask);
    EXPECT_NE(of(text), sound) << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ mask);
  }
}

}  // namespace
}  // namespace nanolib
