// Waking by a pipe: for every POSIX system.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "wakeup.hpp"

namespace nanonng::net {

namespace {

class pipe_wakeup final : public wakeup {
 public:
  pipe_wakeup(int reading, int writing) noexcept : reading_(reading), writing_(writing) {}
  ~pipe_wakeup() override {
    ::close(reading_);
    ::close(writing_);
  }

  [[nodiscard]] int descriptor() const noexcept override { return reading_; }
  [[nodiscard]] watch how() const noexcept override { return watch::level; }

  void on_readable() noexcept override {
    char dropped[64];
    while (::read(reading_, dropped, sizeof dropped) == static_cast<ssize_t>(sizeof dropped)) continue;
  }

  void signal() noexcept override {
    // A full pipe wakes as well as one byte more would.
    const int before = errno;  // a signal handler leaves it as it was
    while (::write(writing_, "", 1) < 0 && errno == EINTR) continue;
    errno = before;
  }

 private:
  int reading_;
  int writing_;
};

}  // namespace

nanolib::result<std::unique_ptr<wakeup>> make_pipe_wakeup() noexcept {
  int ends[2];
  if (::pipe(ends) != 0) return std::unexpected(nanolib::last_system_error());
  for (const int end : ends) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  std::unique_ptr<wakeup> made(new (std::nothrow) pipe_wakeup(ends[0], ends[1]));
  if (made) return made;
  ::close(ends[0]);
  ::close(ends[1]);
  return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
}

}  // namespace nanonng::net
