// When to try again.
#pragma once

#include <cstdint>

#include "nanolib/base/time.hpp"
#include "nanonng/sdk/client_options.hpp"

namespace nanonng::sdk {

/// Steele, Lea and Flood's SplitMix64: eight bytes of state, and every seed as good as any other.
class random_bits {
 public:
  using result_type = std::uint64_t;
  explicit random_bits(std::uint64_t seed) noexcept : state_(seed) {}
  [[nodiscard]] static constexpr result_type min() noexcept { return 0; }
  [[nodiscard]] static constexpr result_type max() noexcept { return UINT64_MAX; }
  result_type operator()() noexcept {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = (state_ ^ state_ >> 30U) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ mixed >> 27U) * 0x94D049BB133111EBU;
    return mixed ^ mixed >> 31U;
  }

 private:
  std::uint64_t state_;
};

/// Exponential back-off with full jitter: a random time between 0 and a bound that doubles with each failure. What many
/// clients lost at the same moment they make again spread over that time.
/// Thread: externally synchronised.
class backoff {
 public:
  explicit backoff(const reconnect_options& options);

  /// How long to wait before the next round of attempts.
  [[nodiscard]] nanolib::duration next() noexcept;
  /// A connection stands since `now`.
  void connected(nanolib::instant now) noexcept { since_ = now; }
  /// It is gone. A connection that has held for reconnect_options::calm makes up for the failures before it.
  void lost(nanolib::instant now) noexcept;

 private:
  nanolib::duration minimum_;
  nanolib::duration maximum_;
  nanolib::duration calm_;
  nanolib::duration bound_;
  nanolib::instant since_{};
  random_bits random_;
};

}  // namespace nanonng::sdk
