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

// THREATS 75: whoever is not let in any more says nothing more, neither at once nor when a will has waited.
TEST_F(rights, to_a_last_word_end_with_the_user) {
  running subject(with({.rules = "{permit = allow}"}));
  raw_client reader = join(subject, "root", "reader");
  reader.subscribe("w/#", 0);
  const auto with_will = [](const std::string& payload, unsigned delay) {
    connect_packet packet = lasting();
    packet.will = support::will_message{.topic = "w/" + payload, .payload = payload};
    if (delay > 0) packet.will->props = properties().u32(property::will_delay_interval, delay);
    return packet;
  };
  raw_client there = join(subject, "ann", "there", with_will("no", 0));
  raw_client away = join(subject, "ann", "away", with_will("neither", 1));
  raw_client other = join(subject, "bob", "other", with_will("yes", 1));
  away.drop();
  other.drop();
  subject->set_access(made({.rules = "{permit = allow}", .users = "{root = pw, bob = pw}"}));
  there.expect_disconnect(0x87);
  reader.expect_publish("w/yes", "yes");
  reader.expect_silence();
}

// A name that nobody has checked is no right, also when rules that know it come later.
TEST_F(rights, to_a_last_word_are_none_of_somebody_who_only_claimed_to_be_that_one) {
  running subject(options_with(2));
  connect_packet packet = lasting();
  packet.will = support::will_message{.topic = "w/no", .payload = "no"};
  raw_client there = join(subject, "root", "there", packet);
  packet.will->props = properties().u32(property::will_delay_interval, 1);
  raw_client away = join(subject, "root", "away", packet);
  packet.will->topic = "w/yes";
  packet.will->payload = "yes";
  packet.user_name.reset();
  packet.password.reset();
  raw_client nameless = subject.join("nameless", packet);
  away.drop();
  nameless.drop();
  subject->set_access(made({.rules = R"({permit = allow, username = root}, {permit = allow, topics = ["w/yes"]})"}));
  there.expect_disconnect(0x87);
  raw_client reader = join(subject, "root", "reader");
  reader.subscribe("w/#", 0);
  reader.expect_publish("w/yes", "yes");
  reader.expect_silence();
}

// Also by one that takes all rules away: who has no rules publishes nothing that begins with $.
TEST_F(rights, to_publish_what_begins_with_a_dollar_sign_end_with_the_rules) {
  running subject(with({.rules = R"({permit = allow, topics = ["$app/#", "#"]})"}));
  raw_client reader = join(subject, "root", "reader");
  reader.subscribe("$app/#", 0);
  raw_client ann = join(subject, "ann", "w", {.will = support::will_message{.topic = "$app/x", .payload = "yes"}});
  raw_client bob = join(subject, "bob", "v", {.will = support::will_message{.topic = "$app/y", .payload = "no"}});
  ann.drop();
  reader.expect_publish("$app/x", "yes");
  subject->set_access(made({}));
  bob.drop();
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
