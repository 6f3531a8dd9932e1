// Listeners as a shard sees them, turn by turn: sockets that are ready before anything is accepted.
#include "nanonng/net/tls_stream.hpp"
#include "one_shard_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

using nanonng::net::stream;

// THREATS 63: without threads for handshakes whoever is connected waits for one step a turn, however many shake hands.
TEST_F(one_shard, answers_clients_between_the_handshakes_of_a_flood) {
  shared.options.handshake_threads = 0;
  const auto places = listen({plain(), secure()});
  ASSERT_EQ(places.size(), 2U);
  const int client = dial(places[0]);
  send(client, connect_packet);
  ASSERT_LT(turns_until(client, 4), 1000U);

  nanonng::net::tls_client_options trusting;
  trusting.verify = false;
  std::string why;
  const auto context = nanonng::net::tls_context::client(trusting, why);
  ASSERT_TRUE(context) << why;
  std::vector<std::unique_ptr<stream>> flood;
  for (int i = 0; i < 40; ++i) {
    const int one = dial(places[1]);
    ASSERT_EQ(::fcntl(one, F_SETFL, O_NONBLOCK), 0);
    flood.push_back(nanonng::net::make_tls_stream(*context, nanonng::net::make_socket_stream(one)));
    static_cast<void>(flood.back()->write({}));
  }
  for (int ping = 0; ping < 5; ++ping) {
    const std::uint64_t before = subject().counts().handshake_steps.get();
    send(client, ping_packet);
    const std::uint64_t turns = turns_until(client, 2);
    EXPECT_LE(turns, 3U);
    EXPECT_LE(subject().counts().handshake_steps.get() - before, turns);
  }
  EXPECT_GT(subject().counts().handshake_steps.get(), 0U);
  EXPECT_LT(subject().counts().handshake_steps.get(), 20U);
  ::close(client);
}

TEST_F(one_shard, accepts_from_the_sockets_that_it_was_told_last) {
  const auto before = listen({plain()});
  listener_options other = plain();
  other.name = "other";
  const auto after = listen({other});
  ASSERT_EQ(after.size(), 1U);
  EXPECT_NE(after[0].where.port, before[0].where.port);
  const int client = dial(after[0]);
  send(client, connect_packet);
  EXPECT_LT(turns_until(client, 4), 1000U);
  const int late = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(before[0].where.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_NE(::connect(late, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(late);
  ::close(client);
}

TEST_F(one_shard, keeps_a_listener_as_it_is_when_another_one_cannot_be_opened) {
  const auto before = listen({plain()});
  listener_options broken = secure();
  broken.certificate.key_file = certificate_file("other.key");
  std::string why;
  EXPECT_FALSE(listeners_.changed_to({plain(), broken}, shared.options.limits, why));
  EXPECT_TRUE(why.starts_with("ssl:default: ")) << why;
  EXPECT_EQ(listeners_.places().front().where.port, before.front().where.port);
  EXPECT_FALSE(listeners_.changed_to({}, shared.options.limits, why));
  EXPECT_EQ(why, "there is nothing to listen on: no listener is enabled");
}

TEST_F(one_shard, tells_what_has_changed) {
  static_cast<void>(listen({plain(), secure()}));
  listener_options named = plain();
  named.name = "more";
  std::string why;
  const auto next = listeners_.changed_to({secure(), named}, shared.options.limits, why);
  ASSERT_TRUE(next) << why;
  const auto lines = next->differences_from(listeners_);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_TRUE(lines[0].starts_with("tcp:default no longer listens on mqtt-tcp://127.0.0.1:")) << lines[0];
  EXPECT_EQ(lines[1], "ssl:default has read its certificates again");
  EXPECT_TRUE(lines[2].starts_with("tcp:more listens on mqtt-tcp://127.0.0.1:")) << lines[2];
}

}  // namespace
}  // namespace nanomq::broker::testing
