// What hooks are told about clients, sessions and subscriptions: each event once, with the right fields, in order.
#include <map>
#include <set>

#include "hook_recorder.hpp"
#include "manual_clock.hpp"

namespace nanomq::broker::testing {
namespace {

using lines = std::vector<std::string>;
using nanonng::mqtt::reason_code;

constexpr hook_events about_clients = all_hook_events & ~message_hook_events;

class client_events : public ::testing::Test {
 protected:
  static broker_options told_to(const std::shared_ptr<hook>& who, std::uint32_t shards = 2) {
    broker_options options = options_with(shards);
    options.hooks = {who};
    return options;
  }
  static properties lasting(std::uint32_t seconds) {
    return properties().u32(property::session_expiry_interval, seconds);
  }
  std::shared_ptr<hook_recorder> seen = std::make_shared<hook_recorder>(about_clients);
};

TEST_F(client_events, tell_the_life_of_a_client_in_order) {
  running subject(told_to(seen));
  raw_client client = subject.join("c", {.keep_alive = 30, .user_name = "ann"});
  client.subscribe("a/#", 1);
  client.send(support::unsubscribe_packet{.id = 7, .filters = {"a/#", "never"}});
  client.expect(support::UNSUBACK);
  client.disconnect();
  EXPECT_EQ(seen->of("c", 11),
            (lines{"connect user=ann v5 keep=30 clean", "created", "connected", "subscribe a/# q1", "subscribed a/# 01",
                   "unsubscribe a/#", "unsubscribed a/# 00", "unsubscribe never", "unsubscribed never 11",
                   "disconnected 00 client normal", "terminated with its connection lost=0"}));
}

TEST_F(client_events, name_the_older_versions) {
  running subject(told_to(seen));
  raw_client first = subject.join("three", {}, version::v3_1);
  EXPECT_EQ(seen->of("three", 1).front(), "connect user= v3 keep=60 clean");
  raw_client second = subject.join("four", {}, version::v3_1_1);
  EXPECT_EQ(seen->of("four", 1).front(), "connect user= v4 keep=60 clean");
}

TEST_F(client_events, tell_who_ended_a_connection_and_how) {
  running subject(told_to(seen));
  raw_client lost = subject.join("lost");
  lost.drop();
  EXPECT_EQ(seen->of("lost", 5).at(3), "disconnected 80 network");
  raw_client with_will = subject.join("with-will");
  with_will.send(support::disconnect_packet{.code = 4});
  with_will.expect_close();
  EXPECT_EQ(seen->of("with-will", 5).at(3), "disconnected 04 client");
  raw_client wrong = subject.join("wrong");
  wrong.send(support::octets{0x00, 0x00});
  wrong.drain_until_close();
  EXPECT_EQ(seen->of("wrong", 5).at(3), "disconnected 81 broker");
  raw_client last = subject.join("last");
  subject->stop();
  EXPECT_EQ(seen->of("last", 5).at(3), "disconnected 8b broker");
}

TEST_F(client_events, tell_a_take_over_between_the_two_connections) {
  running subject(told_to(seen));
  raw_client first = subject.join("c", {.props = lasting(100)});
  raw_client second = subject.join("c", {.clean_start = false, .props = lasting(100)});
  EXPECT_EQ(seen->of("c", 8),
            (lines{"connect user= v5 keep=60 clean", "created", "connected", "connect user= v5 keep=60", "taken over",
                   "disconnected 8e broker", "resumed", "connected present"}));
}

TEST_F(client_events, tell_that_a_session_was_discarded_and_what_it_lost) {
  running subject(told_to(seen));
  raw_client first = subject.join("c", {.props = lasting(100)});
  first.subscribe("t", 1);
  first.disconnect();
  raw_client writer = subject.join("writer");
  writer.publish({.topic = "t", .payload = "x", .qos = 1, .id = 1});
  raw_client second = subject.join("c");
  EXPECT_EQ(seen->of("c", 10),
            (lines{"connect user= v5 keep=60 clean", "created", "connected", "subscribe t q1", "subscribed t 01",
                   "disconnected 00 client normal", "connect user= v5 keep=60 clean", "terminated discarded lost=1",
                   "created", "connected"}));
}

TEST_F(client_events, tell_that_a_session_has_expired) {
  test::manual_clock clock;
  broker_options options = told_to(seen, 1);
  options.clock = &clock;
  running subject(std::move(options));
  raw_client other = subject.join("other", {.keep_alive = 0});
  raw_client client = subject.join("c", {.props = lasting(100)});
  client.disconnect();
  clock.advance(std::chrono::seconds(99));
  other.expect_silence();  // the loop looks at the time
  EXPECT_EQ(seen->of("c", 0).size(), 4U);
  clock.advance(std::chrono::seconds(2));
  other.expect_silence();
  EXPECT_EQ(seen->of("c", 5).at(4), "terminated expired lost=0");
}

TEST_F(client_events, of_a_client_without_id_name_it_once_it_has_one) {
  running subject(told_to(seen));
  raw_client client = subject.dial();
  const auto answer = client.connect({.client_id = ""});
  const std::string id = answer.props.text(property::assigned_client_identifier).value();
  EXPECT_EQ(seen->of("", 1), lines{"connect user= v5 keep=60 clean"});
  EXPECT_EQ(seen->of(id, 2), (lines{"created", "connected"}));
}

/// Refuses users called banned, never answers about those called waits, and lets nobody subscribe to secret.
class doorkeeper final : public access {
 public:
  std::optional<admission> authenticate(const principal& who, const credentials&,
                                        const std::shared_ptr<admission_reply>&) const noexcept override {
    if (who.user_name == "waits") return std::nullopt;
    return admission{who.user_name == "banned" ? reason_code::banned : reason_code::success};
  }
  bool answers_later() const noexcept override { return true; }
  permission authorize(const principal&, operation what, std::string_view topic) const noexcept override {
    const bool denied = what == operation::subscribe && topic == "secret";
    return {denied ? reason_code::not_authorized : reason_code::success};
  }
};

TEST_F(client_events, tell_of_a_refused_client_once_and_of_nothing_else) {
  broker_options options = told_to(seen);
  options.access = std::make_shared<doorkeeper>();
  running subject(std::move(options));
  raw_client client = subject.dial();
  client.send(connect_packet{.client_id = "c", .user_name = "banned"});
  client.expect_refusal(0x8A);
  EXPECT_EQ(seen->of("c", 2), (lines{"connect user=banned v5 keep=60 clean", "refused 8a"}));
}

TEST_F(client_events, tell_of_a_client_that_never_gets_an_answer) {
  broker_options options = told_to(seen);
  options.access = std::make_shared<doorkeeper>();
  options.limits.connect_timeout = nanolib::duration(3'000);
  running subject(std::move(options));
  raw_client client = subject.dial();
  client.send(connect_packet{.client_id = "c", .user_name = "waits"});
  EXPECT_EQ(seen->of("c", 1).size(), 1U);
  // Other answers make the shard look at every CONNECT again.
  subject->set_access(std::make_shared<doorkeeper>());
  EXPECT_EQ(seen->of("c", 2), (lines{"connect user=waits v5 keep=60 clean", "refused 8d gone"}));
}

TEST_F(client_events, tell_what_became_of_each_filter) {
  broker_options options = told_to(seen);
  options.access = std::make_shared<doorkeeper>();
  running subject(std::move(options));
  raw_client client = subject.join("c");
  client.send(subscribe_packet{.id = 1, .filters = {{"secret", 1}, {"a/#/b", 0}, {"fine", 2}}});
  client.expect(support::SUBACK);
  EXPECT_EQ(seen->of("c", 9), (lines{"connect user= v5 keep=60 clean", "created", "connected", "subscribe secret q1",
                                     "subscribed secret 87", "subscribe a/#/b q0", "subscribed a/#/b 8f",
                                     "subscribe fine q2", "subscribed fine 02"}));
}

TEST_F(client_events, come_from_the_shard_that_owns_the_client) {
  running subject(told_to(seen, 4));
  for (int i = 0; i < 16; ++i) subject.join("c" + std::to_string(i)).disconnect();
  std::map<std::string, std::uint32_t> shards;
  for (const auto& one : seen->all(80)) {
    const auto [at, fresh] = shards.emplace(one.client, one.shard);
    EXPECT_EQ(at->second, one.shard) << one.client << " " << one.line;
  }
  std::set<std::uint32_t> used;
  for (const auto& [client, shard] : shards) used.insert(shard);
  EXPECT_GT(used.size(), 1U);
  EXPECT_EQ(shards.size(), 16U);
}

TEST_F(client_events, reach_hooks_in_the_order_of_registration) {
  struct witness final : hook {
    witness(std::string my, std::vector<std::string>& all) : name(std::move(my)), into(all) {}
    std::vector<hook_interest> interests() const override { return {{events_of(hook_event::connected), {}}}; }
    void on_connected(const connected_event&) noexcept override { into.push_back(name); }
    void on_disconnected(const disconnected_event&) noexcept override { into.push_back("not asked for"); }
    std::string name;
    std::vector<std::string>& into;
  };
  lines order;
  broker_options options = options_with(1);
  options.hooks = {std::make_shared<witness>("first", order), seen, std::make_shared<witness>("second", order)};
  {
    running subject(std::move(options));
    subject.join("c").disconnect();
  }
  EXPECT_EQ(order, (lines{"first", "second"}));
}

TEST_F(client_events, go_to_other_hooks_once_they_have_been_exchanged) {
  running subject(told_to(seen));
  raw_client client = subject.join("c");
  const auto next = std::make_shared<hook_recorder>(events_of(hook_event::subscribed, hook_event::disconnected));
  std::string why;
  ASSERT_TRUE(subject->set_hooks({next}, why)) << why;
  const auto before = seen->of("c", 3).size();
  client.subscribe("t");
  client.disconnect();
  EXPECT_EQ(next->of("c", 2), (lines{"subscribed t 00", "disconnected 00 client normal"}));
  EXPECT_EQ(seen->of("c", 0).size(), before);
  ASSERT_TRUE(subject->set_hooks({}, why));
  subject.join("d").disconnect();
  EXPECT_EQ(next->of("d", 0).size(), 0U);
}

TEST_F(client_events, are_not_begun_with_a_filter_that_is_none) {
  broker_options options = options_with(1);
  options.hooks = {std::make_shared<hook_recorder>(std::vector<hook_interest>{{all_hook_events, "a/#/b"}})};
  std::string why;
  EXPECT_FALSE(broker::open(std::move(options), why));
  EXPECT_EQ(why, "a hook wants messages of \"a/#/b\", which is no topic filter");
  running subject(told_to(seen));
  EXPECT_FALSE(subject->set_hooks(
      {std::make_shared<hook_recorder>(std::vector<hook_interest>{{all_hook_events, "$share/g/t"}})}, why));
  subject.join("c").disconnect();
  EXPECT_EQ(seen->of("c", 5).size(), 5U) << "the hooks before are still there";
}

}  // namespace
}  // namespace nanomq::broker::testing
