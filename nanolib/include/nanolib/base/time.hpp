// Time as the core sees it: handed in by whoever runs a turn, never read from the machine inside the libraries' logic.
#pragma once

#include <chrono>
#include <cstdint>

namespace nanolib {

using duration = std::chrono::milliseconds;

/// A point on a clock that never jumps and goes on while the machine sleeps. Units: milliseconds.
using instant = std::chrono::time_point<std::chrono::steady_clock, duration>;

/// A point of civil time. Units: milliseconds since 1970. Only for what is shown or stored.
using wall_time = std::chrono::time_point<std::chrono::system_clock, duration>;

/// No deadline.
inline constexpr instant never = instant::max();

/// Where time comes from. Thread: implementations are thread-safe.
class clock {
 public:
  clock() = default;
  clock(const clock&) = delete;
  clock& operator=(const clock&) = delete;
  virtual ~clock() = default;
  [[nodiscard]] virtual instant now() const noexcept = 0;
  [[nodiscard]] virtual wall_time wall_now() const noexcept = 0;
};

/// Both clocks at one moment: what relates a deadline in memory to one on disk.
struct clock_reading {
  instant now;
  wall_time wall;
};

[[nodiscard]] inline clock_reading read(const clock& from) noexcept { return {from.now(), from.wall_now()}; }

/// The machine's own clock (CLOCK_BOOTTIME where there is one). Thread: any.
[[nodiscard]] clock& system_clock() noexcept;

}  // namespace nanolib
