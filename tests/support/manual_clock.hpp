// A clock that a test sets.
#pragma once

#include <atomic>

#include "nanolib/base/time.hpp"

namespace nanomq::test {

/// Stands still until it is told to move, in either direction. Thread: any.
class manual_clock final : public nanolib::clock {
 public:
  explicit manual_clock(nanolib::instant start = nanolib::instant(std::chrono::hours(24 * 100))) noexcept
      : now_(start.time_since_epoch()) {}

  [[nodiscard]] nanolib::instant now() const noexcept override { return nanolib::instant(now_.load()); }
  [[nodiscard]] nanolib::wall_time wall_now() const noexcept override {
    return nanolib::wall_time(wall_offset_.load() + now_.load());
  }

  void advance(nanolib::duration by) noexcept { now_.store(now_.load() + by); }
  void set(nanolib::instant time) noexcept { now_.store(time.time_since_epoch()); }
  void set_wall(nanolib::wall_time time) noexcept { wall_offset_.store(time.time_since_epoch() - now_.load()); }

 private:
  std::atomic<nanolib::duration> now_;
  std::atomic<nanolib::duration> wall_offset_{std::chrono::hours(24 * 365 * 50)};
};

}  // namespace nanomq::test
