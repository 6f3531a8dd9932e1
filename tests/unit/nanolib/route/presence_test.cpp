#include "nanolib/route/presence.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace nanolib {
namespace {

TEST(presence, nobody_is_online_at_first) {
  const presence online(2, 100);
  for (std::uint32_t shard = 0; shard < 2; ++shard) {
    for (std::uint32_t slot = 0; slot < 100; ++slot) EXPECT_FALSE(online.is_online(make_subscriber_id(shard, slot)));
  }
}

TEST(presence, one_bit_touches_no_other) {
  presence online(3, 200);
  for (const std::uint32_t slot : {0U, 1U, 63U, 64U, 65U, 127U, 128U, 200U}) {
    const subscriber_id who = make_subscriber_id(1, slot);
    online.set(who, true);
    online.set(who, true);
    for (std::uint32_t shard = 0; shard < 3; ++shard) {
      for (std::uint32_t other = 0; other <= 200; ++other) {
        EXPECT_EQ(online.is_online(make_subscriber_id(shard, other)), shard == 1 && other == slot);
      }
    }
    online.set(who, false);
    EXPECT_FALSE(online.is_online(who));
  }
}

TEST(presence, whoever_cannot_exist_is_not_online) {
  const presence online(2, 10);
  EXPECT_FALSE(online.is_online(make_subscriber_id(2, 1)));
  EXPECT_FALSE(online.is_online(make_subscriber_id(255, 1)));
  EXPECT_FALSE(online.is_online(make_subscriber_id(0, 0xFFFFFF)));
}

TEST(presence, shards_write_while_others_read) {
  presence online(2, 64);
  std::vector<std::jthread> threads;
  for (std::uint32_t shard = 0; shard < 2; ++shard) {
    threads.emplace_back([&, shard] {
      for (std::uint32_t i = 0; i < 20'000; ++i) {
        online.set(make_subscriber_id(shard, i % 64), i % 3 != 0);
        static_cast<void>(online.is_online(make_subscriber_id(1 - shard, i % 64)));
      }
      for (std::uint32_t slot = 0; slot < 64; ++slot) online.set(make_subscriber_id(shard, slot), slot % 2 == 0);
    });
  }
  threads.clear();
  for (std::uint32_t slot = 0; slot < 64; ++slot)
    EXPECT_EQ(online.is_online(make_subscriber_id(1, slot)), slot % 2 == 0);
}

}  // namespace
}  // namespace nanolib
