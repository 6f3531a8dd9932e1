// All layers at once: a PROXY header, TLS, a WebSocket, and the bytes inside.
#include <gtest/gtest.h>

#include "nanonng/net/connection.hpp"
#include "nanonng/net/proxy_header.hpp"
#include "nanonng/net/websocket_stream.hpp"
#include "net_fixture.hpp"
#include "tls_fixture.hpp"

namespace nanonng::net {
namespace {

using test::pattern;
using test::stream_driver;

class stacked_stream : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = test::server_context(test::usual_server());
    client = test::client_context(test::usual_client());
  }
  static void TearDownTestSuite() {
    server.reset();
    client.reset();
  }
  static std::unique_ptr<stream> at_server(std::unique_ptr<stream> lowest) {
    return make_websocket_server(make_tls_stream(server, make_proxy_stream(std::move(lowest))),
                                 std::make_shared<const websocket_server_options>());
  }
  static std::unique_ptr<stream> at_client(std::unique_ptr<stream> lowest) {
    return make_websocket_client(make_tls_stream(client, std::move(lowest), {"localhost", nullptr, nullptr}),
                                 {.host = "localhost"});
  }
  static constexpr std::string_view header = "PROXY TCP4 198.51.100.7 192.0.2.1 5000 8883\r\n";

  static inline std::shared_ptr<const tls_context> server;
  static inline std::shared_ptr<const tls_context> client;
};

TEST_F(stacked_stream, moves_bytes_both_ways_however_they_are_cut) {
  const std::string up = pattern(50'000, 1);
  const std::string down = pattern(50'000, 2);
  for (const std::size_t piece : {5U, 64U, 1000U, 100'000U}) {
    test::memory_pair wire;
    for (test::memory_pipe* const pipe : {wire.to_left.get(), wire.to_right.get()}) {
      pipe->most_read = pipe->most_written = piece;
      pipe->room = piece * 2;
    }
    stream_driver near(at_server(wire.left()));
    stream_driver far(at_client(wire.right()));
    wire.to_left->bytes = header;
    far.put(up);
    near.put(down);
    run(far, near, 8000);
    EXPECT_TRUE(near.received == up) << piece << near->failure();
    EXPECT_TRUE(far.received == down) << piece << far->failure();
    EXPECT_EQ(near->peer(), "198.51.100.7:5000");
    ASSERT_NE(far->identity(), nullptr);
    EXPECT_EQ(far->identity()->common_name, "localhost");
    near->finish();
    run(far, near, 100);
    EXPECT_TRUE(far.closed);
    far.drop();
    while (near.pull()) continue;
    near.pull();
    EXPECT_TRUE(near.closed);
  }
}

TEST_F(stacked_stream, answers_a_ping_while_a_record_waits_for_room) {
  test::memory_pair wire;
  stream_driver near(at_server(wire.left()));
  stream_driver far(at_client(wire.right()));
  wire.to_left->bytes = header;
  far.put("x");
  run(far, near);
  const std::string text = pattern(40'000);
  near.put(text);
  wire.to_right->room = 100;
  near.push();
  // Everything that the client sends makes no frame of the server's appear within another.
  for (int round = 0; round < 50; ++round) {
    far.put("data");
    far.push();
    near.pull();
  }
  wire.to_right->room = std::string::npos;
  run(far, near);
  EXPECT_TRUE(far.received == text);
  EXPECT_EQ(near.received.size(), 201U);
}

TEST_F(stacked_stream, says_why_the_layer_below_failed) {
  test::memory_pair wire;
  stream_driver near(at_server(wire.left()));
  wire.to_left->bytes = std::string(header) + "GET / HTTP/1.1\r\n\r\n";
  near.pull();
  near.pull();
  EXPECT_TRUE(near.failed);
  EXPECT_TRUE(near->failure().starts_with("TLS handshake: ")) << near->failure();
}

TEST_F(stacked_stream, serves_a_connection_that_moves_to_another_loop) {
  auto sockets = test::make_pair();
  const auto first = event_loop::create({}).value();
  const auto second = event_loop::create({}).value();
  test::remembering_handler before;
  test::remembering_handler after;
  test::remembering_handler at_far;
  ASSERT_EQ(::send(sockets.far.get(), header.data(), header.size(), 0), static_cast<ssize_t>(header.size()));
  connection far(*first, at_client(make_socket_stream(sockets.far.release())), at_far);
  std::unique_ptr<connection> near =
      std::make_unique<connection>(*first, at_server(make_socket_stream(sockets.near.release())), before);
  ASSERT_TRUE(far.append(nanolib::as_bytes("first")));
  for (int turns = 0; turns < 10'000 && before.received.empty(); ++turns) first->turn(nanolib::duration(0));
  ASSERT_EQ(before.received, "first");
  auto gone = near->detach();
  near = std::make_unique<connection>(*second, std::move(gone.over), after);
  const std::string text = pattern(200'000);
  ASSERT_TRUE(far.append(nanolib::as_bytes(text)));
  ASSERT_TRUE(near->append(nanolib::as_bytes(text)));
  for (int turns = 0; turns < 20'000 && (after.received != text || at_far.received != text); ++turns) {
    first->turn(nanolib::duration(0));
    second->turn(nanolib::duration(0));
  }
  EXPECT_TRUE(after.received == text);
  EXPECT_TRUE(at_far.received == text);
  ASSERT_NE(near->transport(), nullptr);
  EXPECT_EQ(near->transport()->peer(), "198.51.100.7:5000");
  near->close();
  for (int turns = 0; turns < 10'000 && at_far.closed == 0; ++turns) first->turn(nanolib::duration(0));
  EXPECT_EQ(at_far.closed, 1);
  EXPECT_EQ(at_far.why, nanolib::error{});
}

}  // namespace
}  // namespace nanonng::net
