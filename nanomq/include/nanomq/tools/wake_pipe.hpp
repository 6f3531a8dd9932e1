// What the main thread of a tool sleeps on, and what anything else wakes it with: another thread, or a signal handler.
#pragma once

#include <array>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"

namespace nanomq::tools {

/// Thread: wake() from any thread and from signal handlers; the rest on the thread that sleeps.
class wake_pipe {
 public:
  /// Why a sleep has ended.
  struct reason {
    bool woken = false;
    bool input = false;  ///< the other descriptor has something to read, or its end
  };

  /// Errors: sys.
  [[nodiscard]] nanolib::result<void> open() noexcept;
  wake_pipe() noexcept = default;
  wake_pipe(const wake_pipe&) = delete;
  wake_pipe& operator=(const wake_pipe&) = delete;
  ~wake_pipe();

  void wake() const noexcept;
  /// Until wake() (also one from before), input, or the time has come; `nanolib::never` is no time. `input` is a descriptor,
  /// or -1.
  [[nodiscard]] reason sleep(nanolib::instant until, int input = -1) const noexcept;

 private:
  std::array<int, 2> ends_{-1, -1};
};

}  // namespace nanomq::tools
