// The same with TLS, whose handshake comes before the greeting.
#include <fstream>

#include "sp_listener_fixture.hpp"

namespace nanonng::net {
namespace {

std::string certificate_and_key() {
  const auto path = "/tmp/nanomq_sp_listener_" + std::to_string(::getpid()) + ".pem";
  std::ofstream into(path);
  for (const auto* const name : {"server.crt", "server.key"}) {
    into << std::ifstream(NANOMQ_TEST_CERTIFICATES "/" + std::string(name)).rdbuf();
  }
  return path;
}

TEST_F(sp_listeners, that_a_peer_has_stopped_over_tls_is_made_anew) {
  auto options = watched();
  options.tls.certificate_key = certificate_and_key();
  is_made_anew("tls+tcp://127.0.0.1:0", options);
  ::unlink(options.tls.certificate_key.c_str());
}

}  // namespace
}  // namespace nanonng::net
