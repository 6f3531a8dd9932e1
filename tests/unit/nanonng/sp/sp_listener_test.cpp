// A listener of nng's that a peer has stopped by going too early.
#include <netinet/in.h>
#include <nng/nng.h>

#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/sub.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "sp_fixture.hpp"

namespace nanonng::net {
namespace {

const sp_socket_options watched{.listener_check = nanolib::duration(50)};

/// Connects and goes at once.
void touch(const std::string& url) {
  sockaddr_storage where{};
  socklen_t size = 0;
  if (url.starts_with("ipc://")) {
    sockaddr_un local{.sun_family = AF_UNIX, .sun_path = {}};
    std::memcpy(local.sun_path, url.data() + 6, url.size() - 6);
    std::memcpy(&where, &local, size = sizeof local);
  } else {
    std::uint16_t port = 0;
    (void)std::from_chars(url.data() + url.rfind(':') + 1, url.data() + url.size(), port);
    sockaddr_in local{
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    std::memcpy(&where, &local, size = sizeof local);
  }
  // One that has stopped lets its queue fill, and with a full one a connection to a path would wait.
  const int waits = where.ss_family == AF_UNIX ? SOCK_NONBLOCK : 0;
  const int descriptor = ::socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | waits, 0);
  // Nobody may listen there for a moment, while it is made anew.
  (void)::connect(descriptor, reinterpret_cast<const sockaddr*>(&where), size);
  (void)::shutdown(descriptor, SHUT_RDWR);
  ::close(descriptor);
}

class sp_listeners : public sp_fixture {
 protected:
  void is_made_anew(const std::string& at) {
    auto made = sp_socket::open(*loop_, sp_protocol::pull0, watched);
    ASSERT_TRUE(made.has_value());
    const auto url = listen(**made, at);
    ASSERT_TRUE(turn_until([&] {
      touch(url);
      return (*made)->renewed_listeners() != 0;
    }));
    plain_socket peer(nng_push0_open);
    ASSERT_EQ(nng_dial(peer.handle(), url.c_str(), nullptr, NNG_FLAG_NONBLOCK), 0);
    EXPECT_TRUE(turn_until([&] { return (*made)->peers() == 1; }));
  }
};

TEST_F(sp_listeners, that_a_peer_has_stopped_over_ipc_is_made_anew) {
  is_made_anew("ipc:///tmp/nanomq_sp_listener_" + std::to_string(::getpid()));
}

TEST_F(sp_listeners, that_a_peer_has_stopped_over_tcp_is_made_anew) { is_made_anew("tcp://127.0.0.1:0"); }

TEST_F(sp_listeners, that_only_turn_peers_away_stay) {
  auto made = sp_socket::open(*loop_, sp_protocol::pull0, watched);
  ASSERT_TRUE(made.has_value());
  const auto url = listen(**made);
  plain_socket peer(nng_push0_open);
  peer.dial(url);
  ASSERT_TRUE(turn_until([&] { return (*made)->peers() == 1; }));
  plain_socket stranger(nng_sub0_open);
  (void)nng_dial(stranger.handle(), url.c_str(), nullptr, 0);
  bool looked = false;
  struct look final : timer {
    explicit look(bool& done) noexcept
        : timer([](timer& which, nanolib::instant) noexcept { static_cast<look&>(which).done_ = true; }), done_(done) {}
    bool& done_;
  } later(looked);
  loop_->timers().set(later, loop_->now() + nanolib::duration(300));
  EXPECT_TRUE(turn_until([&] { return looked; }));
  EXPECT_EQ((*made)->renewed_listeners(), 0U);
  EXPECT_EQ((*made)->peers(), 1U);
}

}  // namespace
}  // namespace nanonng::net
