#include "nanolib/base/flat_set.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <set>
#include <vector>

namespace nanolib {
namespace {

using inserted = identifier_set::inserted;

template <class Key>
std::set<Key> elements(const flat_set<Key>& of) {
  std::set<Key> found;
  of.for_each([&](Key key) { EXPECT_TRUE(found.insert(key).second); });
  return found;
}

TEST(flat_set, costs_nothing_until_it_is_used) {
  const identifier_set idle;
  EXPECT_EQ(idle.size(), 0U);
  EXPECT_FALSE(idle.contains(1));
  static_assert(sizeof(identifier_set) == 16);
}

TEST(flat_set, says_what_was_there) {
  identifier_set set;
  EXPECT_EQ(set.insert(7), inserted::fresh);
  EXPECT_EQ(set.insert(7), inserted::present);
  EXPECT_TRUE(set.contains(7));
  EXPECT_TRUE(set.erase(7));
  EXPECT_FALSE(set.erase(7));
  EXPECT_FALSE(set.contains(7));
}

TEST(flat_set, never_holds_the_value_that_stands_for_a_free_slot) {
  identifier_set set;
  ASSERT_EQ(set.insert(1), inserted::fresh);
  ASSERT_EQ(set.insert(2), inserted::fresh);
  EXPECT_FALSE(set.contains(0));
  EXPECT_FALSE(set.erase(0));
  EXPECT_EQ(set.size(), 2U);
  EXPECT_TRUE(set.contains(1));
}

TEST(flat_set, holds_every_identifier_there_is) {
  identifier_set set;
  for (unsigned key = 1; key <= 65'535; ++key) ASSERT_EQ(set.insert(static_cast<std::uint16_t>(key)), inserted::fresh);
  EXPECT_EQ(set.size(), 65'535U);
  for (unsigned key = 65'535; key >= 1; --key) ASSERT_TRUE(set.erase(static_cast<std::uint16_t>(key)));
  EXPECT_EQ(set.size(), 0U);
}

TEST(flat_set, gives_its_memory_back_only_when_it_is_empty) {
  identifier_set set;
  ASSERT_EQ(set.insert(9), inserted::fresh);
  set.trim();
  EXPECT_TRUE(set.contains(9));
  set.erase(9);
  set.trim();
  EXPECT_EQ(set.insert(9), inserted::fresh);
  set.clear();
  EXPECT_FALSE(set.contains(9));
}

TEST(flat_set, holds_pointers) {
  std::vector<std::unique_ptr<int>> objects;
  flat_set<int*> set;
  std::set<int*> reference;
  for (int i = 0; i < 1'000; ++i) {
    objects.push_back(std::make_unique<int>(i));
    ASSERT_EQ(set.insert(objects.back().get()), flat_set<int*>::inserted::fresh);
    reference.insert(objects.back().get());
  }
  EXPECT_EQ(elements(set), reference);
}

class flat_set_model : public ::testing::TestWithParam<unsigned> {};

// Few keys make long runs and erasures inside of them; many make the table grow.
TEST_P(flat_set_model, behaves_like_a_set) {
  std::mt19937 random(GetParam());
  identifier_set set;
  std::set<std::uint16_t> reference;
  for (int step = 0; step < 100'000; ++step) {
    const auto key = static_cast<std::uint16_t>(1 + random() % GetParam());
    switch (random() % 3) {
      case 0:
        ASSERT_EQ(set.insert(key), reference.insert(key).second ? inserted::fresh : inserted::present);
        break;
      case 1:
        ASSERT_EQ(set.erase(key), reference.erase(key) == 1);
        break;
      default:
        ASSERT_EQ(set.contains(key), reference.contains(key));
        break;
    }
    ASSERT_EQ(set.size(), reference.size());
    if (random() % 5'000 == 0) {
      ASSERT_EQ(elements(set), reference);
    }
  }
  EXPECT_EQ(elements(set), reference);
}

INSTANTIATE_TEST_SUITE_P(keys, flat_set_model, ::testing::Values(3U, 8U, 100U, 5'000U, 65'535U));

}  // namespace
}  // namespace nanolib
