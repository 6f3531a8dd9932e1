// A broker with SP endpoints in the test's process, and nng's own sockets as their peers.
#pragma once

#include <nng/nng.h>
#include <nng/protocol/bus0/bus.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>

#include <atomic>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker_fixture.hpp"
#include "nanomq/bridge/local_endpoint.hpp"

namespace nanomq::bridge::testing {

using broker::testing::connect_packet;
using broker::testing::options_with;
using broker::testing::publish_packet;
using broker::testing::raw_client;
using broker::testing::subscribe_packet;
using broker::testing::version;
using nanolib::quality_of_service;
using nanonng::net::sp_protocol;
namespace property = support::property;

/// An address that no other test of this process uses.
[[nodiscard]] inline std::string fresh_url() {
  static std::atomic<int> last{0};
  return "inproc://endpoint-" + std::to_string(++last);
}

/// A socket of nng's own, with a deadline for everything.
class far_socket {
 public:
  explicit far_socket(int (*open)(nng_socket*)) {
    EXPECT_EQ(open(&socket_), 0);
    EXPECT_EQ(nng_socket_set_ms(socket_, NNG_OPT_RECVTIMEO, 30'000), 0);
    EXPECT_EQ(nng_socket_set_ms(socket_, NNG_OPT_SENDTIMEO, 30'000), 0);
  }
  far_socket(const far_socket&) = delete;
  far_socket& operator=(const far_socket&) = delete;
  ~far_socket() { nng_close(socket_); }

  void dial(const std::string& url) const { EXPECT_EQ(nng_dial(socket_, url.c_str(), nullptr, 0), 0) << url; }
  void listen(const std::string& url) const { EXPECT_EQ(nng_listen(socket_, url.c_str(), nullptr, 0), 0) << url; }
  void subscribe(std::string_view prefix) const {
    EXPECT_EQ(nng_socket_set(socket_, NNG_OPT_SUB_SUBSCRIBE, prefix.data(), prefix.size()), 0);
  }
  void send(std::string_view text) const {
    EXPECT_EQ(nng_send(socket_, const_cast<char*>(text.data()), text.size(), 0), 0);
  }
  /// What comes, or why nothing does.
  [[nodiscard]] std::string receive(nng_duration longest = 30'000) const {
    (void)nng_socket_set_ms(socket_, NNG_OPT_RECVTIMEO, longest);
    nng_msg* got = nullptr;
    const int code = nng_recvmsg(socket_, &got, 0);
    if (code != 0) return std::string("error: ") + nng_strerror(code);
    std::string text(static_cast<const char*>(nng_msg_body(got)), nng_msg_len(got));
    nng_msg_free(got);
    return text;
  }
  [[nodiscard]] nng_socket handle() const noexcept { return socket_; }

 private:
  nng_socket socket_ = NNG_SOCKET_INITIALIZER;
};

/// A broker that runs with these endpoints.
class host {
 public:
  explicit host(std::vector<sp_endpoint_options> endpoints, broker::broker_options options = options_with(2)) {
    std::string why;
    auto opened = broker::broker::open(std::move(options), why);
    if (!opened) throw support::expectation_failed(why);
    broker_ = std::move(*opened);
    for (auto& one : endpoints) {
      auto made = make_local_endpoint(std::move(one), nanolib::null_log());
      if (!made) throw support::expectation_failed(made.error());
      if (!broker_->attach(std::move(made->options), std::move(made->peer), why))
        throw support::expectation_failed(why);
    }
    if (!broker_->start()) throw support::expectation_failed("the broker does not start");
  }
  [[nodiscard]] raw_client join(const std::string& id, version v = version::v5) const {
    raw_client client({broker_->listeners().front().where.host, broker_->listeners().front().where.port}, v);
    client.connect({.client_id = id});
    return client;
  }
  broker::broker* operator->() noexcept { return broker_.get(); }
  /// $SYS says so in the end.
  void expect_figure(const std::string& name, const std::string& value) const {
    raw_client client = join("figures-" + std::to_string(++clients_));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(100);
    client.subscribe("$SYS/broker/bridges/nng/" + name, 0);
    std::string last;
    while (last != value) {
      if (std::chrono::steady_clock::now() > until) throw support::expectation_failed(name + " is " + last);
      last = client.expect(support::PUBLISH).payload;
    }
  }

 private:
  std::unique_ptr<broker::broker> broker_;
  mutable int clients_ = 0;
};

/// An endpoint that listens at an address of its own.
[[nodiscard]] inline sp_endpoint_options endpoint(const std::string& name, sp_protocol protocol) {
  sp_endpoint_options out;
  out.name = name;
  out.protocol = protocol;
  out.listen = {fresh_url()};
  return out;
}

/// Publishes until the SP side receives: who comes to a pub late misses what was before. Takes everything that came of it.
inline void meet(raw_client& client, const std::string& topic, const far_socket& far) {
  do client.publish({.topic = topic, .payload = "there?", .qos = 1});
  while (!far.receive(50).ends_with("there?"));
  client.publish({.topic = topic, .payload = "good", .qos = 1});
  while (!far.receive().ends_with("good")) continue;
}

/// The message that answers another one.
[[nodiscard]] inline publish_packet answer_to(const support::received_packet& question, const std::string& with) {
  return {.topic = question.props.text(property::response_topic).value_or("none"),
          .payload = with,
          .qos = 1,
          .props = support::properties().text(property::correlation_data,
                                              question.props.text(property::correlation_data).value_or(""))};
}

}  // namespace nanomq::bridge::testing
