#include "stop_signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <thread>

#include "exit_code.hpp"

namespace nanomq::program {

stop_signals::stop_signals() noexcept {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is as good as a full disk
  sigemptyset(&set_);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, one);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

int stop_signals::wait(const std::function<void()>& on_hangup, nanolib::duration interval,
                       const std::function<void()>& on_beat) const {
  const nanolib::clock& clock = nanolib::system_clock();
  auto next = clock.now() + interval;
  for (;;) {
    const auto left = std::max<std::int64_t>((next - clock.now()).count(), 0);
    const timespec patience{left / 1000, left % 1000 * 1'000'000};
    const int which = sigtimedwait(&set_, nullptr, &patience);
    if (which == SIGHUP) on_hangup();
    if (which == SIGTERM || which == SIGINT) return which;
    if (clock.now() < next) continue;
    on_beat();
    next = clock.now() + interval;
  }
}

void stop_signals::end_at_once_on_the_next() const {
  // Detached: it owns nothing and waits until the process ends.
  std::thread([set = *this] {
    int which = SIGHUP;
    while (which == SIGHUP) (void)sigwait(&set.set_, &which);
    ::_exit(static_cast<int>(exit_code::failure));
  }).detach();
}

}  // namespace nanomq::program
