#include "client_loop.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace nanomq::crash {
namespace {

constexpr std::size_t input_size = std::size_t{256} * 1024;
// The other end is gone, so that the end is there already; this is for an end that is not.
constexpr int longest_drain_ms = 200;

sockaddr_in loopback(std::uint16_t port) noexcept {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

timespec as_timespec(std::chrono::nanoseconds longest) noexcept {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(longest);
  return {.tv_sec = whole.count(), .tv_nsec = (longest - whole).count()};
}

}  // namespace

client_loop::client_loop(std::uint16_t port)
    : port_(port), poller_(::epoll_create1(EPOLL_CLOEXEC)), input_(input_size), last_input_(clock::now()) {}

client_loop::~client_loop() {
  cut_all();
  ::close(poller_);
}

void client_loop::cut_all() {
  while (!open_.empty()) cut(*open_.back());
}

bool client_loop::open(session& which, bool clean_start) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in address = loopback(port_);
  // Loopback answers at once; only reading and writing must not block.
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &which;
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::epoll_ctl(poller_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    ::close(descriptor);
    return false;
  }
  which.begin(clean_start);
  which.descriptor_ = descriptor;
  which.waits_for_room_ = false;
  open_.push_back(&which);
  return true;
}

void client_loop::forget(session& which) {
  ::close(which.descriptor_);
  which.descriptor_ = -1;
  std::erase(open_, &which);
  which.end();
}

void client_loop::cut(session& which) {
  if (is_open(which)) forget(which);
}

void client_loop::finish(session& which) {
  which.disconnect();
  which.closing_ = true;
}

void client_loop::lost(session& which) {
  const bool expected = which.closing_ || which.broken_;
  forget(which);
  which.events_.on_closed(which, expected);
}

void client_loop::turn(std::chrono::nanoseconds longest) {
  write_all();
  std::array<epoll_event, 128> events;
  const timespec limit = as_timespec(longest);
  const int count = ::epoll_pwait2(poller_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
  for (int at = 0; at < count; ++at) {
    const epoll_event& event = events[static_cast<std::size_t>(at)];
    session& which = *static_cast<session*>(event.data.ptr);
    if (!is_open(which)) continue;
    const bool readable = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
    if (readable && !read(which)) lost(which);
  }
}

void client_loop::write_all() {
  // Closing one changes the list.
  for (std::size_t at = open_.size(); at-- > 0;) {
    if (at >= open_.size()) continue;
    session& which = *open_[at];
    if (which.written_ < which.output_.size() && !write(which)) lost(which);
  }
}

bool client_loop::read(session& which) {
  const ssize_t got = ::recv(which.descriptor_, input_.data(), input_.size(), MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  last_input_ = clock::now();
  which.receive(std::span{input_}.first(static_cast<std::size_t>(got)));
  return !which.broken_;
}

bool client_loop::write(session& which) {
  mqtt::buffer& output = which.output_;
  while (which.written_ < output.size()) {
    const ssize_t done = ::send(which.descriptor_, output.data() + which.written_, output.size() - which.written_,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0 && errno == EAGAIN) {
      watch(which, true);
      return true;
    }
    // What the broker sent before it closed is still to be read: only reading finds the end.
    if (done < 0) break;
    which.written_ += static_cast<std::size_t>(done);
  }
  output.clear();
  which.written_ = 0;
  watch(which, false);
  return true;
}

void client_loop::watch(session& which, bool for_room) {
  if (which.waits_for_room_ == for_room) return;
  which.waits_for_room_ = for_room;
  epoll_event event{};
  event.events = EPOLLIN | (for_room ? EPOLLOUT : 0U);
  event.data.ptr = &which;
  ::epoll_ctl(poller_, EPOLL_CTL_MOD, which.descriptor_, &event);
}

void client_loop::drain() {
  while (!open_.empty()) {
    session& which = *open_.back();
    pollfd readable{.fd = which.descriptor_, .events = POLLIN, .revents = 0};
    while (::poll(&readable, 1, longest_drain_ms) > 0 && read(which)) {
    }
    forget(which);
  }
}

}  // namespace nanomq::crash
