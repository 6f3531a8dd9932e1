#include "nanomq/access/worker_pool.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace nanomq::access {
namespace {

TEST(worker_pool, does_jobs_in_the_order_in_which_they_came) {
  std::vector<int> done;
  std::promise<void> last;
  worker_pool pool(1, 10);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(pool.submit([&done, i] { done.push_back(i); }));
  while (!pool.submit([&last] { last.set_value(); })) std::this_thread::yield();
  last.get_future().wait();
  EXPECT_EQ(done, (std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(worker_pool, refuses_what_it_has_no_room_for) {
  std::promise<void> begun;
  std::promise<void> go_on;
  worker_pool pool(1, 2);
  ASSERT_TRUE(pool.submit([&] {
    begun.set_value();
    go_on.get_future().wait();
  }));
  begun.get_future().wait();
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_FALSE(pool.submit([] {}));
  EXPECT_EQ(pool.refused(), 1U);
  go_on.set_value();
}

TEST(worker_pool, takes_another_bound_while_it_works) {
  std::promise<void> begun;
  std::promise<void> go_on;
  worker_pool pool(1, 0);
  while (!pool.submit([&] {
    begun.set_value();
    go_on.get_future().wait();
  })) {
    std::this_thread::yield();  // it has no room for what nobody takes at once, and its thread may not be there yet
  }
  begun.get_future().wait();
  EXPECT_FALSE(pool.submit([] {}));
  pool.set_most_waiting(2);
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_TRUE(pool.submit([] {}));
  pool.set_most_waiting(1);
  EXPECT_FALSE(pool.submit([] {}));
  go_on.set_value();
}

TEST(worker_pool, drops_what_waits_when_it_ends) {
  std::promise<void> begun;
  std::promise<void> go_on;
  auto dropped = std::make_shared<bool>(true);
  std::weak_ptr<bool> watched = dropped;
  {
    worker_pool pool(1, 2);
    ASSERT_TRUE(pool.submit([&] {
      begun.set_value();
      go_on.get_future().wait();
    }));
    begun.get_future().wait();
    ASSERT_TRUE(pool.submit([held = std::move(dropped)] { *held = false; }));
    go_on.set_value();
  }
  EXPECT_TRUE(watched.expired());
}

TEST(worker_pool, that_was_never_asked_ends_at_once) {
  const worker_pool pool(4, 10);
  EXPECT_EQ(pool.refused(), 0U);
  EXPECT_GE(sensible_workers(), 1U);
  EXPECT_LE(sensible_workers(), 4U);
}

}  // namespace
}  // namespace nanomq::access
