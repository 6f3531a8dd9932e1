// Readiness by epoll (Linux).
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "pollers.hpp"

namespace nanonng::net {

namespace {

constexpr std::size_t batch_size = 512;

std::uint32_t events_of(interest what, watch how) noexcept {
  std::uint32_t events = 0;
  if ((std::to_underlying(what) & std::to_underlying(interest::read)) != 0) events |= EPOLLIN;
  if ((std::to_underlying(what) & std::to_underlying(interest::write)) != 0) events |= EPOLLOUT;
  if (how == watch::exclusive) events |= EPOLLEXCLUSIVE;
  if (how == watch::edge) events |= EPOLLET;
  return events;
}

class epoll_poller final : public poller {
 public:
  explicit epoll_poller(int descriptor) noexcept : descriptor_(descriptor) {}
  ~epoll_poller() override { ::close(descriptor_); }

  nanolib::result<void> add(int descriptor, interest what, io_handler& handler, watch how) noexcept override {
    epoll_event event{events_of(what, how), {.ptr = &handler}};
    if (::epoll_ctl(descriptor_, EPOLL_CTL_ADD, descriptor, &event) == 0) return {};
    return std::unexpected(nanolib::last_system_error());
  }

  void modify(int descriptor, interest what, io_handler& handler) noexcept override {
    epoll_event event{events_of(what, watch::level), {.ptr = &handler}};
    ::epoll_ctl(descriptor_, EPOLL_CTL_MOD, descriptor, &event);
  }

  void remove(int descriptor, io_handler& handler) noexcept override {
    ::epoll_ctl(descriptor_, EPOLL_CTL_DEL, descriptor, nullptr);
    for (std::size_t at = current_; at < ready_; ++at) {
      if (batch_[at].data.ptr == &handler) batch_[at].data.ptr = nullptr;
    }
  }

  std::size_t wait(nanolib::duration timeout) noexcept override {
    const auto ask = [this](int limit) {
      return ::epoll_wait(descriptor_, batch_.data(), static_cast<int>(batch_.size()), limit);
    };
    int count = ask(timeout_for_wait(timeout));
    // A process that was stopped for a while goes on, or its time is up: what came meanwhile is looked at before any timer
    // fires.
    if (count == 0 ? timeout.count() != 0 : errno == EINTR && count < 0) count = ask(0);
    current_ = 0;
    ready_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    return ready_;
  }

  std::size_t dispatch() noexcept override {
    std::size_t called = 0;
    for (; current_ < ready_; ++current_) {
      const epoll_event& event = batch_[current_];
      if (event.data.ptr == nullptr) continue;
      ++called;
      const bool writable = (event.events & EPOLLOUT) != 0;
      // An error that nobody asked for must reach somebody, or it would come again at every wait.
      if ((event.events & EPOLLIN) != 0 || !writable) static_cast<io_handler*>(event.data.ptr)->on_readable();
      if (writable && event.data.ptr != nullptr) static_cast<io_handler*>(event.data.ptr)->on_writable();
    }
    ready_ = 0;
    current_ = 0;
    return called;
  }

  [[nodiscard]] poller_kind kind() const noexcept override { return poller_kind::epoll; }

 private:
  int descriptor_;
  std::size_t current_ = 0;
  std::size_t ready_ = 0;
  std::array<epoll_event, batch_size> batch_;
};

}  // namespace

nanolib::result<std::unique_ptr<poller>> make_epoll_poller() noexcept {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) return std::unexpected(nanolib::last_system_error());
  std::unique_ptr<poller> made(new (std::nothrow) epoll_poller(descriptor));
  if (made) return made;
  ::close(descriptor);
  return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
}

}  // namespace nanonng::net
