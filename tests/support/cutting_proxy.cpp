#include "cutting_proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace nanomq::support {
namespace {

int connect_to(const address& where) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(where.port);
  ::inet_pton(AF_INET, where.host.c_str(), &peer.sin_addr);
  if (made >= 0 && ::connect(made, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) == 0) {
    const int on = 1;
    ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return made;
  }
  if (made >= 0) ::close(made);
  return -1;
}

/// Closes with RST: what is on its way is lost, as when a cable is pulled.
void reset(int socket) {
  if (socket < 0) return;
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(socket);
}

}  // namespace

cutting_proxy::cutting_proxy(address upstream)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), upstream_(std::move(upstream)) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<const sockaddr*>(&name), size) != 0 ||
      ::listen(listener_, 64) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size) != 0 ||
      ::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0) {
    throw expectation_failed("no port for the proxy");
  }
  port_ = ntohs(name.sin_port);
  thread_ = std::thread([this] { run(); });
}

cutting_proxy::~cutting_proxy() {
  stopping_ = true;
  wake();
  thread_.join();
  ::close(listener_);
  ::close(wake_[0]);
  ::close(wake_[1]);
}

void cutting_proxy::wake() {
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(wake_[1], &byte, 1);
}

void cutting_proxy::cut() {
  cutting_ = true;
  wake();
}

void cutting_proxy::cut_after(std::size_t bytes, std::size_t growth) {
  budget_ = bytes;
  growth_ = growth;
}

void cutting_proxy::set_upstream(address upstream) {
  const std::lock_guard held(mutex_);
  upstream_ = std::move(upstream);
}

void cutting_proxy::freeze(bool frozen) {
  frozen_ = frozen;
  wake();
}

void cutting_proxy::drop(pair& which) {
  reset(std::exchange(which.client, -1));
  reset(std::exchange(which.server, -1));
}

void cutting_proxy::accept_one() {
  pair made;
  made.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (made.client < 0) return;
  const int on = 1;
  ::setsockopt(made.client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  {
    const std::lock_guard held(mutex_);
    made.server = connect_to(upstream_);
  }
  if (made.server < 0) return drop(made);
  if (budget_ != 0) {
    made.left = budget_;
    budget_ = budget_ + growth_;
  }
  ++connections_;
  pairs_.push_back(made);
}

/// False when the connection is to be broken.
bool cutting_proxy::forward(int from, int to, std::size_t& left) {
  std::array<char, 16'384> chunk;
  const ssize_t got = ::recv(from, chunk.data(), std::min(chunk.size(), left), 0);
  if (got <= 0) return false;
  left -= left == SIZE_MAX ? 0 : static_cast<std::size_t>(got);
  for (ssize_t sent = 0; sent < got;) {
    const ssize_t count = ::send(to, chunk.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += count;
  }
  return left != 0;
}

void cutting_proxy::run() {
  while (!stopping_) {
    std::vector<pollfd> waiting{{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
    for (const pair& each : pairs_) {
      const short events = frozen_ ? short{0} : short{POLLIN};
      waiting.push_back({each.client, events, 0});
      waiting.push_back({each.server, events, 0});
    }
    ::poll(waiting.data(), waiting.size(), -1);
    std::array<char, 64> drained;
    while (::read(wake_[0], drained.data(), drained.size()) > 0) continue;
    std::size_t at = 2;
    const bool all = cutting_.exchange(false);
    for (auto each = pairs_.begin(); each != pairs_.end();) {
      const bool from_client = waiting[at].revents != 0;
      const bool from_server = waiting[at + 1].revents != 0;
      at += 2;
      bool holds = !all;
      if (holds && from_client) holds = forward(each->client, each->server, each->left);
      if (holds && from_server) holds = forward(each->server, each->client, each->left);
      if (holds) {
        ++each;
        continue;
      }
      drop(*each);
      each = pairs_.erase(each);
    }
    if (waiting[0].revents != 0) accept_one();
  }
  for (pair& each : pairs_) drop(each);
}

}  // namespace nanomq::support
