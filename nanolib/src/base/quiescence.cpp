#include "nanolib/base/quiescence.hpp"

#include <algorithm>

namespace nanolib {

quiescence::quiescence(std::size_t readers) : readers_(readers) {}

quiescence::~quiescence() = default;

void quiescence::online(std::size_t reader) noexcept {
  readers_[reader].epoch.store(epoch_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  // Either a later retire() reads from this and so sees the announcement, or this sees what was unlinked before it.
  epoch_.fetch_add(0, std::memory_order_acq_rel);
}

void quiescence::offline(std::size_t reader) noexcept {
  readers_[reader].epoch.store(offline_epoch, std::memory_order_release);
  if (waiting_.load(std::memory_order_relaxed) != 0) collect();
}

void quiescence::quiet(std::size_t reader) noexcept {
  const std::uint64_t now = epoch_.load(std::memory_order_acquire);
  if (readers_[reader].epoch.load(std::memory_order_relaxed) != now) {
    readers_[reader].epoch.store(now, std::memory_order_release);
  }
  if (waiting_.load(std::memory_order_relaxed) != 0) collect();
}

void quiescence::retire(std::unique_ptr<retired> object) {
  const std::lock_guard lock(mutex_);
  // What is retired at epoch e was unlinked before the step to e + 1: a reader that announced e + 1 cannot see it.
  retired_.push_back({epoch_.fetch_add(1, std::memory_order_acq_rel), std::move(object)});
  waiting_.store(retired_.size(), std::memory_order_relaxed);
}

void quiescence::collect() noexcept {
  std::vector<std::unique_ptr<retired>> free_now;
  {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return;
    std::uint64_t oldest = offline_epoch;
    for (const slot& reader : readers_) oldest = std::min(oldest, reader.epoch.load(std::memory_order_acquire));
    while (!retired_.empty() && retired_.front().epoch < oldest) {
      free_now.push_back(std::move(retired_.front().object));
      retired_.pop_front();
    }
    waiting_.store(retired_.size(), std::memory_order_relaxed);
  }
}

}  // namespace nanolib
