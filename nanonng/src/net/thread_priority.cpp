// Linux: a thread has a nice value and a policy of its own.
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nanonng/net/thread.hpp"

namespace nanonng::net {

namespace {

/// About a tenth of what a thread without it gets where both want all: enough to go on, and loops hardly notice.
constexpr int nicer = 10;

}  // namespace

// Whoever may not do this goes on as before.
void yield_to_others() noexcept {
  const sched_param none{};
  static_cast<void>(::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &none));
  const auto self = static_cast<id_t>(::syscall(SYS_gettid));
  static_cast<void>(::setpriority(PRIO_PROCESS, self, nicer));
}

}  // namespace nanonng::net
