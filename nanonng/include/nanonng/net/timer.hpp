// Timers by the thousand: a wheel of slots, constant cost to set and to cancel.
#pragma once

#include <array>
#include <cstdint>

#include "nanolib/base/time.hpp"

namespace nanonng::net {

class timer_wheel;

/// Something that happens at a time. Intrusive: a member of whoever waits; cancels itself when destroyed.
/// Shape: 40 bytes. Thread: loop-confined.
class timer {
 public:
  /// Called by the wheel when the time has come; the timer is no longer set and may be set again, or destroyed, inside.
  using callback = void (*)(timer&, nanolib::instant now) noexcept;

  explicit timer(callback on_expiry) noexcept : on_expiry_(on_expiry) {}
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  ~timer() { cancel(); }

  [[nodiscard]] bool is_set() const noexcept { return next_ != nullptr; }
  /// Takes it off the wheel; nothing when it is not set.
  void cancel() noexcept;

 private:
  friend class timer_wheel;

  timer* next_ = nullptr;
  timer* previous_ = nullptr;
  callback on_expiry_;
  nanolib::instant deadline_{};
};

/// A hierarchy of slots with a resolution of 64 ms: a timer never fires early and at most 128 ms late while the loop
/// turns. Any deadline up to `never`. Shape: about 6 KiB; set and cancel O(1); a turn without expiry a few ns.
class timer_wheel {
 public:
  static constexpr nanolib::duration resolution{64};

  explicit timer_wheel(nanolib::instant start) noexcept;
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;
  ~timer_wheel();

  /// Sets a timer, or sets it anew.
  void set(timer& which, nanolib::instant deadline) noexcept;
  /// Calls what is due at `now`. However far the clock has jumped, the cost is bounded by the slots and the timers due.
  void advance(nanolib::instant now) noexcept;
  /// How long to sleep at most from `now` on; negative when no timer is set. May be early, never late.
  [[nodiscard]] nanolib::duration until_next(nanolib::instant now) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  // Private members are the implementation's choice.
};

}  // namespace nanonng::net
