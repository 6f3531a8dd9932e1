#include "nanonng/net/dialer.hpp"

#include <cerrno>
#include <vector>

#include "listener_fixture.hpp"

namespace nanonng::net {
namespace {

class dialer_test : public test::on_each_poller, public dial_handler {
 protected:
  void on_dialed(std::unique_ptr<stream> over) noexcept override { made.push_back(std::move(over)); }
  void on_dial_failed(nanolib::error why) noexcept override { failures.push_back(why); }

  void listen(const std::string& url) { listening = test::listen_on(url).value(); }
  [[nodiscard]] std::size_t told() const { return made.size() + failures.size(); }

  std::shared_ptr<listening_socket> listening;
  std::vector<std::unique_ptr<stream>> made;
  std::vector<nanolib::error> failures;
};
ON_EACH_POLLER(dialer_test);

TEST_P(dialer_test, hands_over_a_stream_that_does_not_block) {
  listen("tcp://127.0.0.1:0");
  dialer dialing(*loop, *this);
  ASSERT_TRUE(dialing.start(resolve(listening->where()).value().at(0)));
  EXPECT_EQ(told(), 0U);
  EXPECT_TRUE(dialing.is_dialing());
  turn_until([&] { return told() == 1; });
  ASSERT_EQ(made.size(), 1U);
  EXPECT_FALSE(dialing.is_dialing());
  EXPECT_EQ(made[0]->peer(), "127.0.0.1:" + std::to_string(listening->where().port));
  EXPECT_NE(::fcntl(made[0]->descriptor(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(made[0]->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_P(dialer_test, dials_again_after_it_has_been_told) {
  listen("tcp://127.0.0.1:0");
  const auto where = resolve(listening->where()).value().at(0);
  dialer dialing(*loop, *this);
  for (std::size_t round = 1; round <= 3; ++round) {
    ASSERT_TRUE(dialing.start(where));
    EXPECT_EQ(dialing.start(where).error(), (nanolib::error{nanolib::error_domain::sys, EALREADY}));
    turn_until([&] { return made.size() == round; });
  }
}

TEST_P(dialer_test, dials_unix_sockets) {
  const test::temporary_directory directory;
  listen("unix://" + directory.file("s"));
  dialer dialing(*loop, *this);
  ASSERT_TRUE(dialing.start(resolve(listening->where()).value().at(0)));
  EXPECT_EQ(told(), 0U);
  turn_until([&] { return told() == 1; });
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0]->peer(), "unix");
}

TEST_P(dialer_test, comes_from_the_source_that_it_is_given) {
  listen("tcp://127.0.0.1:0");
  std::vector<std::unique_ptr<stream>> accepted;
  acceptor accepting(*loop, listening, [&](std::unique_ptr<stream> over) { accepted.push_back(std::move(over)); });
  ASSERT_TRUE(accepting.start());
  const auto source = parse_source("127.0.0.9");
  ASSERT_TRUE(source);
  dialer dialing(*loop, *this);
  ASSERT_TRUE(dialing.start(resolve(listening->where()).value().at(0), &*source));
  turn_until([&] { return accepted.size() == 1; });
  EXPECT_TRUE(accepted[0]->peer().starts_with("127.0.0.9:")) << accepted[0]->peer();
}

TEST_P(dialer_test, refuses_a_source_that_this_machine_does_not_have) {
  listen("tcp://127.0.0.1:0");
  const auto source = parse_source("192.0.2.1");
  dialer dialing(*loop, *this);
  const auto begun = dialing.start(resolve(listening->where()).value().at(0), &*source);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, EADDRNOTAVAIL);
  EXPECT_FALSE(dialing.is_dialing());
}

TEST_P(dialer_test, tells_a_refusal_at_once_or_when_it_comes) {
  listen("tcp://127.0.0.1:0");
  const auto where = resolve(listening->where()).value().at(0);
  listening.reset();
  dialer dialing(*loop, *this);
  const auto begun = dialing.start(where);
  if (begun) turn_until([&] { return told() == 1; });
  const auto why = begun ? failures.at(0) : begun.error();
  EXPECT_EQ(why, (nanolib::error{nanolib::error_domain::sys, ECONNREFUSED}));
  EXPECT_FALSE(dialing.is_dialing());
}

TEST_P(dialer_test, says_nothing_after_a_cancel) {
  listen("tcp://127.0.0.1:0");
  dialer dialing(*loop, *this);
  ASSERT_TRUE(dialing.start(resolve(listening->where()).value().at(0)));
  dialing.cancel();
  dialing.cancel();
  for (int turns = 0; turns < 5; ++turns) turn();
  EXPECT_EQ(told(), 0U);
}

TEST(resolve, answers_config_for_a_name_that_is_none) {
  const auto found = resolve({.kind = endpoint::transport::tcp, .host = "no such host", .port = 1883});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().domain, nanolib::error_domain::config);
}

TEST(parse_source, takes_numeric_addresses_only) {
  EXPECT_EQ(parse_source("127.0.0.2")->family(), AF_INET);
  EXPECT_EQ(parse_source("::1")->family(), AF_INET6);
  EXPECT_FALSE(parse_source("localhost"));
  EXPECT_FALSE(parse_source("127.0.0.1:80"));
  EXPECT_FALSE(parse_source(std::string(200, '1')));
  EXPECT_FALSE(parse_source(""));
}

}  // namespace
}  // namespace nanonng::net
