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
    bool input = false;      ///< the input has something to read, or its end
    bool abandoned = false;  ///< nobody reads the output any more
  };

  /// Errors: sys.
  [[nodiscard]] nanolib::result<void> open() noexcept;
  wake_pipe() noexcept = default;
  wake_pipe(const wake_pipe&) = delete;
  wake_pipe& operator=(const wake_pipe&) = delete;
  ~wake_pipe();

  void wake() const noexcept;
  /// Until wake() (also one from before), input, the reader of the output has gone, or the time has come;
  /// `nanolib::never` is no time. Both are descriptors, or -1.
  [[nodiscard]] reason sleep(nanolib::instant until, int input, int output) const noexcept;

 private:
  std::array<int, 2> ends_{-1, -1};
};

}  // namespace nanomq::tools
