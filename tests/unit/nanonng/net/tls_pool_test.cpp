// Handshakes on a thread of their own: what the stream does while it has given its core away, and whose that is then.
#include <gmock/gmock.h>

#include <array>

#include "nanonng/net/websocket_stream.hpp"
#include "net_fixture.hpp"
#include "tls_fixture.hpp"

namespace nanonng::net {
namespace {

using test::certificate_file;
using test::credential;
using test::usual_client;
using test::usual_server;
using ::testing::HasSubstr;

constexpr nanolib::error busy{nanolib::error_domain::sys, EBUSY};

class counting_gate final : public handshake_gate {
 public:
  explicit counting_gate(bool admits) noexcept : admits_(admits) {}
  bool admits(const std::string& peer) noexcept override {
    ++asked;
    EXPECT_EQ(peer, "192.0.2.1:4711");
    return admits_;
  }
  int asked = 0;

 private:
  bool admits_;
};

struct waking_owner final : io_handler {
  void on_readable() noexcept override { ++told; }
  int told = 0;
};

class tls_pool : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    tls_server_options options = usual_server();
    options.ask = client_certificates::optional;
    options.ca_file = certificate_file("ca.crt");
    server_side = test::server_context(options);
    client_side = test::client_context(usual_client());
  }
  static void TearDownTestSuite() {
    server_side.reset();
    client_side.reset();
  }
  void SetUp() override { begin(); }
  void TearDown() override {
    if (server) server->drop();
    pool->stop();
  }

  void begin(std::size_t most_waiting = 16, const std::shared_ptr<handshake_gate>& gate = {},
             const std::shared_ptr<const tls_context>& caller = client_side,
             std::shared_ptr<tls_session> session = {}) {
    server.reset();
    wire = {};
    pool = std::make_unique<handshake_pool>(0, most_waiting);
    tls_stream_options how;
    how.pool = pool.get();
    how.home = loop.get();
    how.gate = gate;
    server.emplace(make_tls_stream(server_side, wire.left(), how));
    (*server)->set_owner(&owner);
    client.emplace(make_tls_stream(caller, wire.right(), {"localhost", std::move(session), nullptr}));
  }
  /// Both sides until nothing moves, and at most so many jobs.
  int work(int most_jobs = 100) {
    int jobs = 0;
    for (;;) {
      test::run(*client, *server, most_idle);
      if (jobs == most_jobs || !pool->do_one()) return jobs;
      ++jobs;
      loop->turn(nanolib::duration(0));
    }
  }
  [[nodiscard]] bool stands() { return (*client)->identity() != nullptr && (*server)->identity() != nullptr; }
  void expect_talk() {
    client->put("up");
    server->put("down");
    work();
    EXPECT_EQ(server->received, "up") << (*server)->failure();
    EXPECT_EQ(client->received, "down") << (*client)->failure();
  }

  int most_idle = 4;  ///< rounds in which nothing that a driver sees moves
  static inline std::shared_ptr<const tls_context> server_side;
  static inline std::shared_ptr<const tls_context> client_side;
  std::unique_ptr<event_loop> loop = event_loop::create({}).value();
  std::unique_ptr<handshake_pool> pool;
  test::memory_pair wire;
  waking_owner owner;
  std::optional<test::stream_driver> server;
  std::optional<test::stream_driver> client;
};

TEST_F(tls_pool, shakes_hands_in_two_jobs_and_tells_the_owner) {
  EXPECT_EQ(work(), 2);
  ASSERT_TRUE(stands()) << (*server)->failure() << (*client)->failure();
  EXPECT_EQ(owner.told, 2);
  expect_talk();
  EXPECT_EQ(pool->done(), 2U) << "data is nobody else's";
}

TEST_F(tls_pool, verifies_certificates_elsewhere_too) {
  tls_client_options known = usual_client();
  known.credential = credential("device");
  begin(16, {}, test::client_context(known));
  work();
  ASSERT_TRUE(stands()) << (*server)->failure();
  EXPECT_TRUE((*server)->identity()->has_certificate);
  tls_client_options stranger = usual_client();
  stranger.credential = credential("foreign");
  begin(16, {}, test::client_context(stranger));
  work();
  EXPECT_EQ(server->why, (nanolib::error{nanolib::error_domain::sys, EACCES}));
  EXPECT_THAT((*server)->failure(), HasSubstr("certificate was refused"));
  EXPECT_TRUE(client->failed) << "it was told";
}

TEST_F(tls_pool, takes_a_session_up_again) {
  auto session = std::make_shared<tls_session>();
  begin(16, {}, client_side, session);
  work();
  ASSERT_TRUE(stands());
  const std::size_t full = wire.to_right->all.size();
  begin(16, {}, client_side, session);
  // The client's data may come with its last message of the handshake.
  client->put("at once");
  work();
  ASSERT_TRUE(stands());
  EXPECT_LT(wire.to_right->all.size(), full / 2);
  EXPECT_EQ(server->received, "at once");
}

TEST_F(tls_pool, waits_for_whole_records_however_they_come) {
  wire.to_left->most_read = 1;
  most_idle = 600;
  EXPECT_EQ(work(), 3) << "the hello, the key exchange, and what came while that was computed";
  ASSERT_TRUE(stands()) << (*server)->failure();
  wire.to_left->most_read = std::string::npos;
  expect_talk();
}

TEST_F(tls_pool, sends_its_answers_as_there_is_room) {
  wire.to_right->room = 50;
  most_idle = 50;
  work();
  ASSERT_TRUE(stands()) << (*server)->failure();
  wire.to_right->room = std::string::npos;
  expect_talk();
}

TEST_F(tls_pool, asks_for_nothing_while_somebody_computes) {
  client->step();
  server->pull();
  ASSERT_EQ(pool->waiting(), 1U);
  EXPECT_EQ((*server)->wants(), io_result::none);
  server->put("early");
  server->push();
  EXPECT_EQ(server->last_hints, io_result::input);
  EXPECT_FALSE(server->over());
  work();
  EXPECT_EQ(client->received, "early");
}

TEST_F(tls_pool, a_stream_that_goes_leaves_its_job_to_nobody) {
  client->step();
  server->pull();
  ASSERT_EQ(pool->waiting(), 1U);
  server->drop();
  EXPECT_TRUE(pool->do_one());
  EXPECT_EQ(pool->done(), 0U) << "it is not computed";
  loop->turn(nanolib::duration(0));
  EXPECT_EQ(owner.told, 0);
}

TEST_F(tls_pool, a_stream_may_go_while_its_step_is_computed) {
  client->step();
  server->pull();
  EXPECT_TRUE(pool->do_one());
  server->drop();
  loop->turn(nanolib::duration(0));
  EXPECT_EQ(owner.told, 0);
}

TEST_F(tls_pool, a_peer_that_leaves_is_noticed_and_not_computed_for) {
  client->step();
  server->pull();
  client->drop();
  server->pull();
  EXPECT_TRUE(server->failed);
  EXPECT_EQ((*server)->failure(), "TLS handshake: the peer closed the connection");
  EXPECT_TRUE(pool->do_one());
  EXPECT_EQ(pool->done(), 0U);
}

TEST_F(tls_pool, finishes_at_once_while_somebody_computes) {
  client->step();
  server->pull();
  (*server)->finish();
  EXPECT_TRUE(wire.to_right->ended);
}

TEST_F(tls_pool, keeps_little_of_what_is_sent_ahead_of_its_turn) {
  client->step();
  server->pull();
  ASSERT_EQ(pool->waiting(), 1U);
  wire.to_left->bytes = std::string(1'000'000, 'x');
  for (int reads = 0; reads < 100; ++reads) server->pull();
  EXPECT_GT(wire.to_left->bytes.size(), 970'000U);
  std::array<std::byte, 1024> into;
  EXPECT_EQ((*server)->read(into).hints, io_result::stuck) << "or a poller would tell of it at each turn";
}

TEST_F(tls_pool, fails_on_what_is_no_tls_without_a_job) {
  for (const std::string_view noise :
       {std::string_view("GET / HTTP/1.1\r\n\r\n"), std::string_view("\x10\x0c\0\x04MQTT", 8),
        std::string_view("\x16\x03\x01\xff\xff", 5), std::string_view("\x15\x03\x03\0\x02\x02\x28", 7),
        std::string_view("\x17\x03\x03\0\x01x", 6)}) {
    begin();
    wire.to_left->bytes = noise;
    server->pull();
    EXPECT_TRUE(server->failed) << noise;
    EXPECT_TRUE((*server)->failure().starts_with("TLS handshake: ")) << (*server)->failure();
    EXPECT_EQ(pool->waiting(), 0U);
  }
}

TEST_F(tls_pool, tells_a_client_of_another_protocol_where_it_has_come_to) {
  wire.to_left->bytes = std::string("\x10\x0c\0\x04MQTT", 8);
  server->pull();
  EXPECT_EQ(wire.to_right->all, std::string("\x15\x03\x03\0\x02\x02\x0A", 7));
}

TEST_F(tls_pool, tells_the_peers_alert) {
  tls_client_options distrusting = usual_client();
  distrusting.ca_file = certificate_file("stranger.crt");
  begin(16, {}, test::client_context(distrusting));
  work();
  EXPECT_THAT((*server)->failure(), HasSubstr("unknown_ca (48)"));
}

TEST_F(tls_pool, turns_away_when_too_many_wait) {
  begin(0);
  work();
  EXPECT_EQ(server->why, busy);
  EXPECT_EQ((*server)->failure(), "TLS handshake: too many of them wait");
  EXPECT_EQ(pool->refused(), 1U);
}

// THREATS 63.
TEST_F(tls_pool, asks_its_gate_once_and_before_anything_is_computed) {
  const auto open = std::make_shared<counting_gate>(true);
  begin(16, open);
  EXPECT_EQ(open->asked, 0);
  work();
  EXPECT_TRUE(stands());
  EXPECT_EQ(open->asked, 1);
  const auto shut = std::make_shared<counting_gate>(false);
  begin(16, shut);
  work();
  EXPECT_EQ(shut->asked, 1);
  EXPECT_EQ(server->why, busy);
  EXPECT_EQ((*server)->failure(), "TLS handshake: too many handshakes from this address");
  EXPECT_EQ(pool->done(), 0U);
}

TEST_F(tls_pool, a_gate_holds_without_a_pool_too) {
  const auto shut = std::make_shared<counting_gate>(false);
  tls_stream_options how;
  how.gate = shut;
  server.emplace(make_tls_stream(server_side, wire.left(), how));
  wire.to_right->ended = false;
  work();
  EXPECT_EQ(shut->asked, 1);
  EXPECT_EQ(server->why, busy);
}

// Connections on a loop over sockets, with threads: many at once, of which some leave in the midst.
TEST_F(tls_pool, serves_connections_under_a_websocket_with_real_threads) {
  constexpr int many = 24;
  handshake_pool threads(2);
  struct visit {
    test::remembering_handler at_server;
    test::remembering_handler at_client;
    std::unique_ptr<connection> near;
    std::unique_ptr<connection> far;
  };
  std::array<visit, many> visits;
  for (visit& one : visits) {
    auto sockets = test::make_pair();
    tls_stream_options how;
    how.pool = &threads;
    how.home = loop.get();
    one.near = std::make_unique<connection>(
        *loop,
        make_websocket_server(make_tls_stream(server_side, make_socket_stream(sockets.near.release()), how),
                              std::make_shared<const websocket_server_options>()),
        one.at_server);
    one.far = std::make_unique<connection>(
        *loop,
        make_websocket_client(
            make_tls_stream(client_side, make_socket_stream(sockets.far.release()), {"localhost", {}, nullptr}),
            {.host = "localhost"}),
        one.at_client);
    ASSERT_TRUE(one.far->append(nanolib::as_bytes("hello")));
  }
  for (int turns = 0; turns < 3; ++turns) loop->turn(nanolib::duration(1));
  for (std::size_t i = 0; i < many; i += 3) visits[i].near->close();
  for (std::size_t i = 1; i < many; i += 3) visits[i].far->close();
  const auto all_done = [&] {
    bool done = true;
    for (std::size_t i = 0; i < many; ++i) {
      if (i % 3 == 2) done = done && visits[i].at_server.received == "hello";
      if (i % 3 == 1) done = done && visits[i].at_server.closed == 1;
    }
    return done;
  };
  for (int turns = 0; turns < 100'000 && !all_done(); ++turns) loop->turn(nanolib::duration(10));
  EXPECT_TRUE(all_done());
  for (visit& one : visits) one.near.reset();
  for (visit& one : visits) one.far.reset();
  threads.stop();
}

}  // namespace
}  // namespace nanonng::net
