#include "nanomq/tools/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace nanomq::tools {
namespace {

constexpr unsigned kept_bits = 7;  // what a bucket keeps of a value: the leading one and six bits after it

unsigned shift_of(std::uint64_t value) noexcept {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  return width > kept_bits ? width - kept_bits : 0;
}

}  // namespace

void histogram::record(std::chrono::nanoseconds taken) noexcept {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(taken.count(), 0));
  const unsigned shift = shift_of(value);
  ++buckets_[shift * buckets_per_doubling + static_cast<std::size_t>(value >> shift)];
  ++count_;
  sum_ns_ += static_cast<double>(value);
  const std::chrono::nanoseconds counted{static_cast<std::int64_t>(value)};
  shortest_ = std::min(shortest_, counted);
  longest_ = std::max(longest_, counted);
}

void histogram::merge(const histogram& other) noexcept {
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) buckets_[bucket] += other.buckets_[bucket];
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  shortest_ = std::min(shortest_, other.shortest_);
  longest_ = std::max(longest_, other.longest_);
}

std::chrono::nanoseconds histogram::mean() const noexcept {
  if (count_ == 0) return std::chrono::nanoseconds{0};
  return std::chrono::nanoseconds{static_cast<std::int64_t>(sum_ns_ / static_cast<double>(count_))};
}

std::chrono::nanoseconds histogram::quantile(double share) const noexcept {
  if (count_ == 0) return std::chrono::nanoseconds{0};
  const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
  std::uint64_t passed = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    passed += buckets_[bucket];
    if (passed < rank) continue;
    // Bucket numbers are `shift * 64 + kept`, and `kept` is at least 64 wherever the shift is not zero.
    const std::size_t shift = bucket < 2 * buckets_per_doubling ? 0 : bucket / buckets_per_doubling - 1;
    const std::uint64_t kept = bucket - shift * buckets_per_doubling;
    const std::uint64_t limit = ((kept + 1) << shift) - 1;
    return std::min(longest_, std::chrono::nanoseconds{static_cast<std::int64_t>(limit)});
  }
  return longest_;
}

}  // namespace nanomq::tools
