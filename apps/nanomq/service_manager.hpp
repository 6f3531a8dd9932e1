// Tells systemd how far the broker is, in its protocol and without its library.
// Spec: sd_notify(3), sd_watchdog_enabled(3), systemd.service(5) (Type=notify, WatchdogSec=).
#pragma once

#include <string>
#include <string_view>

#include "nanolib/base/time.hpp"

namespace nanomq::program {

/// Thread: immutable; any. Shape: one datagram a call; without a manager nothing is done.
class service_manager {
 public:
  /// No manager.
  service_manager() = default;
  /// `socket` is a path or an abstract name (`@…`). `watchdog`: how often it must be told that all is well; 0: never.
  service_manager(std::string socket, nanolib::duration watchdog) : socket_(std::move(socket)), watchdog_(watchdog) {}
  /// What NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say. They are taken out of the environment: they are for this process.
  [[nodiscard]] static service_manager from_environment();

  void ready(std::string_view status) const noexcept;
  void reloading() const noexcept;
  void stopping() const noexcept;
  /// All is well: the watchdog begins to wait anew.
  void alive() const noexcept;
  /// How often alive() is to be called, half of what the manager waits at most; 0: never.
  [[nodiscard]] nanolib::duration alive_interval() const noexcept { return watchdog_ / 2; }

 private:
  void tell(std::string_view state, bool waits = true) const noexcept;

  std::string socket_;
  nanolib::duration watchdog_{0};
};

}  // namespace nanomq::program
