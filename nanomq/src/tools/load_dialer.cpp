#include "nanomq/tools/load_dialer.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace nanomq::tools {

using nanonng::net::endpoint;

namespace {

socket_address unix_address(const std::string& path) noexcept {
  socket_address made;
  auto& name = reinterpret_cast<sockaddr_un&>(made.bytes);
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  made.size = sizeof(sockaddr_un);
  return made;
}

/// Closes a descriptor and keeps the errno that led to it.
nanolib::error give_up(int descriptor) noexcept {
  const nanolib::error why = nanolib::last_system_error();
  ::close(descriptor);
  return why;
}

/// Binds without choosing a port yet: that is left to connect(), which knows the destination. Without it the ports of
/// one source would be used up by all destinations together.
bool bind_source(int descriptor, const socket_address& source) noexcept {
#ifdef IP_BIND_ADDRESS_NO_PORT
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
#endif
  return ::bind(descriptor, source.get(), source.size) == 0;
}

/// Hears how one attempt ends, and hangs up.
class one_attempt final : public dial_handler {
 public:
  void on_dialed(std::unique_ptr<nanonng::net::stream>) noexcept override { over = reached = true; }
  void on_dial_failed(nanolib::error) noexcept override { over = true; }

  bool over = false;
  bool reached = false;
};

constexpr std::chrono::seconds longest_attempt{2};

}  // namespace

nanolib::result<std::vector<socket_address>> resolve(const endpoint& where) {
  if (where.kind == endpoint::transport::unix_socket) return std::vector{unix_address(where.host)};
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const char* const host = where.host.empty() ? nullptr : where.host.c_str();  // none is this machine
  const int code = ::getaddrinfo(host, std::to_string(where.port).c_str(), &hints, &found);
  if (code != 0) return std::unexpected(nanolib::error{nanolib::error_domain::config, code});
  std::vector<socket_address> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    socket_address made;
    std::memcpy(&made.bytes, each->ai_addr, each->ai_addrlen);
    made.size = each->ai_addrlen;
    addresses.push_back(made);
  }
  ::freeaddrinfo(found);
  return addresses;
}

socket_address choose_reachable(const std::vector<socket_address>& addresses) {
  if (addresses.empty()) return {};
  auto loop = nanonng::net::event_loop::create({});
  if (addresses.size() == 1 || !loop) return addresses.front();
  for (const socket_address& each : addresses) {
    one_attempt attempt;
    load_dialer dialing(**loop, attempt);
    if (!dialing.start(each)) continue;
    const auto deadline = std::chrono::steady_clock::now() + longest_attempt;
    while (!attempt.over && std::chrono::steady_clock::now() < deadline) (*loop)->turn(nanolib::duration{50});
    if (attempt.reached) return each;
  }
  return addresses.front();
}

std::optional<socket_address> parse_source(std::string_view address) noexcept {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.size() >= sizeof text) return std::nullopt;
  address.copy(text, sizeof text - 1);
  socket_address made;
  auto& v4 = reinterpret_cast<sockaddr_in&>(made.bytes);
  if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    made.size = sizeof(sockaddr_in);
    return made;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(made.bytes);
  if (::inet_pton(AF_INET6, text, &v6.sin6_addr) != 1) return std::nullopt;
  v6.sin6_family = AF_INET6;
  made.size = sizeof(sockaddr_in6);
  return made;
}

nanolib::result<void> load_dialer::start(const socket_address& to, const socket_address* source) noexcept {
  if (is_dialing()) return std::unexpected(nanolib::error{nanolib::error_domain::sys, EALREADY});
  const int descriptor = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::unexpected(nanolib::last_system_error());
  if (source != nullptr && !bind_source(descriptor, *source)) return std::unexpected(give_up(descriptor));
  const bool begun = ::connect(descriptor, to.get(), to.size) == 0 || errno == EINPROGRESS || errno == EINTR;
  if (!begun) return std::unexpected(give_up(descriptor));
  const auto added = loop_.descriptors().add(descriptor, nanonng::net::interest::write, *this);
  if (!added) {
    ::close(descriptor);
    return added;
  }
  descriptor_ = descriptor;
  return {};
}

void load_dialer::cancel() noexcept {
  if (!is_dialing()) return;
  loop_.descriptors().remove(descriptor_, *this);
  ::close(std::exchange(descriptor_, -1));
}

/// The socket is writable, or an error waits.
void load_dialer::finish() noexcept {
  const int descriptor = std::exchange(descriptor_, -1);
  loop_.descriptors().remove(descriptor, *this);
  int failure = 0;
  socklen_t size = sizeof failure;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) failure = errno;
  if (failure != 0) {
    ::close(descriptor);
    return handler_.on_dial_failed({nanolib::error_domain::sys, failure});
  }
  auto over = nanonng::net::make_socket_stream(descriptor);
  if (!over) return handler_.on_dial_failed({nanolib::error_domain::sys, ENOMEM});
  handler_.on_dialed(std::move(over));
}

}  // namespace nanomq::tools
