#include "nanolib/base/hash.hpp"

#include <gtest/gtest.h>

#include <string>
#include <unordered_set>

namespace nanolib {
namespace {

TEST(hash, is_the_same_for_the_same_text_and_key) {
  const std::string text = "factory/line7/temp42";
  EXPECT_EQ(hash_text(text), hash_text(std::string(text)));
  EXPECT_EQ(hash_text(text, 5), hash_text(text, 5));
  EXPECT_EQ(hash_text(text), hash_text(text, hash_seed()));
}

TEST(hash, depends_on_the_key) { EXPECT_NE(hash_text("a/b", 1), hash_text("a/b", 2)); }

TEST(hash, depends_on_every_byte_at_every_length) {
  for (std::size_t size = 1; size <= 70; ++size) {
    const std::string text(size, 'x');
    const std::uint64_t whole = hash_text(text, 9);
    for (std::size_t at = 0; at < size; ++at) {
      std::string changed = text;
      changed[at] = 'y';
      EXPECT_NE(hash_text(changed, 9), whole) << size << ' ' << at;
    }
    EXPECT_NE(hash_text(text + 'x', 9), whole);
  }
}

TEST(hash, of_texts_of_zeros_depends_on_their_length) {
  std::unordered_set<std::uint64_t> seen;
  for (std::size_t size = 0; size < 100; ++size) EXPECT_TRUE(seen.insert(hash_text(std::string(size, '\0'), 3)).second);
}

TEST(hash, spreads_numbered_topics_over_its_low_and_high_bits) {
  std::unordered_set<std::uint64_t> low;
  std::unordered_set<std::uint64_t> high;
  for (int i = 0; i < 4096; ++i) {
    const std::uint64_t hash = hash_text("s/g" + std::to_string(i), 1234);
    low.insert(hash & 0xFFFU);
    high.insert(hash >> 52U);
  }
  // 4096 balls in 4096 boxes leave about 37 % of them empty.
  EXPECT_GT(low.size(), 2400U);
  EXPECT_GT(high.size(), 2400U);
}

}  // namespace
}  // namespace nanolib
