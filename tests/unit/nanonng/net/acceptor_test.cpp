#include <netinet/tcp.h>
#include <sys/resource.h>

#include <cerrno>
#include <vector>

#include "listener_fixture.hpp"
#include "manual_clock.hpp"

namespace nanonng::net {
namespace {

using namespace std::chrono_literals;

class acceptor_test : public test::on_each_poller {
 protected:
  void listen(const std::string& url) { listening = test::listen_on(url).value(); }
  acceptor::on_accept keep() {
    return [this](std::unique_ptr<stream> over) { taken.push_back(std::move(over)); };
  }

  std::shared_ptr<listening_socket> listening;
  std::vector<std::unique_ptr<stream>> taken;
};
ON_EACH_POLLER(acceptor_test);

TEST_P(acceptor_test, hands_over_connections_that_do_not_block_and_know_their_peer) {
  listen("tcp://127.0.0.1:0");
  acceptor accepting(*loop, listening, keep());
  ASSERT_TRUE(accepting.start());
  const auto client = test::dial(listening->where(), AF_INET);
  turn_until([&] { return taken.size() == 1; });
  EXPECT_EQ(accepting.accepted(), 1U);
  EXPECT_TRUE(taken[0]->peer().starts_with("127.0.0.1:")) << taken[0]->peer();
  EXPECT_NE(::fcntl(taken[0]->descriptor(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(taken[0]->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  ASSERT_EQ(::getsockopt(taken[0]->descriptor(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_NE(no_delay, 0);
}

TEST_P(acceptor_test, writes_peers_of_ipv6_in_brackets_and_mapped_ones_as_ipv4) {
  if (!test::has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  listen("tcp://*:0");
  acceptor accepting(*loop, listening, keep());
  ASSERT_TRUE(accepting.start());
  const auto v6 = test::dial(listening->where(), AF_INET6);
  turn_until([&] { return taken.size() == 1; });
  const auto v4 = test::dial(listening->where(), AF_INET);
  turn_until([&] { return taken.size() == 2; });
  EXPECT_TRUE(taken[0]->peer().starts_with("[::1]:")) << taken[0]->peer();
  EXPECT_TRUE(taken[1]->peer().starts_with("127.0.0.1:")) << taken[1]->peer();
}

TEST_P(acceptor_test, accepts_on_unix_sockets) {
  const test::temporary_directory directory;
  listen("unix://" + directory.file("s"));
  acceptor accepting(*loop, listening, keep());
  ASSERT_TRUE(accepting.start());
  const auto client = test::dial(listening->where(), AF_UNIX);
  turn();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0]->peer(), "unix");
}

TEST_P(acceptor_test, accepts_no_more_than_its_share_in_a_turn) {
  const test::temporary_directory directory;
  listen("unix://" + directory.file("s"));
  acceptor accepting(*loop, listening, keep());
  ASSERT_TRUE(accepting.start());
  std::vector<test::owned_descriptor> clients;
  for (int i = 0; i < acceptor::accepts_per_turn + 10; ++i) clients.push_back(test::dial(listening->where(), AF_UNIX));
  turn();
  EXPECT_EQ(taken.size(), static_cast<std::size_t>(acceptor::accepts_per_turn));
  turn();
  EXPECT_EQ(taken.size(), clients.size());
}

TEST_P(acceptor_test, accepts_nothing_after_close) {
  const test::temporary_directory directory;
  listen("unix://" + directory.file("s"));
  acceptor accepting(*loop, listening, keep());
  ASSERT_TRUE(accepting.start());
  accepting.close();
  accepting.close();
  const auto client = test::dial(listening->where(), AF_UNIX);
  turn();
  EXPECT_TRUE(taken.empty());
}

TEST_P(acceptor_test, may_be_closed_by_its_own_handler) {
  const test::temporary_directory directory;
  listen("unix://" + directory.file("s"));
  std::unique_ptr<acceptor> accepting;
  accepting = std::make_unique<acceptor>(*loop, listening, [&](std::unique_ptr<stream> over) {
    taken.push_back(std::move(over));
    accepting->close();
  });
  ASSERT_TRUE(accepting->start());
  const auto first = test::dial(listening->where(), AF_UNIX);
  const auto second = test::dial(listening->where(), AF_UNIX);
  turn();
  turn();
  EXPECT_EQ(taken.size(), 1U);
}

TEST_P(acceptor_test, shares_a_socket_with_other_loops_and_loses_no_connection) {
  const auto other = event_loop::create({.poller = GetParam()}).value();
  listen("tcp://127.0.0.1:0");
  acceptor here(*loop, listening, keep());
  acceptor there(*other, listening, keep());
  ASSERT_TRUE(here.start());
  ASSERT_TRUE(there.start());
  std::vector<test::owned_descriptor> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(test::dial(listening->where(), AF_INET));
  turn_until([&] {
    other->turn(nanolib::duration(0));
    return taken.size() == clients.size();
  });
  EXPECT_EQ(here.accepted() + there.accepted(), clients.size());
}

/// Leaves the process no further descriptor until it ends.
class no_descriptors_left {
 public:
  no_descriptors_left() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    // A free descriptor's number is the smallest there is: everything below it is taken.
    const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(lowest);
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(lowest);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  no_descriptors_left(const no_descriptors_left&) = delete;
  no_descriptors_left& operator=(const no_descriptors_left&) = delete;
  ~no_descriptors_left() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_P(acceptor_test, turns_one_away_and_rests_when_descriptors_run_out) {
  nanomq::test::manual_clock clock;
  remake({.clock = &clock});
  const test::temporary_directory directory;
  listen("unix://" + directory.file("s"));
  acceptor accepting(*loop, listening, keep());
  ASSERT_TRUE(accepting.start());
  // One before the shortage: UBSan looks at a class for the first time through a pipe, which it could not open later.
  const auto early = test::dial(listening->where(), AF_UNIX);
  turn();
  ASSERT_EQ(taken.size(), 1U);
  const auto first = test::dial(listening->where(), AF_UNIX);
  const auto second = test::dial(listening->where(), AF_UNIX);
  {
    const no_descriptors_left exhausted;
    turn();
    EXPECT_EQ(accepting.exhausted(), 1U);
    EXPECT_TRUE(test::at_end(first.get())) << "the reserved descriptor served to turn it away";
    for (int i = 0; i < 10; ++i) {
      loop->descriptors().wait(nanolib::duration(0));
      EXPECT_EQ(loop->descriptors().dispatch(), 0U) << "it spins";
      turn();
    }
    EXPECT_EQ(accepting.exhausted(), 1U);
    clock.advance(250ms);
    turn();  // the rest is over
    turn();  // and nothing has changed
    EXPECT_EQ(accepting.exhausted(), 2U);
    EXPECT_TRUE(test::at_end(second.get()));
  }
  const auto third = test::dial(listening->where(), AF_UNIX);
  clock.advance(250ms);
  turn();
  turn();
  EXPECT_EQ(taken.size(), 2U);
}

TEST_P(acceptor_test, survives_peers_that_reset_at_any_moment) {
  listen("tcp://127.0.0.1:0");
  struct echo final : connection_handler {
    consumed on_input(nanolib::bytes input) noexcept override {
      link->append(input);
      return {input.size(), 0};
    }
    void on_closed(nanolib::error) noexcept override { ++closed; }
    std::unique_ptr<connection> link;
    int closed = 0;
  };
  std::vector<std::unique_ptr<echo>> peers;
  acceptor accepting(*loop, listening, [&](std::unique_ptr<stream> over) {
    peers.push_back(std::make_unique<echo>());
    peers.back()->link = std::make_unique<connection>(*loop, std::move(over), *peers.back());
  });
  ASSERT_TRUE(accepting.start());
  constexpr linger reset{1, 0};
  for (int round = 0; round < 300; ++round) {
    auto client = test::dial(listening->where(), AF_INET);
    ASSERT_GE(client.get(), 0);
    ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (round % 3 == 1) turn();
    if (round % 2 == 0) test::write_all(client.get(), "some bytes that are echoed");
    if (round % 5 == 2) turn();
    client.reset();
    if (round % 7 == 3) turn();
  }
  turn_until([&] { return std::ranges::all_of(peers, [](const auto& each) { return each->closed == 1; }); });
  turn();
  for (const auto& each : peers) EXPECT_EQ(each->closed, 1);
  EXPECT_EQ(loop->chunks().lent(), 0U);
  const auto client = test::dial(listening->where(), AF_INET);
  test::write_all(client.get(), "still here");
  std::string seen;
  turn_until([&] {
    seen += test::read_all(client.get());
    return seen == "still here";
  });
}

}  // namespace
}  // namespace nanonng::net
