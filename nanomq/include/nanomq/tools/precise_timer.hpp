// Wakes a loop at a time that is finer than its milliseconds.
#pragma once

#include <memory>

#include "nanolib/base/result.hpp"
#include "nanomq/tools/stamp.hpp"
#include "nanonng/net/event_loop.hpp"

namespace nanomq::tools {

/// Thread: loop-confined.
class precise_timer {
 public:
  precise_timer() = default;
  precise_timer(const precise_timer&) = delete;
  precise_timer& operator=(const precise_timer&) = delete;
  virtual ~precise_timer() = default;
  /// Ends the sleep of the loop at that time, or at once when it has passed; replaces what was armed before.
  virtual void arm(moment when) noexcept = 0;
};

/// Errors: sys; ENOSYS where there is none: the loop has to turn without sleep then when a moment is near.
[[nodiscard]] nanolib::result<std::unique_ptr<precise_timer>> make_precise_timer(nanonng::net::event_loop& loop);

}  // namespace nanomq::tools
