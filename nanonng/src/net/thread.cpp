// Threads of the library.
#include "nanonng/net/thread.hpp"

#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>
#include <utility>

namespace nanonng::net {

nanolib::result<std::thread> start_thread(std::move_only_function<void() noexcept> body) noexcept {
  sigset_t every;
  sigset_t before;
  ::sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, &before);
  nanolib::result<std::thread> started;
  try {
    started = std::thread(std::move(body));
  } catch (const std::system_error& failed) {
    started = std::unexpected(nanolib::error{nanolib::error_domain::sys, failed.code().value()});
  } catch (const std::bad_alloc&) {
    started = std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

}  // namespace nanonng::net
