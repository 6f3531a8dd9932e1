// When may memory that lock-free readers could still see be freed? After every reader has passed a quiet point.
//
// Each reader (a shard's loop) owns a slot. Between two of its quiet points it may hold pointers into shared structures;
// at a quiet point it holds none. A reader about to sleep goes offline, so that a sleeping shard delays nobody.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "nanolib/base/mutex.hpp"

namespace nanolib {

/// Defers the freeing of what readers may still see. Thread: thread-safe; a slot belongs to one thread.
class quiescence {
 public:
  /// Something to free later. Freed by delete through this base.
  class retired {
   public:
    retired() = default;
    retired(const retired&) = delete;
    retired& operator=(const retired&) = delete;
    virtual ~retired() = default;

   private:
    friend class quiescence;
    retired* next_ = nullptr;
    std::uint64_t epoch_ = 0;
  };

  /// Shape: 64 bytes per reader.
  explicit quiescence(std::size_t readers);
  quiescence(const quiescence&) = delete;
  quiescence& operator=(const quiescence&) = delete;
  ~quiescence();

  /// A reader begins (or goes on after a sleep): from here to the next quiet point it may hold pointers.
  void online(std::size_t reader) noexcept;
  /// A reader holds nothing and will not look before online().
  void offline(std::size_t reader) noexcept;
  /// A reader that stays online holds nothing at this moment. Frees what has become free if there is anything.
  /// Shape: two relaxed loads and a store when there is nothing retired.
  void quiet(std::size_t reader) noexcept;

  /// Frees `object` once every reader that is online now has passed a quiet point. Shape: allocates nothing.
  void retire(std::unique_ptr<retired> object) noexcept;

  /// How much waits to be freed.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::uint64_t offline_epoch = UINT64_MAX;

  struct alignas(64) slot {
    std::atomic<std::uint64_t> epoch{offline_epoch};
  };

  void collect() noexcept;
  static void free_list(retired* first) noexcept;

  std::atomic<std::uint64_t> epoch_{1};
  std::atomic<std::size_t> waiting_{0};
  std::vector<slot> readers_;
  mutex mutex_;
  retired* oldest_ NANOLIB_GUARDED_BY(mutex_) = nullptr;  ///< linked from here to newest_, in order of epochs
  retired* newest_ NANOLIB_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace nanolib
