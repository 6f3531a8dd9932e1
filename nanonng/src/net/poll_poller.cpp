// Readiness by poll(): for every POSIX system. The cost of a wait grows with the number of descriptors.
#include <poll.h>

#include <cerrno>
#include <new>
#include <utility>
#include <vector>

#include "pollers.hpp"

namespace nanonng::net {

namespace {

short events_of(interest what) noexcept {
  int events = 0;
  if ((std::to_underlying(what) & std::to_underlying(interest::read)) != 0) events |= POLLIN;
  if ((std::to_underlying(what) & std::to_underlying(interest::write)) != 0) events |= POLLOUT;
  return static_cast<short>(events);
}

class poll_poller final : public poller {
 public:
  nanolib::result<void> add(int descriptor, interest what, io_handler& handler, watch) noexcept override {
    if (descriptor < 0) return failed(EBADF);
    const auto index = static_cast<std::size_t>(descriptor);
    try {
      if (places_.size() <= index) places_.resize(index + 1, nowhere);
      if (places_[index] != nowhere) return failed(EEXIST);
      if (handlers_.size() == handlers_.capacity()) handlers_.reserve(handlers_.size() * 2 + 16);
      entries_.push_back({descriptor, events_of(what), 0});
    } catch (const std::bad_alloc&) {
      return failed(ENOMEM);
    }
    handlers_.push_back(&handler);
    places_[index] = entries_.size() - 1;
    return {};
  }

  void modify(int descriptor, interest what, io_handler&) noexcept override {
    const std::size_t place = place_of(descriptor);
    if (place != nowhere) entries_[place].events = events_of(what);
  }

  void remove(int descriptor, io_handler&) noexcept override {
    const std::size_t place = place_of(descriptor);
    if (place == nowhere) return;
    places_[static_cast<std::size_t>(descriptor)] = nowhere;
    // Taken out of the arrays after the dispatch that may be running over them.
    entries_[place] = {-1, 0, 0};
    handlers_[place] = nullptr;
    ++holes_;
  }

  std::size_t wait(nanolib::duration timeout) noexcept override {
    if (holes_ != 0) close_holes();
    const auto ask = [this](int limit) { return ::poll(entries_.data(), static_cast<nfds_t>(entries_.size()), limit); };
    int count = ask(timeout_for_wait(timeout));
    // A process that was stopped for a while goes on, or its time is up: what came meanwhile is looked at before any timer
    // fires.
    if (count == 0 ? timeout.count() != 0 : errno == EINTR && count < 0) count = ask(0);
    ready_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    return ready_;
  }

  std::size_t dispatch() noexcept override {
    std::size_t called = 0;
    const std::size_t waited = entries_.size();
    for (std::size_t at = 0; at < waited && ready_ != 0; ++at) {
      const short events = std::exchange(entries_[at].revents, short{0});
      if (events == 0 || handlers_[at] == nullptr) continue;
      ++called;
      const bool writable = (events & POLLOUT) != 0;
      if ((events & POLLIN) != 0 || !writable) handlers_[at]->on_readable();
      if (writable && handlers_[at] != nullptr) handlers_[at]->on_writable();
    }
    ready_ = 0;
    return called;
  }

  [[nodiscard]] poller_kind kind() const noexcept override { return poller_kind::poll; }

 private:
  static constexpr std::size_t nowhere = SIZE_MAX;

  static nanolib::result<void> failed(int code) noexcept {
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, code});
  }

  [[nodiscard]] std::size_t place_of(int descriptor) const noexcept {
    const auto index = static_cast<std::size_t>(descriptor);
    return index < places_.size() ? places_[index] : nowhere;
  }

  void close_holes() noexcept {
    std::size_t to = 0;
    for (std::size_t from = 0; from < entries_.size(); ++from) {
      if (handlers_[from] == nullptr) continue;
      entries_[to] = entries_[from];
      handlers_[to] = handlers_[from];
      places_[static_cast<std::size_t>(entries_[to].fd)] = to;
      ++to;
    }
    entries_.resize(to);
    handlers_.resize(to);
    holes_ = 0;
  }

  std::vector<pollfd> entries_;
  std::vector<io_handler*> handlers_;  ///< beside each entry; null: removed
  std::vector<std::size_t> places_;    ///< by descriptor
  std::size_t ready_ = 0;
  std::size_t holes_ = 0;
};

}  // namespace

nanolib::result<std::unique_ptr<poller>> make_poll_poller() noexcept {
  std::unique_ptr<poller> made(new (std::nothrow) poll_poller);
  if (!made) return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
  return made;
}

}  // namespace nanonng::net
