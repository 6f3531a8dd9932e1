#include "nanomq/access/worker_pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <thread>
#include <vector>

#include "nanolib/base/mutex.hpp"

namespace nanomq::access {

struct worker_pool::state {
  state(std::size_t how_many, std::size_t most) noexcept : wanted(how_many), most_waiting(most) {}

  void run() noexcept;
  void start_threads() NANOLIB_REQUIRES(mutex);

  const std::size_t wanted;
  nanolib::mutex mutex;
  std::size_t most_waiting NANOLIB_GUARDED_BY(mutex);
  std::condition_variable_any wake;
  std::deque<job> waiting NANOLIB_GUARDED_BY(mutex);
  std::size_t refused NANOLIB_GUARDED_BY(mutex) = 0;
  std::size_t idle NANOLIB_GUARDED_BY(mutex) = 0;
  bool ends NANOLIB_GUARDED_BY(mutex) = false;
  std::vector<std::thread> threads NANOLIB_GUARDED_BY(mutex);
};

worker_pool::worker_pool(std::size_t threads, std::size_t most_waiting)
    : state_(std::make_unique<state>(std::max<std::size_t>(threads, 1), most_waiting)) {}

worker_pool::~worker_pool() {
  std::vector<std::thread> threads;
  {
    const nanolib::mutex_lock lock(state_->mutex);
    state_->ends = true;
    state_->waiting.clear();
    threads.swap(state_->threads);
  }
  state_->wake.notify_all();
  for (std::thread& one : threads) one.join();
}

// Signals are the main thread's business.
void worker_pool::state::start_threads() {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    while (threads.size() < wanted) threads.emplace_back([this] { run(); });
  } catch (...) {
    // Those that there are have to do.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void worker_pool::state::run() noexcept {
  const nanolib::mutex_lock lock(mutex);
  for (;;) {
    ++idle;
    while (waiting.empty() && !ends) wake.wait(mutex);
    --idle;
    if (ends) return;
    job next = std::move(waiting.front());
    waiting.pop_front();
    mutex.unlock();
    next();
    next = nullptr;
    mutex.lock();
  }
}

bool worker_pool::submit(job what) noexcept {
  {
    const nanolib::mutex_lock lock(state_->mutex);
    try {
      if (state_->threads.empty() && !state_->ends) {
        state_->threads.reserve(state_->wanted);
        state_->start_threads();
      }
      const bool room = state_->waiting.size() < state_->most_waiting + state_->idle;
      if (state_->threads.empty() || state_->ends || !room) {
        ++state_->refused;
        return false;
      }
      state_->waiting.push_back(std::move(what));
    } catch (...) {
      ++state_->refused;
      return false;
    }
  }
  state_->wake.notify_one();
  return true;
}

void worker_pool::set_most_waiting(std::size_t to) noexcept {
  const nanolib::mutex_lock lock(state_->mutex);
  state_->most_waiting = to;
}

std::size_t worker_pool::refused() const noexcept {
  const nanolib::mutex_lock lock(state_->mutex);
  return state_->refused;
}

std::size_t sensible_workers() noexcept {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 2, 1, 4);
}

}  // namespace nanomq::access
