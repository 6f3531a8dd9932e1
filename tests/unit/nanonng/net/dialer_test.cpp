#include "nanonng/net/dialer.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <filesystem>
#include <optional>

#include "manual_clock.hpp"
#include "net_fixture.hpp"

namespace nanonng::net::test {
namespace {

using namespace std::chrono_literals;

/// A label longer than DNS allows: nobody has to be asked.
const std::string no_such_host = std::string(80, 'x') + ".invalid";

/// A socket that listens on a loopback address.
struct listener {
  explicit listener(int family = AF_INET) : descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    socket_address name;
    name.storage.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET) {
      reinterpret_cast<sockaddr_in&>(name.storage).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      name.size = sizeof(sockaddr_in);
    } else {
      reinterpret_cast<sockaddr_in6&>(name.storage).sin6_addr = in6addr_loopback;
      name.size = sizeof(sockaddr_in6);
    }
    usable = ::bind(descriptor.get(), name.get(), name.size) == 0 && ::listen(descriptor.get(), 8) == 0;
    ::getsockname(descriptor.get(), reinterpret_cast<sockaddr*>(&name.storage), &name.size);
    port = ntohs(reinterpret_cast<sockaddr_in&>(name.storage).sin_port);
  }
  owned_descriptor descriptor;
  std::uint16_t port = 0;
  bool usable = false;
};

class dialing : public on_each_poller {
 protected:
  using outcome = nanolib::result<std::unique_ptr<stream>>;

  void dial(const endpoint& where, nanolib::instant until = nanolib::never, stream_factory factory = {}) {
    which = std::make_unique<dialer>(
        *loop, where, until, [this](outcome made) { ended.emplace(std::move(made)); }, std::move(factory));
    ASSERT_FALSE(ended.has_value()) << "the handler was called inside the constructor";
  }
  /// Turns, sleeping in between for what other threads and the system do.
  outcome& settle() {
    for (int turns = 0; turns < 20'000 && !ended; ++turns) loop->turn(5ms);
    if (!ended) ended.emplace(std::unexpected(nanolib::error{nanolib::error_domain::sys, EBUSY}));
    return *ended;
  }

  std::optional<outcome> ended;
  std::unique_ptr<dialer> which;
};

endpoint tcp(const std::string& host, std::uint16_t port) { return {endpoint::transport::tcp, host, port}; }

TEST_P(dialing, connects_to_a_numeric_address) {
  const listener there;
  dial(tcp("127.0.0.1", there.port));
  ASSERT_TRUE(settle().has_value());
  EXPECT_EQ((*settle())->peer(), "127.0.0.1:" + std::to_string(there.port));
}

TEST_P(dialing, connects_over_ipv6) {
  const listener there(AF_INET6);
  if (!there.usable) GTEST_SKIP() << "this machine has no IPv6 loopback";
  dial(tcp("::1", there.port));
  EXPECT_TRUE(settle().has_value());
}

TEST_P(dialing, looks_names_up) {
  const listener there;
  dial(tcp("localhost", there.port));
  EXPECT_TRUE(settle().has_value()) << "another family's address is tried when the first has nobody";
}

TEST_P(dialing, tells_that_nobody_listens) {
  listener gone;
  const std::uint16_t port = gone.port;
  gone.descriptor.reset();
  dial(tcp("127.0.0.1", port));
  EXPECT_EQ(settle().error(), (nanolib::error{nanolib::error_domain::sys, ECONNREFUSED}));
}

TEST_P(dialing, tells_that_a_name_is_not_known) {
  dial(tcp(no_such_host, 1883));
  const auto error = settle().error();
  EXPECT_EQ(error.domain, nanolib::error_domain::config);
  EXPECT_NE(error.code, 0);
}

TEST_P(dialing, connects_to_a_unix_socket) {
  const std::string path = std::filesystem::temp_directory_path() / ("dialer_test_" + std::to_string(::getpid()));
  ::unlink(path.c_str());
  dial({endpoint::transport::unix_socket, path, 0});
  EXPECT_EQ(settle().error(), (nanolib::error{nanolib::error_domain::sys, ENOENT}));
  owned_descriptor there(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(there.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ASSERT_EQ(::listen(there.get(), 1), 0);
  ended.reset();
  dial({endpoint::transport::unix_socket, path, 0});
  EXPECT_TRUE(settle().has_value());
  ::unlink(path.c_str());
}

TEST_P(dialing, ends_at_its_deadline) {
  nanomq::test::manual_clock clock;
  remake({.clock = &clock});
  // A listener whose backlog is full does not answer any more.
  listener full;
  ::listen(full.descriptor.get(), 0);
  std::vector<owned_descriptor> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(full.port);
    ::connect(crowd.back().get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }
  dial(tcp("127.0.0.1", full.port), clock.now() + 10s);
  for (int i = 0; i < 10; ++i) turn();
  EXPECT_FALSE(ended.has_value());
  clock.advance(11s);
  turn_until([&] { return ended.has_value(); });
  EXPECT_EQ(ended->error(), (nanolib::error{nanolib::error_domain::sys, ETIMEDOUT}));
}

TEST_P(dialing, is_silent_once_it_is_cancelled) {
  const listener there;
  dial(tcp("127.0.0.1", there.port));
  which.reset();
  dial(tcp(no_such_host, 1));
  which.reset();
  for (int i = 0; i < 20; ++i) turn();
  EXPECT_FALSE(ended.has_value());
}

TEST_P(dialing, may_be_destroyed_by_its_handler) {
  const listener there;
  std::optional<bool> connected;
  which = std::make_unique<dialer>(*loop, tcp("127.0.0.1", there.port), nanolib::never, [&](outcome made) {
    connected = made.has_value();
    which.reset();
  });
  for (int turns = 0; turns < 20'000 && !connected; ++turns) loop->turn(5ms);
  EXPECT_EQ(connected, true);
}

TEST_P(dialing, lets_a_factory_make_the_stream) {
  const listener there;
  int seen = -1;
  dial(tcp("127.0.0.1", there.port), nanolib::never, [&](int descriptor) {
    seen = descriptor;
    return make_socket_stream(descriptor);
  });
  ASSERT_TRUE(settle().has_value());
  EXPECT_EQ((*settle())->descriptor(), seen);
}

ON_EACH_POLLER(dialing);

TEST(resolving, knows_numeric_addresses_without_asking) {
  ASSERT_EQ(numeric_addresses("127.0.0.1", 7).size(), 1);
  ASSERT_EQ(numeric_addresses("::1", 7).size(), 1);
  EXPECT_TRUE(numeric_addresses("localhost", 7).empty());
  const auto address = numeric_addresses("127.0.0.1", 7).front();
  EXPECT_EQ(reinterpret_cast<const sockaddr_in&>(address.storage).sin_port, htons(7));
}

TEST(resolving, answers_more_requests_than_it_has_threads) {
  auto loop = event_loop::create({}).value();
  std::vector<std::unique_ptr<lookup>> all;
  int answers = 0;
  for (int i = 0; i < 3 * lookup::maximum_threads; ++i) {
    all.push_back(std::make_unique<lookup>(*loop, "localhost", 1, [&](auto found) {
      EXPECT_TRUE(found.has_value());
      ++answers;
    }));
  }
  all.pop_back();
  for (int turns = 0; turns < 20'000 && answers < 3 * lookup::maximum_threads - 1; ++turns) loop->turn(5ms);
  EXPECT_EQ(answers, 3 * lookup::maximum_threads - 1);
}

}  // namespace
}  // namespace nanonng::net::test
