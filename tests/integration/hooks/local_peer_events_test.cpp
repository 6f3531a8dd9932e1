// What hooks are told about clients that live in the broker's process.
#include "hook_recorder.hpp"
#include "nanolib/base/bytes.hpp"

namespace nanomq::broker::testing {
namespace {

using lines = std::vector<std::string>;

/// Answers what it gets on "in" with a message on "out", and settles it, as delivered or not.
class answering_peer final : public local_peer {
 public:
  explicit answering_peer(bool delivers) noexcept : delivers_(delivers) {}
  nanolib::result<void> on_attached(local_port& port, std::string&) override {
    port_ = &port;
    return {};
  }
  bool has_room() const noexcept override { return true; }
  void send(const local_message& what) noexcept override {
    port_->settle(what.token, delivers_);
    nanolib::publication answer;
    answer.topic = "out";
    answer.payload = what.what.payload;
    answer.qos = what.qos;
    static_cast<void>(port_->publish(answer));
  }
  void begin_stop() noexcept override {}
  bool is_idle() const noexcept override { return true; }
  std::vector<figure> figures() const override { return {}; }

 private:
  local_port* port_ = nullptr;
  bool delivers_;
};

class local_peer_events : public ::testing::Test {
 protected:
  /// What a client gets to hear of a peer that was sent a message of QoS 0 and one of QoS 1.
  lines told_of(bool delivers) {
    broker_options options = options_with(2);
    options.hooks = {seen};
    std::string why;
    auto opened = broker::open(std::move(options), why);
    if (!opened) throw support::expectation_failed(why);
    local_peer_options peer;
    peer.name = "bridges/test/p";
    peer.client_id = "p";
    peer.subscriptions = {{.filter = "in", .qos = nanolib::quality_of_service::at_least_once}};
    if (!(*opened)->attach(std::move(peer), std::make_unique<answering_peer>(delivers), why) || !(*opened)->start()) {
      throw support::expectation_failed(why);
    }
    const auto where = (*opened)->listeners().front().where;
    raw_client client({where.host, where.port}, version::v5);
    client.connect({.client_id = "c"});
    client.subscribe("out", 0);
    for (const unsigned qos : {0U, 1U}) {
      const std::string payload = std::to_string(qos);
      client.publish({.topic = "in", .payload = payload, .qos = qos, .id = 1});
      client.expect_publish("out", payload);
    }
    return seen->of("p", 5);
  }
  std::shared_ptr<hook_recorder> seen = std::make_shared<hook_recorder>();
};

TEST_F(local_peer_events, are_those_of_messages_only) {
  EXPECT_EQ(told_of(true), (lines{"delivered in=0 q0 local", "publish out=0 q0 local", "delivered in=1 q1 local",
                                  "acked in=1 q1", "publish out=1 q1 local"}));
}

TEST_F(local_peer_events, name_what_it_could_not_pass_on) {
  EXPECT_EQ(told_of(false), (lines{"delivered in=0 q0 local", "publish out=0 q0 local", "delivered in=1 q1 local",
                                   "dropped in=1 not_delivered", "publish out=1 q1 local"}));
}

}  // namespace
}  // namespace nanomq::broker::testing
