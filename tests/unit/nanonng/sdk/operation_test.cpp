#include "nanonng/sdk/operation.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "nanonng/sdk/coroutine.hpp"

namespace nanonng::sdk {
namespace {

using namespace std::chrono_literals;

/// Keeps jobs until they are run by hand.
class manual_host final : public operation_host {
 public:
  void run(job what) noexcept override { jobs.push_back(std::move(what)); }
  [[nodiscard]] bool is_callback_thread() const noexcept override { return inside; }
  [[nodiscard]] bool may_wait() const noexcept override { return waits; }
  void cancel(operation_core& which) noexcept override { which.abandon(errors::cancelled); }
  void run_all() {
    inside = true;
    for (std::size_t at = 0; at < jobs.size(); ++at) jobs[at]();
    jobs.clear();
    inside = false;
  }

  std::deque<job> jobs;
  bool inside = false;
  bool waits = true;
};

struct pending {
  nanolib::intrusive_ptr<manual_host> host = nanolib::intrusive_ptr<manual_host>::adopt(new manual_host);
  nanolib::intrusive_ptr<operation_state<int>> state =
      nanolib::intrusive_ptr<operation_state<int>>::adopt(new operation_state<int>);
  operation<int> what{state, host};
};

constexpr nanolib::error refused{nanolib::error_domain::mqtt, 0x87};

TEST(operation, is_not_done_until_it_is_finished) {
  pending p;
  EXPECT_FALSE(p.what.done());
  EXPECT_FALSE(p.what.wait_for(0ms).has_value());
  EXPECT_TRUE(p.state->finish(7));
  EXPECT_TRUE(p.what.done());
  EXPECT_EQ(p.what.get(), 7);
  EXPECT_EQ(p.what.wait(), 7);
  EXPECT_EQ(p.what.wait_for(0ms), nanolib::result<int>(7));
}

TEST(operation, finishes_once) {
  pending p;
  EXPECT_TRUE(p.state->finish(1));
  EXPECT_FALSE(p.state->finish(2));
  EXPECT_EQ(p.what.get(), 1);
}

TEST(operation, wakes_everybody_who_waits) {
  pending p;
  std::atomic<int> sum{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { sum += p.what.get(); });
  threads.emplace_back([&] { sum += p.what.wait_for(10s)->value(); });
  p.state->finish(10);
  threads.clear();
  EXPECT_EQ(sum, 50);
}

TEST(operation, throws_the_reason_with_the_servers_words) {
  pending p;
  p.state->finish(std::unexpected(refused), "not here");
  try {
    p.what.get();
    FAIL() << "nothing was thrown";
  } catch (const mqtt_error& thrown) {
    EXPECT_EQ(thrown.error(), refused);
    EXPECT_EQ(thrown.reason(), mqtt::reason_code::not_authorized);
    EXPECT_EQ(thrown.detail(), "not here");
    EXPECT_NE(std::string(thrown.what()).find("not here"), std::string::npos);
  }
  EXPECT_EQ(p.what.detail(), "not here");
}

TEST(operation, has_no_reason_code_for_an_error_of_the_system) {
  EXPECT_EQ(mqtt_error(errors::timed_out).reason(), std::nullopt);
}

TEST(operation, continues_on_the_host_in_the_order_of_attaching) {
  pending p;
  std::vector<int> seen;
  p.what.then([&](auto) { seen.push_back(1); });
  p.what.then([&](auto) { seen.push_back(2); });
  p.state->finish(0);
  EXPECT_TRUE(seen.empty()) << "ran on the finishing thread";
  p.what.then([&](auto) { seen.push_back(3); });
  p.host->run_all();
  EXPECT_EQ(seen, (std::vector{1, 2, 3}));
}

TEST(operation, gives_the_result_to_its_continuation) {
  pending p;
  nanolib::result<int> got = 0;
  p.what.then([&](nanolib::result<int> ended) { got = ended; });
  p.state->finish(std::unexpected(refused));
  p.host->run_all();
  EXPECT_EQ(got, nanolib::result<int>(std::unexpected(refused)));
}

TEST(operation, continues_inline_on_the_thread_that_finishes_it) {
  pending p;
  int got = 0;
  p.what.then_inline([&](nanolib::result<int> ended) { got = *ended; });
  p.state->finish(3);
  EXPECT_EQ(got, 3);
}

TEST(operation, runs_every_continuation_once_when_attaching_races_with_the_end) {
  for (int round = 0; round < 200; ++round) {
    auto state = nanolib::intrusive_ptr<operation_state<int>>::adopt(new operation_state<int>);
    const operation<int> what(state, {});
    std::atomic<int> calls{0};
    {
      std::jthread finisher([&] { state->finish(1); });
      for (int i = 0; i < 4; ++i) what.then_inline([&](auto) { ++calls; });
    }
    EXPECT_EQ(calls, 4);
  }
}

TEST(operation, that_nobody_holds_goes_away_unfinished) {
  auto counted = std::make_shared<int>(0);
  {
    pending p;
    p.what.then([counted](auto) {});
    EXPECT_EQ(counted.use_count(), 2);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(operation, cancels_through_its_host) {
  pending p;
  p.what.cancel();
  EXPECT_EQ(p.what.wait(), nanolib::result<int>(std::unexpected(errors::cancelled)));
  p.what.cancel();
}

TEST(operation, does_not_wait_where_that_would_never_end) {
  pending p;
  p.host->waits = false;
  EXPECT_EQ(p.what.wait(), nanolib::result<int>(std::unexpected(errors::would_deadlock)));
  EXPECT_EQ(p.what.wait_for(1h), nanolib::result<int>(std::unexpected(errors::would_deadlock)));
  p.state->finish(1);
  EXPECT_EQ(p.what.wait(), 1);
}

TEST(operation, can_be_finished_from_the_beginning) {
  const auto what = operation<void>::finished({});
  EXPECT_TRUE(what.done());
  what.get();
  EXPECT_FALSE(operation<void>().valid());
}

// ---- coroutines ----

operation<int> twice(operation<int> what) { co_return 2 * co_await what; }
operation<int> code_of(operation<int> what) {
  const auto ended = co_await what.as_result();
  co_return ended ? 0 : ended.error().code;
}
operation<void> throws_text(operation<int> what) {
  co_await what;
  throw std::runtime_error("no");
}

TEST(coroutine, goes_on_at_the_host_when_its_operation_ends) {
  pending p;
  const auto doubled = twice(p.what);
  p.state->finish(21);
  EXPECT_FALSE(doubled.done());
  p.host->run_all();
  EXPECT_EQ(doubled.get(), 42);
}

TEST(coroutine, goes_over_to_the_host_even_if_the_operation_is_done) {
  pending p;
  p.state->finish(1);
  const auto doubled = twice(p.what);
  EXPECT_FALSE(doubled.done());
  p.host->run_all();
  EXPECT_EQ(doubled.get(), 2);
}

TEST(coroutine, passes_an_error_on) {
  pending p;
  const auto doubled = twice(p.what);
  p.state->finish(std::unexpected(refused), "because");
  p.host->run_all();
  EXPECT_EQ(doubled.wait(), nanolib::result<int>(std::unexpected(refused)));
  EXPECT_EQ(doubled.detail(), "because");
}

TEST(coroutine, can_look_at_the_error_without_an_exception) {
  pending p;
  const auto code = code_of(p.what);
  p.state->finish(std::unexpected(refused));
  p.host->run_all();
  EXPECT_EQ(code.get(), 0x87);
}

TEST(coroutine, hands_over_what_it_throws) {
  pending p;
  const auto broken = throws_text(p.what);
  p.state->finish(0);
  p.host->run_all();
  EXPECT_THROW(broken.get(), std::runtime_error);
  EXPECT_FALSE(broken.wait().has_value());
}

TEST(coroutine, can_be_let_go_of) {
  pending p;
  static_cast<void>(twice(p.what));
  p.state->finish(1);
  p.host->run_all();
}

}  // namespace
}  // namespace nanonng::sdk
