#include "loopback_port.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>

namespace nanomq::support {

std::uint16_t loopback_port() {
  std::random_device entropy;
  std::uniform_int_distribution<unsigned> below_ephemeral{15'000, 32'000};
  for (;;) {
    const auto port = static_cast<std::uint16_t>(below_ephemeral(entropy));
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_free = ::bind(probe, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
    ::close(probe);
    if (is_free) return port;
  }
}

}  // namespace nanomq::support
