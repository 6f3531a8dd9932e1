#include "nanonng/net/handshake_pool.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "nanolib/base/mutex.hpp"
#include "nanonng/net/thread.hpp"

namespace nanonng::net {

struct handshake_pool::state {
  state(std::size_t how_many, std::size_t most) noexcept : wanted(how_many), most_waiting(most) {}

  void run() noexcept;
  void finish(std::unique_ptr<job> what) noexcept;
  /// False: there is none, and none can be started.
  [[nodiscard]] bool has_threads() NANOLIB_REQUIRES(mutex);

  const std::size_t wanted;
  const std::size_t most_waiting;
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> refused{0};
  mutable nanolib::mutex mutex;
  std::condition_variable_any wake;
  std::deque<std::unique_ptr<job>> waiting NANOLIB_GUARDED_BY(mutex);
  bool ends NANOLIB_GUARDED_BY(mutex) = false;
  std::vector<std::thread> threads NANOLIB_GUARDED_BY(mutex);
};

handshake_pool::handshake_pool(std::size_t threads, std::size_t most_waiting)
    : state_(std::make_unique<state>(threads, most_waiting)) {}

handshake_pool::~handshake_pool() { stop(); }

void handshake_pool::stop() noexcept {
  std::vector<std::thread> threads;
  std::deque<std::unique_ptr<job>> dropped;
  {
    const nanolib::mutex_lock lock(state_->mutex);
    state_->ends = true;
    dropped.swap(state_->waiting);
    threads.swap(state_->threads);
  }
  state_->wake.notify_all();
  for (std::thread& one : threads) one.join();
}

bool handshake_pool::state::has_threads() {
  while (threads.size() < wanted) {
    auto started = start_thread([this]() noexcept {
      yield_to_others();
      run();
    });
    if (!started) break;  // those that there are have to do
    threads.push_back(std::move(*started));
  }
  return wanted == 0 || !threads.empty();
}

void handshake_pool::state::run() noexcept {
  const nanolib::mutex_lock lock(mutex);
  for (;;) {
    while (waiting.empty() && !ends) wake.wait(mutex);
    if (ends) return;
    std::unique_ptr<job> next = std::move(waiting.front());
    waiting.pop_front();
    mutex.unlock();
    finish(std::move(next));
    mutex.lock();
  }
}

void handshake_pool::state::finish(std::unique_ptr<job> what) noexcept {
  if (!what->is_wanted()) return;
  what->compute();
  done.fetch_add(1, std::memory_order_relaxed);
  event_loop& home = what->home_;
  home.post(std::move(what));
}

bool handshake_pool::submit(std::unique_ptr<job> what) noexcept {
  bool taken = false;
  {
    const nanolib::mutex_lock lock(state_->mutex);
    try {
      state_->threads.reserve(state_->wanted);
      taken = !state_->ends && state_->waiting.size() < state_->most_waiting && state_->has_threads();
      if (taken) state_->waiting.push_back(std::move(what));
    } catch (const std::bad_alloc&) {
      taken = false;
    }
  }
  if (taken) {
    state_->wake.notify_one();
  } else {
    state_->refused.fetch_add(1, std::memory_order_relaxed);
  }
  return taken;
}

bool handshake_pool::do_one() noexcept {
  std::unique_ptr<job> next;
  {
    const nanolib::mutex_lock lock(state_->mutex);
    if (state_->waiting.empty()) return false;
    next = std::move(state_->waiting.front());
    state_->waiting.pop_front();
  }
  state_->finish(std::move(next));
  return true;
}

std::size_t handshake_pool::waiting() const noexcept {
  const nanolib::mutex_lock lock(state_->mutex);
  return state_->waiting.size();
}

std::uint64_t handshake_pool::done() const noexcept { return state_->done.load(std::memory_order_relaxed); }
std::uint64_t handshake_pool::refused() const noexcept { return state_->refused.load(std::memory_order_relaxed); }

}  // namespace nanonng::net
