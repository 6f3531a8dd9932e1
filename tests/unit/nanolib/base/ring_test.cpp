#include "nanolib/base/ring.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <string>

namespace nanolib {
namespace {

TEST(ring, costs_nothing_until_it_is_used) {
  const ring<std::string> idle;
  EXPECT_TRUE(idle.empty());
  EXPECT_EQ(idle.capacity(), 0U);
  static_assert(sizeof(ring<std::string>) == 24);
}

TEST(ring, is_first_in_first_out_across_its_end) {
  ring<int> queue;
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_TRUE(queue.push_back(2 * i));
    ASSERT_TRUE(queue.push_back(2 * i + 1));
    ASSERT_EQ(queue.front(), i);
    queue.pop_front();
  }
  EXPECT_EQ(queue.size(), 1'000U);
  EXPECT_EQ(queue[999], 1'999);
}

TEST(ring, keeps_its_memory_while_it_holds_something_and_gives_it_back_when_asked) {
  ring<int> queue;
  ASSERT_TRUE(queue.push_back(7));
  queue.trim();
  EXPECT_EQ(queue.front(), 7);
  queue.pop_front();
  EXPECT_GT(queue.capacity(), 0U);
  queue.trim();
  EXPECT_EQ(queue.capacity(), 0U);
  ASSERT_TRUE(queue.push_back(8));
  EXPECT_EQ(queue.front(), 8);
}

TEST(ring, ends_every_value_once) {
  const auto alive = std::make_shared<int>(0);
  {
    ring<std::shared_ptr<int>> queue;
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(queue.push_back(std::shared_ptr<int>(alive)));
      if (i % 3 == 0) queue.pop_front();
    }
    EXPECT_EQ(static_cast<std::size_t>(alive.use_count()), queue.size() + 1);
    queue.clear();
    EXPECT_EQ(alive.use_count(), 1);
    ASSERT_TRUE(queue.push_back(std::shared_ptr<int>(alive)));
  }
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(ring, holds_what_can_only_be_moved) {
  ring<std::unique_ptr<int>> queue;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(queue.push_back(std::make_unique<int>(i)));
  for (int i = 0; i < 20; ++i, queue.pop_front()) ASSERT_EQ(*queue.front(), i);
}

TEST(ring, behaves_like_a_deque) {
  std::mt19937 random(3);
  ring<std::string> queue;
  std::deque<std::string> reference;
  for (int step = 0; step < 200'000; ++step) {
    const auto choice = random() % 100;
    // Grows in one half of the time and shrinks in the other.
    const unsigned pushes = step / 5'000 % 2 == 0 ? 60 : 40;
    if (choice < pushes) {
      const std::string value = "a value too long for a short string " + std::to_string(step);
      ASSERT_TRUE(queue.push_back(std::string(value)));
      reference.push_back(value);
    } else if (choice < 98) {
      if (!reference.empty()) {
        ASSERT_EQ(queue.front(), reference.front());
        queue.pop_front();
        reference.pop_front();
      }
    } else if (choice == 98) {
      queue.trim();
    } else if (random() % 50 == 0) {
      queue.clear();
      reference.clear();
    }
    ASSERT_EQ(queue.size(), reference.size());
    if (!reference.empty()) {
      const std::size_t place = random() % reference.size();
      ASSERT_EQ(queue[place], reference[place]);
    }
  }
}

}  // namespace
}  // namespace nanolib
