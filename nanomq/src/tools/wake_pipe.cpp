#include "nanomq/tools/wake_pipe.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace nanomq::tools {

nanolib::result<void> wake_pipe::open() noexcept {
  if (::pipe(ends_.data()) != 0) return std::unexpected(nanolib::last_system_error());
  for (const int end : ends_) {
    (void)::fcntl(end, F_SETFD, FD_CLOEXEC);
    (void)::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  return {};
}

wake_pipe::~wake_pipe() {
  for (const int end : ends_) {
    if (end >= 0) ::close(end);
  }
}

void wake_pipe::wake() const noexcept {
  const int before = errno;
  const char byte = 0;
  // A full pipe wakes as well.
  (void)!::write(ends_[1], &byte, 1);
  errno = before;
}

wake_pipe::reason wake_pipe::sleep(nanolib::instant until, int input, int output) const noexcept {
  constexpr std::int64_t longest = 3'600'000;
  std::array<pollfd, 3> watched{pollfd{ends_[0], POLLIN, 0}, pollfd{input, POLLIN, 0}, pollfd{output, 0, 0}};
  for (;;) {
    int wait = -1;
    if (until != nanolib::never) {
      const auto now = nanolib::system_clock().now();
      const auto left = until > now ? (until - now).count() : 0;
      wait = static_cast<int>(std::min<std::int64_t>(left, longest));
    }
    const int ready = ::poll(watched.data(), watched.size(), wait);
    if (ready < 0 && errno == EINTR) continue;
    reason why{.woken = watched[0].revents != 0,
               .input = watched[1].revents != 0,
               .abandoned = (watched[2].revents & (POLLERR | POLLHUP)) != 0};
    if (why.woken) {
      char bytes[64];
      while (::read(ends_[0], bytes, sizeof bytes) > 0) {
      }
    }
    return why;
  }
}

}  // namespace nanomq::tools
