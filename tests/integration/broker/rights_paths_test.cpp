// Rules, enforced on the ways that are easily forgotten: wills, what is kept, what goes to peers in the process, names of the
// broker's own.
#include "rights_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

// THREATS 72: a will is a message as any other for whoever may not read it, live and retained.
TEST_F(rights, keep_a_denied_part_from_wills) {
  running subject(with({.rules = part}));
  raw_client ann = join(subject, "ann", "reader");
  EXPECT_EQ(code_of(ann, "a/#"), 1U);
  for (const char* topic : {"a/secret", "a/known"}) {
    raw_client gone =
        join(subject, "root", topic, {.will = support::will_message{.topic = topic, .payload = "x", .retain = true}});
    gone.drop();
  }
  ann.expect_publish("a/known", "x");
  ann.expect_silence();
  raw_client late = join(subject, "ann", "late");
  EXPECT_EQ(code_of(late, "a/#"), 1U);
  late.expect_publish("a/known", "x");
  late.expect_silence();
}

// THREATS 75: a will that waits is asked about when its time has come, not when its client went.
TEST_F(rights, to_publish_are_those_of_a_will_that_waits) {
  running subject(with({.rules = part}));
  raw_client reader = join(subject, "root", "reader");
  reader.subscribe("a/#", 0);
  connect_packet packet = lasting();
  packet.will = support::will_message{.topic = "a/will", .payload = "no"};
  packet.will->props = properties().u32(property::will_delay_interval, 1);
  raw_client ann = join(subject, "ann", "w", packet);
  packet.will->payload = "yes";
  raw_client bob = join(subject, "bob", "v", packet);
  ann.drop();
  bob.drop();
  subject->set_access(
      made({.rules = root + R"(, {permit = deny, username = ann}, {permit = allow, topics = ["a/#"]})"}));
  reader.expect_publish("a/will", "yes");
  reader.expect_silence();
}

// THREATS 71: what the broker calls by names of its own is nobody's to write, by whichever way.
TEST_F(rights, to_everything_write_nothing_of_the_brokers_own) {
  running subject(with({.rules = R"({permit = allow, topics = ["#", "+/#"]}, {permit = allow})"}));
  for (const char* topic : {"$SYS/broker/version", "$SYS", "$share/g/a", "$MQTT/x", "$queue/a", "$"}) {
    raw_client ann = join(subject, "ann", "one");
    ann.send(publish_packet{.topic = topic, .payload = "x", .qos = 1, .id = 1, .retain = true});
    EXPECT_EQ(ann.expect(support::PUBACK).code, 0x87U) << topic;
    raw_client will = subject.dial();
    will.send(connect_packet{.client_id = "w",
                             .will = support::will_message{.topic = topic, .payload = "x"},
                             .user_name = "ann",
                             .password = "pw"});
    will.expect_refusal(0x87);
    // $share/g/a is a subscription to a.
    const unsigned code = code_of(ann, topic);
    EXPECT_EQ(code, std::string_view(topic) == "$share/g/a" ? 1U : 0x87U) << topic;
  }
}

// THREATS 73.
TEST_F(rights, that_their_publisher_has_lost_keep_retained_messages_back) {
  const std::string rules = root + R"(, {permit = allow, username = bob, topics = ["#"]})";
  running subject(
      with({.rules = rules + R"(, {permit = allow, username = ann, topics = ["a/#"]})", .rechecks_retained = true}));
  raw_client ann = join(subject, "ann", "source");
  raw_client owner = join(subject, "root", "owner");
  publish(ann, "a/x", "hers", true);
  publish(ann, "a/y", "hers", true);
  publish(owner, "a/y", "his", true);
  const auto subscriber = [&] {
    raw_client made = join(subject, "bob", "bob");
    EXPECT_EQ(code_of(made, "a/+"), 1U);
    return made;
  };
  {
    raw_client bob = subscriber();
    bob.expect_publish("a/x", "hers");
    bob.expect_publish("a/y", "his");
  }
  subject->set_access(made({.rules = rules, .rechecks_retained = true}));
  {
    raw_client bob = subscriber();
    bob.expect_publish("a/y", "his");
    bob.expect_silence();
  }
  // Where nobody asks for that, what was published under a right stays.
  subject->set_access(made({.rules = rules}));
  raw_client bob = subscriber();
  bob.expect_publish("a/x", "hers");
}

}  // namespace
}  // namespace nanomq::broker::testing
