#include "nanonng/net/timer.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

namespace nanonng::net {
namespace {

using nanolib::duration;
using nanolib::instant;
using namespace std::chrono_literals;

constexpr instant start{duration(1'000'003)};

struct counting_timer : timer {
  counting_timer() noexcept
      : timer([](timer& self, instant now) noexcept {
          auto& mine = static_cast<counting_timer&>(self);
          ++mine.calls;
          mine.called_at = now;
          if (mine.then != nullptr) mine.then(mine, now);
        }) {}
  int calls = 0;
  instant called_at{};
  void (*then)(counting_timer&, instant) = nullptr;
  timer_wheel* wheel = nullptr;
};

TEST(timer, is_forty_bytes) { EXPECT_EQ(sizeof(timer), 40U); }

TEST(timer_wheel, is_about_six_kilobytes) { EXPECT_LE(sizeof(timer_wheel), 6400U); }

TEST(timer_wheel, calls_no_timer_early_and_none_more_than_128_ms_late) {
  for (const duration after : {1ms, 63ms, 64ms, 65ms, 1000ms, 4095ms, 4096ms, 4097ms, 262'144ms, 300'001ms}) {
    timer_wheel wheel(start);
    counting_timer waiting;
    wheel.set(waiting, start + after);
    for (instant now = start; waiting.calls == 0; now += 7ms) {
      wheel.advance(now);
      ASSERT_LE(now, start + after + 128ms) << after.count();
    }
    EXPECT_GE(waiting.called_at, start + after) << after.count();
    EXPECT_FALSE(waiting.is_set());
    EXPECT_EQ(wheel.size(), 0U);
  }
}

TEST(timer_wheel, calls_a_deadline_that_has_passed_at_the_next_advance) {
  timer_wheel wheel(start);
  wheel.advance(start + 10s);
  counting_timer waiting;
  wheel.set(waiting, start - 5s);
  EXPECT_EQ(wheel.until_next(start + 10s), 0ms);
  wheel.advance(start + 10s);
  EXPECT_EQ(waiting.calls, 1);
}

TEST(timer_wheel, never_calls_a_timer_that_was_cancelled) {
  timer_wheel wheel(start);
  counting_timer waiting;
  wheel.set(waiting, start + 1s);
  waiting.cancel();
  waiting.cancel();
  EXPECT_FALSE(waiting.is_set());
  EXPECT_EQ(wheel.size(), 0U);
  EXPECT_LT(wheel.until_next(start), 0ms);
  wheel.advance(start + 10s);
  EXPECT_EQ(waiting.calls, 0);
}

TEST(timer_wheel, forgets_a_timer_that_is_destroyed) {
  timer_wheel wheel(start);
  {
    counting_timer waiting;
    wheel.set(waiting, start + 1s);
    EXPECT_EQ(wheel.size(), 1U);
  }
  EXPECT_EQ(wheel.size(), 0U);
  wheel.advance(start + 10s);
}

TEST(timer_wheel, leaves_timers_unset_when_it_is_destroyed) {
  counting_timer waiting;
  {
    timer_wheel wheel(start);
    wheel.set(waiting, start + 1h);
  }
  EXPECT_FALSE(waiting.is_set());
}

TEST(timer_wheel, moves_a_timer_that_is_set_anew) {
  timer_wheel wheel(start);
  counting_timer waiting;
  wheel.set(waiting, start + 1s);
  wheel.set(waiting, start + 5s);
  EXPECT_EQ(wheel.size(), 1U);
  wheel.advance(start + 4s);
  EXPECT_EQ(waiting.calls, 0);
  wheel.advance(start + 6s);
  EXPECT_EQ(waiting.calls, 1);
}

TEST(timer_wheel, keeps_a_timer_without_deadline_for_ever) {
  timer_wheel wheel(start);
  counting_timer waiting;
  wheel.set(waiting, nanolib::never);
  wheel.advance(start + 24h * 365 * 300);
  EXPECT_EQ(waiting.calls, 0);
  EXPECT_TRUE(waiting.is_set());
}

TEST(timer_wheel, lets_go_of_a_callback_that_asks_for_now) {
  timer_wheel wheel(start);
  counting_timer waiting;
  waiting.wheel = &wheel;
  waiting.then = [](counting_timer& self, instant now) { self.wheel->set(self, now); };
  wheel.set(waiting, start);
  wheel.advance(start + 1s);
  EXPECT_EQ(waiting.calls, 1);
  wheel.advance(start + 1s + 128ms);
  EXPECT_EQ(waiting.calls, 2);
}

TEST(timer_wheel, lets_a_callback_destroy_its_own_timer_and_others) {
  timer_wheel wheel(start);
  struct pair_of_timers : counting_timer {
    std::unique_ptr<pair_of_timers>* self = nullptr;
    std::unique_ptr<counting_timer>* other = nullptr;
  };
  std::unique_ptr<counting_timer> other = std::make_unique<counting_timer>();
  std::unique_ptr<pair_of_timers> first = std::make_unique<pair_of_timers>();
  pair_of_timers& mine = *first;
  mine.self = &first;
  mine.other = &other;
  mine.then = [](counting_timer& self, instant) {
    auto& both = static_cast<pair_of_timers&>(self);
    both.other->reset();
    both.self->reset();
  };
  wheel.set(*first, start + 1s);
  wheel.set(*other, start + 1s);
  wheel.advance(start + 2s);
  EXPECT_EQ(first, nullptr);
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(timer_wheel, sleeps_for_seconds_when_the_next_timer_is_far) {
  timer_wheel wheel(start);
  counting_timer waiting;
  wheel.set(waiting, start + 100s);
  instant now = start;
  int wakes = 0;
  while (waiting.calls == 0) {
    const duration sleep = wheel.until_next(now);
    ASSERT_GE(sleep, 0ms);
    now += sleep;
    wheel.advance(now);
    ++wakes;
  }
  EXPECT_LE(wakes, 4);
  EXPECT_GE(now, start + 100s);
  EXPECT_LE(now, start + 100s + 128ms);
}

TEST(timer_wheel, survives_a_clock_that_jumps_a_day_ahead_and_back) {
  timer_wheel wheel(start);
  std::vector<counting_timer> waiting(1000);
  for (std::size_t i = 0; i < waiting.size(); ++i) wheel.set(waiting[i], start + 24h + duration(i * 100));
  wheel.advance(start + 24h - 1s);
  EXPECT_EQ(wheel.size(), 1000U);
  wheel.advance(start);
  EXPECT_EQ(wheel.size(), 1000U);
  counting_timer soon;
  wheel.set(soon, start + 1s);
  EXPECT_LE(wheel.until_next(start), 1s + 64ms);
  wheel.advance(start + 2s);
  EXPECT_EQ(soon.calls, 1);
  EXPECT_EQ(wheel.size(), 1000U);
  wheel.advance(start + 48h);
  EXPECT_EQ(wheel.size(), 0U);
}

// The wheel against a list of deadlines that is searched whole.
TEST(timer_wheel, does_what_a_naive_model_does_under_random_use) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t limit) { return random() % limit; };
    timer_wheel wheel(start);
    std::vector<counting_timer> timers(200);
    std::map<std::size_t, instant> model;
    instant now = start;
    for (int step = 0; step < 3000; ++step) {
      const std::size_t which = below(timers.size());
      const auto action = below(10);
      if (action < 5) {
        const instant deadline = now + duration(below(std::uint64_t{1} << below(32)));
        wheel.set(timers[which], deadline);
        model[which] = deadline;
      } else if (action < 6) {
        timers[which].cancel();
        model.erase(which);
      } else {
        now += duration(below(std::uint64_t{1} << below(26)));
        if (below(50) == 0) now -= duration(below(86'400'000));
        for (auto& each : timers) each.calls = 0;
        wheel.advance(now);
        for (std::size_t i = 0; i < timers.size(); ++i) {
          const auto expected = model.find(i);
          if (timers[i].calls != 0) {
            ASSERT_NE(expected, model.end());
            ASSERT_LE(expected->second, now) << "early";
            ASSERT_EQ(timers[i].calls, 1);
            model.erase(expected);
          } else if (expected != model.end()) {
            ASSERT_GT(expected->second + 64ms, now) << "late";
          }
        }
      }
      ASSERT_EQ(wheel.size(), model.size());
      const duration sleep = wheel.until_next(now);
      ASSERT_EQ(sleep < 0ms, model.empty());
      for (const auto& [index, deadline] : model) ASSERT_LE(now + sleep, std::max(deadline, now) + 64ms);
    }
  }
}

}  // namespace
}  // namespace nanonng::net
