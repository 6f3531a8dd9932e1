// Peers that are dialled and are not there, or are something else: each is told of once, counted, and dialled again.
#include <netinet/in.h>
#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "sp_dialer_fixture.hpp"

namespace nanonng::net {
namespace {

/// Accepts, does something, and closes.
class stranger {
 public:
  using deed = std::function<void(int)>;
  explicit stranger(deed what) : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), what_(std::move(what)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    start(reinterpret_cast<const sockaddr*>(&at), sizeof at);
    socklen_t size = sizeof at;
    EXPECT_EQ(::getsockname(listening_, reinterpret_cast<sockaddr*>(&at), &size), 0);
    port_ = ntohs(at.sin_port);
  }
  stranger(deed what, const std::string& path)
      : listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), what_(std::move(what)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, path.c_str(), path.size() + 1);
    ::unlink(path.c_str());
    start(reinterpret_cast<const sockaddr*>(&at), sizeof at);
  }
  stranger(const stranger&) = delete;
  stranger& operator=(const stranger&) = delete;
  ~stranger() {
    over_ = true;
    ::shutdown(listening_, SHUT_RDWR);
    thread_.join();
    ::close(listening_);
  }
  [[nodiscard]] std::string at(const std::string& scheme) const {
    return scheme + "127.0.0.1:" + std::to_string(port_);
  }

 private:
  void start(const sockaddr* at, socklen_t size) {
    EXPECT_EQ(::bind(listening_, at, size), 0);
    EXPECT_EQ(::listen(listening_, 16), 0);
    thread_ = std::thread([this] {
      while (!over_) {
        const int one = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (one < 0) return;
        what_(one);
        ::close(one);
      }
    });
  }

  int listening_;
  deed what_;
  std::atomic<bool> over_{false};
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string own_path(const std::string& name) { return "/tmp/nanomq_sp_dialer_" + std::to_string(::getpid()) + name; }

TEST_F(sp_dialers, tell_that_nobody_listens) {
  fails("ipc://" + own_path("_nobody"), "nobody listens");
  fails("inproc://" + own_path("_nobody"), "nobody listens");
}

// A label may have 63 bytes: no resolver needs to be asked.
TEST_F(sp_dialers, tell_that_a_host_is_not_known) {
  fails("tcp://" + std::string(64, 'a') + ".invalid:7000", "not known");
}

TEST_F(sp_dialers, tell_that_a_peer_speaks_something_else) {
  const stranger talker([](int to) {
    const std::string banner = "220 this is no SP socket\r\n";
    (void)::send(to, banner.data(), banner.size(), MSG_NOSIGNAL);
    std::array<char, 64> rest{};
    while (::recv(to, rest.data(), rest.size(), 0) > 0) continue;
  });
  fails(talker.at("tcp://"), "does not speak SP");
}

TEST_F(sp_dialers, tell_that_a_peer_has_another_protocol) {
  const auto other = open(sp_protocol::sub0);
  fails(listen(*other), "another protocol of SP");
}

// nng's own dialer has stopped for good by then: it takes the broken connection for its own end.
TEST_F(sp_dialers, go_on_when_a_peer_closes_before_it_is_greeted) {
  const auto path = own_path("_early");
  const auto socket = dial("ipc://" + path);
  {
    const stranger early([](int) {}, path);
    ASSERT_TRUE(turn_until([&] { return seen_.in_a_row >= 20; }));
  }
  const auto other = open(sp_protocol::push0);
  listen(*other, "ipc://" + path);
  EXPECT_TRUE(turn_until([&] { return socket->peers() == 1; }));
}

TEST_F(sp_dialers, tell_when_a_peer_is_reached_that_was_not) {
  const auto url = "inproc://" + own_path("_late");
  const auto socket = dial(url);
  ASSERT_TRUE(turn_until([&] { return seen_.failures >= 3; }));
  const auto other = open(sp_protocol::push0);
  listen(*other, url);
  ASSERT_TRUE(turn_until([&] { return !seen_.reached.empty(); }));
  EXPECT_EQ(seen_.reached.front().first, url);
  EXPECT_EQ(seen_.reached.front().second, seen_.failures);
  EXPECT_EQ(seen_.told.size(), 1U);
}

TEST_F(sp_dialers, go_to_a_peer_again_that_went) {
  const auto url = "inproc://" + own_path("_again");
  auto other = open(sp_protocol::push0);
  listen(*other, url);
  const auto socket = dial(url);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(turn_until([&] { return socket->peers() == 1; }));
    other.reset();
    ASSERT_TRUE(turn_until([&] { return socket->peers() == 0; }));
    other = open(sp_protocol::push0);
    listen(*other, url);
  }
  EXPECT_TRUE(turn_until([&] { return socket->peers() == 1; }));
}

TEST_F(sp_dialers, tell_that_a_pair_has_its_peer_already) {
  const auto one = open(sp_protocol::pair0);
  const auto url = listen(*one);
  const plain_socket first(nng_pair0_open);
  first.dial(url);
  ASSERT_TRUE(turn_until([&] { return one->peers() == 1; }));
  const auto second = dial(url, sp_protocol::pair0);
  ASSERT_TRUE(turn_until([&] { return seen_.failures >= 4; }));
  for (const auto& each : seen_.told) EXPECT_NE(each.find("its peer already"), std::string::npos) << each;
}

TEST_F(sp_dialers, end_while_a_peer_says_nothing) {
  std::atomic<bool> reached{false};
  const stranger silent([&](int from) {
    reached = true;
    std::array<char, 64> rest{};
    while (::recv(from, rest.data(), rest.size(), 0) > 0) continue;
  });
  auto socket = dial(silent.at("tcp://"));
  ASSERT_TRUE(turn_until([&] { return reached.load(); }));
  socket.reset();
  EXPECT_EQ(seen_.failures, 0U);
}

}  // namespace
}  // namespace nanonng::net
