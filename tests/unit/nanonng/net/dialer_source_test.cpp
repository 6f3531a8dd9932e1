// Connections that come from an address of this machine that was asked for.
#include <gtest/gtest.h>

#include <cerrno>
#include <optional>

#include "listener_fixture.hpp"
#include "nanonng/net/dialer.hpp"

namespace nanonng::net {
namespace {

using stream_result = nanolib::result<std::unique_ptr<stream>>;

/// What comes of dialing a listener on 127.0.0.1 from `source`: the address that the listener sees.
class dialer_source : public ::testing::Test {
 protected:
  dialer_source() : loop_(event_loop::create({}).value()), listening_(test::listen_on("tcp://127.0.0.1:0").value()) {}

  stream_result dial(const std::string& source) {
    std::optional<stream_result> ended;
    const dialer dialing(
        *loop_, listening_->where(), nanolib::never, [&](stream_result made) { ended.emplace(std::move(made)); }, {},
        source);
    while (!ended) loop_->turn(nanolib::duration(1'000));
    return std::move(*ended);
  }
  [[nodiscard]] std::string accepted_from() const {
    test::owned_descriptor peer(::accept4(listening_->descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    const auto name = make_socket_stream(peer.release())->peer();
    return name.substr(0, name.rfind(':'));
  }

  std::unique_ptr<event_loop> loop_;
  std::shared_ptr<listening_socket> listening_;
};

TEST_F(dialer_source, is_what_the_listener_sees) {
  const auto made = dial("127.0.0.2");
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(accepted_from(), "127.0.0.2");
}

TEST_F(dialer_source, may_be_left_to_the_system) {
  const auto made = dial("");
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(accepted_from(), "127.0.0.1");
}

TEST_F(dialer_source, of_the_other_family_reaches_nobody) {
  EXPECT_EQ(dial("::1").error(), (nanolib::error{nanolib::error_domain::sys, EAFNOSUPPORT}));
}

TEST_F(dialer_source, has_to_be_this_machine_s) {
  EXPECT_EQ(dial("192.0.2.1").error(), (nanolib::error{nanolib::error_domain::sys, EADDRNOTAVAIL}));
}

}  // namespace
}  // namespace nanonng::net
