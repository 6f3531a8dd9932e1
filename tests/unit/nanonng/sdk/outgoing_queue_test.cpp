#include "outgoing_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace nanonng::sdk {
namespace {

using namespace std::chrono_literals;

class entry final : public operation_state<int>, public outgoing_entry {
 public:
  explicit entry(std::size_t bytes, bool window = false, kind which = kind::publish)
      : outgoing_entry(which), size_(bytes) {
    uses_window = window;
  }
  [[nodiscard]] operation_core& operation() noexcept override { return *this; }
  [[nodiscard]] std::size_t size() const noexcept override { return size_; }

 private:
  std::size_t size_;
};
using entry_ptr = nanolib::intrusive_ptr<entry>;
entry_ptr make(std::size_t bytes = 10, bool window = false) { return entry_ptr::adopt(new entry(bytes, window)); }

/// A queue that lets go of what is left in it.
struct fixture {
  explicit fixture(const outgoing_bounds& bounds) : queue(bounds) {}
  ~fixture() { drop(queue.take(SIZE_MAX, SIZE_MAX)); }
  static std::size_t drop(entry_list list) {
    std::size_t count = 0;
    for (; outgoing_entry* const each = list.pop_front(); ++count) each->operation().release();
    return count;
  }
  outgoing_queue::outcome push(const entry_ptr& which, const outgoing_queue::patience& how = {}) {
    return queue.push(*which, how);
  }
  outgoing_queue queue;
};

TEST(outgoing_queue, keeps_the_order_and_counts) {
  fixture f({});
  std::vector<entry_ptr> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(make());
    EXPECT_TRUE(f.push(all.back()).entered);
  }
  EXPECT_EQ(f.queue.size().messages, 5);
  EXPECT_EQ(f.queue.size().bytes, 50);
  entry_list taken = f.queue.take(3, SIZE_MAX);
  for (int i = 0; i < 3; ++i) {
    outgoing_entry* const each = taken.pop_front();
    EXPECT_EQ(each, static_cast<outgoing_entry*>(all[static_cast<std::size_t>(i)].get()));
    each->operation().release();
  }
  EXPECT_EQ(f.queue.size().messages, 5) << "sent ones go on counting";
  f.queue.release(3, 30);
  EXPECT_EQ(f.queue.size().messages, 2);
}

TEST(outgoing_queue, tells_the_loop_once_when_it_has_taken_everything) {
  fixture f({});
  EXPECT_FALSE(f.push(make()).tell_loop) << "the loop has not asked";
  fixture::drop(f.queue.take(10, 10));
  EXPECT_TRUE(f.push(make()).tell_loop);
  EXPECT_FALSE(f.push(make()).tell_loop);
}

TEST(outgoing_queue, stops_at_the_first_message_beyond_the_window) {
  fixture f({});
  for (const bool window : {true, false, true, false}) f.push(make(1, window));
  EXPECT_EQ(fixture::drop(f.queue.take(10, 1)), 2);
  EXPECT_EQ(fixture::drop(f.queue.take(10, 0)), 0);
  EXPECT_EQ(fixture::drop(f.queue.take(10, 1)), 2);
}

TEST(outgoing_queue, takes_back_what_could_not_be_sent) {
  fixture f({});
  const auto first = make();
  const auto second = make();
  f.push(first);
  f.push(second);
  f.queue.put_back(f.queue.take(10, 10));
  f.push(make());
  entry_list taken = f.queue.take(10, 10);
  EXPECT_EQ(taken.first(), static_cast<outgoing_entry*>(first.get()));
  EXPECT_EQ(fixture::drop(std::move(taken)), 3);
}

TEST(outgoing_queue, fails_when_it_is_full) {
  fixture f({.max_messages = 2, .policy = overflow_policy::fail});
  f.push(make());
  f.push(make());
  const auto third = f.push(make());
  EXPECT_FALSE(third.entered);
  EXPECT_EQ(third.refusal, errors::queue_full);
  fixture::drop(f.queue.take(1, 1));
  EXPECT_FALSE(f.push(make()).entered) << "sent but not acknowledged";
  f.queue.release(1, 10);
  EXPECT_TRUE(f.push(make()).entered);
}

TEST(outgoing_queue, is_full_in_bytes_too) {
  fixture f({.max_bytes = 25, .policy = overflow_policy::fail});
  EXPECT_TRUE(f.push(make(20)).entered);
  EXPECT_FALSE(f.push(make(20)).entered);
  EXPECT_TRUE(f.push(make(5)).entered);
}

TEST(outgoing_queue, lets_a_message_larger_than_itself_in_when_it_is_empty) {
  fixture f({.max_bytes = 25, .policy = overflow_policy::fail});
  EXPECT_TRUE(f.push(make(1000)).entered);
  EXPECT_FALSE(f.push(make(1)).entered);
}

TEST(outgoing_queue, drops_the_oldest_that_is_not_sent) {
  fixture f({.max_messages = 3, .policy = overflow_policy::drop_oldest});
  std::vector<entry_ptr> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(make());
    f.push(all.back());
  }
  fixture::drop(f.queue.take(1, 1));
  auto fourth = f.push(make());
  EXPECT_TRUE(fourth.entered);
  EXPECT_EQ(fourth.dropped.first(), static_cast<outgoing_entry*>(all[1].get()));
  EXPECT_EQ(fixture::drop(std::move(fourth.dropped)), 1);
  EXPECT_EQ(f.queue.size().messages, 3);
}

TEST(outgoing_queue, refuses_when_everything_in_it_has_been_sent) {
  fixture f({.max_messages = 1, .policy = overflow_policy::drop_oldest});
  f.push(make());
  fixture::drop(f.queue.take(1, 1));
  EXPECT_EQ(f.push(make()).refusal, errors::queue_full);
}

TEST(outgoing_queue, blocks_until_there_is_room) {
  fixture f({.max_messages = 1});
  f.push(make());
  std::atomic<bool> entered{false};
  std::jthread producer([&] { entered = f.push(make()).entered; });
  fixture::drop(f.queue.take(1, 1));
  f.queue.release(1, 10);
  producer.join();
  EXPECT_TRUE(entered);
}

TEST(outgoing_queue, blocks_no_longer_than_told) {
  fixture f({.max_messages = 1});
  f.push(make());
  const auto late = f.push(make(), {.until = operation_core::clock::now()});
  EXPECT_EQ(late.refusal, errors::timed_out);
}

TEST(outgoing_queue, fails_where_nobody_may_block) {
  fixture f({.max_messages = 1});
  f.push(make());
  EXPECT_EQ(f.push(make(), {.may_wait = false}).refusal, errors::queue_full);
}

TEST(outgoing_queue, lets_a_callback_in_when_reading_rests) {
  fixture f({.max_messages = 1});
  f.push(make());
  std::atomic<bool> entered{false};
  std::jthread callback([&] { entered = f.push(make(), {.is_callback = true}).entered; });
  f.queue.pause_reading(true);
  callback.join();
  EXPECT_TRUE(entered);
  EXPECT_EQ(f.push(make(), {.is_callback = false, .until = operation_core::clock::now()}).refusal, errors::timed_out);
}

TEST(outgoing_queue, lets_go_who_waits_when_it_closes) {
  fixture f({.max_messages = 1});
  f.push(make());
  nanolib::error refusal;
  std::jthread producer([&] { refusal = f.push(make()).refusal; });
  f.queue.close(errors::closed);
  producer.join();
  EXPECT_EQ(refusal, errors::closed);
  EXPECT_EQ(f.push(make()).refusal, errors::closed);
  EXPECT_EQ(f.queue.push_other(*make()).refusal, errors::closed);
}

TEST(outgoing_queue, gives_one_entry_out_wherever_it_stands) {
  fixture f({});
  const auto middle = make();
  f.push(make());
  f.push(middle);
  f.push(make());
  EXPECT_TRUE(f.queue.withdraw(*middle));
  middle->release();
  EXPECT_FALSE(f.queue.withdraw(*middle));
  EXPECT_EQ(fixture::drop(f.queue.take(10, 10)), 2);
}

TEST(outgoing_queue, loses_nothing_between_many_producers_and_one_loop) {
  constexpr int producers = 3;
  constexpr int each = 500;
  fixture f({.max_messages = 16});
  std::vector<std::jthread> threads;
  for (int i = 0; i < producers; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < each; ++n) f.push(make());
    });
  }
  std::size_t seen = 0;
  while (seen < std::size_t{producers} * each) {
    const std::size_t taken = fixture::drop(f.queue.take(7, 7));
    f.queue.release(taken, taken * 10);
    seen += taken;
    if (taken == 0) std::this_thread::yield();
  }
  EXPECT_EQ(f.queue.size().messages, 0);
}

}  // namespace
}  // namespace nanonng::sdk
