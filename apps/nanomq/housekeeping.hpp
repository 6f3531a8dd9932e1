// What the main thread does between signals: the watchdog, and what the log has suppressed.
#pragma once

#include <algorithm>
#include <functional>

#include "nanolib/base/time.hpp"
#include "service_manager.hpp"

namespace nanomq::program {

/// Thread: the main one.
class housekeeping {
 public:
  /// `is_turning`: whether all event loops have turned since it was asked last. `tidy`: everything else.
  housekeeping(const service_manager& manager, std::move_only_function<bool()> is_turning,
               std::move_only_function<void()> tidy)
      : manager_(manager), is_turning_(std::move(is_turning)), tidy_(std::move(tidy)) {
    (void)is_turning_();  // the first question
  }

  /// How often beat() is to be called: twice as often as the manager wants to hear something, so that one answer that comes
  /// late is not one that is missing.
  [[nodiscard]] nanolib::duration interval() const noexcept {
    constexpr nanolib::duration longest{10'000};
    const auto alive = manager_.alive_interval() / 2;
    return alive.count() == 0 ? longest : std::min(longest, alive);
  }

  void beat() {
    // A loop that is stuck lets the watchdog bite.
    if (manager_.alive_interval().count() > 0 && is_turning_()) manager_.alive();
    tidy_();
  }

 private:
  const service_manager& manager_;
  std::move_only_function<bool()> is_turning_;
  std::move_only_function<void()> tidy_;
};

}  // namespace nanomq::program
