// MQTT's bytes through a WebSocket however the network cuts them; pings, ends, floods, and what a connection costs.
#include <gmock/gmock.h>

#include "memory_stream.hpp"
#include "nanonng/net/websocket_stream.hpp"
#include "net_fixture.hpp"
#include "octets.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace nanonng::net {
namespace {

using nanomq::support::octets;
using test::pattern;
using test::stream_driver;

struct websocket_pair {
  explicit websocket_pair(std::size_t buffer = 256U * 1024, const websocket_limits& limits = {})
      : server(make_websocket_server(wire.left(), std::make_shared<const websocket_server_options>(), limits), buffer),
        client(make_websocket_client(wire.right(), {.host = "localhost"}), buffer) {}
  void open() {
    run(client, server);
    wire.to_left->all.clear();
    wire.to_right->all.clear();
  }
  /// Puts bytes on the wire as the client's.
  void inject(const octets& bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) wire.to_left->bytes += static_cast<char>(bytes[i]);
    server.step();
  }
  test::memory_pair wire;
  stream_driver server;
  stream_driver client;
};

/// A frame with a mask of zeros.
octets frame(unsigned first, std::string_view text) {
  return octets().u8(first).u8(0x80U | static_cast<unsigned>(text.size())).u32(0).raw(text);
}
std::string unmasked(unsigned first, std::string_view text) {
  return {static_cast<char>(first), static_cast<char>(text.size())};
}

TEST(websocket_stream, moves_every_size_both_ways) {
  for (const std::size_t buffer : {std::size_t{256U * 1024}, std::size_t{1000}, std::size_t{1}}) {
    websocket_pair pair(buffer);
    std::string up;
    std::string down;
    for (const std::size_t size : {1U, 125U, 126U, 16'384U, 65'536U, 70'000U}) {
      up += pattern(size, 1);
      down += pattern(size, 2);
    }
    pair.client.put(up);
    pair.server.put(down);
    run(pair.client, pair.server, 1000);
    EXPECT_TRUE(pair.server.received == up) << buffer << pair.server->failure();
    EXPECT_TRUE(pair.client.received == down) << buffer << pair.client->failure();
  }
}

TEST(websocket_stream, gets_along_with_any_pieces_and_little_room) {
  const std::string text = pattern(20'000);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 1000U}) {
    websocket_pair pair;
    for (test::memory_pipe* const pipe : {pair.wire.to_left.get(), pair.wire.to_right.get()}) {
      pipe->most_read = pipe->most_written = piece;
      pipe->room = piece * 2;
    }
    pair.client.put(text);
    pair.server.put(text);
    run(pair.client, pair.server, 1000);
    EXPECT_TRUE(pair.server.received == text) << piece << pair.server->failure();
    EXPECT_TRUE(pair.client.received == text) << piece << pair.client->failure();
  }
}

TEST(websocket_stream, takes_frames_that_come_with_the_request) {
  websocket_pair pair;
  pair.client.step();
  pair.inject(frame(0x82, "at once"));
  EXPECT_EQ(pair.server.received, "at once");
}

TEST(websocket_stream, puts_the_parts_of_an_output_in_one_frame) {
  websocket_pair pair;
  pair.open();
  pair.server.put(pattern(100));  // in two parts
  pair.server.push();
  EXPECT_EQ(pair.wire.to_right->all.size(), 102U);
}

TEST(websocket_stream, holds_output_back_until_the_upgrade) {
  websocket_pair pair;
  pair.client.put("early");
  pair.client.push();
  EXPECT_EQ(pair.client.last_hints, io_result::input);
  EXPECT_EQ(pair.client.pending(), 5U);
  run(pair.client, pair.server);
  EXPECT_EQ(pair.server.received, "early");
}

TEST(websocket_stream, refuses_a_request_with_its_answer_and_the_end) {
  test::memory_pair wire;
  stream_driver server(make_websocket_server(wire.left(), std::make_shared<const websocket_server_options>()));
  wire.to_left->bytes = "GET /other HTTP/1.1\r\nHost: a\r\n\r\n";
  server.pull();
  EXPECT_TRUE(server.failed);
  EXPECT_EQ(server.why, (nanolib::error{nanolib::error_domain::sys, EPROTO}));
  EXPECT_EQ(server->failure(), "WebSocket: nothing is here");
  EXPECT_THAT(wire.to_right->bytes, ::testing::StartsWith("HTTP/1.1 404 Not Found\r\n"));
  EXPECT_TRUE(wire.to_right->ended);
}

TEST(websocket_stream, answers_pings_between_frames_never_within_one) {
  websocket_pair pair;
  pair.open();
  pair.wire.to_right->most_written = 4;
  pair.server.put("0123456789");
  pair.server.push();  // the header and two bytes
  pair.inject(frame(0x89, "hi"));
  while (pair.server.push()) continue;
  EXPECT_EQ(pair.wire.to_right->all, unmasked(0x82, "0123456789") + "0123456789" + unmasked(0x8A, "hi") + "hi");
}

TEST(websocket_stream, answers_the_last_ping_while_there_is_no_room) {
  websocket_pair pair;
  pair.open();
  pair.wire.to_right->room = 0;
  for (const char* const text : {"a", "b", "c"}) pair.inject(frame(0x89, text));
  EXPECT_NE(pair.server->wants() & io_result::room, 0);
  pair.wire.to_right->room = std::string::npos;
  pair.server.push();
  // The first was being sent already.
  EXPECT_EQ(pair.wire.to_right->all, unmasked(0x8A, "a") + "a" + unmasked(0x8A, "c") + "c");
}

// THREATS 61.
TEST(websocket_stream, ends_a_flood_of_pings_or_empty_frames) {
  for (const unsigned first : {0x89U, 0x8AU, 0x82U}) {
    websocket_pair pair;
    pair.open();
    octets flood;
    for (int i = 0; i < 65; ++i) flood.raw(frame(first, ""));
    pair.inject(flood);
    EXPECT_TRUE(pair.server.failed) << first;
    EXPECT_THAT(pair.wire.to_right->all, ::testing::HasSubstr(std::string("\x88\x02\x03\xF0", 4)));
  }
}

// THREATS 2: MQTT packets in every position of frames are a stream, and what is announced is not there yet.
TEST(websocket_stream, gives_no_more_than_has_arrived) {
  websocket_pair pair;
  pair.open();
  pair.inject(octets{0x82, 0xFE, 0x10, 0x02}.u32(0).raw(octets{0x30, 0x80, 0x20, 0x00}));  // 4098 announced, 4 there
  EXPECT_EQ(pair.server.received, std::string("\x30\x80\x20\x00", 4));
  EXPECT_FALSE(pair.server.over());
}

// [MQTT-6.0.0-1]
TEST(websocket_stream, closes_with_the_code_of_the_violation_after_what_was_good) {
  websocket_pair pair;
  pair.open();
  pair.inject(octets().raw(frame(0x82, "good")).raw(frame(0x81, "text")));
  EXPECT_EQ(pair.server.received, "good");
  EXPECT_TRUE(pair.server.failed);
  EXPECT_EQ(pair.wire.to_right->all, std::string("\x88\x02\x03\xEB", 4));
  EXPECT_EQ(pair.server->failure(), "WebSocket: MQTT is not text");
}

TEST(websocket_stream, answers_a_close_frame_once_and_ends) {
  websocket_pair pair;
  pair.open();
  pair.inject(frame(0x88, "\x03\xE9"));
  EXPECT_TRUE(pair.server.closed);
  pair.server.drop();
  EXPECT_EQ(pair.wire.to_right->all, std::string("\x88\x02\x03\xE9", 4));
}

TEST(websocket_stream, pings_to_keep_the_way_open) {
  websocket_pair pair;
  pair.open();
  pair.server->keep_open();
  EXPECT_EQ(pair.wire.to_right->all, std::string("\x89\x00", 2));
  pair.wire.to_right->room = 0;
  pair.server->keep_open();
  pair.server->keep_open();
  EXPECT_NE(pair.server->wants() & io_result::room, 0);
  pair.wire.to_right->room = std::string::npos;
  pair.server.push();
  EXPECT_EQ(pair.wire.to_right->all, std::string("\x89\x00\x89\x00", 4)) << "one that waits is enough";
  pair.server->finish();
  pair.server->keep_open();
  EXPECT_EQ(pair.wire.to_right->all.substr(4), std::string("\x88\x02\x03\xE8", 4));
}

TEST(websocket_stream, finishes_with_a_close_frame_after_everything_sent) {
  websocket_pair pair;
  pair.open();
  pair.server.put("last");
  pair.server.push();
  pair.server->finish();
  pair.client.pull();
  EXPECT_EQ(pair.client.received, "last");
  EXPECT_TRUE(pair.client.closed);
  pair.server.pull();
  EXPECT_TRUE(pair.server.closed) << "the client has answered";
}

TEST(websocket_stream, keeps_its_close_frame_until_there_is_room) {
  websocket_pair pair;
  pair.open();
  pair.wire.to_right->room = 1;
  pair.server->finish();
  EXPECT_FALSE(pair.wire.to_right->ended);
  pair.wire.to_right->room = std::string::npos;
  pair.server.push();
  EXPECT_TRUE(pair.wire.to_right->ended);
  EXPECT_EQ(pair.wire.to_right->all, std::string("\x88\x02\x03\xE8", 4));
}

TEST(websocket_stream, says_goodbye_when_it_is_destroyed) {
  websocket_pair pair;
  pair.open();
  pair.server.drop();
  EXPECT_EQ(pair.wire.to_right->all, std::string("\x88\x02\x03\xE8", 4));
}

TEST(websocket_stream, serves_a_connection_on_a_loop) {
  auto sockets = test::make_pair();
  const auto loop = event_loop::create({}).value();
  test::remembering_handler at_server;
  test::remembering_handler at_client;
  connection server(*loop,
                    make_websocket_server(make_socket_stream(sockets.near.release()),
                                          std::make_shared<const websocket_server_options>()),
                    at_server);
  connection client(*loop, make_websocket_client(make_socket_stream(sockets.far.release()), {.host = "localhost"}),
                    at_client);
  const std::string text = pattern(300'000);
  ASSERT_TRUE(client.append(nanolib::as_bytes(text)));
  const auto turn_until = [&](auto condition) {
    for (int turns = 0; turns < 10'000 && !condition(); ++turns) loop->turn(nanolib::duration(0));
    return condition();
  };
  EXPECT_TRUE(turn_until([&] { return at_server.received == text; }));
  ASSERT_TRUE(server.append(nanolib::as_bytes(text)));
  server.close_after_flush(loop->now() + nanolib::duration(5000));
  EXPECT_TRUE(turn_until([&] { return at_client.closed == 1; }));
  EXPECT_TRUE(at_client.received == text);
  EXPECT_EQ(at_client.why, nanolib::error{});
}

std::size_t heap() {
#ifdef __GLIBC__
  return mallinfo2().uordblks;
#else
  return 0;
#endif
}

TEST(websocket_stream, takes_little_memory_while_idle) {
  constexpr std::size_t many = 50;
  const auto options = std::make_shared<const websocket_server_options>();
  std::vector<std::unique_ptr<stream>> servers;
  servers.reserve(many);
  std::vector<std::byte> buffer(65'536);
  std::vector<test::memory_pair> wires(many);
  const std::string request = make_upgrade_request({.host = "a"}, "dGhlIHNhbXBsZSBub25jZQ==");
  for (test::memory_pair& wire : wires) wire.to_left->bytes = request;
  std::size_t own = 0;
  for (test::memory_pair& wire : wires) {
    auto lower = wire.left();
    const std::size_t before = heap();
    servers.push_back(make_websocket_server(std::move(lower), options));
    own += heap() - std::min(before, heap());
    static_cast<void>(servers.back()->read(buffer));
    ASSERT_TRUE(wire.to_right->all.starts_with("HTTP/1.1 101"));
    wire.to_right->bytes.clear();
  }
  ::testing::Test::RecordProperty("bytes", static_cast<int>(own / many));
  EXPECT_LE(own / many, 1536U);
}

// THREATS 67b: half a request holds its bytes and no more, and is no answer.
TEST(websocket_stream, waits_with_half_a_request) {
  websocket_pair pair;
  for (const char octet : std::string_view("GET /mqtt HTTP/1.1\r\nHost: a\r\n"))
    pair.inject(octets().u8(static_cast<unsigned char>(octet)));
  EXPECT_FALSE(pair.server.over());
  EXPECT_EQ(pair.wire.to_right->all, "");
  pair.wire.to_left->ended = true;
  pair.server.pull();
  EXPECT_TRUE(pair.server.failed);
}

}  // namespace
}  // namespace nanonng::net
