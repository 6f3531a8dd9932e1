// How much all queues together may hold, whether in memory or on disk.
#pragma once

#include <atomic>
#include <cstdint>

namespace nanolib {

struct store_limits {
  std::uint64_t maximum_messages = 50'000'000;            ///< rows of all queues
  std::uint64_t maximum_bytes = std::uint64_t{8} << 30U;  ///< of their messages, each row counted in full
};

/// The account of all queues. The limit of one session is its outbox's. Thread: thread-safe.
/// Shape: two atomic additions per row; the limits may be passed by what is added at the same moment.
class store_usage {
 public:
  explicit store_usage(const store_limits& limits) noexcept : limits_(limits) {}

  /// Room for one more row of this size. False when there is none: nothing was counted but refused().
  [[nodiscard]] bool try_add(std::uint64_t bytes) noexcept;
  /// What load() found; not limited.
  void add(std::uint64_t rows, std::uint64_t bytes) noexcept;
  void remove(std::uint64_t rows, std::uint64_t bytes) noexcept;

  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }
  [[nodiscard]] const store_limits& limits() const noexcept { return limits_; }

 private:
  store_limits limits_;
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace nanolib
