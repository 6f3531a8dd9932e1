#include "nanomq/tools/load_dialer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace {

using namespace nanomq::tools;
using nanonng::net::acceptor;
using nanonng::net::endpoint;
using nanonng::net::event_loop;
using nanonng::net::listening_socket;
using nanonng::net::stream;

class load_dialer_test : public testing::Test, public dial_handler {
 protected:
  void on_dialed(std::unique_ptr<stream> over) noexcept override { made.push_back(std::move(over)); }
  void on_dial_failed(nanolib::error why) noexcept override { failures.push_back(why); }

  [[nodiscard]] std::size_t told() const { return made.size() + failures.size(); }
  [[nodiscard]] socket_address address() const { return resolve(listening->where()).value().at(0); }
  /// Turns until a condition holds.
  template <class Condition>
  void turn_until(Condition condition) {
    for (int turns = 0; turns < 10'000 && !condition(); ++turns) loop->turn(nanolib::duration(10));
    ASSERT_TRUE(condition());
  }

  std::unique_ptr<event_loop> loop = event_loop::create({}).value();
  std::shared_ptr<listening_socket> listening =
      listening_socket::open({.kind = endpoint::transport::tcp, .host = "127.0.0.1", .port = 0}).value();
  std::vector<std::unique_ptr<stream>> made;
  std::vector<nanolib::error> failures;
  load_dialer dialing{*loop, *this};
};

TEST_F(load_dialer_test, hands_over_a_stream_that_does_not_block) {
  ASSERT_TRUE(dialing.start(address()));
  EXPECT_EQ(told(), 0U);
  EXPECT_TRUE(dialing.is_dialing());
  turn_until([&] { return told() == 1; });
  ASSERT_EQ(made.size(), 1U);
  EXPECT_FALSE(dialing.is_dialing());
  EXPECT_EQ(made[0]->peer(), "127.0.0.1:" + std::to_string(listening->where().port));
  EXPECT_NE(::fcntl(made[0]->descriptor(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(made[0]->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(load_dialer_test, dials_again_after_it_has_been_told) {
  for (std::size_t round = 1; round <= 3; ++round) {
    ASSERT_TRUE(dialing.start(address()));
    EXPECT_EQ(dialing.start(address()).error(), (nanolib::error{nanolib::error_domain::sys, EALREADY}));
    turn_until([&] { return made.size() == round; });
  }
}

TEST_F(load_dialer_test, comes_from_the_source_that_it_is_given) {
  std::vector<std::unique_ptr<stream>> accepted;
  acceptor accepting(*loop, listening, [&](std::unique_ptr<stream> over) { accepted.push_back(std::move(over)); });
  ASSERT_TRUE(accepting.start());
  const auto source = parse_source("127.0.0.9");
  ASSERT_TRUE(source);
  ASSERT_TRUE(dialing.start(address(), &*source));
  turn_until([&] { return accepted.size() == 1; });
  EXPECT_TRUE(accepted[0]->peer().starts_with("127.0.0.9:")) << accepted[0]->peer();
}

TEST_F(load_dialer_test, refuses_a_source_that_this_machine_does_not_have) {
  const auto source = parse_source("192.0.2.1");
  const auto begun = dialing.start(address(), &*source);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, EADDRNOTAVAIL);
  EXPECT_FALSE(dialing.is_dialing());
}

TEST_F(load_dialer_test, tells_a_refusal_at_once_or_when_it_comes) {
  const auto where = address();
  listening.reset();
  const auto begun = dialing.start(where);
  if (begun) turn_until([&] { return told() == 1; });
  const auto why = begun ? failures.at(0) : begun.error();
  EXPECT_EQ(why, (nanolib::error{nanolib::error_domain::sys, ECONNREFUSED}));
  EXPECT_FALSE(dialing.is_dialing());
}

TEST_F(load_dialer_test, says_nothing_after_a_cancel) {
  ASSERT_TRUE(dialing.start(address()));
  dialing.cancel();
  dialing.cancel();
  for (int turns = 0; turns < 5; ++turns) loop->turn(nanolib::duration(0));
  EXPECT_EQ(told(), 0U);
}

TEST_F(load_dialer_test, chooses_the_first_address_that_takes_a_connection) {
  const auto deaf = parse_source("192.0.2.1");  // any port, and nobody there
  auto other = listening_socket::open({.kind = endpoint::transport::tcp, .host = "127.0.0.1", .port = 0}).value();
  const socket_address refusing = resolve(other->where()).value().at(0);
  other.reset();
  const socket_address reached = choose_reachable({refusing, address()});
  const socket_address wanted = address();
  EXPECT_EQ(std::memcmp(&reached.bytes, &wanted.bytes, sizeof reached.bytes), 0);
  EXPECT_EQ(choose_reachable({*deaf}).size, deaf->size);
  EXPECT_EQ(choose_reachable({}).size, 0U);
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
