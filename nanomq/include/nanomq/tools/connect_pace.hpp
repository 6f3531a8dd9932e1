// How fast clients begin to connect.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "nanomq/tools/stamp.hpp"

namespace nanomq::tools {

/// Lets client n begin `n * interval` after the start, and never more than `most_pending` be on their way at once.
/// Thread: externally synchronised.
class connect_pace {
 public:
  /// An interval of zero: only `most_pending` holds anybody back.
  connect_pace(moment start, std::chrono::nanoseconds interval, std::uint64_t clients,
               std::uint64_t most_pending) noexcept
      : start_(start),
        interval_(interval),
        clients_(clients),
        most_pending_(std::max<std::uint64_t>(most_pending, 1)) {}

  /// How many more may begin at `now`, while `pending` are on their way.
  [[nodiscard]] std::uint64_t allowed(moment now, std::uint64_t pending) const noexcept {
    if (pending >= most_pending_ || now < start_) return 0;
    std::uint64_t due = clients_;
    if (interval_.count() > 0) {
      due = std::min(due, static_cast<std::uint64_t>((now - start_).count() / interval_.count()) + 1);
    }
    return std::min(due - std::min(due, begun_), most_pending_ - pending);
  }
  /// One has begun.
  void begin() noexcept { ++begun_; }
  [[nodiscard]] std::uint64_t begun() const noexcept { return begun_; }
  [[nodiscard]] bool is_over() const noexcept { return begun_ >= clients_; }
  /// When the next one is due, whether or not others are on their way. Not after the last.
  [[nodiscard]] moment next_due() const noexcept {
    return start_ + interval_ * static_cast<std::chrono::nanoseconds::rep>(begun_);
  }

 private:
  moment start_;
  std::chrono::nanoseconds interval_;
  std::uint64_t clients_;
  std::uint64_t most_pending_;
  std::uint64_t begun_ = 0;
};

}  // namespace nanomq::tools
