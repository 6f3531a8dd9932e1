#include "nanonng/net/chunk_pool.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace nanonng::net {
namespace {

TEST(chunk_pool, gives_the_smallest_size_that_is_enough) {
  chunk_pool pool;
  const std::size_t own = chunk_pool::large_room + 1;
  for (const std::size_t wanted : {std::size_t{0}, std::size_t{1}, chunk_pool::small_room, chunk_pool::small_room + 1,
                                   chunk_pool::large_room, own}) {
    chunk* const piece = pool.take(wanted);
    ASSERT_NE(piece, nullptr);
    EXPECT_GE(piece->capacity, wanted);
    if (wanted <= chunk_pool::small_room) {
      EXPECT_EQ(piece->capacity, chunk_pool::small_room);
    } else if (wanted <= chunk_pool::large_room) {
      EXPECT_EQ(piece->capacity, chunk_pool::large_room);
    }
    pool.give_back(piece);
  }
  EXPECT_EQ(pool.lent(), 0U);
}

TEST(chunk_pool, lends_a_free_chunk_again_and_clean) {
  chunk_pool pool;
  chunk* const first = pool.take(10);
  first->begin = 3;
  first->end = 9;
  first->next = first;
  first->first_slice = 1;
  pool.give_back(first);
  EXPECT_EQ(pool.kept(), chunk_pool::small_size);
  chunk* const second = pool.take(10);
  EXPECT_EQ(second, first);
  EXPECT_EQ(second->begin, 0U);
  EXPECT_EQ(second->end, 0U);
  EXPECT_EQ(second->next, nullptr);
  EXPECT_EQ(second->first_slice, chunk::none);
  EXPECT_EQ(pool.kept(), 0U);
  pool.give_back(second);
}

TEST(chunk_pool, counts_what_is_lent) {
  chunk_pool pool;
  chunk* const small = pool.take(1);
  chunk* const large = pool.take(chunk_pool::large_room);
  EXPECT_EQ(pool.lent(), chunk_pool::small_size + chunk_pool::large_size);
  pool.give_back(small);
  EXPECT_EQ(pool.lent(), chunk_pool::large_size);
  pool.give_back(large);
  EXPECT_EQ(pool.lent(), 0U);
}

TEST(chunk_pool, keeps_no_more_than_it_was_told_and_no_odd_sizes) {
  chunk_pool pool(3 * chunk_pool::small_size);
  std::vector<chunk*> pieces;
  for (int i = 0; i < 10; ++i) pieces.push_back(pool.take(1));
  for (chunk* const piece : pieces) pool.give_back(piece);
  EXPECT_EQ(pool.kept(), 3 * chunk_pool::small_size);
  pool.give_back(pool.take(1'000'000));
  pool.give_back(pool.take(chunk_pool::large_room));
  EXPECT_EQ(pool.kept(), 3 * chunk_pool::small_size);
}

TEST(chunk_pool, answers_null_to_what_no_chunk_can_hold) {
  chunk_pool pool;
  EXPECT_EQ(pool.take(SIZE_MAX), nullptr);
  EXPECT_EQ(pool.take(UINT32_MAX), nullptr);
  EXPECT_EQ(pool.lent(), 0U);
}

}  // namespace
}  // namespace nanonng::net
