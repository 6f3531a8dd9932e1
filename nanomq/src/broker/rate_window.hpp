// How fast the broker's totals have grown in the last minute.
#pragma once

#include <array>
#include <cstddef>

#include "nanolib/base/mutex.hpp"
#include "nanolib/base/time.hpp"
#include "nanomq/broker/figures.hpp"

namespace nanomq::broker {

/// Totals of the last minute, one every few seconds. Thread: thread-safe (one lock, held for a copy). Shape: 600 bytes.
class rate_window {
 public:
  static constexpr nanolib::duration width{60'000};
  static constexpr nanolib::duration spacing{10'000};

  explicit rate_window(nanolib::instant start) noexcept { samples_[0].at = start; }

  /// Remembers these totals, unless it did so just now.
  void note(nanolib::instant now, const traffic_figures<std::uint64_t>& totals) noexcept;
  /// What the totals of `now` come to a second, and over how long: a minute, or less after the start.
  [[nodiscard]] traffic_figures<double> rates(nanolib::instant now, const traffic_figures<std::uint64_t>& totals,
                                              nanolib::duration& over) const noexcept;

 private:
  struct sample {
    nanolib::instant at{};
    traffic_figures<std::uint64_t> totals;
  };
  static constexpr std::size_t most = width / spacing + 1;

  mutable nanolib::mutex mutex_;
  std::array<sample, most> samples_ NANOLIB_GUARDED_BY(mutex_){};  // a ring; all that were never written are the start
  std::size_t newest_ NANOLIB_GUARDED_BY(mutex_) = 0;
  std::size_t count_ NANOLIB_GUARDED_BY(mutex_) = 1;
};

}  // namespace nanomq::broker
