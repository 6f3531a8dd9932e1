// The process ends at every point where it matters, and what was acknowledged is there again.
#include "durable_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

class durable_restart : public durable {};

TEST_F(durable_restart, keeps_sessions_with_their_subscriptions_options_and_identifiers) {
  {
    raw_client reader = stay("reader");
    reader.subscribe("kept/+", 1, properties().variable(property::subscription_identifier, 42));
    reader.subscribe("own", 1 | no_local);
    reader.subscribe("gone", 1);
    reader.send(unsubscribe_packet{.id = 90, .filters = {"gone"}});
    reader.expect(UNSUBACK);
  }
  crash();
  raw_client reader = stay("reader", true);
  raw_client writer = come("writer");
  reader.send(publish_packet{.topic = "own", .payload = "no"});
  writer.publish({.topic = "gone", .payload = "no"});
  writer.publish({.topic = "kept/1", .payload = "yes", .qos = 1, .id = 1});
  const received_packet got = reader.expect_publish("kept/1", "yes");
  EXPECT_EQ(got.props.numbers(property::subscription_identifier), std::vector<std::uint32_t>{42});
}

TEST_F(durable_restart, finds_sessions_whatever_the_number_of_shards) {
  for (int i = 0; i < 20; ++i) stay("reader" + std::to_string(i)).subscribe("t" + std::to_string(i), 1);
  shards = 3;
  crash();
  raw_client writer = come("writer");
  for (int i = 0; i < 20; ++i) {
    writer.publish({.topic = "t" + std::to_string(i), .payload = "m", .qos = 1, .id = 1});
  }
  shards = 1;
  crash();
  for (int i = 0; i < 20; ++i) {
    stay("reader" + std::to_string(i), true).expect_publish("t" + std::to_string(i), "m");
  }
}

// THREATS 80: what is kept goes by numbers; a client id is never a part of a key, a path or a statement.
TEST_F(durable_restart, gives_each_client_its_own_whatever_it_is_called) {
  const std::vector<std::string> ids{"a",
                                     "A",
                                     "a ",
                                     "a_meta",
                                     "a/meta",
                                     "a:meta",
                                     "a'; DROP TABLE sessions; --",
                                     "a\"",
                                     "a\\",
                                     "%s",
                                     "../a",
                                     "$a",
                                     "1",
                                     "01",
                                     "-1",
                                     "a\x7f",
                                     "\xc3\xa1",
                                     "a\xcc\x81",
                                     std::string(200, 'a'),
                                     std::string(201, 'a')};
  for (std::size_t i = 0; i < ids.size(); ++i) stay(ids[i]).subscribe("t" + std::to_string(i), 1);
  crash();
  raw_client writer = come("writer");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    writer.publish({.topic = "t" + std::to_string(i), .payload = "m", .qos = 1, .id = 1});
  }
  crash();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    raw_client one = stay(ids[i], true);
    one.expect_publish("t" + std::to_string(i), "m");
    one.expect_silence();
  }
}

TEST_F(durable_restart, keeps_the_last_retained_message_and_keeps_deleted_ones_deleted) {
  raw_client writer = come("writer");
  writer.publish({.topic = "r/1", .payload = "old", .qos = 1, .id = 1, .retain = true});
  writer.publish({.topic = "r/1", .payload = "new", .qos = 1, .id = 1, .retain = true});
  writer.publish({.topic = "r/2", .payload = "gone", .qos = 1, .id = 1, .retain = true});
  writer.publish({.topic = "r/2", .payload = "", .qos = 1, .id = 1, .retain = true});
  crash();
  raw_client reader = come("reader");
  reader.subscribe("r/#");
  reader.expect_publish("r/1", "new");
  reader.expect_silence();
}

TEST_F(durable_restart, forgets_sessions_that_end_with_their_connection) {
  come("passing").subscribe("t", 1);
  crash();
  stay("passing", false);
}

TEST_F(durable_restart, forgets_a_session_that_a_clean_start_has_ended) {
  stay("reader").subscribe("t", 1);
  come("reader");
  crash();
  stay("reader", false);
}

// [MQTT-4.4.0-1]: unacknowledged messages come again under their identifiers.
TEST_F(durable_restart, sends_again_what_was_not_acknowledged_under_the_same_identifiers) {
  std::vector<unsigned> identifiers;
  {
    raw_client reader = stay("reader");
    reader.subscribe("t", 1);
    raw_client writer = come("writer");
    for (int i = 0; i < 5; ++i) {
      writer.publish({.topic = "t", .payload = std::to_string(i), .qos = 1, .id = 1});
      identifiers.push_back(reader.expect_publish("t", std::to_string(i)).id);
    }
    reader.send(acknowledgement{.kind = PUBACK, .id = identifiers[2]});
    raw_client barrier = stay("barrier");
    reader.expect_silence();
    barrier.subscribe("x", 1);  // stored behind the acknowledgement
    reader.subscribe("x", 1);
  }
  crash();
  raw_client reader = stay("reader", true);
  for (const int i : {0, 1, 3, 4}) {
    const received_packet got = reader.expect_publish("t", std::to_string(i));
    EXPECT_EQ(got.id, identifiers[static_cast<std::size_t>(i)]);
    EXPECT_TRUE(got.dup());
  }
  reader.expect_silence();
}

// Exactly once towards the broker: the client sends again what was not answered, and nothing is there twice or missing.
TEST_F(durable_restart, takes_a_qos_2_message_once_wherever_the_exchange_is_cut) {
  {
    stay("reader").subscribe("t", 1);
  }
  {
    raw_client writer = stay("writer");
    // Cut after PUBREC.
    writer.send(publish_packet{.topic = "t", .payload = "one", .qos = 2, .id = 1});
    writer.expect(PUBREC, 1);
    // Cut before anything was answered, nothing stored.
    drive.hold();
    writer.send(publish_packet{.topic = "t", .payload = "two", .qos = 2, .id = 2});
    drive.await_commit();
  }
  crash();
  {
    raw_client writer = stay("writer", true);
    writer.send(publish_packet{.topic = "t", .payload = "one", .qos = 2, .id = 1, .dup = true});
    writer.expect(PUBREC, 1);
    writer.send(publish_packet{.topic = "t", .payload = "two", .qos = 2, .id = 2, .dup = true});
    writer.expect(PUBREC, 2);
    writer.send(acknowledgement{.kind = PUBREL, .id = 1});
    writer.expect(PUBCOMP, 1);
    // Cut after PUBREL, before it is stored: the client sends it again.
    drive.hold();
    writer.send(acknowledgement{.kind = PUBREL, .id = 2});
    drive.await_commit();
  }
  crash();
  {
    raw_client writer = stay("writer", true);
    writer.send(acknowledgement{.kind = PUBREL, .id = 2});
    writer.expect(PUBCOMP, 2);
    // The identifiers are free: these are new messages.
    writer.publish({.topic = "t", .payload = "three", .qos = 2, .id = 1});
    writer.publish({.topic = "t", .payload = "four", .qos = 2, .id = 2});
  }
  crash();
  raw_client reader = stay("reader", true);
  for (const char* text : {"one", "two", "three", "four"}) reader.expect_publish("t", text);
  reader.expect_silence();
}

// Exactly once towards the subscriber: it sees the same identifier again, or PUBREL, and never a second message.
TEST_F(durable_restart, delivers_a_qos_2_message_once_wherever_the_exchange_is_cut) {
  unsigned id = 0;
  {
    raw_client reader = stay("reader");
    reader.subscribe("t", 2);
    raw_client writer = come("writer");
    writer.publish({.topic = "t", .payload = "m", .qos = 2, .id = 1});
    id = reader.expect_publish("t", "m").id;
  }
  crash();
  {
    raw_client reader = stay("reader", true);
    const received_packet again = reader.expect_publish("t", "m");
    EXPECT_EQ(again.id, id);
    EXPECT_TRUE(again.dup());
    drive.hold();
    reader.send(acknowledgement{.kind = PUBREC, .id = id});
    drive.await_commit();
  }
  crash();  // the PUBREC was not stored: the message comes again
  {
    raw_client reader = stay("reader", true);
    EXPECT_EQ(reader.expect_publish("t", "m").id, id);
    reader.send(acknowledgement{.kind = PUBREC, .id = id});
    reader.expect(PUBREL, id);
  }
  crash();  // it was: only PUBREL does
  {
    raw_client reader = stay("reader", true);
    reader.expect(PUBREL, id);
    reader.send(acknowledgement{.kind = PUBCOMP, .id = id});
    reader.subscribe("x", 1);
  }
  crash();
  stay("reader", true).expect_silence();
}

// A client may answer on the next connection what it was sent on the last.
TEST_F(durable_restart, knows_what_a_client_answers_before_it_is_sent_again) {
  unsigned id = 0;
  {
    raw_client reader = stay("reader");
    reader.subscribe("t", 2);
    come("writer").publish({.topic = "t", .payload = "m", .qos = 2, .id = 1});
    id = reader.expect_publish("t", "m").id;
  }
  crash();
  raw_client reader = dial();
  connect_packet back{.client_id = "reader", .clean_start = false};
  back.props.u32(property::session_expiry_interval, 3'600);
  octets both = back.encode(version::v5);
  both.raw(acknowledgement{.kind = PUBREC, .id = id}.encode(version::v5));
  reader.send(both);
  EXPECT_TRUE(reader.expect(CONNACK).session_present);
  reader.expect_publish("t", "m");
  reader.expect(PUBREL, id);
}

TEST_F(durable_restart, publishes_the_will_of_a_client_that_was_connected_when_the_process_died) {
  {
    stay("watcher").subscribe("will", 1);
  }
  raw_client dying = dial();
  connect_packet with{.client_id = "dying", .clean_start = false};
  with.props.u32(property::session_expiry_interval, 3'600);
  with.will = support::will_message{.topic = "will", .payload = "gone", .qos = 1};
  dying.connect(with);
  dying.subscribe("x", 1);  // stored behind the will
  crash();
  stay("watcher", true).expect_publish("will", "gone");
}

/// When the only will in a store is due.
class due_finder final : public nanolib::store_visitor {
 public:
  nanolib::instant due = nanolib::never;

  void on_will(nanolib::session_key, const nanolib::stored_will& one) override { due = one.due; }
  void on_session(const nanolib::stored_session&) override {}
  void on_subscription(nanolib::session_key, std::string_view, const nanolib::subscription_options&) override {}
  void on_unreleased(nanolib::session_key, std::uint16_t) override {}
  void on_queue(nanolib::session_key, const nanolib::queue_extent&) override {}
  void on_exceptional_row(nanolib::session_key, const nanolib::stored_row&) override {}
  void on_retained(const nanolib::message_ptr&) override {}
};

// A broker that dies again before the delay has passed must not begin to count anew each time.
TEST_F(durable_restart, keeps_the_time_when_a_will_is_due_from_the_first_restart_on) {
  shards = 1;
  crash();
  raw_client dying = dial();
  connect_packet with{.client_id = "dying", .clean_start = false};
  with.props.u32(property::session_expiry_interval, 7'200);
  with.will = support::will_message{.topic = "will", .payload = "gone", .qos = 1};
  with.will->props.u32(property::will_delay_interval, 3'600);
  dying.connect(with);
  dying.subscribe("x", 1);
  crash();
  stay("other").subscribe("y", 1);  // stored behind what the restart has found
  due_finder found;
  static_cast<void>(drive.contents().load({}, found));
  EXPECT_NE(found.due, nanolib::never);
}

// THREATS F18: what SIGTERM does. The wills of those who were there are not sent.
TEST_F(durable_restart, after_a_stop_has_everything_and_sends_no_will_f18) {
  {
    stay("watcher").subscribe("#", 1);
  }
  raw_client dying = dial();
  connect_packet with{.client_id = "dying", .clean_start = false};
  with.props.u32(property::session_expiry_interval, 3'600);
  with.will = support::will_message{.topic = "will", .payload = "gone", .qos = 1};
  dying.connect(with);
  dying.publish({.topic = "t", .payload = "m", .qos = 1, .id = 1});
  restart();
  raw_client watcher = stay("watcher", true);
  watcher.expect_publish("t", "m");
  watcher.expect_silence();
  stay("dying", true);
}

TEST_F(durable_restart, hands_a_shared_message_to_another_member_and_loses_none) {
  {
    raw_client first = stay("first");
    first.subscribe("$share/g/t", 1);
    raw_client writer = come("writer");
    writer.publish({.topic = "t", .payload = "m", .qos = 1, .id = 1});
    first.expect_publish("t", "m");
    raw_client second = stay("second");
    second.subscribe("$share/g/t", 1);
    first.drop();  // without an answer: it goes to the other one
    second.expect_publish("t", "m");
    second.subscribe("x", 1);
    raw_client third = stay("third");
    third.subscribe("x", 1);
  }
  crash();
  {
    raw_client second = stay("second", true);
    second.expect_publish("t", "m");
  }
  stay("first", true).expect_silence();
}

TEST_F(durable_restart, passes_shared_messages_of_an_ended_session_on_from_disk) {
  constexpr unsigned many = 700;
  {
    raw_client ending = stay("ending");
    ending.subscribe("$share/g/t", 1);
    ending.disconnect();
  }
  {
    raw_client writer = come("writer");
    for (unsigned i = 1; i <= many; ++i) {
      writer.publish({.topic = "t", .payload = std::to_string(i), .qos = 1, .id = i});
    }
  }
  crash();
  {
    raw_client heir = stay("heir");
    heir.subscribe("$share/g/t", 1);
    raw_client fresh = come("ending");
    for (unsigned i = 1; i <= many; ++i) {
      const unsigned id = heir.expect_publish("t", std::to_string(i)).id;
      heir.send(acknowledgement{.kind = PUBACK, .id = id});
    }
    heir.subscribe("x", 1);
  }
  crash();
  stay("heir", true).expect_silence();
  stay("ending", false);
}

TEST_F(durable_restart, lets_nothing_come_back_that_was_never_acknowledged_as_if_it_were) {
  {
    stay("reader").subscribe("t", 1);
  }
  raw_client writer = stay("writer");
  drive.hold();
  writer.send(publish_packet{.topic = "t", .payload = "m", .qos = 1, .id = 1});
  drive.await_commit();
  writer.expect_silence();
  crash();
  stay("reader", true).expect_silence();
}

}  // namespace
}  // namespace nanomq::broker::testing
