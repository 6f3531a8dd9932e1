#include "nanolib/base/quiescence.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace nanolib {
namespace {

class noted final : public quiescence::retired {
 public:
  explicit noted(std::vector<int>& freed, int name = 0) : freed_(freed), name_(name) {}
  ~noted() override { freed_.push_back(name_); }

 private:
  std::vector<int>& freed_;
  int name_;
};

TEST(quiescence, frees_nothing_before_every_reader_online_was_quiet) {
  std::vector<int> freed;
  quiescence readers(3);
  readers.online(0);
  readers.online(1);
  readers.retire(std::make_unique<noted>(freed));
  EXPECT_EQ(readers.waiting(), 1U);
  readers.quiet(0);
  readers.quiet(0);
  EXPECT_TRUE(freed.empty());
  readers.quiet(1);
  readers.quiet(0);
  EXPECT_EQ(freed.size(), 1U);
  EXPECT_EQ(readers.waiting(), 0U);
}

TEST(quiescence, a_reader_that_sleeps_delays_nobody) {
  std::vector<int> freed;
  quiescence readers(2);
  readers.online(0);
  readers.online(1);
  readers.offline(1);
  readers.retire(std::make_unique<noted>(freed));
  readers.quiet(0);
  EXPECT_EQ(freed.size(), 1U);
}

TEST(quiescence, a_reader_going_to_sleep_frees_what_waited_for_it) {
  std::vector<int> freed;
  quiescence readers(1);
  readers.online(0);
  readers.retire(std::make_unique<noted>(freed));
  readers.offline(0);
  EXPECT_EQ(freed.size(), 1U);
}

TEST(quiescence, a_reader_that_comes_after_a_retirement_does_not_delay_it) {
  std::vector<int> freed;
  quiescence readers(2);
  readers.online(0);
  readers.retire(std::make_unique<noted>(freed));
  readers.online(1);
  readers.quiet(0);
  EXPECT_EQ(freed.size(), 1U);
}

TEST(quiescence, frees_in_the_order_of_retirement_and_only_what_is_free) {
  std::vector<int> freed;
  quiescence readers(1);
  readers.online(0);
  for (int name = 1; name <= 3; ++name) readers.retire(std::make_unique<noted>(freed, name));
  readers.quiet(0);
  EXPECT_EQ(freed, (std::vector<int>{1, 2, 3}));
  readers.retire(std::make_unique<noted>(freed, 4));
  EXPECT_EQ(readers.waiting(), 1U);
  readers.quiet(0);
  EXPECT_EQ(freed, (std::vector<int>{1, 2, 3, 4}));
}

TEST(quiescence, frees_what_is_left_at_its_end) {
  std::vector<int> freed;
  {
    quiescence readers(1);
    readers.online(0);
    for (int name = 1; name <= 3; ++name) readers.retire(std::make_unique<noted>(freed, name));
  }
  EXPECT_EQ(freed.size(), 3U);
}

TEST(quiescence, readers_never_see_what_was_freed) {
  struct value final : quiescence::retired {
    explicit value(int first) : number(first) {}
    ~value() override { number = -1; }
    int number;
  };
  quiescence readers(2);
  std::atomic<value*> shared{new value(0)};
  std::atomic<bool> stop{false};
  std::atomic<bool> saw_freed{false};
  {
    std::vector<std::jthread> threads;
    for (std::size_t reader = 0; reader < 2; ++reader) {
      threads.emplace_back([&, reader] {
        for (int turn = 0; !stop; ++turn) {
          if (turn % 16 == 0) readers.online(reader);
          if (shared.load(std::memory_order_acquire)->number < 0) saw_freed = true;
          if (turn % 16 == 15) {
            readers.offline(reader);
          } else {
            readers.quiet(reader);
          }
        }
        readers.offline(reader);
      });
    }
    for (int i = 1; i < 20'000; ++i) {
      readers.retire(std::unique_ptr<quiescence::retired>(shared.exchange(new value(i), std::memory_order_acq_rel)));
    }
    stop = true;
  }
  EXPECT_FALSE(saw_freed);
  delete shared.load();
}

}  // namespace
}  // namespace nanolib
