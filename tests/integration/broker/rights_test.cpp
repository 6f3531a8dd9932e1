// Rules, enforced: wherever a message could get past them.
#include "rights_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

// THREATS 72.
TEST_F(rights, keep_a_denied_part_of_a_subscription_from_its_live_messages) {
  running subject(with({.rules = part}));
  raw_client source = join(subject, "root", "source");
  for (const char* id : {"one", "two", "three"}) {
    raw_client ann = join(subject, "ann", id);
    EXPECT_EQ(code_of(ann, "a/secret"), 0x87U);
    EXPECT_EQ(code_of(ann, "a/#"), 1U);
    publish_both(source);
    ann.expect_publish("a/known", "yes");
  }
}

// THREATS 72.
TEST_F(rights, keep_a_denied_part_from_retained_messages) {
  running subject(with({.rules = part}));
  raw_client source = join(subject, "root", "source");
  publish_both(source, true);
  raw_client ann = join(subject, "ann", "one");
  EXPECT_EQ(code_of(ann, "a/#"), 1U);
  ann.expect_publish("a/known", "yes");
  ann.expect_silence();
}

// THREATS 72, 84.
TEST_F(rights, are_those_of_any_subscription_when_it_is_shared) {
  running subject(with({.rules = part}));
  raw_client source = join(subject, "root", "source");
  raw_client ann = join(subject, "ann", "one");
  EXPECT_EQ(code_of(ann, "$share/g/a/secret"), 0x87U);
  EXPECT_EQ(code_of(ann, "$share/g/#"), 0x87U);
  EXPECT_EQ(code_of(ann, "$share/g/$SYS/#"), 0x87U);
  EXPECT_EQ(code_of(ann, "$share/g/a/#"), 1U);
  publish_both(source);
  ann.expect_publish("a/known", "yes");
  ann.expect_silence();
}

// THREATS 72.
TEST_F(rights, keep_a_denied_part_from_what_waits_for_a_client_that_is_away) {
  running subject(with({.rules = part}));
  raw_client source = join(subject, "root", "source");
  raw_client ann = join(subject, "ann", "one", lasting());
  EXPECT_EQ(code_of(ann, "a/#"), 1U);
  ann.disconnect();
  publish_both(source);
  ann = join(subject, "ann", "one", lasting(false));
  ann.expect_publish("a/known", "yes");
  ann.expect_silence();
}

// THREATS 72, 74: what was queued while it was allowed.
TEST_F(rights, that_change_are_those_of_what_waits_and_of_what_is_sent_again) {
  running subject(with({.rules = root + R"(, {permit = allow, username = ann, topics = ["a/#"]})"}));
  raw_client source = join(subject, "root", "source");
  raw_client ann = join(subject, "ann", "one", lasting());
  EXPECT_EQ(code_of(ann, "a/#"), 1U);
  publish(source, "a/secret", "sent, not acknowledged");
  ann.expect_publish("a/secret", "sent, not acknowledged");
  ann.drop();
  publish_both(source);
  subject->set_access(made({.rules = part}));
  ann = join(subject, "ann", "one", lasting(false));
  ann.expect_publish("a/known", "yes");
  ann.expect_silence();
}

// THREATS 74.
TEST_F(rights, that_are_taken_away_end_the_messages_of_a_subscription_at_once) {
  running subject(with({.rules = root + R"(, {permit = allow, username = ann, topics = ["a/#", "b"]})"}));
  raw_client source = join(subject, "root", "source");
  std::vector<raw_client> all;
  for (int i = 0; i < 6; ++i) {
    all.push_back(join(subject, "ann", "ann" + std::to_string(i)));
    all.back().subscribe("a/#", 1);
    all.back().subscribe("b", 1);
  }
  subject->set_access(made({.rules = root + R"(, {permit = allow, username = ann, topics = ["b"]})"}));
  publish(source, "a/x", "no");
  publish(source, "b", "yes");
  for (raw_client& one : all) one.expect_publish("b", "yes");
  // And come back with the rights.
  subject->set_access(made({.rules = part}));
  publish(source, "a/x", "again");
  for (raw_client& one : all) one.expect_publish("a/x", "again");
}

TEST_F(rights, that_were_granted_by_letter_hold_for_the_messages_that_the_subscription_matches) {
  running subject(with({.rules = root + R"(, {permit = deny, action = subscribe, topics = ["a/secret"]},
                                           {permit = allow, username = ann, topics = ["@a/#"]})"}));
  raw_client source = join(subject, "root", "source");
  raw_client ann = join(subject, "ann", "one");
  EXPECT_EQ(code_of(ann, "a/+"), 0x87U);
  EXPECT_EQ(code_of(ann, "a/#"), 1U);
  publish_both(source);
  ann.expect_publish("a/known", "yes");
  ann.expect_silence();
}

// THREATS 75.
TEST_F(rights, to_publish_are_those_of_the_will_when_the_client_enters) {
  running subject(with({.rules = part}));
  for (const char* topic : {"b", "$SYS/broker", "$CONTROL/x"}) {
    raw_client ann = subject.dial();
    ann.send(connect_packet{.client_id = "w",
                            .will = support::will_message{.topic = topic, .payload = "x"},
                            .user_name = "ann",
                            .password = "pw"});
    ann.expect_refusal(0x87);
  }
}

// THREATS 75.
TEST_F(rights, to_publish_are_those_of_the_will_when_it_is_sent) {
  running subject(with({.rules = part}));
  raw_client reader = join(subject, "root", "reader");
  reader.subscribe("a/#", 0);
  reader.subscribe("end", 0);
  raw_client ann = join(subject, "ann", "w", {.will = support::will_message{.topic = "a/will", .payload = "no"}});
  raw_client bob = join(subject, "bob", "v", {.will = support::will_message{.topic = "a/will", .payload = "yes"}});
  subject->set_access(
      made({.rules = root + R"(, {permit = deny, username = ann}, {permit = allow, topics = ["a/#"]})"}));
  ann.drop();
  bob.drop();
  reader.expect_publish("a/will", "yes");
  raw_client source = join(subject, "root", "source");
  publish(source, "end", "");
  reader.expect_publish("end", "");
}

TEST_F(rights, by_address_are_those_of_a_will_when_its_client_has_gone) {
  running subject(with({.rules = root + R"(, {permit = allow, ipaddr = "127.0.0.0/8", topics = ["a/#"]})"}));
  raw_client reader = join(subject, "root", "reader");
  reader.subscribe("a/#", 0);
  raw_client ann = join(subject, "ann", "w", {.will = support::will_message{.topic = "a/will", .payload = "yes"}});
  ann.drop();
  reader.expect_publish("a/will", "yes");
}

// THREATS 70.
TEST_F(rights, to_everything_are_none_to_what_begins_with_a_dollar_sign) {
  running subject(with({.rules = R"({permit = allow, username = root, topics = ["$SYS/#", "#"]},
                                    {permit = allow, topics = ["#"]})"}));
  raw_client ann = join(subject, "ann", "one");
  EXPECT_EQ(code_of(ann, "$SYS/#"), 0x87U);
  EXPECT_EQ(code_of(ann, "#"), 1U);
  raw_client watcher = join(subject, "root", "watcher");
  EXPECT_EQ(code_of(watcher, "$SYS/brokers/client_status/+"), 1U);
  raw_client seen = join(subject, "bob", "seen");
  EXPECT_EQ(watcher.expect(support::PUBLISH).topic, "$SYS/brokers/client_status/seen");
  ann.expect_silence();
}

TEST_F(rights, that_are_missing_end_the_connection_where_that_is_wanted) {
  running subject(with({.rules = part, .disconnects = true}));
  for (const version v : {version::v3_1_1, version::v5}) {
    for (unsigned qos = 0; qos < 3; ++qos) {
      raw_client writer = join(subject, "ann", "one", {}, v);
      writer.send(publish_packet{.topic = "b", .payload = "x", .qos = qos, .id = qos == 0 ? 0 : writer.fresh_id()});
      writer.expect_disconnect(0x87);
    }
    raw_client reader = join(subject, "ann", "one", {}, v);
    reader.send(subscribe_packet{.id = 1, .filters = {{"a/x", 0}, {"b", 0}}});
    reader.expect_disconnect(0x87);
  }
}

TEST_F(rights, that_are_missing_are_told_and_the_client_goes_on_otherwise) {
  running subject(with({.rules = part}));
  raw_client writer = join(subject, "ann", "one");
  writer.send(publish_packet{.topic = "b", .payload = "x", .qos = 1, .id = 1});
  writer.expect(support::PUBACK, 1, 0x87);
  writer.send(publish_packet{.topic = "b", .payload = "x", .qos = 2, .id = 2});
  writer.expect(support::PUBREC, 2, 0x87);
  writer.send(publish_packet{.topic = "b", .payload = "x"});
  writer.expect_silence();
  raw_client old = join(subject, "ann", "two", {}, version::v3_1_1);
  old.publish({.topic = "b", .payload = "x", .qos = 1, .id = 1});
  old.expect_silence();
}

// THREATS 79.
TEST_F(rights, to_a_session_are_those_of_the_user_who_began_it) {
  running subject(with({}));
  raw_client ann = join(subject, "ann", "same", lasting());
  for (const bool clean : {false, true}) {
    raw_client bob = subject.dial();
    connect_packet packet = lasting(clean);
    packet.client_id = "same";
    packet.user_name = "bob";
    packet.password = "pw";
    bob.send(packet);
    bob.expect_refusal(0x85);
    raw_client nobody = subject.dial(version::v3_1_1);
    nobody.send(connect_packet{.client_id = "same"});
    nobody.expect_refusal(2);
  }
  ann.disconnect();
  ann = join(subject, "ann", "same", lasting(false));
  ann.expect_silence();
}

// THREATS 43: where client ids are bound to nobody, the next user gets no more than its own rights.
TEST_F(rights, in_a_session_that_another_user_takes_over_are_those_of_that_user) {
  running subject(with({.rules = root + R"(, {permit = allow, username = ann, topics = ["a/#"]},
                                            {permit = allow, username = bob, topics = ["a/known"]})",
                        .binds_sessions = false}));
  raw_client source = join(subject, "root", "source");
  raw_client ann = join(subject, "ann", "same", lasting());
  EXPECT_EQ(code_of(ann, "a/#"), 1U);
  ann.disconnect();
  publish_both(source);
  raw_client bob = join(subject, "bob", "same", lasting(false));
  bob.expect_publish("a/known", "yes");
  publish_both(source);
  bob.expect_publish("a/known", "yes");
  bob.expect_silence();
}

TEST_F(rights, end_with_the_user_when_they_change) {
  running subject(with({}));
  raw_client ann = join(subject, "ann", "one");
  raw_client bob = join(subject, "bob", "two");
  raw_client old = join(subject, "ann", "three", {}, version::v3_1_1);
  subject->set_access(made({.users = "{bob = pw}"}));
  ann.expect_disconnect(0x87);
  old.expect_disconnect(0x87);
  bob.expect_silence();
}

TEST_F(rights, of_a_user_are_none_of_somebody_who_only_claimed_to_be_that_one) {
  running subject(options_with(2));
  raw_client claims = join(subject, "ann", "one");
  raw_client nameless = subject.join("two");
  subject->set_access(made({}));
  claims.expect_disconnect(0x87);
  nameless.expect_silence();
}

// THREATS 68.
TEST_F(rights, with_placeholders_admit_no_name_that_would_be_more_than_a_level) {
  running subject(with({.rules = R"({permit = allow, topics = ["u/${username}/#", "c/${clientid}"]})",
                        .users = R"({"+" = pw, "#" = pw, "a/b" = pw, "$x" = pw, ann = pw})"}));
  for (const char* id : {"+", "#", "a/#", "$SYS"}) {
    raw_client one = subject.dial();
    one.send(connect_packet{.client_id = id, .user_name = "ann", .password = "pw"});
    one.expect_refusal(0x85);
  }
  for (const char* user : {"+", "#", "a/b", "$x"}) {
    raw_client one = subject.dial();
    one.send(connect_packet{.client_id = "c", .user_name = user, .password = "pw"});
    one.expect_refusal(0x86);
  }
  raw_client ann = join(subject, "ann", "c1");
  EXPECT_EQ(code_of(ann, "u/ann/#"), 1U);
  EXPECT_EQ(code_of(ann, "u/+/x"), 0x87U);
  EXPECT_EQ(code_of(ann, "c/c1"), 1U);
  EXPECT_EQ(code_of(ann, "c/c2"), 0x87U);
}

// Rights that change while messages flow: everybody stays, and nobody gets what is never allowed.
TEST_F(rights, that_change_again_and_again_disturb_nobody_and_let_nothing_through) {
  running subject(with({.rules = part}));
  constexpr int rounds = 40;
  at_once({[&] {
             for (int i = 0; i < rounds; ++i)
               subject->set_access(made({.rules = i % 2 == 0 ? part + "," + root : part}));
           },
           [&] {
             raw_client source = join(subject, "root", "source");
             raw_client ann = join(subject, "ann", "one");
             raw_client bob = join(subject, "bob", "two");
             ann.subscribe("a/#", 1);
             bob.subscribe("a/#", 1);
             for (int i = 0; i < 100; ++i) {
               publish_both(source);
               ann.expect_publish("a/known", "yes");
               bob.expect_publish("a/known", "yes");
             }
           }});
}

}  // namespace
}  // namespace nanomq::broker::testing
