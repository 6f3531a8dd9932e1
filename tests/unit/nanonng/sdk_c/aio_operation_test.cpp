// How an nng_aio and an operation end together.
#include "aio_operation.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <string>
#include <thread>

namespace nanonng::sdk::c {
namespace {

using state = operation_state<int>;

/// A client to operations: it cancels at once.
class instant_host final : public operation_host {
 public:
  void run(job what) noexcept override { what(); }
  [[nodiscard]] bool is_callback_thread() const noexcept override { return false; }
  [[nodiscard]] bool may_wait() const noexcept override { return true; }
  void cancel(operation_core& which) noexcept override {
    cancelled.fetch_add(1);
    static_cast<state&>(which).finish(std::unexpected(errors::cancelled));
  }

  std::atomic<int> cancelled{0};
};

/// An aio whose ends can be waited for and counted.
class counted_aio {
 public:
  counted_aio() {
    EXPECT_EQ(nng_aio_alloc(&aio_, [](void* self) { static_cast<counted_aio*>(self)->on_end(); }, this), 0);
  }
  ~counted_aio() { nng_aio_free(aio_); }
  counted_aio(const counted_aio&) = delete;
  counted_aio& operator=(const counted_aio&) = delete;

  [[nodiscard]] nng_aio* get() const { return aio_; }
  /// Waits for the end and says how it was.
  int wait() {
    ended_.acquire();
    return result_;
  }
  [[nodiscard]] int ends() const { return ends_.load(); }

 private:
  void on_end() {
    result_ = nng_aio_result(aio_);
    ends_.fetch_add(1);
    ended_.release();
  }

  nng_aio* aio_ = nullptr;
  int result_ = 0;
  std::atomic<int> ends_{0};
  std::counting_semaphore<> ended_{0};
};

struct aio_operation_test : ::testing::Test {
  /// Begins an operation on the aio, as a function of the client does.
  void begin(nng_aio* on) {
    ASSERT_TRUE(nng_aio_begin(on));
    if (const aio_operation_ptr to = aio_operation::take(on)) {
      ASSERT_TRUE(
          bind(to, operation<int>(what, host), [](nng_aio*, const nanolib::result<int>& ended, std::string_view) {
            return ended ? *ended : static_cast<int>(NNG_ECANCELED);
          }));
    }
  }

  nanolib::intrusive_ptr<instant_host> keeper = nanolib::intrusive_ptr<instant_host>::adopt(new instant_host);
  operation_host_ptr host = operation_host_ptr::share(keeper.get());
  nanolib::intrusive_ptr<state> what = nanolib::intrusive_ptr<state>::adopt(new state);
  counted_aio aio;
};

TEST_F(aio_operation_test, ends_with_the_operation) {
  begin(aio.get());
  what->finish(0);
  EXPECT_EQ(aio.wait(), 0);
  EXPECT_EQ(keeper->cancelled.load(), 0);
}

TEST_F(aio_operation_test, ends_at_once_with_an_operation_that_is_done) {
  what->finish(NNG_EPROTO);
  begin(aio.get());
  EXPECT_EQ(aio.wait(), NNG_EPROTO);
}

TEST_F(aio_operation_test, cancels_the_operation_with_the_aio) {
  begin(aio.get());
  nng_aio_cancel(aio.get());
  EXPECT_EQ(aio.wait(), NNG_ECANCELED);
  EXPECT_EQ(keeper->cancelled.load(), 1);
}

TEST_F(aio_operation_test, ends_with_the_code_of_an_abort) {
  begin(aio.get());
  nng_aio_abort(aio.get(), NNG_ECONNRESET);
  EXPECT_EQ(aio.wait(), NNG_ECONNRESET);
}

TEST_F(aio_operation_test, ends_when_the_aio_times_out) {
  nng_aio_set_timeout(aio.get(), 1'000);  // not before it is taken over
  begin(aio.get());
  EXPECT_EQ(aio.wait(), NNG_ETIMEDOUT);
  EXPECT_EQ(keeper->cancelled.load(), 1);
}

TEST_F(aio_operation_test, does_not_begin_with_a_timeout_of_zero) {
  nng_aio_set_timeout(aio.get(), NNG_DURATION_ZERO);
  ASSERT_TRUE(nng_aio_begin(aio.get()));
  EXPECT_FALSE(aio_operation::take(aio.get()));
  EXPECT_EQ(aio.wait(), NNG_ETIMEDOUT);
}

TEST_F(aio_operation_test, is_ended_by_a_stop_which_waits_for_the_callback) {
  begin(aio.get());
  nng_aio_stop(aio.get());
  EXPECT_EQ(aio.ends(), 1);
  EXPECT_EQ(aio.wait(), NNG_ECANCELED);
  EXPECT_FALSE(nng_aio_begin(aio.get()));
}

TEST_F(aio_operation_test, cancels_what_begins_after_the_cancellation) {
  ASSERT_TRUE(nng_aio_begin(aio.get()));
  const aio_operation_ptr to = aio_operation::take(aio.get());
  ASSERT_TRUE(to);
  nng_aio_abort(aio.get(), NNG_ECONNABORTED);
  EXPECT_EQ(to->cancelled_with(), NNG_ECONNABORTED);
  ASSERT_TRUE(bind(to, operation<int>(what, host),
                   [](nng_aio*, const nanolib::result<int>&, std::string_view) -> int { return NNG_ECANCELED; }));
  EXPECT_EQ(aio.wait(), NNG_ECONNABORTED);
}

TEST_F(aio_operation_test, ignores_a_cancellation_that_comes_too_late) {
  begin(aio.get());
  what->finish(0);
  EXPECT_EQ(aio.wait(), 0);
  nng_aio_cancel(aio.get());
  EXPECT_EQ(keeper->cancelled.load(), 0);
  what = nanolib::intrusive_ptr<state>::adopt(new state);
  begin(aio.get());
  what->finish(7);
  EXPECT_EQ(aio.wait(), 7);
}

TEST_F(aio_operation_test, ends_once_however_end_and_cancellation_race) {
  for (int i = 0; i < 2'000; ++i) {
    what = nanolib::intrusive_ptr<state>::adopt(new state);
    begin(aio.get());
    std::jthread other([&] { nng_aio_cancel(aio.get()); });
    what->finish(0);
    const int ended = aio.wait();
    EXPECT_TRUE(ended == 0 || ended == NNG_ECANCELED) << ended;
    other.join();
    EXPECT_EQ(aio.ends(), i + 1);
  }
}

TEST_F(aio_operation_test, is_cancelled_or_times_out_once_however_these_race) {
  nng_aio_set_timeout(aio.get(), 1);
  for (int i = 0; i < 200; ++i) {
    what = nanolib::intrusive_ptr<state>::adopt(new state);
    begin(aio.get());
    std::jthread other([&] {
      std::this_thread::yield();
      nng_aio_cancel(aio.get());
    });
    const int ended = aio.wait();
    EXPECT_TRUE(ended == NNG_ETIMEDOUT || ended == NNG_ECANCELED) << ended;
    other.join();
    EXPECT_EQ(aio.ends(), i + 1);
  }
}

TEST(refuse_aio_test, ends_an_aio_with_an_error) {
  counted_aio aio;
  refuse_aio(aio.get(), NNG_EINVAL);
  EXPECT_EQ(aio.wait(), NNG_EINVAL);
  refuse_aio(nullptr, NNG_EINVAL);
}

}  // namespace
}  // namespace nanonng::sdk::c
