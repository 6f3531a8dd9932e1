// Listening sockets on free ports and clients of them.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "nanonng/net/listener.hpp"
#include "net_fixture.hpp"

namespace nanonng::net::test {

inline nanolib::result<std::shared_ptr<listening_socket>> listen_on(const std::string& url) {
  std::string why;
  return listening_socket::open(parse_endpoint(url, why).value());
}

/// Connects over IPv4 or IPv6 to this machine, or to a Unix socket's path. Waits for the connection to be made.
inline owned_descriptor dial(const endpoint& where, int family) {
  owned_descriptor made(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage address{};
  address.ss_family = static_cast<sa_family_t>(family);
  socklen_t size = 0;
  if (family == AF_INET) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v4.sin_port = htons(where.port);
    size = sizeof v4;
  } else if (family == AF_INET6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_addr = in6addr_loopback;
    v6.sin6_port = htons(where.port);
    size = sizeof v6;
  } else {
    auto& unix_name = reinterpret_cast<sockaddr_un&>(address);
    where.host.copy(unix_name.sun_path, sizeof unix_name.sun_path - 1);
    size = sizeof unix_name;
  }
  if (::connect(made.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) made.reset();
  if (made.get() >= 0) ::fcntl(made.get(), F_SETFL, O_NONBLOCK);
  return made;
}

/// Whether this machine has IPv6 on loopback at all.
inline bool has_ipv6() { return listen_on("tcp://[::1]:0").has_value(); }

/// A directory of the test's own.
class temporary_directory {
 public:
  temporary_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "nanomq-net-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace nanonng::net::test
