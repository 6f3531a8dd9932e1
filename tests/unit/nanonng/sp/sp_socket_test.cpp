#include "nanonng/net/sp_socket.hpp"

#include <netinet/in.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pipeline0/push.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "sp_fixture.hpp"

namespace nanonng::net {
namespace {

struct observed_peers final : sp_peer_observer {
  void on_peers(std::size_t now) noexcept override { counts.push_back(now); }
  std::vector<std::size_t> counts;
};

using sp_sockets = sp_fixture;

TEST_F(sp_sockets, listen_at_a_port_that_the_system_chooses_and_tell_it) {
  for (const std::string wanted : {"tcp://127.0.0.1:0", "tcp://127.0.0.1"}) {
    const auto socket = open(sp_protocol::pull0);
    const auto url = listen(*socket, wanted);
    EXPECT_TRUE(url.starts_with("tcp://127.0.0.1:")) << url;
    EXPECT_FALSE(url.ends_with(":0"));
    plain_socket peer(nng_push0_open);
    peer.dial(url);
  }
}

TEST_F(sp_sockets, refuse_urls_that_mean_nothing) {
  const auto socket = open(sp_protocol::pull0);
  for (const char* wrong : {"", "tcp", "xyz://a", "127.0.0.1:80", "tcp://127.0.0.1:99999"}) {
    EXPECT_FALSE(socket->listen(wrong)) << wrong;
    EXPECT_FALSE(socket->dial(wrong)) << wrong;
  }
}

TEST_F(sp_sockets, say_that_an_address_is_in_use) {
  const auto one = open(sp_protocol::pull0);
  const auto other = open(sp_protocol::pull0);
  const auto where = other->listen(listen(*one));
  ASSERT_FALSE(where.has_value());
  EXPECT_EQ(where.error(), (nanolib::error{nanolib::error_domain::nng, NNG_EADDRINUSE}));
  EXPECT_EQ(sp_error_text(where.error()), "address in use");
}

TEST_F(sp_sockets, take_every_transport) {
  const auto path = "/tmp/nanomq_sp_test_" + std::to_string(::getpid());
  for (const auto& url : {"ipc://" + path, std::string("ws://127.0.0.1:0/sp"), "inproc://" + path}) {
    const auto socket = open(sp_protocol::pull0);
    const auto where = listen(*socket, url);
    plain_socket peer(nng_push0_open);
    peer.dial(where);
    EXPECT_TRUE(turn_until([&] { return socket->peers() == 1; })) << url;
  }
}

TEST_F(sp_sockets, tell_when_peers_come_and_go) {
  observed_peers seen;
  const auto socket = open(sp_protocol::pull0, &seen);
  const auto url = listen(*socket);
  {
    plain_socket peer(nng_push0_open);
    peer.dial(url);
    EXPECT_TRUE(turn_until([&] { return socket->peers() == 1; }));
  }
  EXPECT_TRUE(turn_until([&] { return socket->peers() == 0; }));
  EXPECT_EQ(seen.counts, (std::vector<std::size_t>{1, 0}));
}

TEST_F(sp_sockets, count_only_the_peer_that_a_pair_has) {
  const auto socket = open(sp_protocol::pair0);
  const auto url = listen(*socket);
  plain_socket first(nng_pair0_open);
  first.dial(url);
  ASSERT_TRUE(turn_until([&] { return socket->peers() == 1; }));
  plain_socket second(nng_pair0_open);
  nng_dialer dialer = NNG_DIALER_INITIALIZER;
  ASSERT_EQ(nng_dial(second.handle(), url.c_str(), &dialer, NNG_FLAG_NONBLOCK), 0);
  loop_->turn(nanolib::duration(50));
  EXPECT_EQ(socket->peers(), 1U);
}

// A peer of a pull socket that has gone before anybody looks at it.
void come_and_go(std::uint16_t port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(made, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(made, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
  const char push0[] = {0, 'S', 'P', 0, 0, 0x50, 0, 0};
  EXPECT_EQ(::send(made, push0, sizeof push0, MSG_NOSIGNAL), static_cast<ssize_t>(sizeof push0));
  ::close(made);
}

TEST_F(sp_sockets, forget_peers_that_go_as_soon_as_they_come) {
  const auto socket = open(sp_protocol::pull0);
  const auto url = listen(*socket);
  const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  for (int round = 0; round < 500; ++round) come_and_go(port);
  {
    plain_socket last(nng_push0_open);
    last.dial(url);
    EXPECT_TRUE(turn_until([&] { return socket->peers() == 1; }));
  }
  EXPECT_TRUE(turn_until([&] { return socket->peers() == 0; }));
}

TEST_F(sp_sockets, dial_a_peer_that_comes_later) {
  const auto other = open(sp_protocol::push0);
  const auto socket = open(sp_protocol::pull0);
  const auto url = "inproc://later" + std::to_string(::getpid());
  ASSERT_TRUE(socket->dial(url).has_value());
  listen(*other, url);
  EXPECT_TRUE(turn_until([&] { return socket->peers() == 1; }));
}

TEST_F(sp_sockets, may_end_while_peers_come) {
  // Not through TCP: nng 1.5.2 itself cannot end a connection safely in the middle of a message (see sp_socket.cpp).
  for (int round = 0; round < 20; ++round) {
    auto socket = open(sp_protocol::pull0);
    const auto url = listen(*socket, "inproc://come" + std::to_string(::getpid()));
    plain_socket peer(nng_push0_open);
    ASSERT_EQ(nng_dial(peer.handle(), url.c_str(), nullptr, NNG_FLAG_NONBLOCK), 0);
    if (round % 2 == 0) loop_->turn(nanolib::duration(0));
    socket.reset();
  }
}

}  // namespace
}  // namespace nanonng::net
