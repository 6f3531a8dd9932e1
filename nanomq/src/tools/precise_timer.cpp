// By timerfd (Linux), which is not rounded up as the waits of poll and epoll are.
#include "nanomq/tools/precise_timer.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>

namespace nanomq::tools {
namespace {

class timer_descriptor final : public precise_timer, private nanonng::net::io_handler {
 public:
  timer_descriptor(nanonng::net::event_loop& loop, int descriptor) noexcept : loop_(loop), descriptor_(descriptor) {}
  ~timer_descriptor() override {
    if (watched_) loop_.descriptors().remove(descriptor_, *this);
    ::close(descriptor_);
  }

  nanolib::result<void> watch() noexcept {
    const auto added = loop_.descriptors().add(descriptor_, nanonng::net::interest::read, *this);
    watched_ = added.has_value();
    return added;
  }

  void arm(moment when) noexcept override {
    if (armed_ && when == when_) return;
    armed_ = true;
    when_ = when;
    const auto since = when.time_since_epoch();
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since);
    itimerspec at{};
    at.it_value = {.tv_sec = whole.count(), .tv_nsec = (since - whole).count()};
    ::timerfd_settime(descriptor_, TFD_TIMER_ABSTIME, &at, nullptr);
  }

 private:
  void on_readable() noexcept override {
    std::uint64_t expirations = 0;
    if (::read(descriptor_, &expirations, sizeof expirations) > 0) armed_ = false;
  }

  nanonng::net::event_loop& loop_;
  int descriptor_;
  bool watched_ = false;
  bool armed_ = false;
  moment when_{};
};

}  // namespace

nanolib::result<std::unique_ptr<precise_timer>> make_precise_timer(nanonng::net::event_loop& loop) {
  const int descriptor = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (descriptor < 0) return std::unexpected(nanolib::last_system_error());
  auto made = std::make_unique<timer_descriptor>(loop, descriptor);
  if (const auto watched = made->watch(); !watched) return std::unexpected(watched.error());
  return made;
}

}  // namespace nanomq::tools
