// Timers by the thousand: a wheel of slots, constant cost to set and to cancel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "nanolib/base/time.hpp"

namespace nanonng::net {

class timer_wheel;

/// A place in a list of timers.
struct timer_link {
  timer_link* next = nullptr;
  timer_link* previous = nullptr;
};

/// Something that happens at a time. Intrusive: a member of whoever waits; cancels itself when destroyed.
/// Shape: 40 bytes. Thread: loop-confined.
class timer : private timer_link {
 public:
  /// Called by the wheel when the time has come; the timer is no longer set and may be set again, or destroyed, inside.
  using callback = void (*)(timer&, nanolib::instant now) noexcept;

  explicit timer(callback on_expiry) noexcept : on_expiry_(on_expiry) {}
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  ~timer() { cancel(); }

  [[nodiscard]] bool is_set() const noexcept { return next != nullptr; }
  /// Takes it off the wheel; nothing when it is not set.
  void cancel() noexcept;

 private:
  friend class timer_wheel;

  callback on_expiry_;
  timer_wheel* wheel_ = nullptr;
  nanolib::instant deadline_{};
};

/// A timer that is a member of its Owner and calls a member function of it.
template <class Owner, void (Owner::*OnExpiry)(nanolib::instant now) noexcept>
class timer_of final : public timer {
 public:
  explicit timer_of(Owner& owner) noexcept : timer(&timer_of::expired), owner_(owner) {}

 private:
  static void expired(timer& which, nanolib::instant now) noexcept {
    (static_cast<timer_of&>(which).owner_.*OnExpiry)(now);
  }

  Owner& owner_;
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
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  friend class timer;

  static constexpr unsigned level_bits = 6;
  static constexpr std::size_t level_count = 6;
  static constexpr std::size_t slot_count = std::size_t{1} << level_bits;
  /// A deadline further away waits here first: the last slot but one of the highest level.
  static constexpr std::uint64_t horizon = std::uint64_t{slot_count - 2} << level_bits * (level_count - 1);

  struct position {
    std::size_t level = level_count;  ///< level_count: no timer is set
    std::size_t slot = 0;
    std::uint64_t tick = 0;  ///< when the slot's time begins
  };

  [[nodiscard]] std::uint64_t tick_at_or_after(nanolib::instant time) const noexcept;
  [[nodiscard]] std::uint64_t tick_before(nanolib::instant time) const noexcept;
  [[nodiscard]] position earliest() const noexcept;
  void place(timer& which) noexcept;
  void unlink(timer& which) noexcept;
  void run_slot(const position& where, nanolib::instant now) noexcept;
  void turn_back(std::uint64_t tick) noexcept;

  nanolib::instant start_;     ///< tick 0
  std::uint64_t elapsed_ = 0;  ///< the tick up to which everything has been called
  std::uint64_t floor_ = 0;    ///< no timer is placed before this tick
  std::size_t size_ = 0;
  timer_link due_;
  std::array<std::uint64_t, level_count> occupied_{};
  std::array<timer_link, level_count * slot_count> slots_;
};

}  // namespace nanonng::net
