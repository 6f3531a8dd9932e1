// The callback thread.
#include "callback_thread.hpp"

#include <iterator>
#include <new>
#include <utility>

#include "engine.hpp"
#include "nanonng/net/thread.hpp"

namespace nanonng::sdk {

callback_thread::~callback_thread() {
  const nanolib::mutex_lock held(mutex_);
  if (thread_.joinable()) thread_.detach();
}

void callback_thread::start() noexcept {
  started_ = true;
  // The thread keeps the engine, and with it this object.
  auto kept = nanolib::intrusive_ptr<engine>::share(&home_);
  auto made = net::start_thread([this, kept = std::move(kept)]() noexcept { work(); });
  if (made) {
    thread_ = *std::move(made);
  } else {
    ended_ = true;  // without a thread of their own callbacks run where they fall due
  }
}

bool callback_thread::hand_over(std::span<callback> calls) noexcept {
  const nanolib::mutex_lock held(mutex_);
  if (!started_ && !stopping_) start();
  if (ended_ || !started_) return false;
  try {
    calls_.insert(calls_.end(), std::make_move_iterator(calls.begin()), std::make_move_iterator(calls.end()));
  } catch (const std::bad_alloc&) {
    return false;  // they run here then, out of order and beside others: better than not at all
  }
  if (sleeps_) due_.notify_one();
  return true;
}

void callback_thread::push(std::vector<callback>& calls) noexcept {
  if (calls.empty()) return;
  if (!hand_over(calls)) home_.run_calls(calls);
  calls.clear();
}

void callback_thread::push(callback&& call) noexcept {
  const std::span one(&call, 1);
  if (!hand_over(one)) home_.run_calls(one);
}

void callback_thread::work() noexcept {
  id_ = std::this_thread::get_id();
  std::vector<callback> calls;
  for (;;) {
    {
      const nanolib::mutex_lock held(mutex_);
      while (calls_.empty() && !stopping_) {
        sleeps_ = true;
        due_.wait(mutex_);
      }
      sleeps_ = false;
      if (calls_.empty()) {
        ended_ = true;
        break;
      }
      calls_.swap(calls);
    }
    home_.run_calls(calls);
    calls.clear();
  }
  id_ = std::thread::id();
}

void callback_thread::stop() noexcept {
  const nanolib::mutex_lock held(mutex_);
  stopping_ = true;
  if (!started_) ended_ = true;
  due_.notify_one();
}

void callback_thread::join() noexcept {
  std::thread last;
  {
    const nanolib::mutex_lock held(mutex_);
    last = std::move(thread_);
  }
  if (!last.joinable()) return;
  if (is_current()) return last.detach();
  last.join();
}

void callback_thread::let_go() noexcept {
  const nanolib::mutex_lock held(mutex_);
  if (thread_.joinable()) thread_.detach();
}

bool callback_thread::is_started() const noexcept {
  const nanolib::mutex_lock held(mutex_);
  return started_;
}

}  // namespace nanonng::sdk
