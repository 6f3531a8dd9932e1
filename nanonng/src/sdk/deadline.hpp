// The timeout of an operation.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "nanolib/base/time.hpp"
#include "nanonng/net/timer.hpp"
#include "nanonng/sdk/operation.hpp"

namespace nanonng::sdk {

class deadline_list;

/// `from` and that much later, or the end of time. A time that is never reached needs no timer.
template <class Clock, class Duration>
[[nodiscard]] constexpr std::chrono::time_point<Clock, Duration> later(std::chrono::time_point<Clock, Duration> from,
                                                                       nanolib::duration by) noexcept {
  const auto left = std::chrono::floor<nanolib::duration>(Duration::max() - from.time_since_epoch());
  return by >= left ? std::chrono::time_point<Clock, Duration>::max() : from + by;
}

/// Ends an operation with errors::timed_out when its time has come. Thread: loop-confined.
class deadline final : public net::timer {
 public:
  deadline(deadline_list& list, nanolib::intrusive_ptr<operation_core> what, deadline*& slot) noexcept
      : timer(&deadline::expired), list_(list), what_(std::move(what)), slot_(slot) {}

 private:
  friend class deadline_list;
  static void expired(net::timer& which, nanolib::instant now) noexcept;

  deadline_list& list_;
  nanolib::intrusive_ptr<operation_core> what_;
  deadline*& slot_;  ///< the operation's own pointer to it
  std::size_t index_ = 0;
};

/// All that are set. Thread: loop-confined.
class deadline_list {
 public:
  explicit deadline_list(net::timer_wheel& wheel) noexcept : wheel_(wheel) {}

  void arm(nanolib::intrusive_ptr<operation_core> what, deadline*& slot, nanolib::instant at) {
    auto made = std::make_unique<deadline>(*this, std::move(what), slot);
    made->index_ = all_.size();
    deadline& set = *made;
    all_.push_back(std::move(made));
    slot = &set;
    wheel_.set(set, at);
  }
  /// Takes it away; nothing when the slot is null.
  void disarm(deadline*& slot) noexcept {
    if (slot == nullptr) return;
    const std::size_t index = slot->index_;
    slot = nullptr;
    const std::unique_ptr<deadline> gone = std::move(all_[index]);
    if (index + 1 != all_.size()) {
      all_[index] = std::move(all_.back());
      all_[index]->index_ = index;
    }
    all_.pop_back();
  }

 private:
  net::timer_wheel& wheel_;
  std::vector<std::unique_ptr<deadline>> all_;
};

inline void deadline::expired(net::timer& which, nanolib::instant) noexcept {
  deadline& over = static_cast<deadline&>(which);
  const auto what = over.what_;
  over.list_.disarm(over.slot_);
  what->abandon(errors::timed_out);
}

}  // namespace nanonng::sdk
