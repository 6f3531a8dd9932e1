// What hooks are told about messages: accepted, delivered, acknowledged, dropped; each once.
#include <algorithm>
#include <map>
#include <set>

#include "hook_recorder.hpp"
#include "integration/durable/durable_fixture.hpp"
#include "manual_clock.hpp"

namespace nanomq::broker::testing {
namespace {

using lines = std::vector<std::string>;
using nanonng::mqtt::reason_code;

class message_events : public ::testing::Test {
 protected:
  broker_options told(std::uint32_t shards = 2) {
    broker_options options = options_with(shards);
    options.hooks = {seen};
    return options;
  }
  static properties lasting(std::uint32_t seconds) {
    return properties().u32(property::session_expiry_interval, seconds);
  }
  static void take(raw_client& reader, const std::string& payload) {
    const received_packet packet = reader.expect(PUBLISH);
    EXPECT_EQ(packet.payload, payload);
    if (packet.qos() == 1) reader.send(acknowledgement{.kind = PUBACK, .id = packet.id});
    if (packet.qos() != 2) return;
    reader.send(acknowledgement{.kind = PUBREC, .id = packet.id});
    reader.expect(PUBREL, packet.id);
    reader.send(acknowledgement{.kind = PUBCOMP, .id = packet.id});
  }
  std::shared_ptr<hook_recorder> seen = std::make_shared<hook_recorder>(message_hook_events);
};

TEST_F(message_events, follow_a_message_of_each_qos) {
  running subject(told());
  raw_client reader = subject.join("reader");
  reader.subscribe("t", 2);
  raw_client writer = subject.join("writer");
  for (const unsigned qos : {0U, 1U, 2U}) {
    writer.publish({.topic = "t", .payload = std::to_string(qos), .qos = qos, .id = 7});
    take(reader, std::to_string(qos));
    reader.expect_silence();  // what it has acknowledged is known
  }
  EXPECT_EQ(seen->of("writer", 3), (lines{"publish t=0 q0", "publish t=1 q1", "publish t=2 q2"}));
  EXPECT_EQ(seen->of("reader", 5),
            (lines{"delivered t=0 q0", "delivered t=1 q1", "acked t=1 q1", "delivered t=2 q2", "acked t=2 q2"}));
}

TEST_F(message_events, tell_of_a_refusal_by_the_receiver) {
  running subject(told());
  raw_client reader = subject.join("reader");
  reader.subscribe("t", 2);
  raw_client writer = subject.join("writer");
  for (const auto& [qos, kind] : {std::pair{1U, PUBACK}, std::pair{2U, PUBREC}}) {
    writer.publish({.topic = "t", .payload = "x", .qos = qos, .id = qos});
    reader.send(acknowledgement{.kind = kind, .id = reader.expect(PUBLISH).id, .code = 0x83});
    reader.expect_silence();
  }
  EXPECT_EQ(seen->of("reader", 4),
            (lines{"delivered t=x q1", "acked t=x q1 83", "delivered t=x q2", "acked t=x q2 83"}));
}

TEST_F(message_events, come_once_although_a_message_is_sent_again) {
  running subject(told());
  raw_client reader = subject.join("reader", {.props = lasting(100)});
  reader.subscribe("t", 2);
  raw_client writer = subject.join("writer");
  writer.publish({.topic = "t", .payload = "one", .qos = 1, .id = 1});
  writer.publish({.topic = "t", .payload = "two", .qos = 2, .id = 2});
  reader.expect(PUBLISH);
  const unsigned second = reader.expect(PUBLISH).id;
  reader.send(acknowledgement{.kind = PUBREC, .id = second});
  reader.expect(PUBREL, second);
  reader.drop();
  reader = subject.join("reader", {.clean_start = false, .props = lasting(100)});
  take(reader, "one");
  reader.expect(PUBREL, second);
  reader.send(acknowledgement{.kind = PUBCOMP, .id = second});
  reader.expect_silence();
  EXPECT_EQ(seen->of("reader", 4),
            (lines{"delivered t=one q1", "delivered t=two q2", "acked t=two q2", "acked t=one q1"}));
}

TEST_F(message_events, tell_of_what_waited_for_its_client) {
  running subject(told());
  raw_client reader = subject.join("reader", {.props = lasting(100)});
  reader.subscribe("t", 1);
  reader.disconnect();
  raw_client writer = subject.join("writer");
  writer.publish({.topic = "t", .payload = "x", .qos = 1, .id = 1});
  EXPECT_EQ(seen->of("reader", 0), lines{});
  reader = subject.join("reader", {.clean_start = false, .props = lasting(100)});
  take(reader, "x");
  EXPECT_EQ(seen->of("reader", 2), (lines{"delivered t=x q1", "acked t=x q1"}));
}

TEST_F(message_events, tell_of_retained_messages_when_they_come_and_when_they_are_handed_out) {
  running subject(told());
  raw_client writer = subject.join("writer");
  writer.publish({.topic = "t", .payload = "kept", .qos = 1, .id = 1, .retain = true});
  EXPECT_EQ(seen->of("writer", 2), (lines{"publish t=kept q1 retain", "dropped t=kept no_subscriber by"}));
  raw_client reader = subject.join("reader");
  reader.subscribe("t", 0);
  reader.expect(PUBLISH);
  EXPECT_EQ(seen->of("reader", 1), lines{"delivered t=kept q0 retain"});
}

TEST_F(message_events, tell_of_wills) {
  test::manual_clock clock;
  const auto gone = std::make_shared<hook_recorder>(events_of(hook_event::disconnected));
  broker_options options = told(1);
  options.clock = &clock;
  options.hooks.push_back(gone);
  running subject(std::move(options));
  raw_client reader = subject.join("reader", {.keep_alive = 0});
  reader.subscribe("gone/#", 0);
  raw_client waker = subject.join("waker", {.keep_alive = 0});
  raw_client at_once = subject.join("a", {.will = support::will_message{.topic = "gone/a", .payload = "now"}});
  at_once.drop();
  reader.expect_publish("gone/a", "now");
  EXPECT_EQ(seen->of("a", 1), lines{"publish gone/a=now q0 will"});
  raw_client later = subject.join(
      "b", {.props = lasting(100),
            .will = support::will_message{
                .topic = "gone/b", .payload = "later", .props = properties().u32(property::will_delay_interval, 50)}});
  later.drop();
  EXPECT_EQ(gone->of("b", 1).size(), 1U);
  clock.advance(std::chrono::seconds(51));
  waker.expect_silence();  // its PINGREQ makes the loop look at the time
  reader.expect_publish("gone/b", "later");
  EXPECT_EQ(seen->of("b", 1), lines{"publish gone/b=later q0 will"});
  raw_client kind = subject.join("c", {.will = support::will_message{.topic = "gone/c", .payload = "never"}});
  kind.disconnect();
  reader.expect_silence();
  EXPECT_EQ(seen->of("c", 0), lines{});
}

TEST_F(message_events, are_not_made_of_what_the_broker_says_about_itself) {
  broker_options options = told(1);
  options.sys_interval = nanolib::duration(50);
  running subject(std::move(options));
  raw_client reader = subject.join("reader");
  reader.subscribe("$SYS/broker/uptime", 0);
  reader.expect(PUBLISH);
  for (const auto& one : seen->all(1)) EXPECT_TRUE(one.line.starts_with("delivered $SYS/broker/uptime=")) << one.line;
}

// Wherever publisher and receivers are: one publish, and one delivery for each receiver, on its own shard.
TEST_F(message_events, cross_shards_once) {
  running subject(told(4));
  constexpr unsigned readers = 12;
  constexpr unsigned writers = 4;
  constexpr unsigned each = 20;
  std::vector<raw_client> reading;
  for (unsigned i = 0; i < readers; ++i) {
    reading.push_back(subject.join("r" + std::to_string(i)));
    reading.back().subscribe("t", 1);
  }
  std::vector<std::function<void()>> work;
  for (unsigned i = 0; i < writers; ++i) {
    work.emplace_back([&, i] {
      raw_client writer = subject.join("w" + std::to_string(i));
      for (unsigned n = 0; n < each; ++n) writer.publish({.topic = "t", .payload = "x", .qos = 1, .id = n + 1});
    });
  }
  for (raw_client& one : reading) {
    work.emplace_back([&] {
      for (unsigned n = 0; n < writers * each; ++n) take(one, "x");
      one.expect_silence();
    });
  }
  at_once(work);
  std::map<std::pair<std::string, std::string>, unsigned> counts;
  std::map<std::string, std::set<std::uint32_t>> shards;
  for (const auto& one : seen->all(writers * each * (1 + 2 * readers))) {
    ++counts[{one.client, one.line}];
    shards[one.client].insert(one.shard);
  }
  EXPECT_EQ(counts.size(), writers + 2 * readers);
  for (unsigned i = 0; i < writers; ++i) {
    EXPECT_EQ((counts[{"w" + std::to_string(i), "publish t=x q1"}]), each);
  }
  for (unsigned i = 0; i < readers; ++i) {
    const std::string name = "r" + std::to_string(i);
    EXPECT_EQ((counts[{name, "delivered t=x q1"}]), writers * each) << name;
    EXPECT_EQ((counts[{name, "acked t=x q1"}]), writers * each) << name;
    EXPECT_EQ(shards[name].size(), 1U);
  }
}

TEST_F(message_events, of_a_shared_subscription_are_those_of_one_member) {
  running subject(told(4));
  std::vector<raw_client> members;
  for (int i = 0; i < 4; ++i) {
    members.push_back(subject.join("m" + std::to_string(i)));
    members.back().subscribe("$share/g/t", 0);
  }
  raw_client writer = subject.join("writer");
  for (int i = 0; i < 8; ++i) writer.publish({.topic = "t", .payload = std::to_string(i), .qos = 0});
  std::map<std::string, int> delivered;
  for (const auto& one : seen->all(16)) delivered[one.line] += one.line.starts_with("delivered") ? 1 : 0;
  for (int i = 0; i < 8; ++i) EXPECT_EQ(delivered["delivered t=" + std::to_string(i) + " q0"], 1) << i;
}

TEST_F(message_events, come_for_the_topics_that_are_wanted_and_once_for_two_interests) {
  seen = std::make_shared<hook_recorder>(std::vector<hook_interest>{
      {events_of(hook_event::publish), "a/+"},
      {events_of(hook_event::publish, hook_event::connected), "a/b"},
      {events_of(hook_event::delivered), "x/#"},
  });
  running subject(told());
  raw_client client = subject.join("c");
  client.subscribe("#", 0);
  for (const char* topic : {"a/b", "a/c", "b", "x/y"}) {
    client.publish({.topic = topic, .payload = "1", .qos = 1, .id = 1});
    client.expect(PUBLISH);
  }
  EXPECT_EQ(seen->of("c", 4), (lines{"connected", "publish a/b=1 q1", "publish a/c=1 q1", "delivered x/y=1 q0"}));
}

TEST_F(message_events, let_a_message_be_kept) {
  struct keeper final : hook {
    std::vector<hook_interest> interests() const override { return {{events_of(hook_event::publish), {}}}; }
    void on_publish(const publish_event& e) noexcept override { kept = e.what.keep(); }
    nanolib::message_ptr kept;
  };
  const auto keeps = std::make_shared<keeper>();
  {
    broker_options options = options_with(1);
    options.hooks = {keeps};
    running subject(std::move(options));
    subject.join("c").publish({.topic = "t", .payload = "kept", .qos = 1, .id = 1});
  }
  ASSERT_TRUE(keeps->kept);
  EXPECT_EQ(keeps->kept->topic(), "t");
  EXPECT_EQ(nanolib::as_text(keeps->kept->payload()), "kept");
}

// ---------------------------------------------------------------------------------------------------- dropped

class dropped_events : public message_events {
 protected:
  dropped_events() { seen = std::make_shared<hook_recorder>(events_of(hook_event::dropped)); }
};

TEST_F(dropped_events, name_a_message_that_nobody_reads) {
  running subject(told());
  raw_client writer = subject.join("writer");
  writer.publish({.topic = "t", .payload = "x"});
  EXPECT_EQ(seen->of("writer", 1), lines{"dropped t=x no_subscriber by"});
}

/// Nobody may publish to secret, nor read what is below half/hidden.
class strict final : public access {
 public:
  std::optional<admission> authenticate(const principal&, const credentials&,
                                        const std::shared_ptr<admission_reply>&) const noexcept override {
    return admission{reason_code::success};
  }
  permission authorize(const principal&, operation what, std::string_view topic) const noexcept override {
    const bool denied =
        (what == operation::publish && topic == "secret") || (what == operation::receive && topic == "half/hidden");
    return {.reason = denied ? reason_code::not_authorized : reason_code::success,
            .partly = what == operation::subscribe};
  }
};

TEST_F(dropped_events, name_what_rights_forbid_on_either_side) {
  broker_options options = told();
  options.access = std::make_shared<strict>();
  running subject(std::move(options));
  raw_client reader = subject.join("reader");
  reader.subscribe("half/#", 0);
  raw_client writer = subject.join("writer");
  writer.send(publish_packet{.topic = "secret", .payload = "x", .qos = 1, .id = 1});
  writer.expect(PUBACK, 1, 0x87);
  writer.publish({.topic = "half/hidden", .payload = "y"});
  EXPECT_EQ(seen->of("writer", 1), lines{"dropped secret=x no_permission by"});
  EXPECT_EQ(seen->of("reader", 1), lines{"dropped half/hidden=y no_permission"});
}

TEST_F(dropped_events, name_what_a_full_queue_does_not_take) {
  broker_options options = told();
  options.limits.max_queue_messages = 2;
  running subject(std::move(options));
  raw_client reader = subject.join("reader", {.props = lasting(100)});
  reader.subscribe("t", 1);
  reader.disconnect();
  raw_client writer = subject.join("writer");
  for (unsigned i = 1; i <= 3; ++i) {
    writer.publish({.topic = "t", .payload = std::to_string(i), .qos = 1, .id = i});
  }
  EXPECT_EQ(seen->of("reader", 1), lines{"dropped t=3 queue_full"});
}

TEST_F(dropped_events, name_what_is_too_large_for_its_receiver) {
  running subject(told());
  raw_client reader = subject.join("reader", {.props = properties().u32(property::maximum_packet_size, 40)});
  reader.subscribe("t", 1);
  raw_client writer = subject.join("writer");
  for (const unsigned qos : {0U, 1U}) {
    writer.publish({.topic = "t", .payload = std::string(50, 'x'), .qos = qos, .id = 1});
  }
  const std::string line = "dropped t=" + std::string(50, 'x') + " too_large";
  EXPECT_EQ(seen->of("reader", 2), (lines{line, line}));
}

TEST_F(dropped_events, name_what_a_reader_that_does_not_read_is_spared) {
  broker_options options = told(1);
  options.limits.max_output_bytes = 64 * 1024;
  running subject(std::move(options));
  raw_client reader = subject.dial();
  reader.shrink_receive_buffer(4096);
  reader.connect({.client_id = "reader"});
  reader.subscribe("t", 0);
  raw_client writer = subject.join("writer");
  const std::string large(100'000, 'x');
  for (int i = 0; i < 200; ++i) writer.send(publish_packet{.topic = "t", .payload = large});
  writer.expect_silence();
  const auto found = seen->of("reader", 1);
  ASSERT_FALSE(found.empty());
  EXPECT_TRUE(found.front().ends_with(" output_full"));
}

TEST_F(dropped_events, name_what_expired_at_once_or_in_a_queue) {
  running subject(told());
  raw_client reader = subject.join("reader", {.props = lasting(100)});
  reader.subscribe("t", 1);
  raw_client writer = subject.join("writer");
  const auto brief = [&](const char* payload, unsigned qos) {
    writer.publish({.topic = "t",
                    .payload = payload,
                    .qos = qos,
                    .id = writer.fresh_id(),
                    .props = properties().u32(property::message_expiry_interval, 0)});
  };
  brief("live", 0);
  EXPECT_EQ(seen->of("reader", 1), lines{"dropped t=live expired"});
  reader.disconnect();
  brief("queued", 1);
  writer.publish({.topic = "t", .payload = "new", .qos = 1, .id = writer.fresh_id()});
  reader = subject.join("reader", {.clean_start = false, .props = lasting(100)});
  take(reader, "new");
  EXPECT_EQ(seen->of("reader", 2), (lines{"dropped t=live expired", "dropped t=queued expired"}));
}

TEST_F(dropped_events, name_what_a_will_may_not_do_any_more) {
  broker_options options = told();
  running subject(std::move(options));
  raw_client client = subject.join("c", {.will = support::will_message{.topic = "secret", .payload = "x"}});
  subject->set_access(std::make_shared<strict>());
  client.drop();
  EXPECT_EQ(seen->of("c", 1), lines{"dropped secret=x no_permission by"});
}

// ---------------------------------------------------------------------------------------------------- with a store

class stored_events : public durable {
 protected:
  stored_events() {
    adjust = [this](broker_options& options) { options.hooks = {seen}; };
  }
  std::shared_ptr<hook_recorder> seen = std::make_shared<hook_recorder>();
};

TEST_F(stored_events, go_on_after_a_restart_where_they_were) {
  raw_client reader = stay("reader");
  reader.subscribe("t", 2);
  reader.disconnect();
  raw_client writer = come("writer");
  writer.publish({.topic = "t", .payload = "one", .qos = 1, .id = 1});
  writer.publish({.topic = "t", .payload = "two", .qos = 2, .id = 2});
  EXPECT_EQ(seen->of("writer", 5).size(), 5U);
  seen->forget();
  crash();
  reader = stay("reader", true);
  for (const unsigned qos : {1U, 2U}) {
    const received_packet packet = reader.expect(PUBLISH);
    EXPECT_EQ(packet.qos(), qos);
    reader.send(acknowledgement{.kind = qos == 1 ? PUBACK : PUBREC, .id = packet.id});
  }
  reader.expect(PUBREL);
  EXPECT_EQ(seen->of("reader", 5),
            (lines{"connect user= v5 keep=60", "resumed", "connected present", "acked t=one q1", "acked t=two q2"}))
      << "whether they were sent before, nobody knows: they carry DUP";
}

TEST_F(stored_events, name_what_finds_no_room_in_the_store) {
  adjust = [this](broker_options& options) {
    options.hooks = {seen};
    options.durability.max_messages = 1;
  };
  restart();
  for (const char* name : {"r1", "r2", "r3"}) {
    raw_client reader = stay(name);
    reader.subscribe("t", 1);
    reader.disconnect();
  }
  raw_client writer = come("writer");
  writer.send(publish_packet{.topic = "t", .payload = "x", .qos = 1, .id = 1});
  EXPECT_EQ(writer.expect(PUBACK).code, 0x97U);
  const auto found = seen->of("writer", 4);
  EXPECT_EQ(std::ranges::count(found, "dropped t=x no_space by"), 1) << "of " << found.size();
  // Also where it is known at once.
  seen->forget();
  drive.fault = commit_fault::no_space;
  writer.send(publish_packet{.topic = "t", .payload = "y", .qos = 2, .id = 2});
  EXPECT_EQ(writer.expect(PUBREC).code, 0x97U);
  EXPECT_TRUE(std::ranges::count(seen->of("writer", 1), "dropped t=y no_space by") == 1);
}

}  // namespace
}  // namespace nanomq::broker::testing
