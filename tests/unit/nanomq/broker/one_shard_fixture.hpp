// One shard that a test turns, with real sockets and a clock that the test moves.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "manual_clock.hpp"
#include "shard_fixture.hpp"

namespace nanomq::broker::testing {

inline std::string certificate_file(const std::string& name) { return NANOMQ_TEST_CERTIFICATES "/" + name; }

inline constexpr std::array<unsigned char, 16> connect_packet{0x10, 14, 0, 4, 'M', 'Q', 'T', 'T',
                                                              4,    2,  0, 0, 0,   2,   'i', 'd'};
inline constexpr std::array<unsigned char, 2> ping_packet{0xC0, 0};

/// Counts events by their names.
class counting_log final : public nanolib::log {
 public:
  [[nodiscard]] int count(std::string_view name) const { return static_cast<int>(std::ranges::count(names_, name)); }

 private:
  void write(nanolib::log_level, std::string_view name, std::initializer_list<nanolib::log_field>) noexcept override {
    names_.emplace_back(name);
  }
  std::vector<std::string> names_;
};

/// One shard that turns when it is told to.
class one_shard : public ::testing::Test {
 protected:
  explicit one_shard(const limits& bounds = {}) : shared(with(bounds)) {
    auto made = shard::create(shared, 0);
    if (!made) throw std::runtime_error("no event loop");
    shared.shards.push_back(std::move(*made));
    shared.readers.online(0);
  }
  [[nodiscard]] shard& subject() { return *shared.shards[0]; }
  void turn() { subject().loop().turn(nanolib::duration(0)); }

  std::vector<listening> listen(const std::vector<listener_options>& wanted) {
    std::string why;
    auto next = listeners_.changed_to(wanted, shared.options.limits, why);
    EXPECT_TRUE(next) << why;
    if (!next) return {};
    listeners_ = std::move(*next);
    EXPECT_TRUE(subject().listen(*listeners_.open()));
    return listeners_.places();
  }

  static listener_options plain() {
    return nanonng::net::endpoint{nanonng::net::endpoint::transport::tcp, "127.0.0.1", 0};
  }
  static listener_options secure() {
    listener_options made = plain();
    made.kind = listener_kind::ssl;
    made.certificate = {certificate_file("server.crt"), certificate_file("server.key"), {}};
    return made;
  }

  /// A socket that the system has connected; the broker need not know of it yet.
  static int dial(const listening& where) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(where.where.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return made;
  }
  template <std::size_t Size>
  static void send(int to, const std::array<unsigned char, Size>& what) {
    EXPECT_EQ(::send(to, what.data(), Size, MSG_NOSIGNAL), static_cast<ssize_t>(Size));
  }
  /// How many turns it takes until this many bytes have come.
  std::uint64_t turns_until(int at, std::size_t bytes) {
    std::array<char, 64> buffer{};
    for (std::uint64_t turns = 1; turns < 1000; ++turns) {
      turn();
      const ssize_t got = ::recv(at, buffer.data(), bytes, MSG_DONTWAIT);
      if (got > 0) bytes -= static_cast<std::size_t>(got);
      if (bytes == 0) return turns;
    }
    return 1000;
  }

  broker_options with(const limits& bounds) {
    broker_options options;
    options.clock = &clock;
    options.log = &log;
    options.shards = 1;
    options.sys_interval = nanolib::duration(0);
    options.limits = bounds;
    return options;
  }
  /// Lets time go on, in steps of a second.
  void wait(nanolib::duration time) {
    for (nanolib::duration gone{0}; gone < time; gone += nanolib::duration(1000)) {
      clock.advance(std::min(nanolib::duration(1000), time - gone));
      turn();
    }
  }
  void turns(int count) {
    while (count-- > 0) turn();
  }
  /// Whether the broker has closed it.
  static bool is_closed(int at) {
    char byte = 0;
    const ssize_t got = ::recv(at, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }

  test::manual_clock clock;
  counting_log log;
  commons shared;
  listener_set listeners_;
};

}  // namespace nanomq::broker::testing
