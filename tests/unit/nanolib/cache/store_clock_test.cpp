// Deadlines over restarts, with clocks that are wrong. THREATS F5
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "nanolib/cache/sqlite_store.hpp"
#include "store/store_contents.hpp"
#include "store/temporary_directory.hpp"

namespace nanolib {
namespace {

using namespace std::chrono_literals;
using testing::batch_of;
using testing::contents_of;

constexpr wall_time day{std::chrono::sys_days{std::chrono::May / 1 / 2027}};

class clocks : public ::testing::Test {
 protected:
  void start(instant now, wall_time wall) {
    one_.reset();
    store_opening opening;
    std::string why;
    auto opened = open_sqlite_store({.directory = directory_.path()}, opening, why);
    ASSERT_TRUE(opened) << why;
    one_ = std::move(*opened);
    at_ = {now, wall};
  }
  void pass(duration time) {
    at_.now += time;
    at_.wall += time;
  }
  void put(duration lifetime) {
    ASSERT_TRUE(one_->commit(
        batch_of(change_retained{testing::make_message({.topic = "r", .retain = true, .expiry = at_.now + lifetime})}),
        at_));
  }
  void commit_something() { ASSERT_TRUE(one_->commit(batch_of(remove_session{99}), at_)); }
  /// How long the message has still to live; 0 when it is gone.
  duration left() {
    const auto found = contents_of(*one_, at_);
    if (found.empty()) return duration(0);
    const std::string& line = *found.begin();
    return duration(std::stoll(line.substr(line.rfind(' ') + 1)));
  }

  testing::temporary_directory directory_;
  std::unique_ptr<store> one_;
  clock_reading at_{};
};

TEST_F(clocks, that_are_right_count_the_time_while_nothing_ran) {
  start(instant(5'000s), day);
  put(1h);
  start(instant(10s), day + 20min);
  EXPECT_EQ(left(), 40min);
  start(instant(7s), day + 59min);
  EXPECT_EQ(left(), 1min);
  start(instant(7s), day + 60min);
  EXPECT_EQ(left(), 0s);
}

TEST_F(clocks, set_back_a_day_let_no_time_pass) {
  start(instant(5'000s), day);
  put(1h);
  start(instant(10s), day - 24h);
  EXPECT_EQ(left(), 1h);
  // And from there it goes on.
  pass(10min);
  EXPECT_EQ(left(), 50min);
}

TEST_F(clocks, set_forward_a_day_let_a_day_pass) {
  start(instant(5'000s), day);
  put(48h);
  start(instant(10s), day + 24h);
  EXPECT_EQ(left(), 24h);
}

// A board without a clock: it begins in 1970 and learns the time from the network, some time after the broker has started.
TEST_F(clocks, that_are_set_while_it_runs_do_not_make_what_was_written_before_old) {
  start(instant(20s), wall_time(0s));
  put(1h);
  pass(5min);
  at_.wall = day;
  commit_something();
  EXPECT_EQ(left(), 55min);
  start(instant(30s), day + 10min);
  EXPECT_EQ(left(), 45min);
}

// The same board, but the power goes before it has learned the time.
TEST_F(clocks, that_are_set_only_in_the_next_run_do_not_make_what_was_written_before_old) {
  start(instant(20s), wall_time(0s));
  put(2h);
  pass(10min);
  commit_something();
  start(instant(20s), wall_time(0s));
  EXPECT_EQ(left(), 110min);
  pass(20min);
  commit_something();
  start(instant(30s), day);
  EXPECT_EQ(left(), 90min);
  commit_something();
  start(instant(30s), day + 10min);
  EXPECT_EQ(left(), 80min);
  start(instant(30s), day + 90min);
  EXPECT_EQ(left(), 0s);
}

TEST_F(clocks, that_are_set_late_in_the_next_run_let_no_time_pass_between_the_two) {
  start(instant(20s), day);
  put(2h);
  start(instant(30s), wall_time(0s));
  commit_something();
  start(instant(30s), wall_time(0s));
  EXPECT_EQ(left(), 2h);
  pass(5min);
  at_.wall = day + 24h;
  commit_something();
  EXPECT_EQ(left(), 0s);  // written when the time was known
}

TEST_F(clocks, that_are_never_set_let_no_time_pass_between_runs) {
  start(instant(20s), wall_time(20s));
  put(1h);
  pass(10min);
  commit_something();
  for (int run = 0; run < 3; ++run) {
    start(instant(20s), wall_time(20s));
    EXPECT_EQ(left(), 50min);
  }
}

TEST_F(clocks, that_were_wrong_for_a_while_do_no_lasting_harm) {
  start(instant(20s), day);
  put(1h);
  at_.wall += 24h;
  commit_something();
  at_.wall -= 24h;
  pass(2min);
  commit_something();
  start(instant(20s), day + 12min);
  EXPECT_EQ(left(), 48min);
}

}  // namespace
}  // namespace nanolib
