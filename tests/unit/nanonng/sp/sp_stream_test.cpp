#include "nanonng/net/sp_stream.hpp"

#include <nng/protocol/bus0/bus.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>

#include <unistd.h>

#include <thread>
#include <vector>

#include "sp_fixture.hpp"

namespace nanonng::net {
namespace {

class sp_streams : public sp_fixture, public sp_stream_handler {
 protected:
  void on_sp_arrival() noexcept override {
    ++arrivals;
    if (held) return;
    take_all();
  }
  void on_sp_taken(std::uint64_t up_to) noexcept override {
    ++tellings;
    taken = up_to;
    send_unawaited();
  }
  // As many as there is room for, up to `wanted`.
  void send_unawaited() {
    while (last_sent < wanted && stream->has_room()) {
      last_sent = stream->send(message_of(std::to_string(last_sent)), false);
    }
  }
  void take_all() {
    while (auto one = stream->take()) got.push_back(text_of(one));
  }

  void begin(sp_protocol which, const sp_stream_options& options = {}, const std::string& at = "tcp://127.0.0.1:0") {
    socket = open(which);
    auto made = sp_stream::open(*socket, *this, options);
    ASSERT_TRUE(made.has_value());
    stream = *std::move(made);
    url = listen(*socket, at);
  }
  void connect(const plain_socket& peer) {
    peer.dial(url);
    ASSERT_TRUE(turn_until([&] { return socket->peers() == 1; }));
  }

  std::unique_ptr<sp_socket> socket;
  std::unique_ptr<sp_stream> stream;
  std::string url;
  std::vector<std::string> got;
  std::uint64_t taken = 0;
  std::uint64_t last_sent = 0;
  std::uint64_t wanted = 0;
  int tellings = 0;
  int arrivals = 0;
  bool held = false;
};

TEST_F(sp_streams, take_what_a_push_sends_in_order) {
  begin(sp_protocol::pull0);
  const plain_socket peer(nng_push0_open);
  connect(peer);
  std::vector<std::string> sent;
  for (int number = 0; number < 500; ++number) {
    sent.push_back(std::to_string(number));
    peer.send(sent.back());
  }
  EXPECT_TRUE(turn_until([&] { return got.size() == sent.size(); }));
  EXPECT_EQ(got, sent);
  EXPECT_EQ(stream->count().received, 500U);
}

TEST_F(sp_streams, a_pull_that_is_not_emptied_holds_its_peers_up_and_loses_nothing) {
  begin(sp_protocol::pull0, {.received_messages = 8});
  held = true;
  const plain_socket peer(nng_push0_open);
  connect(peer);
  std::thread sender([&peer] {
    for (int number = 0; number < 2'000; ++number) peer.send(std::string(10'000, 'x') + std::to_string(number));
  });
  EXPECT_TRUE(turn_until([&] { return stream->count().received >= 4; }));
  EXPECT_LE(stream->count().received, 8U);
  held = false;
  take_all();
  EXPECT_TRUE(turn_until([&] { return got.size() == 2'000; }));
  sender.join();
  for (int number = 0; number < 2'000; ++number) {
    ASSERT_EQ(got[static_cast<std::size_t>(number)].substr(10'000), std::to_string(number));
  }
  EXPECT_EQ(stream->count().overrun, 0U);
}

TEST_F(sp_streams, a_sub_that_is_not_emptied_counts_what_it_drops) {
  begin(sp_protocol::sub0, {.received_messages = 8});
  ASSERT_TRUE(socket->subscribe("").has_value());
  held = true;
  const plain_socket peer(nng_pub0_open);
  ASSERT_EQ(nng_socket_set_int(peer.handle(), NNG_OPT_SENDBUF, 1'000), 0);
  connect(peer);
  for (int number = 0; number < 100; ++number) peer.send(std::to_string(number));
  EXPECT_TRUE(turn_until([&] { return stream->count().received == 100; }));
  held = false;
  take_all();
  EXPECT_EQ(got.size() + stream->count().overrun, 100U);
  EXPECT_EQ(got.back(), "99");
}

TEST_F(sp_streams, a_sub_takes_only_what_begins_as_it_wants) {
  begin(sp_protocol::sub0);
  ASSERT_TRUE(socket->subscribe("a/").has_value());
  const plain_socket peer(nng_pub0_open);
  connect(peer);
  for (const char* text : {"b/1", "a/2", "ab", "a/3"}) peer.send(text);
  EXPECT_TRUE(turn_until([&] { return got.size() == 2; }));
  EXPECT_EQ(got, (std::vector<std::string>{"a/2", "a/3"}));
}

TEST_F(sp_streams, a_push_is_not_taken_before_there_is_a_peer) {
  begin(sp_protocol::push0, {.sent_messages = 4});
  for (int number = 0; number < 4; ++number) EXPECT_EQ(stream->send(message_of(std::to_string(number))), number + 1U);
  EXPECT_FALSE(stream->has_room());
  loop_->turn(nanolib::duration(20));
  EXPECT_EQ(taken, 0U);
  EXPECT_EQ(stream->unsent(), 4U);
  const plain_socket peer(nng_pull0_open);
  connect(peer);
  for (int number = 0; number < 4; ++number) EXPECT_EQ(peer.receive(), std::to_string(number));
  EXPECT_TRUE(turn_until([&] { return taken == 4; }));
  EXPECT_TRUE(stream->has_room());
  EXPECT_EQ(stream->count().taken, 4U);
}

TEST_F(sp_streams, a_push_is_told_when_there_is_room_for_what_nobody_awaits) {
  for (const std::size_t places : {1U, 4U, 64U}) {
    got.clear();
    stream.reset();
    begin(sp_protocol::push0, {.sent_messages = places});
    last_sent = 0;
    wanted = 2'000;
    send_unawaited();
    EXPECT_EQ(last_sent, places);
    EXPECT_EQ(stream->unsent(), places);
    const plain_socket peer(nng_pull0_open);
    connect(peer);
    std::thread receiver([this, &peer] {
      while (got.size() < wanted) got.push_back(peer.receive());
    });
    EXPECT_TRUE(turn_until([this] { return last_sent == wanted; }));
    receiver.join();
    for (std::size_t number = 0; number < got.size(); ++number) ASSERT_EQ(got[number], std::to_string(number));
    EXPECT_TRUE(turn_until([this] { return stream->unsent() == 0; }));
    EXPECT_EQ(stream->count().taken, wanted);
  }
}

TEST_F(sp_streams, a_buffered_push_takes_what_the_buffer_holds_and_loses_nothing_beyond) {
  begin(sp_protocol::push0, {.sent_messages = 4, .buffered = true});
  wanted = 2'000;
  send_unawaited();
  EXPECT_EQ(last_sent, 5U);
  EXPECT_EQ(stream->taken(), 4U);
  EXPECT_EQ(stream->unsent(), 1U);
  const plain_socket peer(nng_pull0_open);
  connect(peer);
  std::thread receiver([this, &peer] {
    while (got.size() < wanted) got.push_back(peer.receive());
  });
  EXPECT_TRUE(turn_until([this] { return last_sent == wanted; }));
  receiver.join();
  for (std::size_t number = 0; number < got.size(); ++number) ASSERT_EQ(got[number], std::to_string(number));
}

TEST_F(sp_streams, a_push_tells_of_what_is_awaited_among_others) {
  begin(sp_protocol::push0);
  for (const bool awaited : {false, false, true, false}) (void)stream->send(message_of("x"), awaited);
  const plain_socket peer(nng_pull0_open);
  connect(peer);
  for (int number = 0; number < 4; ++number) EXPECT_EQ(peer.receive(), "x");
  EXPECT_TRUE(turn_until([this] { return taken >= 3; }));
}

TEST_F(sp_streams, who_asks_what_is_unsent_is_told_when_it_is_less) {
  begin(sp_protocol::pair0);
  for (int number = 0; number < 3; ++number) (void)stream->send(message_of("x"), false);
  EXPECT_EQ(stream->unsent(), 3U);
  const plain_socket peer(nng_pair0_open);
  connect(peer);
  for (int number = 0; number < 3; ++number) EXPECT_EQ(peer.receive(), "x");
  EXPECT_TRUE(turn_until([this] { return tellings != 0; }));
  EXPECT_TRUE(turn_until([this] { return stream->unsent() == 0; }));
}

TEST_F(sp_streams, keep_the_order_of_what_comes_all_at_once) {
  const std::pair<sp_protocol, int (*)(nng_socket*)> kinds[] = {
      {sp_protocol::pull0, nng_push0_open}, {sp_protocol::pair0, nng_pair0_open}, {sp_protocol::pair1, nng_pair1_open}};
  constexpr std::size_t burst = 4'000;
  for (const auto& [which, opener] : kinds) {
    got.clear();
    stream.reset();
    begin(which, {.received_messages = 2 * burst});
    const plain_socket peer(opener);
    ASSERT_EQ(nng_socket_set_int(peer.handle(), NNG_OPT_SENDBUF, burst), 0);
    connect(peer);
    for (std::size_t number = 0; number < burst; ++number) peer.send(std::to_string(number));
    EXPECT_TRUE(turn_until([this] { return got.size() == burst; }));
    for (std::size_t number = 0; number < got.size(); ++number) ASSERT_EQ(got[number], std::to_string(number));
  }
}

TEST_F(sp_streams, are_bounded_in_bytes) {
  begin(sp_protocol::push0, {.sent_messages = 4, .sent_bytes = 100});
  EXPECT_TRUE(stream->has_room());
  (void)stream->send(message_of(std::string(200, 'x')));
  EXPECT_FALSE(stream->has_room());
}

TEST_F(sp_streams, a_push_keeps_the_order_of_many) {
  begin(sp_protocol::push0);
  const plain_socket peer(nng_pull0_open);
  connect(peer);
  std::thread receiver([this, &peer] {
    for (int number = 0; number < 3'000; ++number) got.push_back(peer.receive());
  });
  std::uint64_t sent = 0;
  EXPECT_TRUE(turn_until([&] {
    while (sent < 3'000 && stream->has_room()) sent = stream->send(message_of(std::to_string(sent)));
    return taken == 3'000;
  }));
  receiver.join();
  for (std::size_t number = 0; number < got.size(); ++number) ASSERT_EQ(got[number], std::to_string(number));
}

TEST_F(sp_streams, a_pub_takes_everything_and_counts_what_nobody_hears) {
  begin(sp_protocol::pub0);
  EXPECT_TRUE(stream->has_room());
  EXPECT_EQ(stream->send(message_of("nobody")), 1U);
  EXPECT_EQ(stream->taken(), 1U);
  const plain_socket peer(nng_sub0_open);
  ASSERT_EQ(nng_socket_set(peer.handle(), NNG_OPT_SUB_SUBSCRIBE, "", 0), 0);
  connect(peer);
  (void)stream->send(message_of("somebody"));
  EXPECT_EQ(peer.receive(), "somebody");
  EXPECT_EQ(stream->count().taken, 2U);
  EXPECT_EQ(stream->count().unheard, 1U);
}

TEST_F(sp_streams, go_both_ways_through_pairs_and_buses) {
  const std::pair<sp_protocol, int (*)(nng_socket*)> kinds[] = {
      {sp_protocol::pair0, nng_pair0_open}, {sp_protocol::pair1, nng_pair1_open}, {sp_protocol::bus0, nng_bus0_open}};
  for (const auto& [which, opener] : kinds) {
    got.clear();
    stream.reset();
    begin(which);
    const plain_socket peer(opener);
    connect(peer);
    peer.send("in");
    EXPECT_TRUE(turn_until([&] { return got.size() == 1; }));
    (void)stream->send(message_of("out"));
    EXPECT_EQ(peer.receive(), "out");
    EXPECT_EQ(got.front(), "in");
  }
}

TEST_F(sp_streams, go_on_when_a_peer_has_come_back) {
  begin(sp_protocol::pair0);
  for (const char* text : {"first", "second"}) {
    // A pair turns a second peer away while it has the first.
    ASSERT_TRUE(turn_until([&] { return socket->peers() == 0; }));
    const plain_socket peer(nng_pair0_open);
    connect(peer);
    peer.send(text);
    EXPECT_TRUE(turn_until([&] { return !got.empty() && got.back() == text; }));
  }
}

TEST_F(sp_streams, may_end_with_messages_under_way) {
  // Not through TCP: nng 1.5.2 itself cannot end a connection safely in the middle of a message (see sp_socket.cpp).
  const auto at = "inproc://under_way" + std::to_string(::getpid());
  for (int round = 0; round < 10; ++round) {
    begin(sp_protocol::pair0, {}, at);
    const plain_socket peer(nng_pair0_open);
    connect(peer);
    std::thread sender([&peer] {
      nng_socket_set_ms(peer.handle(), NNG_OPT_SENDTIMEO, 20);
      for (int number = 0; number < 200; ++number) {
        nng_msg* one = nullptr;
        ASSERT_EQ(nng_msg_alloc(&one, 100), 0);
        if (nng_sendmsg(peer.handle(), one, 0) == 0) continue;
        nng_msg_free(one);
        return;
      }
    });
    for (int number = 0; number < 30; ++number) (void)stream->send(message_of("x"));
    loop_->turn(nanolib::duration(round % 3));
    stream.reset();
    socket.reset();
    sender.join();
  }
}

// As nanomsg sends it; nng takes 1 MiB by itself, and more without a word not.
TEST_F(sp_streams, take_a_large_message_over_websocket_in_one_frame) {
  begin(sp_protocol::pull0, {}, "ws://127.0.0.1:0/sp");
  const plain_socket peer(nng_push0_open);
  constexpr std::size_t large = std::size_t{3} * 1024 * 1024;
  nng_dialer dialer = NNG_DIALER_INITIALIZER;
  ASSERT_EQ(nng_dialer_create(&dialer, peer.handle(), url.c_str()), 0);
  ASSERT_EQ(nng_dialer_set_size(dialer, NNG_OPT_WS_SENDMAXFRAME, 2 * large), 0);
  ASSERT_EQ(nng_dialer_start(dialer, 0), 0);
  peer.send(std::string(large, 'x'));
  ASSERT_TRUE(turn_until([&] { return !got.empty(); }));
  EXPECT_EQ(got.front().size(), large);
}

}  // namespace
}  // namespace nanonng::net
