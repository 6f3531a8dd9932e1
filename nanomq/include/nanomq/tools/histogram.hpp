// How long things took, counted in buckets that grow with the value: a quantile is right to one part in sixty-four.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace nanomq::tools {

/// Counts durations. Shape: one table of 3 776 counters; record() is a handful of instructions.
/// Thread: externally synchronised.
class histogram {
 public:
  /// Negative durations count as zero.
  void record(std::chrono::nanoseconds taken) noexcept;
  /// Adds what another one has counted, as if it had been recorded here.
  void merge(const histogram& other) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::chrono::nanoseconds shortest() const noexcept { return count_ == 0 ? longest_ : shortest_; }
  [[nodiscard]] std::chrono::nanoseconds longest() const noexcept { return longest_; }
  /// Zero when nothing was recorded.
  [[nodiscard]] std::chrono::nanoseconds mean() const noexcept;

  /// The least bucket limit that at least `share` (0 to 1) of what was recorded does not exceed; zero when nothing was.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const noexcept;

 private:
  static constexpr std::size_t buckets_per_doubling = 64;
  static constexpr std::size_t bucket_count = 57 * buckets_per_doubling + 2 * buckets_per_doubling;

  std::array<std::uint64_t, bucket_count> buckets_{};
  std::uint64_t count_ = 0;
  double sum_ns_ = 0;
  std::chrono::nanoseconds shortest_{std::chrono::nanoseconds::max()};
  std::chrono::nanoseconds longest_{0};
};

}  // namespace nanomq::tools
