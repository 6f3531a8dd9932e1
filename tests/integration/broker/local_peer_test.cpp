// Clients that live in the broker's process: a peer in memory, and MQTT clients around it.
#include <condition_variable>
#include <deque>
#include <mutex>

#include "broker_fixture.hpp"
#include "nanolib/base/bytes.hpp"

namespace nanomq::broker::testing {
namespace {

using nanolib::quality_of_service;

/// What a test sees of a peer, and what it tells it. Outlives the broker.
struct far_side {
  struct seen {
    std::string topic, payload;
    quality_of_service qos;
    bool retain;
    friend bool operator==(const seen&, const seen&) = default;
  };

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<seen> messages;
  std::deque<seen> to_publish;
  std::vector<nanonng::mqtt::reason_code> reasons;
  std::size_t room = 1'000'000;  // how many messages it still takes
  bool settles = true;
  bool stopped = false;
  local_port* port = nullptr;

  void publish(seen what) {
    const std::scoped_lock lock(mutex);
    to_publish.push_back(std::move(what));
    port->wake();
  }
  void give_room(std::size_t more) {
    const std::scoped_lock lock(mutex);
    room = more;
    port->wake();
  }
  template <class Condition>
  void wait_for(const Condition& condition) {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, std::chrono::seconds(100), condition)) {
      throw support::expectation_failed("the peer waited in vain");
    }
  }
  void expect_messages(const std::vector<seen>& wanted) {
    wait_for([&] { return messages.size() >= wanted.size(); });
    const std::scoped_lock lock(mutex);
    EXPECT_EQ(messages, wanted);
  }
};

class memory_peer final : public local_peer {
 public:
  explicit memory_peer(far_side& far) noexcept : far_(far) {}
  ~memory_peer() override {
    const std::scoped_lock lock(far_.mutex);
    far_.port = nullptr;
  }

  nanolib::result<void> on_attached(local_port& port, std::string&) override {
    port_ = &port;
    const std::scoped_lock lock(far_.mutex);
    far_.port = &port;
    return {};
  }
  bool has_room() const noexcept override {
    const std::scoped_lock lock(far_.mutex);
    return far_.room > 0;
  }
  void send(const local_message& what) noexcept override {
    {
      const std::scoped_lock lock(far_.mutex);
      far_.messages.push_back(
          {std::string(what.what.topic), std::string(nanolib::as_text(what.what.payload)), what.qos, what.retain});
      --far_.room;
      if (!far_.settles) tokens_.push_back(what.token);
    }
    if (far_.settles) port_->settle(what.token, true);
    far_.changed.notify_all();
  }
  void on_wake() noexcept override {
    for (;;) {
      far_side::seen next;
      {
        const std::scoped_lock lock(far_.mutex);
        if (far_.to_publish.empty()) break;
        next = std::move(far_.to_publish.front());
        far_.to_publish.pop_front();
      }
      nanolib::publication what;
      what.topic = next.topic;
      what.payload = nanolib::as_bytes(next.payload);
      what.qos = next.qos;
      what.retain = next.retain;
      const auto reason = port_->publish(what).reason;
      const std::scoped_lock lock(far_.mutex);
      far_.reasons.push_back(reason);
    }
    far_.changed.notify_all();
    port_->on_room();
  }
  void begin_stop() noexcept override {
    const std::scoped_lock lock(far_.mutex);
    far_.stopped = true;
  }
  bool is_idle() const noexcept override { return true; }
  std::vector<figure> figures() const override { return {{"answer", 42}}; }

 private:
  far_side& far_;
  local_port* port_ = nullptr;
  std::vector<std::uint16_t> tokens_;
};

local_peer_options options_of(const std::string& id, std::vector<local_subscription> subscriptions) {
  local_peer_options options;
  options.name = "bridges/test/" + id;
  options.client_id = id;
  options.subscriptions = std::move(subscriptions);
  return options;
}

/// A broker with one peer.
class host {
 public:
  explicit host(far_side& far, local_peer_options peer, broker_options options = options_with(2)) {
    std::string why;
    auto opened = broker::open(std::move(options), why);
    if (!opened) throw support::expectation_failed(why);
    broker_ = std::move(*opened);
    if (!broker_->attach(std::move(peer), std::make_unique<memory_peer>(far), why)) {
      throw support::expectation_failed(why);
    }
    if (!broker_->start()) throw support::expectation_failed("the broker does not start");
  }
  [[nodiscard]] raw_client dial(version v = version::v5) const {
    return {{broker_->listeners().front().where.host, broker_->listeners().front().where.port}, v};
  }
  [[nodiscard]] raw_client join(const std::string& id, version v = version::v5) const {
    raw_client client = dial(v);
    client.connect({.client_id = id});
    return client;
  }
  broker* operator->() noexcept { return broker_.get(); }

 private:
  std::unique_ptr<broker> broker_;
};

TEST(local_peer, gets_what_it_subscribes_to_and_publishes_under_its_name) {
  far_side far;
  host subject(far, options_of("p", {{.filter = "in/#", .qos = quality_of_service::exactly_once}}));
  raw_client client = subject.join("c");
  client.subscribe("out/#", 1);
  client.publish({.topic = "in/a", .payload = "zero"});
  client.publish({.topic = "in/b", .payload = "one", .qos = 1});
  client.publish({.topic = "in/c", .payload = "two", .qos = 2});
  // In one step, whatever the QoS: a peer that has a message is done with it.
  far.expect_messages({{"in/a", "zero", quality_of_service::at_most_once, false},
                       {"in/b", "one", quality_of_service::at_least_once, false},
                       {"in/c", "two", quality_of_service::at_least_once, false}});
  far.publish({"out/x", "hello", quality_of_service::at_least_once, false});
  client.expect_publish("out/x", "hello");
}

TEST(local_peer, waits_for_room_in_order_and_loses_nothing_within_its_bounds) {
  far_side far;
  far.room = 1;
  host subject(far, options_of("p", {{.filter = "in", .qos = quality_of_service::at_least_once}}));
  raw_client client = subject.join("c");
  std::vector<far_side::seen> wanted;
  for (int i = 0; i < 20; ++i) {
    const auto qos = static_cast<std::uint8_t>(i % 2);
    client.publish({.topic = "in", .payload = std::to_string(i), .qos = qos});
    wanted.push_back({"in", std::to_string(i), static_cast<quality_of_service>(qos), false});
  }
  far.expect_messages({wanted.front()});
  far.give_room(1'000);
  far.expect_messages(wanted);
}

TEST(local_peer, has_a_window_for_what_it_has_not_settled) {
  far_side far;
  far.settles = false;
  auto options = options_of("p", {{.filter = "in", .qos = quality_of_service::at_least_once}});
  options.window = 3;
  host subject(far, std::move(options));
  raw_client client = subject.join("c");
  for (int i = 0; i < 5; ++i) client.publish({.topic = "in", .payload = std::to_string(i), .qos = 1});
  client.publish({.topic = "other", .payload = "", .qos = 1});
  far.wait_for([&] { return far.messages.size() >= 3; });
  subject->stop();
  EXPECT_EQ(far.messages.size(), 3U);
}

TEST(local_peer, does_not_hear_itself) {
  far_side far;
  host subject(far, options_of("p", {{.filter = "#"}}));
  raw_client client = subject.join("c");
  client.subscribe("t", 0);
  far.publish({"t", "mine", quality_of_service::at_most_once, false});
  client.expect_publish("t", "mine");
  client.publish({.topic = "t", .payload = "yours"});
  client.expect_publish("t", "yours");
  far.expect_messages({{"t", "yours", quality_of_service::at_most_once, false}});
}

TEST(local_peer, keeps_the_retain_flag_both_ways) {
  far_side far;
  host subject(far, options_of("p", {{.filter = "in"}}));
  raw_client client = subject.join("c");
  client.publish({.topic = "in", .payload = "kept", .retain = true});
  far.expect_messages({{"in", "kept", quality_of_service::at_most_once, true}});
  far.publish({"out", "kept too", quality_of_service::at_least_once, true});
  far.wait_for([&] { return far.reasons.size() == 1; });
  client.subscribe("out", 1);
  client.expect_publish("out", "kept too");
}

TEST(local_peer, is_told_what_is_wrong_with_a_message) {
  using nanonng::mqtt::reason_code;
  far_side far;
  auto options = options_with(1);
  options.limits.max_packet_size = 1'000;
  host subject(far, options_of("p", {}), std::move(options));
  raw_client client = subject.join("c");
  client.subscribe("good", 0);
  far.publish({"a/+", "", {}, false});
  far.publish({"", "", {}, false});
  far.publish({"$SYS/broker/uptime", "", {}, false});
  far.publish({"large", std::string(1'000, 'x'), {}, false});
  far.publish({"nobody", "", {}, false});
  far.publish({"good", "", {}, false});
  far.wait_for([&] { return far.reasons.size() == 6; });
  EXPECT_EQ(far.reasons, (std::vector<reason_code>{reason_code::topic_name_invalid, reason_code::topic_name_invalid,
                                                   reason_code::not_authorized, reason_code::packet_too_large,
                                                   reason_code::no_matching_subscribers, reason_code::success}));
}

TEST(local_peer, belongs_to_shared_subscriptions) {
  far_side far;
  host subject(far, options_of("p", {{.filter = "$share/g/in", .qos = quality_of_service::at_least_once}}));
  raw_client client = subject.join("c");
  for (int i = 0; i < 3; ++i) client.publish({.topic = "in", .payload = std::to_string(i), .qos = 1});
  far.wait_for([&] { return far.messages.size() == 3; });
}

TEST(local_peer, keeps_its_client_id_to_itself) {
  far_side far;
  host subject(far, options_of("p", {{.filter = "in"}}));
  raw_client thief = subject.dial();
  thief.send(connect_packet{.client_id = "p"});
  EXPECT_EQ(thief.expect(support::CONNACK).code, 0x85);
  raw_client client = subject.join("c");
  client.publish({.topic = "in", .payload = "still mine"});
  far.expect_messages({{"in", "still mine", quality_of_service::at_most_once, false}});
}

TEST(local_peer, is_in_the_statistics) {
  far_side far;
  auto options = options_with(2);
  options.sys_interval = nanolib::duration(50);
  host subject(far, options_of("p", {{.filter = "in"}}), std::move(options));
  raw_client client = subject.join("c");
  client.publish({.topic = "in", .payload = "x"});
  far.wait_for([&] { return far.messages.size() == 1; });
  client.subscribe("$SYS/broker/bridges/test/p/answer", 0);
  client.expect_publish("$SYS/broker/bridges/test/p/answer", "42");
}

/// What one client id may no more.
struct not_this_one final : access {
  explicit not_this_one(std::string id) : id_(std::move(id)) {}
  std::optional<admission> authenticate(const principal&, const credentials&,
                                        const std::shared_ptr<admission_reply>&) const noexcept override {
    return admission{nanonng::mqtt::reason_code::success};
  }
  permission authorize(const principal& who, operation, std::string_view) const noexcept override {
    return {.reason = who.client_id == id_ ? nanonng::mqtt::reason_code::not_authorized
                                           : nanonng::mqtt::reason_code::success};
  }

 private:
  std::string id_;
};

// THREATS 72, 74: what goes over a bridge.
TEST(local_peer, obeys_other_rights_from_then_on) {
  far_side far;
  far.room = 1;
  host subject(far, options_of("p", {{.filter = "in", .qos = quality_of_service::at_least_once}}));
  raw_client client = subject.join("c");
  client.subscribe("out", 0);
  client.publish({.topic = "in", .payload = "allowed", .qos = 1});
  client.publish({.topic = "in", .payload = "queued", .qos = 1});
  far.expect_messages({{"in", "allowed", quality_of_service::at_least_once, false}});
  subject->set_access(std::make_shared<const not_this_one>("p"));
  far.give_room(1'000);
  client.publish({.topic = "in", .payload = "denied", .qos = 1});
  far.publish({"out", "denied", {}, false});
  far.wait_for([&] { return far.reasons.size() == 1; });
  EXPECT_EQ(far.reasons.front(), nanonng::mqtt::reason_code::not_authorized);
  subject->set_access(open_access());
  client.publish({.topic = "in", .payload = "again", .qos = 1});
  far.expect_messages({{"in", "allowed", quality_of_service::at_least_once, false},
                       {"in", "again", quality_of_service::at_least_once, false}});
}

TEST(local_peer, that_may_not_subscribe_keeps_the_broker_from_starting) {
  far_side far;
  auto options = options_with(1);
  options.access = std::make_shared<const not_this_one>("p");
  std::string why;
  auto opened = broker::open(std::move(options), why);
  ASSERT_TRUE(opened) << why;
  EXPECT_FALSE((*opened)->attach(options_of("p", {{.filter = "in"}}), std::make_unique<memory_peer>(far), why));
  EXPECT_EQ(why, "bridges/test/p: subscription in: the access rules do not allow it to p");
}

TEST(local_peer, cannot_have_the_client_id_of_another_or_a_wrong_filter) {
  far_side far;
  far_side other;
  std::string why;
  auto opened = broker::open(options_with(1), why);
  ASSERT_TRUE(opened) << why;
  ASSERT_TRUE((*opened)->attach(options_of("p", {}), std::make_unique<memory_peer>(far), why)) << why;
  EXPECT_FALSE((*opened)->attach(options_of("p", {}), std::make_unique<memory_peer>(other), why));
  EXPECT_EQ(why, "bridges/test/p: the client id p is another's");
  EXPECT_FALSE((*opened)->attach(options_of("q", {{.filter = "a/#/b"}}), std::make_unique<memory_peer>(other), why));
  EXPECT_EQ(why, "bridges/test/q: subscription a/#/b: this is no topic filter");
}

TEST(local_peer, under_load_from_all_sides_gets_everything) {
  far_side far;
  host subject(far, options_of("p", {{.filter = "in/#", .qos = quality_of_service::at_least_once}}), options_with(4));
  constexpr std::size_t each = 300;
  std::vector<std::function<void()>> calls;
  for (int i = 0; i < 4; ++i) {
    calls.emplace_back([&, i] {
      raw_client client = subject.join("c" + std::to_string(i));
      client.subscribe("out", 1);
      for (std::size_t n = 0; n < each; ++n) {
        client.publish({.topic = "in/" + std::to_string(i), .payload = std::to_string(n), .qos = 1});
      }
    });
  }
  calls.emplace_back([&] {
    for (std::size_t n = 0; n < each; ++n) far.publish({"out", std::to_string(n), {}, false});
  });
  at_once(calls);
  far.wait_for([&] { return far.messages.size() == 4 * each && far.reasons.size() == each; });
  subject->stop();
  EXPECT_TRUE(far.stopped);
}

}  // namespace
}  // namespace nanomq::broker::testing
