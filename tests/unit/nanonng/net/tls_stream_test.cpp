// Bytes through TLS however the network cuts them, ends, and what a connection costs.
#include <gmock/gmock.h>

#include <algorithm>

#include "net_fixture.hpp"
#include "tls_fixture.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace nanonng::net {
namespace {

using test::pattern;
using test::tls_pair;
using test::usual_client;
using test::usual_server;

class tls_stream_behaviour : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = test::server_context(usual_server());
    client = test::client_context(usual_client());
  }
  static void TearDownTestSuite() {
    server.reset();
    client.reset();
  }
  static inline std::shared_ptr<const tls_context> server;
  static inline std::shared_ptr<const tls_context> client;
};

TEST_F(tls_stream_behaviour, moves_every_size_both_ways) {
  for (const std::size_t buffer :
       {std::size_t{256U * 1024}, std::size_t{64U * 1024}, std::size_t{1000}, std::size_t{1}}) {
    tls_pair pair(server, client, "localhost", nullptr, buffer);
    std::string up;
    std::string down;
    for (const std::size_t size : {1U, 2U, 100U, 4095U, 16'383U, 16'384U, 16'385U, 70'000U}) {
      up += pattern(size, 1);
      down += pattern(size, 2);
    }
    pair.client.put(up);
    pair.server.put(down);
    run(pair.client, pair.server);
    EXPECT_TRUE(pair.server.received == up) << buffer << pair.server->failure();
    EXPECT_TRUE(pair.client.received == down) << buffer << pair.client->failure();
  }
}

TEST_F(tls_stream_behaviour, gets_along_with_any_pieces_and_little_room) {
  const std::string text = pattern(20'000);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 1000U, 20'000U}) {
    tls_pair pair(server, client);
    for (test::memory_pipe* const pipe : {pair.wire.to_left.get(), pair.wire.to_right.get()}) {
      pipe->most_read = piece;
      pipe->most_written = piece;
      pipe->room = piece * 2;
    }
    pair.client.put(text);
    pair.server.put(text);
    run(pair.client, pair.server, 20'000);
    EXPECT_TRUE(pair.server.received == text) << piece << pair.server->failure();
    EXPECT_TRUE(pair.client.received == text) << piece << pair.client->failure();
  }
}

TEST_F(tls_stream_behaviour, asks_for_input_while_output_waits_for_the_handshake) {
  tls_pair pair(server, client);
  EXPECT_NE(pair.client->wants() & io_result::room, 0) << "a client speaks first";
  EXPECT_EQ(pair.server->wants(), io_result::none);
  pair.client.put("early");
  pair.client.push();
  EXPECT_EQ(pair.client.last_hints, io_result::input);
  EXPECT_EQ(pair.client.pending(), 5U);
}

TEST_F(tls_stream_behaviour, asks_for_room_while_a_handshake_waits_for_it) {
  tls_pair pair(server, client);
  pair.client.step();
  pair.wire.to_right->room = 10;
  pair.server.pull();
  EXPECT_EQ(pair.server->wants(), io_result::room);
  pair.wire.to_right->room = std::string::npos;
  run(pair.client, pair.server);
  EXPECT_TRUE(pair.stands());
}

// Input that a handshake cannot look at yet is kept, and no more of it is read.
TEST_F(tls_stream_behaviour, is_stuck_while_a_handshake_has_no_room_and_input_waits) {
  tls_pair pair(server, client);
  pair.client.step();
  pair.wire.to_right->room = 10;
  pair.wire.to_left->bytes += std::string("\x16\x03\x03\x00\x01", 5);
  pair.server.pull();
  EXPECT_EQ(pair.server->wants(), io_result::room | io_result::stuck);
}

TEST_F(tls_stream_behaviour, reads_many_records_with_one_read_below) {
  tls_pair pair(server, client);
  pair.shake();
  for (int i = 0; i < 50; ++i) {
    pair.client.put("message");
    pair.client.push();
  }
  const int before = pair.wire.to_left->reads;
  pair.server.pull();
  EXPECT_EQ(pair.server.received.size(), 350U);
  EXPECT_EQ(pair.wire.to_left->reads, before + 1);
}

TEST_F(tls_stream_behaviour, writes_small_parts_as_one_record) {
  tls_pair pair(server, client);
  pair.shake();
  const std::size_t before = pair.wire.to_left->all.size();
  pair.client.put(pattern(90));  // in two parts
  pair.client.push();
  EXPECT_EQ(pair.wire.to_left->all.size() - before, 90U + 5 + 8 + 16);
}

TEST_F(tls_stream_behaviour, ends_with_close_notify_after_everything_sent) {
  tls_pair pair(server, client);
  pair.shake();
  pair.server.put("last");
  pair.server.push();
  pair.server->finish();
  EXPECT_TRUE(pair.wire.to_right->ended);
  run(pair.client, pair.server);
  EXPECT_EQ(pair.client.received, "last");
  EXPECT_TRUE(pair.client.closed);
  EXPECT_FALSE(pair.client.failed);
}

TEST_F(tls_stream_behaviour, keeps_close_notify_until_there_is_room) {
  tls_pair pair(server, client);
  pair.shake();
  pair.wire.to_right->room = 3;
  pair.server->finish();
  EXPECT_NE(pair.server->wants() & io_result::room, 0);
  EXPECT_FALSE(pair.wire.to_right->ended);
  pair.wire.to_right->room = std::string::npos;
  pair.server.push();
  EXPECT_TRUE(pair.wire.to_right->ended);
  pair.client.pull();
  pair.client.pull();
  EXPECT_TRUE(pair.client.closed);
}

TEST_F(tls_stream_behaviour, says_goodbye_when_it_is_destroyed) {
  tls_pair pair(server, client);
  pair.shake();
  pair.server.drop();
  pair.wire.to_right->ended = false;
  pair.client.pull();
  EXPECT_TRUE(pair.client.closed) << "close_notify, not only the end below";
}

TEST_F(tls_stream_behaviour, takes_an_end_without_close_notify_for_an_end) {
  tls_pair pair(server, client);
  pair.shake();
  pair.client.put("cut");
  pair.client.push();
  pair.wire.to_left->ended = true;
  pair.server.pull();
  EXPECT_EQ(pair.server.received, "cut");
  pair.server.pull();
  EXPECT_TRUE(pair.server.closed);
}

TEST_F(tls_stream_behaviour, gives_what_arrived_before_a_failure) {
  tls_pair pair(server, client);
  pair.shake();
  pair.client.put("good");
  pair.client.push();
  const std::size_t whole = pair.wire.to_left->bytes.size();
  pair.client.put("evil");
  pair.client.push();
  pair.wire.to_left->bytes[whole + 20] = static_cast<char>(pair.wire.to_left->bytes[whole + 20] ^ 1);
  pair.server.pull();
  EXPECT_EQ(pair.server.received, "good");
  EXPECT_TRUE(pair.server.failed);
  EXPECT_THAT(pair.server->failure(), ::testing::HasSubstr("TLS: "));
  pair.client.pull();
  EXPECT_THAT(pair.client->failure(), ::testing::HasSubstr("bad_record_mac (20)"));
}

TEST_F(tls_stream_behaviour, delivers_nothing_of_a_record_cut_at_any_byte) {
  tls_pair pair(server, client);
  pair.shake();
  pair.client.put("hello");
  pair.client.push();
  const std::string record = std::exchange(pair.wire.to_left->bytes, {});
  for (const char octet : record) {
    EXPECT_EQ(pair.server.received, "");
    pair.wire.to_left->bytes += octet;
    pair.server.pull();
  }
  EXPECT_EQ(pair.server.received, "hello");
}

// THREATS 67b: a hello cut anywhere waits, and the end within it is an error and nothing worse.
TEST_F(tls_stream_behaviour, waits_with_a_handshake_cut_at_any_byte) {
  tls_pair whole(server, client);
  whole.shake();
  const std::string flight = whole.wire.to_left->all;
  for (std::size_t size = 0; size < flight.size(); size += size < 300 ? 1 : 17) {
    test::memory_pair wire;
    wire.to_left->bytes = flight.substr(0, std::min<std::size_t>(size, 200));
    test::stream_driver cut(make_tls_stream(server, wire.left()));
    cut.pull();
    EXPECT_FALSE(cut.failed) << size;
    wire.to_left->ended = true;
    cut.pull();
    cut.pull();
    EXPECT_TRUE(cut.failed) << size;
  }
}

TEST_F(tls_stream_behaviour, survives_a_flipped_bit_anywhere_in_a_handshake) {
  tls_pair whole(server, client);
  whole.shake();
  const std::string flight = whole.wire.to_left->all;
  for (std::size_t at = 0; at < flight.size(); at += 11) {
    tls_pair pair(server, client);
    std::string bent = flight;
    bent[at] = static_cast<char>(bent[at] ^ (1 << (at % 8)));
    pair.wire.to_left->bytes = bent;
    pair.server.pull();
    EXPECT_EQ(pair.server.received, "");
    EXPECT_EQ(pair.server->identity(), nullptr);
  }
}

TEST_F(tls_stream_behaviour, serves_a_connection_on_a_loop) {
  auto sockets = test::make_pair();
  const auto loop = event_loop::create({}).value();
  test::remembering_handler at_server;
  test::remembering_handler at_client;
  {
    connection server_side(*loop, make_tls_stream(server, make_socket_stream(sockets.near.release())), at_server);
    connection client_side(
        *loop, make_tls_stream(client, make_socket_stream(sockets.far.release()), {"localhost", {}, nullptr}),
        at_client);
    const std::string text = pattern(300'000);
    ASSERT_TRUE(client_side.append(nanolib::as_bytes(text)));
    ASSERT_TRUE(server_side.append(nanolib::as_bytes(text)));
    for (int turns = 0;
         turns < 10'000 && (at_server.received.size() < text.size() || at_client.received.size() < text.size());
         ++turns) {
      loop->turn(nanolib::duration(0));
    }
    EXPECT_TRUE(at_server.received == text);
    EXPECT_TRUE(at_client.received == text);
    ASSERT_TRUE(server_side.append(nanolib::as_bytes("bye")));
    server_side.close_after_flush(loop->now() + nanolib::duration(5000));
    for (int turns = 0; turns < 10'000 && at_client.closed == 0; ++turns) loop->turn(nanolib::duration(0));
    EXPECT_EQ(at_client.closed, 1);
    EXPECT_EQ(at_client.why, (nanolib::error{}));
    EXPECT_TRUE(at_client.received.ends_with("bye"));
  }
}

/// What the heap holds; 0 where nobody knows (sanitizers have a heap of their own).
std::size_t heap() {
#ifdef __GLIBC__
  return mallinfo2().uordblks;
#else
  return 0;
#endif
}

constexpr int many = 50;

std::size_t bytes_per_connection(const std::vector<std::unique_ptr<test::stream_driver>>& all, std::size_t before) {
  const std::size_t now = heap();
  const std::size_t each = now < before ? 0 : (now - before) / all.size();
  ::testing::Test::RecordProperty("bytes", static_cast<int>(each));
  return each;
}

TEST_F(tls_stream_behaviour, takes_little_memory_while_idle) {
  std::vector<std::unique_ptr<test::stream_driver>> servers;
  std::vector<std::unique_ptr<test::stream_driver>> clients;
  std::size_t used = 0;
  for (int i = 0; i < many; ++i) {
    test::memory_pair wire;
    clients.push_back(std::make_unique<test::stream_driver>(
        make_tls_stream(client, wire.right(), {"localhost", {}, nullptr}), 65'536));
    auto lower = wire.left();
    auto far = std::make_unique<test::stream_driver>(nullptr, 65'536);
    const std::size_t before = heap();
    *far = test::stream_driver(make_tls_stream(server, std::move(lower)), 65'536);
    servers.push_back(std::move(far));
    run(*clients.back(), *servers.back());
    servers.back()->put("hello");
    clients.back()->put("hello");
    run(*clients.back(), *servers.back());
    ASSERT_EQ(servers.back()->received, "hello");
    used += heap() - std::min(before, heap());
  }
  // Both sides and the pipes' remains are in it.
  RecordProperty("bytes", static_cast<int>(used / many));
  EXPECT_LE(used / many, 20U * 1024);
}

// THREATS 48, 67b: who says little costs little.
TEST_F(tls_stream_behaviour, takes_little_memory_for_half_a_hello) {
  std::vector<std::unique_ptr<test::stream_driver>> servers;
  test::memory_pair wire;
  const std::size_t before = heap();
  for (int i = 0; i < many; ++i) {
    wire.to_left->bytes = std::string("\x16\x03\x01\x3f\x00\x01", 6);
    servers.push_back(std::make_unique<test::stream_driver>(make_tls_stream(server, wire.left()), 1));
    servers.back()->pull();
    servers.back()->pull();
  }
  EXPECT_LE(bytes_per_connection(servers, before), 8U * 1024);
}

}  // namespace
}  // namespace nanonng::net
