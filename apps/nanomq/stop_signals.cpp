#include "stop_signals.hpp"

#include <pthread.h>
#include <unistd.h>

#include <thread>

#include "exit_code.hpp"

namespace nanomq::program {

stop_signals::stop_signals() noexcept {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&set_);
  for (const int one : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set_, one);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

int stop_signals::wait(const std::function<void()>& on_hangup) const {
  for (;;) {
    int which = 0;
    if (sigwait(&set_, &which) != 0) continue;
    if (which != SIGHUP) return which;
    on_hangup();
  }
}

void stop_signals::end_at_once_on_the_next() const {
  // Detached: it owns nothing and waits until the process ends.
  std::thread([set = *this] {
    (void)set.wait([] {});
    ::_exit(static_cast<int>(exit_code::failure));
  }).detach();
}

}  // namespace nanomq::program
