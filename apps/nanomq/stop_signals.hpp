// The signals that the program answers, taken by the main thread with sigwait(): no handler runs anywhere.
#pragma once

#include <csignal>
#include <functional>

#include "nanolib/base/time.hpp"

namespace nanomq::program {

/// SIGTERM and SIGINT end the broker, SIGHUP is passed on, SIGPIPE and SIGXFSZ are ignored. Thread: the main one, and made before
/// any other thread, so that all of them inherit the mask.
class stop_signals {
 public:
  stop_signals() noexcept;
  /// Until SIGTERM or SIGINT: which of them. Every SIGHUP calls `on_hangup`, and `on_beat` is called after each interval.
  int wait(const std::function<void()>& on_hangup, nanolib::duration interval,
           const std::function<void()>& on_beat) const;
  /// From here on a further SIGTERM or SIGINT ends the process at once with exit code 1.
  void end_at_once_on_the_next() const;

 private:
  sigset_t set_{};
};

}  // namespace nanomq::program
