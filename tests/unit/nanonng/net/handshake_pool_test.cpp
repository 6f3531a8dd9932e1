// The threads for handshakes: order, bound, priority, and jobs that nobody wants any more.
#include "nanonng/net/handshake_pool.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace nanonng::net {
namespace {

struct diary {
  std::vector<int> computed;
  std::vector<int> returned;
  std::thread::id computed_by;
  std::atomic<int> destroyed{0};
  int nice = 0;
};

class note final : public handshake_pool::job {
 public:
  note(event_loop& home, diary& into, int number, bool wanted = true) noexcept
      : job(home), into_(into), number_(number), wanted_(wanted) {}
  ~note() override { into_.destroyed.fetch_add(1); }
  [[nodiscard]] bool is_wanted() const noexcept override { return wanted_; }
  void compute() noexcept override {
    into_.computed.push_back(number_);
    into_.computed_by = std::this_thread::get_id();
    into_.nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)));
  }
  void run() noexcept override { into_.returned.push_back(number_); }

 private:
  diary& into_;
  int number_;
  bool wanted_;
};

TEST(handshake_pool, computes_in_order_and_returns_to_the_loop) {
  const auto loop = event_loop::create({}).value();
  diary seen;
  handshake_pool pool(1);
  for (int number = 0; number < 20; ++number) EXPECT_TRUE(pool.submit(std::make_unique<note>(*loop, seen, number)));
  while (seen.returned.size() < 20) loop->turn(nanolib::duration(1000));
  EXPECT_EQ(seen.computed, seen.returned);
  EXPECT_TRUE(std::ranges::is_sorted(seen.returned));
  EXPECT_NE(seen.computed_by, std::this_thread::get_id());
  EXPECT_EQ(seen.destroyed, 20);
  EXPECT_EQ(pool.done(), 20U);
}

TEST(handshake_pool, lets_others_go_first) {
  const auto loop = event_loop::create({}).value();
  diary seen;
  handshake_pool pool(1);
  const int own = ::getpriority(PRIO_PROCESS, 0);
  ASSERT_TRUE(pool.submit(std::make_unique<note>(*loop, seen, 1)));
  while (seen.returned.empty()) loop->turn(nanolib::duration(1000));
  EXPECT_GE(seen.nice, std::min(own + 1, 19));
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), own) << "the others keep theirs";
}

TEST(handshake_pool, refuses_and_counts_what_is_beyond_its_bound) {
  const auto loop = event_loop::create({}).value();
  diary seen;
  handshake_pool pool(0, 2);
  EXPECT_TRUE(pool.submit(std::make_unique<note>(*loop, seen, 1)));
  EXPECT_TRUE(pool.submit(std::make_unique<note>(*loop, seen, 2)));
  EXPECT_FALSE(pool.submit(std::make_unique<note>(*loop, seen, 3)));
  EXPECT_EQ(pool.refused(), 1U);
  EXPECT_EQ(pool.waiting(), 2U);
  EXPECT_EQ(seen.destroyed, 1);
  EXPECT_TRUE(pool.do_one());
  EXPECT_TRUE(pool.submit(std::make_unique<note>(*loop, seen, 4)));
}

TEST(handshake_pool, computes_nothing_that_nobody_wants) {
  const auto loop = event_loop::create({}).value();
  diary seen;
  handshake_pool pool(0);
  EXPECT_TRUE(pool.submit(std::make_unique<note>(*loop, seen, 1, false)));
  EXPECT_TRUE(pool.submit(std::make_unique<note>(*loop, seen, 2)));
  while (pool.do_one()) continue;
  loop->turn(nanolib::duration(0));
  EXPECT_EQ(seen.computed, std::vector{2});
  EXPECT_EQ(seen.returned, std::vector{2});
  EXPECT_EQ(seen.destroyed, 2);
}

TEST(handshake_pool, drops_what_waits_when_it_stops) {
  const auto loop = event_loop::create({}).value();
  diary seen;
  handshake_pool pool(0);
  EXPECT_TRUE(pool.submit(std::make_unique<note>(*loop, seen, 1)));
  pool.stop();
  EXPECT_EQ(seen.destroyed, 1);
  EXPECT_FALSE(pool.submit(std::make_unique<note>(*loop, seen, 2)));
  EXPECT_FALSE(pool.do_one());
  pool.stop();
}

}  // namespace
}  // namespace nanonng::net
