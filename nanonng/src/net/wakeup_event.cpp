// Waking by eventfd (Linux).
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <new>

#include "wakeup.hpp"

namespace nanonng::net {

namespace {

class event_wakeup final : public wakeup {
 public:
  explicit event_wakeup(int descriptor) noexcept : descriptor_(descriptor) {}
  ~event_wakeup() override { ::close(descriptor_); }

  [[nodiscard]] int descriptor() const noexcept override { return descriptor_; }
  [[nodiscard]] watch how() const noexcept override { return watch::edge; }
  void on_readable() noexcept override {}

  void signal() noexcept override {
    const std::uint64_t one = 1;
    const int before = errno;  // a signal handler leaves it as it was
    while (::write(descriptor_, &one, sizeof one) < 0 && errno == EINTR) continue;
    errno = before;
  }

 private:
  int descriptor_;
};

}  // namespace

nanolib::result<std::unique_ptr<wakeup>> make_event_wakeup() noexcept {
  const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return std::unexpected(nanolib::last_system_error());
  std::unique_ptr<wakeup> made(new (std::nothrow) event_wakeup(descriptor));
  if (made) return made;
  ::close(descriptor);
  return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
}

}  // namespace nanonng::net
