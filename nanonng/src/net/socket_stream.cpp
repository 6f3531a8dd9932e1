// TCP and Unix sockets as streams.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "nanonng/net/stream.hpp"

namespace nanonng::net {

namespace {

io_result stopped() noexcept {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {};
  return {io_result::outcome::failed, 0, nanolib::last_system_error()};
}

class socket_stream final : public stream {
 public:
  explicit socket_stream(int descriptor) noexcept : descriptor_(descriptor) {}
  ~socket_stream() override { ::close(descriptor_); }

  io_result read(std::span<std::byte> into) noexcept override {
    for (;;) {
      const ssize_t got = ::recv(descriptor_, into.data(), into.size(), 0);
      if (got > 0) return {io_result::outcome::moved, static_cast<std::size_t>(got), {}};
      if (got == 0) return {io_result::outcome::closed, 0, {}};
      if (errno != EINTR) return stopped();
    }
  }

  io_result write(std::span<const iovec> from) noexcept override {
    for (;;) {
      const ssize_t sent =
          from.size() == 1 ? ::send(descriptor_, from[0].iov_base, from[0].iov_len, MSG_NOSIGNAL) : send_parts(from);
      if (sent >= 0) return {io_result::outcome::moved, static_cast<std::size_t>(sent), {}};
      if (errno != EINTR) return stopped();
    }
  }

  void finish() noexcept override { ::shutdown(descriptor_, SHUT_WR); }
  [[nodiscard]] int descriptor() const noexcept override { return descriptor_; }

  [[nodiscard]] std::string peer() const override {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    char text[INET6_ADDRSTRLEN] = {};
    if (address.ss_family == AF_UNIX) return "unix";
    if (address.ss_family == AF_INET) {
      const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
      ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
      return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
    }
    if (address.ss_family != AF_INET6) return {};
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    const auto port = std::to_string(ntohs(v6.sin6_port));
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof text);
      return std::string(text) + ":" + port;
    }
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return "[" + std::string(text) + "]:" + port;
  }

 private:
  ssize_t send_parts(std::span<const iovec> from) const noexcept {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(from.data());
    message.msg_iovlen = from.size();
    return ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
  }

  int descriptor_;
};

}  // namespace

std::unique_ptr<stream> make_socket_stream(int descriptor) noexcept {
  const int on = 1;
  // Refused by Unix sockets, which have nothing to delay.
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::unique_ptr<stream> made(new (std::nothrow) socket_stream(descriptor));
  if (!made) ::close(descriptor);
  return made;
}

std::optional<std::uint32_t> peer_user(int descriptor) noexcept {
#ifdef SO_PEERCRED
  ucred who{};
  socklen_t size = sizeof who;
  int family = 0;
  socklen_t family_size = sizeof family;
  // TCP sockets answer as well, with nobody.
  if (::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &family_size) != 0 || family != AF_UNIX) return {};
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return {};
  return who.uid;
#else
  uid_t user = 0;
  gid_t group = 0;
  if (::getpeereid(descriptor, &user, &group) != 0) return {};
  return user;
#endif
}

}  // namespace nanonng::net
