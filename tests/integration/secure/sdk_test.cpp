// The C++ client.
#include <gmock/gmock.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "nanonng/sdk/client.hpp"
#include "nanonng/sdk/server_layers.hpp"
#include "raw_server.hpp"
#include "secure_fixture.hpp"

namespace nanonng::sdk {
namespace {

using nanomq::support::raw_server;
using nanonng::test::certificate_file;
using nanonng::test::secure_server;
using testing::HasSubstr;
using door = secure_server::door;
using std::chrono::milliseconds;
using std::chrono::seconds;

class secure_sdk : public nanonng::test::secure {};

constexpr seconds deadline{100};

/// Changes of state, in which the test looks for one.
class states {
 public:
  std::function<void(const state_change&)> listener() {
    return [this](const state_change& change) {
      const std::lock_guard held(mutex_);
      all_.push_back(change);
      changed_.notify_all();
    };
  }
  state_change next(client_state wanted) {
    std::unique_lock held(mutex_);
    for (;;) {
      while (!all_.empty()) {
        const state_change first = all_.front();
        all_.pop_front();
        if (first.state == wanted) return first;
      }
      if (!changed_.wait_for(held, deadline, [this] { return !all_.empty(); })) {
        ADD_FAILURE() << "never " << name_of(wanted);
        return {};
      }
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<state_change> all_;
};

client_options trusting() {
  client_options options;
  options.tls.ca_file = certificate_file("ca.crt");
  options.linger = duration(0);
  return options;
}

/// One message there and back.
void send_and_receive(const std::string& url, client_options options, std::size_t size = 10) {
  client c(url, std::move(options));
  const std::string payload(size, 'x');
  ASSERT_TRUE(c.subscribe("secure/#", {.qos = 1}).wait_for(deadline));
  const auto published = c.publish("secure/topic", payload, {.qos = 1}).wait_for(deadline);
  ASSERT_TRUE(published && *published);
  const auto got = c.receive().wait_for(deadline);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->text(), payload);
}

/// Why no connection comes about.
state_change refusal(const std::string& url, client_options options) {
  states seen;
  options.on_state = seen.listener();
  options.reconnect.attempts = 1;
  const client c(url, std::move(options));
  return seen.next(client_state::closed);
}

constexpr nanolib::error refused{nanolib::error_domain::sys, EACCES};

TEST_F(secure_sdk, reaches_every_door) {
  for (const door which : {door::tls, door::websocket, door::secure_websocket}) {
    const secure_server server(which);
    send_and_receive(server.url(), trusting());
    send_and_receive(server.url("127.0.0.1"), trusting(), 40'000);
  }
}

TEST_F(secure_sdk, several_clients_share_what_the_files_say) {
  const secure_server server(door::tls);
  std::string why;
  const auto context = make_tls_context(trusting().tls, why);
  ASSERT_TRUE(context) << why;
  for (int i = 0; i < 2; ++i) {
    client_options options;
    options.tls.ca_file = "/is/not/read/again";
    options.tls_context = *context;
    send_and_receive(server.url(), options);
  }
}

TEST_F(secure_sdk, shows_its_certificate_to_a_server_that_asks) {
  const secure_server server(door::mutual);
  client_options options = trusting();
  options.tls.certificate_file = certificate_file("device.crt");
  options.tls.key_file = certificate_file("device.key");
  send_and_receive(server.url(), options);
  const auto without = refusal(server.url(), trusting());
  EXPECT_THAT(without.detail, HasSubstr("it asked for a certificate"));
  options.tls.certificate_file = certificate_file("foreign.crt");
  options.tls.key_file = certificate_file("foreign.key");
  const auto foreign = refusal(server.url(), options);
  EXPECT_EQ(foreign.why, refused);
  EXPECT_THAT(foreign.detail, HasSubstr("unknown_ca"));
}

TEST_F(secure_sdk, says_why_a_certificate_is_refused) {
  const secure_server server(door::tls);
  client_options options = trusting();
  options.tls.server_name = "elsewhere";
  auto why = refusal(server.url(), options);
  EXPECT_EQ(why.why, refused);
  EXPECT_THAT(why.detail, HasSubstr("for another name"));
  options = trusting();
  options.tls.ca_file = certificate_file("stranger.crt");
  EXPECT_THAT(refusal(server.url(), options).detail, HasSubstr("no certificate authority that is trusted here"));
  options.tls.verify = false;
  send_and_receive(server.url(), options);
  const secure_server old(door::tls, "expired");
  options = trusting();
  options.tls.server_name = "expired";
  why = refusal(old.url(), options);
  EXPECT_EQ(why.why, refused);
  EXPECT_THAT(why.detail, HasSubstr("it has expired"));
}

TEST_F(secure_sdk, gives_up_after_a_refusal_when_it_is_told_to) {
  const secure_server server(door::tls);
  states seen;
  client_options options = trusting();
  options.tls.ca_file = certificate_file("stranger.crt");
  options.reconnect.after_refusal = false;
  options.on_state = seen.listener();
  client c(server.url(), std::move(options));
  EXPECT_EQ(seen.next(client_state::closed).why, refused);
  // Also to whoever comes late.
  const auto late = c.publish("secure/topic", "x", {.qos = 1});
  const auto ended = late.wait_for(deadline);
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(ended->error(), refused);
  EXPECT_THAT(std::string(late.detail()), HasSubstr("no certificate authority"));
}

TEST_F(secure_sdk, goes_on_to_a_server_that_can_be_trusted) {
  const secure_server expired(door::tls, "expired");
  const secure_server good(door::secure_websocket);
  states seen;
  client_options options = trusting();
  options.servers = {good.url()};
  options.on_state = seen.listener();
  const client c(expired.url(), std::move(options));
  const auto online = seen.next(client_state::online);
  EXPECT_EQ(online.server, good.url() + "/mqtt");
}

TEST(secure_client, a_silent_server_runs_into_the_connect_timeout) {
  const raw_server silent;
  const std::string port = std::to_string(silent.port());
  client_options options = trusting();
  options.connect_timeout = milliseconds(1'000);
  const auto tls = refusal("mqtts://127.0.0.1:" + port, options);
  EXPECT_EQ(tls.why, errors::timed_out);
  EXPECT_EQ(tls.detail, "no TLS handshake in time");
  EXPECT_EQ(refusal("ws://127.0.0.1:" + port, options).why, errors::timed_out);
}

TEST(secure_client, a_server_that_speaks_no_tls_is_told_so) {
  raw_server plain;
  states seen;
  client_options options = trusting();
  options.on_state = seen.listener();
  options.reconnect.attempts = 1;
  const client c("mqtts://127.0.0.1:" + std::to_string(plain.port()), std::move(options));
  auto peer = plain.accept();
  peer.send(nanomq::support::octets().raw("220 mail.example.org ESMTP\r\n"));
  const auto gone = seen.next(client_state::closed);
  EXPECT_EQ(gone.why, (nanolib::error{nanolib::error_domain::sys, EPROTO}));
  EXPECT_THAT(gone.detail, HasSubstr("TLS handshake"));
}

}  // namespace
}  // namespace nanonng::sdk
