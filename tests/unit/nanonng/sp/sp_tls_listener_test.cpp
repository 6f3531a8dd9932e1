// The same with TLS, whose handshake comes before the greeting.
#include <fstream>

#include "sp_dialer_fixture.hpp"
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

TEST_F(sp_dialers, tell_that_a_certificate_is_not_trusted) {
  sp_socket_options options;
  options.tls.certificate_key = certificate_and_key();
  const auto other = sp_socket::open(*loop_, sp_protocol::push0, options);
  ASSERT_TRUE(other.has_value());
  const auto url = listen(**other, "tls+tcp://localhost:0");
  fails(url, "certificate is not trusted");
  fails(url, "certificate is not trusted", sp_protocol::pull0, {.ca = NANOMQ_TEST_CERTIFICATES "/stranger.crt"});
  const auto socket = dial(url, sp_protocol::pull0, {.ca = NANOMQ_TEST_CERTIFICATES "/ca.crt"});
  EXPECT_TRUE(turn_until([&] { return socket->peers() == 1; }));
  ::unlink(options.tls.certificate_key.c_str());
}

}  // namespace
}  // namespace nanonng::net
