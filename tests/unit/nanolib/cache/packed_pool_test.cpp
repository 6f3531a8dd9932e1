#include "cache/packed_pool.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>

namespace nanolib {
namespace {

void fill(packed_pool& pool, packed_pool::handle which, std::size_t size, unsigned char with) {
  std::memset(pool.at(which), with, size);
}

TEST(packed_pool, gives_blocks_that_do_not_overlap_whatever_is_released_between) {
  packed_pool pool;
  std::mt19937 random{7};
  struct block {
    std::size_t size;
    unsigned char with;
  };
  std::map<packed_pool::handle, block> held;
  for (int round = 0; round < 20'000; ++round) {
    if (random() % 100 < 48 && !held.empty()) {
      auto chosen = held.lower_bound(static_cast<packed_pool::handle>(random() % (held.rbegin()->first + 1)));
      const auto* seen = reinterpret_cast<const unsigned char*>(pool.at(chosen->first));
      for (std::size_t at = 0; at < chosen->second.size; ++at) ASSERT_EQ(seen[at], chosen->second.with);
      pool.release(chosen->first);
      held.erase(chosen);
      continue;
    }
    const std::size_t size = 1 + random() % packed_pool::largest;
    const auto made = pool.allocate(size);
    ASSERT_GE(pool.size(made), size);
    ASSERT_LT(pool.size(made), size + 4);
    const auto with = static_cast<unsigned char>(random());
    fill(pool, made, size, with);
    ASSERT_TRUE(held.emplace(made, block{size, with}).second);
  }
  for (const auto& [which, known] : held) pool.release(which);
}

TEST(packed_pool, uses_a_released_block_again_before_it_takes_more) {
  packed_pool pool;
  const auto first = pool.allocate(10);
  const auto second = pool.allocate(12);
  pool.release(first);
  EXPECT_EQ(pool.allocate(9), first);
  EXPECT_NE(pool.allocate(12), second);
}

TEST(packed_pool, takes_a_chunk_s_place_for_blocks_of_another_size) {
  packed_pool pool;
  const auto small = pool.allocate(8);
  pool.release(small);
  const auto large = pool.allocate(packed_pool::largest);
  EXPECT_EQ(large, small) << "the chunk with the first number has been given back";
  pool.release(large);
  pool.clear();
  EXPECT_EQ(pool.allocate(8), small);
}

}  // namespace
}  // namespace nanolib
