#include "load_loop.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace nanomq::bench {
namespace {

constexpr std::size_t input_size = std::size_t{512} * 1024;

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

load_loop::load_loop(std::uint16_t port, protocol version, client_events& events)
    : port_(port), version_(version), events_(events), poller_(::epoll_create1(EPOLL_CLOEXEC)), input_(input_size) {}

load_loop::~load_loop() {
  for (const auto& each : clients_) {
    if (each->closed()) continue;
    each->disconnect();
    static_cast<void>(each->flush());
  }
  ::close(poller_);
}

std::expected<client*, std::string> load_loop::open(std::string_view client_identifier) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::unexpected(std::string{"socket: "} + std::strerror(errno));
  const auto index = static_cast<std::uint32_t>(clients_.size());
  auto made = std::make_unique<client>(client_options{descriptor, index, version_}, events_);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in address = loopback(port_);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
    return std::unexpected(std::string{"connect: "} + std::strerror(errno));
  }
  made->connect(client_identifier);
  made->waits_for_room_ = true;  // CONNECT goes out when the socket has become writable
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.ptr = made.get();
  if (::epoll_ctl(poller_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return std::unexpected(std::string{"epoll_ctl: "} + std::strerror(errno));
  }
  clients_.push_back(std::move(made));
  return clients_.back().get();
}

void load_loop::touch(client& which) {
  if (which.dirty_ || which.waits_for_room_) return;
  which.dirty_ = true;
  touched_.push_back(&which);
}

void load_loop::turn(std::chrono::nanoseconds longest) {
  flush_touched();
  std::array<epoll_event, 512> events;
  const timespec limit = as_timespec(longest);
  const int count = ::epoll_pwait2(poller_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
  for (int at = 0; at < count; ++at) {
    const epoll_event& event = events[static_cast<std::size_t>(at)];
    client& which = *static_cast<client*>(event.data.ptr);
    if (!which.closed() && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(which);
    if (!which.closed() && (event.events & EPOLLOUT) != 0) write(which);
  }
}

void load_loop::flush_touched() {
  for (client* const each : touched_) {
    each->dirty_ = false;
    write(*each);
  }
  touched_.clear();
}

void load_loop::read(client& which) {
  const ssize_t got = ::recv(which.descriptor(), input_.data(), input_.size(), 0);
  if (got > 0) {
    which.receive(std::span{input_}.first(static_cast<std::size_t>(got)));
    if (which.unsent() != 0) touch(which);
  } else if (got == 0) {
    which.fail("the broker closed the connection");
  } else if (errno != EAGAIN && errno != EINTR) {
    which.fail("the connection broke");
  }
}

void load_loop::write(client& which) { watch(which, !which.flush()); }

void load_loop::watch(client& which, bool for_room) {
  if (which.closed() || which.waits_for_room_ == for_room) return;
  which.waits_for_room_ = for_room;
  epoll_event event{};
  event.events = EPOLLIN | (for_room ? EPOLLOUT : 0U);
  event.data.ptr = &which;
  ::epoll_ctl(poller_, EPOLL_CTL_MOD, which.descriptor(), &event);
}

}  // namespace nanomq::bench
