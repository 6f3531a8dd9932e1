// What one user may have of the broker: sessions and retained messages.
#include "rights_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

class quotas : public rights {
 protected:
  static broker_options bounded(std::uint32_t sessions, std::uint32_t retained, bool binds = true) {
    broker_options options = with({.binds_sessions = binds});
    options.limits.max_sessions_per_user = sessions;
    options.limits.max_retained_per_user = retained;
    return options;
  }
  static void expect_refused(const running& subject, const std::string& user, const std::string& id,
                             version v = version::v5) {
    raw_client one = subject.dial(v);
    one.send(connect_packet{.client_id = id, .user_name = user, .password = "pw"});
    one.expect_refusal(v == version::v5 ? 0x97 : 3);
  }
  static unsigned retain(raw_client& from, const std::string& topic, const std::string& payload) {
    const unsigned id = from.fresh_id();
    from.send(publish_packet{.topic = topic, .payload = payload, .qos = 1, .id = id, .retain = true});
    const unsigned code = from.expect(support::PUBACK).code;
    return code == 0x10U ? 0U : code;
  }
};

// THREATS 57.
TEST_F(quotas, bound_the_sessions_of_a_user_on_all_shards) {
  running subject(bounded(3, 0));
  raw_client one = join(subject, "ann", "one", lasting());
  one.disconnect();
  raw_client two = join(subject, "ann", "two");
  raw_client three = join(subject, "ann", "three", {}, version::v3_1_1);
  for (const char* id : {"four", "five", "six"}) expect_refused(subject, "ann", id);
  expect_refused(subject, "ann", "seven", version::v3_1_1);
  // Others have their own, whoever has no name has none, and a session that is there is no other.
  raw_client bob = join(subject, "bob", "bob");
  std::vector<raw_client> nameless;
  for (int i = 0; i < 5; ++i) nameless.push_back(subject.join("nameless" + std::to_string(i)));
  one = join(subject, "ann", "one", lasting(false));
  one = join(subject, "ann", "one", lasting(true));
  expect_refused(subject, "ann", "four");
  // What has ended makes room.
  two.disconnect();
  two.expect_close();
  raw_client four = join(subject, "ann", "four");
  expect_refused(subject, "ann", "five");
  EXPECT_GE(subject->figures().other("limits/sessions_refused"), 6U);
}

TEST_F(quotas, follow_a_session_to_the_user_who_takes_it_over) {
  running subject(bounded(1, 0, false));
  raw_client ann = join(subject, "ann", "one", lasting());
  expect_refused(subject, "ann", "two");
  ann = join(subject, "bob", "one", lasting(false));
  expect_refused(subject, "bob", "two");
  raw_client two = join(subject, "ann", "two", lasting());
  // Who has one already cannot have another's, and nobody is sent away for it.
  expect_refused(subject, "ann", "one");
  ann.expect_silence();
}

// THREATS 56.
TEST_F(quotas, bound_the_retained_messages_of_a_user) {
  running subject(bounded(0, 2));
  raw_client ann = join(subject, "ann", "one");
  raw_client other = join(subject, "ann", "other");
  raw_client bob = join(subject, "bob", "two");
  EXPECT_EQ(retain(ann, "a/1", "x"), 0U);
  EXPECT_EQ(retain(other, "a/2", "x"), 0U);
  EXPECT_EQ(retain(ann, "a/3", "x"), 0x97U);
  EXPECT_EQ(retain(ann, "a/1", "y"), 0U) << "one message in the place of another";
  EXPECT_EQ(retain(bob, "b/1", "x"), 0U);
  // A message that is removed, or somebody else's from then on, makes room.
  EXPECT_EQ(retain(bob, "a/2", ""), 0U);
  EXPECT_EQ(retain(ann, "a/3", "x"), 0U);
  EXPECT_EQ(retain(ann, "a/4", "x"), 0x97U);
  EXPECT_EQ(retain(bob, "a/3", "his"), 0U);
  EXPECT_EQ(retain(bob, "b/2", "x"), 0x97U);
  EXPECT_EQ(retain(ann, "a/4", "x"), 0U);
  // A will is a message like any other.
  raw_client will =
      join(subject, "ann", "w", {.will = support::will_message{.topic = "a/5", .payload = "x", .retain = true}});
  will.drop();
  raw_client reader = subject.join("reader");
  EXPECT_EQ(code_of(reader, "a/#"), 1U);
  reader.expect_publish("a/1", "y");
  reader.expect_publish("a/3", "his");
  reader.expect_publish("a/4", "x");
}

}  // namespace
}  // namespace nanomq::broker::testing
