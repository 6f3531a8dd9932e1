// Loops that post to each other. Runs under ThreadSanitizer.
#include <atomic>
#include <thread>
#include <vector>

#include "net_fixture.hpp"

namespace nanonng::net {
namespace {

class inbox_test : public test::on_each_poller {};
ON_EACH_POLLER(inbox_test);

struct calling_item final : inbox_item {
  explicit calling_item(std::function<void()> work) : work_(std::move(work)) {}
  void run() noexcept override { work_(); }
  std::function<void()> work_;
};

TEST_P(inbox_test, runs_items_in_the_order_they_were_posted) {
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) loop->post(std::make_unique<calling_item>([&order, i] { order.push_back(i); }));
  loop->turn(nanolib::duration(-1));  // does not sleep
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST_P(inbox_test, runs_what_an_item_posts_in_the_next_turn) {
  int runs = 0;
  loop->post(std::make_unique<calling_item>([&] {
    ++runs;
    loop->post(std::make_unique<calling_item>([&] { ++runs; }));
  }));
  loop->turn(nanolib::duration(-1));
  EXPECT_EQ(runs, 1);
  loop->turn(nanolib::duration(-1));
  EXPECT_EQ(runs, 2);
}

TEST_P(inbox_test, drops_what_nobody_took) {
  auto held = std::make_shared<int>(1);
  loop->post(std::make_unique<calling_item>([held] { ADD_FAILURE(); }));
  EXPECT_EQ(held.use_count(), 2);
  loop.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_P(inbox_test, takes_the_items_of_many_threads_each_in_order_and_sleeps_between) {
  constexpr int senders = 4;
  constexpr int each = 5000;
  std::vector<int> last(senders, -1);
  int taken = 0;
  std::vector<std::thread> threads;
  for (int sender = 0; sender < senders; ++sender) {
    threads.emplace_back([&, sender] {
      for (int i = 0; i < each; ++i) {
        loop->post(std::make_unique<calling_item>([&, sender, i] {
          EXPECT_EQ(std::exchange(last[static_cast<std::size_t>(sender)], i), i - 1);
          if (++taken == senders * each) loop->stop();
        }));
        if (i % 64 == 0) std::this_thread::yield();
      }
    });
  }
  loop->run();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, senders * each);
}

// Each message is answered by the next: a wake-up that is lost ends in a time-out.
TEST_P(inbox_test, loses_no_wake_up_between_two_loops_that_sleep) {
  const auto other = event_loop::create({.poller = GetParam()}).value();
  constexpr int rounds = 20'000;
  int remaining = rounds;
  std::function<void()> ping;
  std::function<void()> pong;
  ping = [&] {
    if (--remaining == 0) {
      other->stop();
      loop->stop();
      return;
    }
    other->post(std::make_unique<calling_item>([&] { pong(); }));
  };
  pong = [&] { loop->post(std::make_unique<calling_item>([&] { ping(); })); };
  std::thread second([&] { other->run(); });
  loop->post(std::make_unique<calling_item>([&] { ping(); }));
  loop->run();
  second.join();
  EXPECT_EQ(remaining, 0);
}

TEST_P(inbox_test, hands_a_connection_with_its_unread_input_to_another_loop) {
  const auto other = event_loop::create({.poller = GetParam()}).value();
  auto pair = test::make_pair();
  test::remembering_handler first;
  test::remembering_handler second;
  std::unique_ptr<connection> here;
  std::unique_ptr<connection> there;
  first.parse = [&](nanolib::bytes) {
    auto gone = std::make_shared<connection::detached>(here->detach(3));
    other->post(std::make_unique<calling_item>([&, gone] {
      there = std::make_unique<connection>(*other, std::move(gone->over), second);
      there->inject(std::move(gone->input));
    }));
    return connection_handler::consumed{3, 0};
  };
  second.parse = [&](nanolib::bytes input) {
    if (input.size() >= 6) other->stop();
    return connection_handler::consumed{input.size() >= 6 ? input.size() : 0, 6};
  };
  here = connect(pair.near, first);
  test::write_all(pair.far.get(), "abcdef");
  turn();
  EXPECT_TRUE(here->closed());
  std::thread runner([&] { other->run(); });
  test::write_all(pair.far.get(), "ghi");
  runner.join();
  EXPECT_EQ(first.received, "abc");
  EXPECT_EQ(second.received, "defghi");
  EXPECT_EQ(first.closed, 0);
}

}  // namespace
}  // namespace nanonng::net
