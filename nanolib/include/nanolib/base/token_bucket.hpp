// Token buckets: how much of something may happen in how much time, bursts included.
//
// A bucket is one number: the moment at which it will be full again. What is taken moves that moment on by the time that
// it takes to flow in again, so nothing has to be refilled, and many threads can share one without a lock. The clock is
// handed in, and all arithmetic is in whole nanoseconds. A bucket does not wait and does not refuse by itself: who asks
// decides what an empty one means.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>

#include "nanolib/base/time.hpp"

namespace nanolib {

/// So many in so much time: 100 in a second. Shape: value. What counts in a rate is at most 2^32 - 1.
struct rate {
  std::uint64_t amount = 0;  ///< 0: no limit
  duration per{1'000};

  [[nodiscard]] constexpr bool is_limited() const noexcept { return amount > 0; }
  friend constexpr bool operator==(const rate&, const rate&) = default;
};

/// What buckets of one kind have in common: how fast tokens flow in, and how many there is room for.
/// Shape: value, 32 bytes; immutable. Units: nanoseconds.
class bucket_shape {
 public:
  /// No limit: nothing costs anything.
  constexpr bucket_shape() = default;
  /// `burst` is how many tokens a full bucket holds; 0: as many as flow in within the rate's own time, so that "6000 in a
  /// minute" lets more come at once than "100 in a second".
  constexpr explicit bucket_shape(const rate& flow, std::uint64_t burst = 0) noexcept {
    if (!flow.is_limited()) return;
    const auto per = static_cast<std::uint64_t>(std::chrono::nanoseconds(flow.per).count());
    amount_ = std::min(flow.amount, most_amount);
    whole_ = per / amount_;
    rest_ = per % amount_;
    depth_ = std::max(cost(burst == 0 ? amount_ : burst), cost(1));
  }

  [[nodiscard]] constexpr bool is_limited() const noexcept { return amount_ > 0; }
  /// How long it takes until so many tokens have flowed in. At most a year.
  [[nodiscard]] constexpr std::int64_t cost(std::uint64_t tokens) const noexcept {
    if (amount_ == 0) return 0;
    const std::uint64_t some = std::min(tokens, most_tokens);
    if (whole_ != 0 && some > longest / whole_) return longest;
    return static_cast<std::int64_t>(std::min<std::uint64_t>(some * whole_ + some * rest_ / amount_, longest));
  }
  /// How long it takes until an empty one is full.
  [[nodiscard]] constexpr std::int64_t depth() const noexcept { return depth_; }

 private:
  static constexpr std::uint64_t most_amount = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint64_t most_tokens = std::uint64_t{1} << 31U;  // in one go
  static constexpr std::int64_t longest = std::int64_t{366} * 24 * 3600 * 1'000'000'000;

  std::uint64_t amount_ = 0;
  std::uint64_t whole_ = 0;  // nanoseconds for one token, and what is left over for all of `amount_`
  std::uint64_t rest_ = 0;
  std::int64_t depth_ = 0;
};

namespace detail {

[[nodiscard]] constexpr std::int64_t nanoseconds_of(instant when) noexcept {
  return std::chrono::nanoseconds(when.time_since_epoch()).count();
}
/// The moment from which on there is a token.
[[nodiscard]] constexpr instant ready_at(std::int64_t full_at, const bucket_shape& shape, instant now) noexcept {
  const std::int64_t at = full_at + shape.cost(1) - shape.depth();
  if (!shape.is_limited() || at <= nanoseconds_of(now)) return now;
  return instant(std::chrono::ceil<duration>(std::chrono::nanoseconds(at)));
}
[[nodiscard]] constexpr std::int64_t full_after(std::int64_t full_at, const bucket_shape& shape, std::uint64_t tokens,
                                                instant now) noexcept {
  return std::max(full_at, nanoseconds_of(now)) + shape.cost(tokens);
}

}  // namespace detail

/// Full when it is made. Shape: value, 8 bytes; the shape is its owner's, and may be another each time: what has been
/// taken keeps its weight in time. Thread: externally synchronised.
class token_bucket {
 public:
  /// From when on there is a token: `now` when there is one already.
  [[nodiscard]] constexpr instant ready(const bucket_shape& shape, instant now) const noexcept {
    return detail::ready_at(full_at_, shape, now);
  }
  [[nodiscard]] constexpr bool is_empty(const bucket_shape& shape, instant now) const noexcept {
    return ready(shape, now) > now;
  }
  /// Whether nothing is missing, so that a new one would do as well.
  [[nodiscard]] constexpr bool is_full(instant now) const noexcept { return full_at_ <= detail::nanoseconds_of(now); }
  /// Takes tokens, those that are not there yet included: what has happened is paid for in any case.
  constexpr void spend(const bucket_shape& shape, std::uint64_t tokens, instant now) noexcept {
    if (shape.is_limited()) full_at_ = detail::full_after(full_at_, shape, tokens, now);
  }
  /// The same unless it is empty.
  [[nodiscard]] constexpr bool try_spend(const bucket_shape& shape, std::uint64_t tokens, instant now) noexcept {
    if (is_empty(shape, now)) return false;
    spend(shape, tokens, now);
    return true;
  }

 private:
  std::int64_t full_at_ = 0;
};

/// The same for many threads. Two that ask at the same moment may both be told that there is a token; both pay.
/// Thread: thread-safe, without a lock. Shape: 8 bytes.
class shared_token_bucket {
 public:
  [[nodiscard]] instant ready(const bucket_shape& shape, instant now) const noexcept {
    return detail::ready_at(full_at_.load(std::memory_order_relaxed), shape, now);
  }
  [[nodiscard]] bool is_empty(const bucket_shape& shape, instant now) const noexcept { return ready(shape, now) > now; }
  [[nodiscard]] bool is_full(instant now) const noexcept {
    return full_at_.load(std::memory_order_relaxed) <= detail::nanoseconds_of(now);
  }
  void spend(const bucket_shape& shape, std::uint64_t tokens, instant now) noexcept {
    if (!shape.is_limited()) return;
    std::int64_t seen = full_at_.load(std::memory_order_relaxed);
    while (!full_at_.compare_exchange_weak(seen, detail::full_after(seen, shape, tokens, now),
                                           std::memory_order_relaxed)) {
      continue;
    }
  }
  /// At most as many succeed as there are tokens.
  [[nodiscard]] bool try_spend(const bucket_shape& shape, std::uint64_t tokens, instant now) noexcept {
    if (!shape.is_limited()) return true;
    std::int64_t seen = full_at_.load(std::memory_order_relaxed);
    do {
      if (detail::ready_at(seen, shape, now) > now) return false;
    } while (
        !full_at_.compare_exchange_weak(seen, detail::full_after(seen, shape, tokens, now), std::memory_order_relaxed));
    return true;
  }

 private:
  std::atomic<std::int64_t> full_at_{0};
};

}  // namespace nanolib
