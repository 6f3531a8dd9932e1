#include "broker/durable_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "store/fault_store.hpp"
#include "store/store_contents.hpp"

namespace nanomq::broker {
namespace {

using namespace std::chrono_literals;
using nanolib::put_row;
using nanolib::put_session;
using nanolib::queue_window;
using nanolib::result;
using nanolib::store_unit;
using nanolib::store_unit_ptr;
using nanolib::testing::commit_fault;
using nanolib::testing::fault_store;
using nanolib::testing::make_message;
using nanolib::testing::make_row;
using kind = unit_outcome::kind;

constexpr auto patience = 100s;
constexpr std::size_t shards = 3;

/// What the writer said, for a test to wait for.
class listener {
 public:
  void add(durable_writer::outcomes told) {
    const std::lock_guard lock(mutex_);
    for (const unit_outcome& one : told) {
      if (one.what == kind::durable) {
        EXPECT_GT(one.number, durable_[one.shard]);
        durable_[one.shard] = one.number;
      }
      if (one.what == kind::refused) ++refused_;
      if (one.what == kind::failed) failed_[one.shard] = one.number;
    }
    changed_.notify_all();
  }
  void set(store_state now) {
    const std::lock_guard lock(mutex_);
    states_.push_back(now);
    changed_.notify_all();
  }
  [[nodiscard]] bool wait_durable(std::uint32_t shard, std::uint64_t number) {
    return wait([&] { return durable_[shard] >= number; });
  }
  [[nodiscard]] bool wait_refused(std::uint64_t count) {
    return wait([&] { return refused_ >= count; });
  }
  [[nodiscard]] bool wait_failed(std::uint32_t shard) {
    return wait([&] { return failed_.contains(shard); });
  }
  [[nodiscard]] std::vector<store_state> states() {
    const std::lock_guard lock(mutex_);
    return states_;
  }
  [[nodiscard]] std::uint64_t durable(std::uint32_t shard) {
    const std::lock_guard lock(mutex_);
    return durable_[shard];
  }

 private:
  template <class Condition>
  [[nodiscard]] bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, condition);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint32_t, std::uint64_t> durable_;
  std::map<std::uint32_t, std::uint64_t> failed_;
  std::uint64_t refused_ = 0;
  std::vector<store_state> states_;
};

/// Holds commits up until it is opened.
class gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --waiting_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool wait_for_somebody() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

class writer_test : public ::testing::Test {
 protected:
  void start(durable_writer_options options = {}) {
    auto made = std::make_unique<fault_store>();
    store_ = made.get();
    if (hold_) store_->before_commit = [this] { gate_.pass(); };
    writer_.emplace(std::move(made), shards, options,
                    durable_writer::surroundings{[this](durable_writer::outcomes told) { listener_.add(told); },
                                                 {},
                                                 [this](store_state now) { listener_.set(now); },
                                                 &nanolib::system_clock(),
                                                 &nanolib::null_log()});
    ASSERT_TRUE(writer_->start());
  }
  template <class... Changes>
  void submit(std::uint32_t shard, std::uint64_t number, Changes&&... changes) {
    auto unit = store_unit_ptr::adopt(new store_unit(shard, number, shards));
    (static_cast<void>(unit->part(shard).add(std::forward<Changes>(changes))), ...);
    writer_->submit(std::move(unit));
  }
  static put_session session(nanolib::session_key key) { return {key, "c", "", 10, true, nanolib::never}; }
  static put_row row(nanolib::queue_sequence sequence) { return {make_row(1, sequence, sequence, make_message({}))}; }

  bool hold_ = false;
  gate gate_;
  listener listener_;
  fault_store* store_ = nullptr;
  std::optional<durable_writer> writer_;
};

TEST_F(writer_test, tells_each_shard_when_its_units_are_durable) {
  start();
  submit(0, 1, session(1));
  submit(2, 1, session(2));
  EXPECT_TRUE(listener_.wait_durable(0, 1));
  EXPECT_TRUE(listener_.wait_durable(2, 1));
  EXPECT_EQ(writer_->state(), store_state::working);
}

TEST_F(writer_test, lets_units_that_change_nothing_pass_at_once_and_in_order) {
  start({.idle = 1h, .longest = 1h});
  submit(0, 1);
  EXPECT_TRUE(listener_.wait_durable(0, 1));
  EXPECT_EQ(store_->attempts(), 0U);
  submit(0, 2, session(1));
  submit(0, 3);
  writer_->stop();
  EXPECT_EQ(listener_.durable(0), 3U);
  EXPECT_EQ(store_->attempts(), 1U);
}

TEST_F(writer_test, gathers_what_comes_during_a_commit_into_one) {
  hold_ = true;
  start({.group = {.changes = 1'000}});
  submit(0, 1, session(1));
  ASSERT_TRUE(gate_.wait_for_somebody());
  for (std::uint64_t number = 2; number <= 200; ++number) submit(0, number, session(number));
  gate_.open();
  EXPECT_TRUE(listener_.wait_durable(0, 200));
  writer_->stop();
  EXPECT_EQ(store_->attempts(), 2U);
  EXPECT_EQ(writer_->counts().commits.get(), 2U);
  EXPECT_EQ(writer_->counts().units.get(), 200U);
}

TEST_F(writer_test, takes_units_from_many_threads_in_any_order) {
  constexpr std::uint64_t each = 2'000;
  start({.idle = 100us, .longest = 500us, .group = {.changes = 64}});
  submit(0, 1, session(1));
  std::vector<std::thread> threads;
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    threads.emplace_back([this, shard] {
      // Units of a shard come out of order when other shards finish them.
      const std::uint64_t first = shard == 0 ? 2 : 1;
      for (std::uint64_t number = first; number < each + first; number += 2) {
        const nanolib::queue_sequence at = shard * 10'000 + number;
        submit(shard, number + 1, row(at + 1));
        submit(shard, number, row(at));
      }
    });
  }
  for (std::thread& one : threads) one.join();
  EXPECT_TRUE(listener_.wait_durable(0, each + 1));
  EXPECT_TRUE(listener_.wait_durable(1, each));
  EXPECT_TRUE(listener_.wait_durable(2, each));
  writer_->stop();
  EXPECT_EQ(store_->info().value_or(nanolib::store_info{}).queue_rows, each * shards);
}

TEST_F(writer_test, rows_may_be_cancelled_while_they_are_written) {
  start({.idle = 50us, .longest = 200us});
  submit(0, 1, session(1));
  std::uint64_t cancelled = 0;
  std::vector<nanolib::queue_row_ptr> kept;
  for (std::uint64_t number = 2; number <= 3'000; ++number) {
    put_row one = row(number);
    submit(0, number, one);
    if (number % 3 == 0) std::this_thread::yield();
    if (one.row->try_cancel()) {
      ++cancelled;
    } else {
      kept.push_back(one.row);
    }
  }
  EXPECT_TRUE(listener_.wait_durable(0, 3'000));
  writer_->stop();
  EXPECT_EQ(writer_->counts().rows_cancelled.get(), cancelled);
  EXPECT_EQ(store_->info().value_or(nanolib::store_info{}).queue_rows, kept.size());
  for (const nanolib::queue_row_ptr& one : kept) ASSERT_TRUE(one->is_durable());
}

TEST_F(writer_test, reads_between_commits) {
  start();
  submit(0, 1, session(1), row(1), row(2));
  ASSERT_TRUE(listener_.wait_durable(0, 1));
  std::mutex mutex;
  std::condition_variable came;
  std::optional<result<queue_window>> window;
  writer_->read(1, 0, 10, {}, [&](result<queue_window> read) {
    const std::lock_guard lock(mutex);
    window = std::move(read);
    came.notify_all();
  });
  std::unique_lock lock(mutex);
  ASSERT_TRUE(came.wait_for(lock, patience, [&] { return window.has_value(); }));
  ASSERT_TRUE(*window);
  EXPECT_EQ((*window)->rows.size(), 2U);
}

TEST_F(writer_test, writes_everything_before_it_stops) {
  start({.idle = 10s, .longest = 10s});
  submit(0, 1, session(1));
  for (std::uint64_t number = 2; number <= 50; ++number) submit(0, number, row(number));
  writer_->stop();
  EXPECT_EQ(listener_.durable(0), 50U);
  writer_->stop();
}

TEST_F(writer_test, closes_a_full_group_without_waiting) {
  start({.idle = 1h, .longest = 1h, .group = {.changes = 10}});
  for (std::uint64_t number = 1; number <= 10; ++number) submit(0, number, session(number));
  EXPECT_TRUE(listener_.wait_durable(0, 10));
}

TEST_F(writer_test, closes_a_group_that_is_old_though_units_keep_coming) {
  start({.idle = 1h, .longest = 5ms});
  submit(0, 1, session(1));
  EXPECT_TRUE(listener_.wait_durable(0, 1));
}

// THREATS F3
TEST_F(writer_test, refuses_messages_while_there_is_no_space_and_recovers_by_itself) {
  start({.retry = 1ms});
  submit(0, 1, session(1));
  ASSERT_TRUE(listener_.wait_durable(0, 1));
  store_->fail(commit_fault::no_space);
  submit(0, 2, row(1), nanolib::put_subscription{1, "a", {}});
  EXPECT_TRUE(listener_.wait_refused(1));
  EXPECT_EQ(writer_->state(), store_state::full);
  store_->fail(commit_fault::none);
  EXPECT_TRUE(listener_.wait_durable(0, 2));
  EXPECT_EQ(writer_->state(), store_state::working);
  EXPECT_THAT(listener_.states(), ::testing::ElementsAre(store_state::full, store_state::working));
}

TEST_F(writer_test, can_be_stopped_while_there_is_no_space) {
  start({.retry = 1h});
  submit(0, 1, session(1));
  ASSERT_TRUE(listener_.wait_durable(0, 1));
  store_->fail(commit_fault::no_space);
  submit(0, 2, row(1), nanolib::put_subscription{1, "a", {}});
  ASSERT_TRUE(listener_.wait_refused(1));
  writer_->stop();
  EXPECT_EQ(listener_.durable(0), 1U);
}

TEST_F(writer_test, says_so_when_the_store_has_failed) {
  start();
  store_->fail(commit_fault::failed);
  submit(1, 1, session(1));
  EXPECT_TRUE(listener_.wait_failed(1));
  EXPECT_EQ(writer_->state(), store_state::failed);
  submit(2, 1, session(1));
  EXPECT_TRUE(listener_.wait_failed(2));
  EXPECT_THAT(listener_.states(), ::testing::ElementsAre(store_state::failed));
}

}  // namespace
}  // namespace nanomq::broker
