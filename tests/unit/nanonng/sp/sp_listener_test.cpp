// A listener of nng's that a peer has stopped by going too early, and those that only look as if.
#include <nng/nng.h>

#include <nng/protocol/pubsub0/sub.h>

#include <filesystem>
#include <fstream>

#include "sp_listener_fixture.hpp"

namespace nanonng::net {
namespace {

std::string own_path() { return "/tmp/nanomq_sp_listener_" + std::to_string(::getpid()); }

TEST_F(sp_listeners, that_a_peer_has_stopped_over_ipc_is_made_anew) { is_made_anew("ipc://" + own_path()); }

// Its name is free only when nothing of the old one is left.
TEST_F(sp_listeners, that_a_peer_has_stopped_over_an_abstract_socket_is_made_anew) {
  is_made_anew("abstract://nanomq_sp_listener_" + std::to_string(::getpid()));
}

TEST_F(sp_listeners, that_a_peer_has_stopped_over_tcp_is_made_anew) { is_made_anew("tcp://127.0.0.1:0"); }

TEST_F(sp_listeners, that_a_peer_has_stopped_at_every_address_is_made_anew) { is_made_anew("tcp://*:0"); }

// An HTTP server stands before them, which does not stop: they are not watched.
TEST_F(sp_listeners, over_websocket_stay_whoever_goes_too_early) {
  const auto made = open_watched();
  const auto url = listen(*made, "ws://127.0.0.1:0");
  plain_socket peer(nng_push0_open);
  for (int count = 0; count < 50; ++count) touch(url);
  peer.dial(url);
  EXPECT_TRUE(turn_until([&] { return made->peers() == 1; }));
  EXPECT_EQ(made->renewed_listeners(), 0U);
}

TEST_F(sp_listeners, that_only_turn_peers_away_stay) {
  const auto made = open_watched();
  const auto url = listen(*made);
  plain_socket peer(nng_push0_open);
  peer.dial(url);
  ASSERT_TRUE(turn_until([&] { return made->peers() == 1; }));
  plain_socket stranger(nng_sub0_open);
  (void)nng_dial(stranger.handle(), url.c_str(), nullptr, 0);
  EXPECT_TRUE(let_look(6));
  EXPECT_EQ(made->renewed_listeners(), 0U);
  EXPECT_EQ(made->peers(), 1U);
}

TEST_F(sp_listeners, leave_a_file_alone_that_is_no_socket) {
  const auto path = own_path() + "_file";
  std::ofstream(path) << "precious";
  const auto made = open_watched();
  const auto listening = made->listen("ipc://" + path);
  ASSERT_FALSE(listening);
  EXPECT_EQ(listening.error(), (nanolib::error{nanolib::error_domain::nng, NNG_EEXIST}));
  std::string kept;
  std::ifstream(path) >> kept;
  EXPECT_EQ(kept, "precious");
  std::filesystem::remove(path);
}

// A peer that goes after the greeting is counted as one that goes before it; the listener lives, and counts the knock.
TEST_F(sp_listeners, that_may_have_stopped_are_tried_and_stay_when_they_live) {
  const auto path = "ipc://" + own_path();
  const auto made = open_watched();
  ASSERT_EQ(listen(*made, path), path);
  plain_socket peer(nng_push0_open);
  peer.dial(path);
  ASSERT_TRUE(turn_until([&] { return made->peers() == 1; }));
  for (std::uint64_t suspicions = 1; suspicions <= 3; ++suspicions) {
    {
      const early_peer polite(path);
      ASSERT_TRUE(polite.is_greeted());
    }
    ASSERT_TRUE(turn_until([&] { return figure_of(path, "proto") == suspicions; }));
    EXPECT_EQ(figure_of(path, "other"), suspicions);
    ASSERT_TRUE(let_look(6));
  }
  EXPECT_EQ(figure_of(path, "proto"), 3U);
  EXPECT_EQ(made->renewed_listeners(), 0U);
  EXPECT_EQ(made->peers(), 1U);
}

}  // namespace
}  // namespace nanonng::net
