// Rules about listeners: a client is looked at as one of the listener through which it came, also when it has gone.
#include "rights_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

/// The fixture's listener is tcp:default; this is another one.
class rights_by_listener : public rights {
 protected:
  static listener_options lan() {
    listener_options made = nanonng::net::endpoint{nanonng::net::endpoint::transport::tcp, "127.0.0.1", 0};
    made.name = "lan";
    return made;
  }
  static broker_options with(const wanted& from) {
    broker_options options = rights::with(from);
    options.listeners.push_back(lan());
    return options;
  }
  static raw_client join_lan(running& subject, const std::string& id, connect_packet packet = {}) {
    const auto all = subject->listeners();
    const auto there = std::ranges::find(all, "tcp:lan", &listening::id);
    if (there == all.end()) throw support::expectation_failed("tcp:lan does not listen");
    raw_client made({there->where.host, there->where.port}, version::v5);
    packet.client_id = id;
    made.connect(packet);
    return made;
  }
  /// Of somebody who has subscribed to nothing.
  static bool may_publish(raw_client& client, const std::string& topic) {
    client.send(publish_packet{.topic = topic, .payload = topic, .qos = 1, .id = client.fresh_id()});
    return client.expect(support::PUBACK).code < 0x80;
  }
  static connect_packet with_will(const std::string& payload) {
    connect_packet packet = lasting();
    packet.will = support::will_message{.topic = "gone", .payload = payload};
    packet.will->props = properties().u32(property::will_delay_interval, 1);
    return packet;
  }
};

/// Sensors on the plain listener may publish below sensors/ and nothing else; through the other one everything goes.
const std::string sensors = R"({permit = allow, listener = "tcp:lan", action = publish, topics = ["sensors/#"]},
                               {permit = deny, listener = "tcp.lan"}, {permit = allow})";

TEST_F(rights_by_listener, are_those_of_the_one_through_which_a_client_came) {
  running subject(with({.rules = sensors}));
  raw_client sensor = join_lan(subject, "sensor");
  raw_client office = subject.join("office");
  raw_client reader = subject.join("reader");
  EXPECT_EQ(code_of(reader, "#"), 1U);
  EXPECT_TRUE(may_publish(sensor, "sensors/1"));
  EXPECT_FALSE(may_publish(sensor, "commands/1"));
  EXPECT_EQ(code_of(sensor, "sensors/#"), 0x87U);
  reader.expect_publish("sensors/1", "sensors/1");
  EXPECT_TRUE(may_publish(office, "commands/1"));
  reader.expect_publish("commands/1", "commands/1");
  reader.expect_silence();
}

TEST_F(rights_by_listener, stay_with_who_is_there_when_the_listener_goes) {
  running subject(with({.rules = sensors}));
  raw_client sensor = join_lan(subject, "sensor");
  std::string why;
  const auto fewer = subject->prepare({options_with(1).listeners.front()}, {}, why);
  ASSERT_TRUE(fewer) << why;
  subject->change_to(std::move(**fewer));
  EXPECT_TRUE(may_publish(sensor, "sensors/1"));
  EXPECT_FALSE(may_publish(sensor, "commands/1"));
  subject->set_access(made({.rules = R"({permit = deny, listener = "tcp:lan"}, {permit = allow})"}));
  EXPECT_FALSE(may_publish(sensor, "sensors/1"));
}

// THREATS 75: also those of a will that is sent when its connection has long been closed.
TEST_F(rights_by_listener, are_remembered_for_a_will_that_waits) {
  running subject(with({.rules = "{permit = allow}"}));
  raw_client reader = subject.join("reader");
  reader.subscribe("gone", 0);
  raw_client sensor = join_lan(subject, "sensor", with_will("no"));
  raw_client office = subject.join("office", with_will("yes"));
  sensor.drop();
  office.drop();
  subject->set_access(made({.rules = sensors}));
  reader.expect_publish("gone", "yes");
  reader.expect_silence();
}

TEST_F(rights_by_listener, are_remembered_for_what_comes_while_a_client_is_away) {
  running subject(with({.rules = "{permit = allow}"}));
  raw_client office = subject.join("office");
  {
    raw_client sensor = join_lan(subject, "sensor", lasting());
    EXPECT_EQ(code_of(sensor, "commands/#"), 1U);
    sensor.drop();
  }
  subject->set_access(made({.rules = sensors}));
  EXPECT_TRUE(may_publish(office, "commands/1"));
  // It comes back where it may read: what had no right to wait for it does not come.
  raw_client back = subject.join("sensor", lasting(false));
  EXPECT_TRUE(may_publish(office, "commands/2"));
  back.expect_publish("commands/2", "commands/2");
}

// THREATS 73.
TEST_F(rights_by_listener, are_remembered_for_retained_messages) {
  running subject(with({.rules = "{permit = allow}", .rechecks_retained = true}));
  raw_client sensor = join_lan(subject, "sensor");
  raw_client office = subject.join("office");
  publish(sensor, "a/1", "no", true);
  publish(office, "a/2", "yes", true);
  subject->set_access(made({.rules = sensors, .rechecks_retained = true}));
  EXPECT_EQ(code_of(office, "a/#"), 1U);
  office.expect_publish("a/2", "yes");
  office.expect_silence();
}

}  // namespace
}  // namespace nanomq::broker::testing
