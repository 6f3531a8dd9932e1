#include "service_manager.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include "unix_address.hpp"

namespace nanomq::program {
namespace {

std::string take_variable(const char* name) {
  const char* const text = std::getenv(name);
  std::string out = text == nullptr ? "" : text;
  ::unsetenv(name);
  return out;
}

std::int64_t number_in(std::string_view text) noexcept {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size() ? number : 0;
}

}  // namespace

service_manager service_manager::from_environment() {
  auto socket = take_variable("NOTIFY_SOCKET");
  const auto watchdog_us = number_in(take_variable("WATCHDOG_USEC"));
  const auto pid = take_variable("WATCHDOG_PID");
  const bool for_us = pid.empty() || number_in(pid) == ::getpid();
  return {std::move(socket), nanolib::duration(for_us && watchdog_us > 0 ? watchdog_us / 1'000 : 0)};
}

void service_manager::ready(std::string_view status) const noexcept {
  try {
    tell("READY=1\nSTATUS=" + std::string(status));
  } catch (...) {
    tell("READY=1");
  }
}

void service_manager::reloading() const noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto us = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
  try {
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us));
  } catch (...) {
    tell("RELOADING=1");
  }
}

// A stop is not put off by telling of it, and a sign of life that finds no room is followed by the next.
void service_manager::stopping() const noexcept { tell("STOPPING=1", false); }
void service_manager::alive() const noexcept { tell("WATCHDOG=1", false); }

void service_manager::tell(std::string_view state, bool waits) const noexcept {
  const auto to = unix_address_of(socket_);
  if (!to) return;
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return;
  // A manager that does not read holds the broker up for a second, not for ever.
  const timeval patience{1, 0};
  (void)::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  (void)::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT), to->get(),
                 to->size);
  ::close(descriptor);
}

}  // namespace nanomq::program
