#include "nanolib/base/quiescence.hpp"

#include <algorithm>
#include <utility>

namespace nanolib {

quiescence::quiescence(std::size_t readers) : readers_(readers) {}

quiescence::~quiescence() { free_list(oldest_); }

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

void quiescence::retire(std::unique_ptr<retired> object) noexcept {
  const mutex_lock lock(mutex_);
  retired* added = object.release();
  // What is retired at epoch e was unlinked before the step to e + 1: a reader that announced e + 1 cannot see it.
  added->epoch_ = epoch_.fetch_add(1, std::memory_order_acq_rel);
  (newest_ == nullptr ? oldest_ : newest_->next_) = added;
  newest_ = added;
  waiting_.fetch_add(1, std::memory_order_relaxed);
}

void quiescence::collect() noexcept {
  retired* free_now = nullptr;
  {
    if (!mutex_.try_lock()) return;
    const mutex_lock lock(mutex_, std::adopt_lock);
    std::uint64_t oldest_reader = offline_epoch;
    for (const slot& reader : readers_) {
      oldest_reader = std::min(oldest_reader, reader.epoch.load(std::memory_order_acquire));
    }
    retired* last = nullptr;
    std::size_t count = 0;
    for (retired* at = oldest_; at != nullptr && at->epoch_ < oldest_reader; at = at->next_) {
      last = at;
      ++count;
    }
    if (last == nullptr) return;
    free_now = std::exchange(oldest_, last->next_);
    last->next_ = nullptr;
    if (oldest_ == nullptr) newest_ = nullptr;
    waiting_.fetch_sub(count, std::memory_order_relaxed);
  }
  free_list(free_now);
}

void quiescence::free_list(retired* first) noexcept {
  while (first != nullptr) delete std::exchange(first, first->next_);
}

}  // namespace nanolib
