// Sockets that listen.
//
// Two brokers never share an address: without SO_REUSEPORT the second bind is refused, and a Unix socket's file is only
// removed when nobody answers behind it.
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <vector>

#include "nanonng/net/listener.hpp"

namespace nanonng::net {

namespace {

struct address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  bool both_families = false;  ///< IPv4 peers are welcome on an IPv6 socket

  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&bytes); }
};

address any_address(int family, std::uint16_t port) noexcept {
  address made;
  made.bytes.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(made.bytes).sin6_port = htons(port);
    made.size = sizeof(sockaddr_in6);
    made.both_families = true;
  } else {
    reinterpret_cast<sockaddr_in&>(made.bytes).sin_port = htons(port);
    made.size = sizeof(sockaddr_in);
  }
  return made;
}

bool is_loopback(const address& which) noexcept {
  if (which.bytes.ss_family == AF_INET) {
    return (ntohl(reinterpret_cast<const sockaddr_in&>(which.bytes).sin_addr.s_addr) >> 24U) == 127;
  }
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(which.bytes).sin6_addr);
}

nanolib::result<std::vector<address>> resolve(const endpoint& where) {
  if (where.host.empty()) return std::vector{any_address(AF_INET6, where.port), any_address(AF_INET, where.port)};
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &hints, &found);
  if (code != 0) return std::unexpected(nanolib::error{nanolib::error_domain::config, code});
  std::vector<address> addresses;
  for (const bool v4 : {true, false}) {
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
      if ((each->ai_family == AF_INET) != v4) continue;
      address made;
      std::memcpy(&made.bytes, each->ai_addr, each->ai_addrlen);
      made.size = each->ai_addrlen;
      // "localhost" counts as local wherever that is asked, so it is never anything else.
      if (where.host != "localhost" || is_loopback(made)) addresses.push_back(made);
    }
  }
  ::freeaddrinfo(found);
  if (addresses.empty()) return std::unexpected(nanolib::error{nanolib::error_domain::config, EAI_NONAME});
  return addresses;
}

/// Closes a descriptor and keeps the errno that led to it.
nanolib::error give_up(int descriptor) noexcept {
  const nanolib::error why = nanolib::last_system_error();
  ::close(descriptor);
  return why;
}

void set_number(int descriptor, int level, int which, std::int64_t number) noexcept {
  const int value = static_cast<int>(std::min<std::int64_t>(number, std::numeric_limits<int>::max()));
  ::setsockopt(descriptor, level, which, &value, sizeof value);
}

/// What connections inherit. What the system does not know or grant is no reason not to listen.
void set_inherited(int descriptor, const socket_options& how) noexcept {
  if (how.send_buffer != 0) set_number(descriptor, SOL_SOCKET, SO_SNDBUF, how.send_buffer);
  if (how.receive_buffer != 0) set_number(descriptor, SOL_SOCKET, SO_RCVBUF, how.receive_buffer);
  if (how.keepalive.count() == 0) return;
  const auto seconds =
      std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::seconds>(how.keepalive).count());
  set_number(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
  set_number(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
  set_number(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, std::max<std::int64_t>(1, seconds / 4));
  set_number(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 4);
#endif
}

/// Only what arrives over one interface. False: errno says why not.
bool bind_to_interface(int descriptor, const std::string& name) noexcept {
#ifdef SO_BINDTODEVICE
  const auto size = static_cast<socklen_t>(name.size());
  return name.empty() || ::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name.data(), size) == 0;
#else
  errno = ENOTSUP;
  return name.empty() || descriptor < 0;
#endif
}

/// The same for a socket that may be bound to another one.
bool rebind_to_interface(int descriptor, const std::string& name) noexcept {
#ifdef SO_BINDTODEVICE
  return ::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, name.c_str(), static_cast<socklen_t>(name.size() + 1)) ==
         0;
#else
  return bind_to_interface(descriptor, name);
#endif
}

nanolib::result<int> listen_on(const address& where, const socket_options& how) noexcept {
  const int descriptor = ::socket(where.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::unexpected(nanolib::last_system_error());
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (where.bytes.ss_family == AF_INET6) {
    const int only = where.both_families ? 0 : 1;
    ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  }
  set_inherited(descriptor, how);
  if (bind_to_interface(descriptor, how.interface) && ::bind(descriptor, where.get(), where.size) == 0 &&
      ::listen(descriptor, how.backlog) == 0) {
    return descriptor;
  }
  return std::unexpected(give_up(descriptor));
}

std::uint16_t port_of(int descriptor) noexcept {
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bytes), &size) != 0) return 0;
  if (bytes.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(bytes).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(bytes).sin_port);
}

sockaddr_un unix_address(const std::string& path) noexcept {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  return name;
}

/// Whether the path is a socket that nobody listens on.
bool is_stale(const sockaddr_un& name) noexcept {
  struct stat file{};
  if (::lstat(name.sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool refused =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return refused;
}

/// The numbers of the owner and the group that are asked for; -1: left alone. False when there is no such one.
bool find_owner(const socket_options& how, uid_t& owner, gid_t& group) noexcept {
  const passwd* const user = how.owner.empty() ? nullptr : ::getpwnam(how.owner.c_str());
  owner = user != nullptr ? user->pw_uid : static_cast<uid_t>(-1);
  const struct group* const of = how.group.empty() ? nullptr : ::getgrnam(how.group.c_str());
  group = of != nullptr ? of->gr_gid : static_cast<gid_t>(-1);
  return (how.owner.empty() || user != nullptr) && (how.group.empty() || of != nullptr);
}

}  // namespace

nanolib::result<int> listening_socket::open_tcp(endpoint& where, const socket_options& how) {
  const auto addresses = resolve(where);
  if (!addresses) return std::unexpected(addresses.error());
  nanolib::result<int> opened = std::unexpected(nanolib::error{nanolib::error_domain::sys, EADDRNOTAVAIL});
  for (const address& each : *addresses) {
    opened = listen_on(each, how);
    if (opened) {
      where.port = port_of(*opened);
      return opened;
    }
    // A name or "everywhere" goes on to the next family; an address in use is the answer.
    if (opened.error().code == EADDRINUSE || opened.error().code == EACCES) return opened;
  }
  return opened;
}

nanolib::result<void> listening_socket::open_unix() {
  uid_t owner = 0;
  gid_t group = 0;
  if (!find_owner(how_, owner, group)) return std::unexpected(nanolib::error{nanolib::error_domain::config, EINVAL});
  const sockaddr_un name = unix_address(where_.host);
  const auto bind_here = [&] {
    return ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  };
  bool bound = bind_here();
  if (!bound && errno == EADDRINUSE) {
    bound = is_stale(name) && ::unlink(name.sun_path) == 0 && bind_here();
    if (!bound) return std::unexpected(nanolib::error{nanolib::error_domain::sys, EADDRINUSE});
  }
  if (!bound) return std::unexpected(nanolib::last_system_error());
  struct stat file{};
  if (::lstat(name.sun_path, &file) == 0) {
    device_ = static_cast<std::uint64_t>(file.st_dev);
    file_ = static_cast<std::uint64_t>(file.st_ino);
  }
  set_inherited(descriptor_, how_);
  // Nobody can connect before listen(), so nobody slips in before owner and mode are set.
  const bool gives = !how_.owner.empty() || !how_.group.empty();
  if ((gives && ::lchown(name.sun_path, owner, group) != 0) || ::chmod(name.sun_path, how_.mode & 0777U) != 0 ||
      ::listen(descriptor_, how_.backlog) != 0) {
    return std::unexpected(nanolib::last_system_error());
  }
  return {};
}

nanolib::result<std::shared_ptr<listening_socket>> listening_socket::open(const endpoint& where,
                                                                          const socket_options& how) {
  endpoint real = where;
  if (where.kind == endpoint::transport::tcp) {
    const auto descriptor = open_tcp(real, how);
    if (!descriptor) return std::unexpected(descriptor.error());
    return std::shared_ptr<listening_socket>(new listening_socket(*descriptor, std::move(real), how));
  }
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::unexpected(nanolib::last_system_error());
  std::shared_ptr<listening_socket> made(new listening_socket(descriptor, std::move(real), how));
  if (const auto opened = made->open_unix(); !opened) return std::unexpected(opened.error());
  return made;
}

nanolib::result<std::shared_ptr<listening_socket>> listening_socket::renewed(
    const std::shared_ptr<listening_socket>& from, const socket_options& how) {
  uid_t owner = 0;
  gid_t group = 0;
  const bool is_unix = from->where_.kind == endpoint::transport::unix_socket;
  if (is_unix && !find_owner(how, owner, group)) {
    return std::unexpected(nanolib::error{nanolib::error_domain::config, EINVAL});
  }
  if (!is_unix && !how.interface.empty() && ::if_nametoindex(how.interface.c_str()) == 0) {
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENODEV});
  }
  const int descriptor = ::fcntl(from->descriptor_, F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) return std::unexpected(nanolib::last_system_error());
  std::shared_ptr<listening_socket> made(new listening_socket(descriptor, from->where_, how));
  made->from_ = from;
  return made;
}

// Both descriptors are one socket: what is set is set for either.
nanolib::result<void> listening_socket::change(const socket_options& to, const socket_options& from) noexcept {
  if ((to.send_buffer == 0 && from.send_buffer != 0) || (to.receive_buffer == 0 && from.receive_buffer != 0)) {
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOTSUP});
  }
  if (where_.kind == endpoint::transport::unix_socket) {
    uid_t owner = 0;
    gid_t group = 0;
    const char* const path = where_.host.c_str();
    const bool gives = to.owner != from.owner || to.group != from.group;
    if (!find_owner(to, owner, group)) return std::unexpected(nanolib::error{nanolib::error_domain::sys, EINVAL});
    if (gives && to.owner.empty()) owner = ::geteuid();
    if (gives && to.group.empty()) group = ::getegid();
    if ((gives && ::lchown(path, owner, group) != 0) || (to.mode != from.mode && ::chmod(path, to.mode & 0777U) != 0)) {
      return std::unexpected(nanolib::last_system_error());
    }
  } else if (to.interface != from.interface && !rebind_to_interface(descriptor_, to.interface)) {
    return std::unexpected(nanolib::last_system_error());
  }
  set_inherited(descriptor_, to);
  if (to.keepalive.count() == 0 && from.keepalive.count() != 0) set_number(descriptor_, SOL_SOCKET, SO_KEEPALIVE, 0);
  if (to.backlog != from.backlog && ::listen(descriptor_, to.backlog) != 0) {
    return std::unexpected(nanolib::last_system_error());
  }
  return {};
}

nanolib::result<void> listening_socket::take_over() noexcept {
  const auto from = std::move(from_);
  if (!from) return {};
  if (const auto done = change(how_, from->how_); !done) {
    static_cast<void>(change(from->how_, how_));
    return done;
  }
  device_ = from->device_;
  file_.store(from->file_.exchange(0));
  return {};
}

listening_socket::~listening_socket() {
  if (const std::uint64_t made = file_.load(); made != 0) {
    struct stat file{};
    const bool ours = ::lstat(where_.host.c_str(), &file) == 0 && static_cast<std::uint64_t>(file.st_dev) == device_ &&
                      static_cast<std::uint64_t>(file.st_ino) == made;
    if (ours) ::unlink(where_.host.c_str());
  }
  ::close(descriptor_);
}

}  // namespace nanonng::net
