// What is acknowledged waits for the commit that covers it, and nothing else does: the table of ADR 3, row by row.
#include "durable_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

class durable_acknowledgement : public durable {
 protected:
  /// A subscriber that is away, so that messages for `filter` have to be stored.
  void leave_subscriber(const std::string& filter, unsigned qos) {
    raw_client away = stay("away");
    away.subscribe(filter, qos);
    away.disconnect();
  }
};

TEST_F(durable_acknowledgement, puback_waits_until_the_message_is_stored) {
  leave_subscriber("t", 1);
  raw_client writer = come("writer");
  drive.hold();
  writer.send(publish_packet{.topic = "t", .payload = "m", .qos = 1, .id = 7});
  drive.await_commit();
  writer.expect_silence();
  drive.pass();
  writer.expect(PUBACK, 7);
}

TEST_F(durable_acknowledgement, pubrec_and_pubcomp_wait_until_what_they_promise_is_stored) {
  leave_subscriber("t", 2);
  raw_client writer = stay("writer");
  drive.hold();
  writer.send(publish_packet{.topic = "t", .payload = "m", .qos = 2, .id = 7});
  drive.await_commit();
  writer.expect_silence();
  drive.pass();
  writer.expect(PUBREC, 7);
  drive.hold();
  writer.send(acknowledgement{.kind = PUBREL, .id = 7});
  drive.await_commit();
  writer.expect_silence();
  drive.pass();
  writer.expect(PUBCOMP, 7);
}

TEST_F(durable_acknowledgement, suback_and_unsuback_wait_until_the_change_is_stored) {
  raw_client reader = stay("reader");
  drive.hold();
  reader.send(subscribe_packet{.id = 3, .filters = {{"t", 1}}});
  drive.await_commit();
  reader.expect_silence();
  drive.pass();
  EXPECT_EQ(reader.expect(SUBACK).id, 3U);
  drive.hold();
  reader.send(unsubscribe_packet{.id = 4, .filters = {"t"}});
  drive.await_commit();
  reader.expect_silence();
  drive.pass();
  EXPECT_EQ(reader.expect(UNSUBACK).id, 4U);
}

TEST_F(durable_acknowledgement, a_qos_2_message_to_a_stored_session_waits_and_so_does_its_pubrel) {
  raw_client reader = stay("reader");
  reader.subscribe("t", 2);
  raw_client writer = come("writer");
  drive.hold();
  writer.send(publish_packet{.topic = "t", .payload = "m", .qos = 2, .id = 1});
  drive.await_commit();
  reader.expect_silence();
  drive.pass();
  const unsigned id = reader.expect_publish("t", "m").id;
  writer.expect(PUBREC, 1);
  drive.hold();
  reader.send(acknowledgement{.kind = PUBREC, .id = id});
  drive.await_commit();
  reader.expect_silence();
  drive.pass();
  reader.expect(PUBREL, id);
  reader.send(acknowledgement{.kind = PUBCOMP, .id = id});
}

TEST_F(durable_acknowledgement, connack_of_a_clean_start_waits_until_the_old_session_is_gone) {
  {
    stay("same").subscribe("t", 1);
  }
  drive.hold();
  raw_client fresh = dial();
  fresh.send(connect_packet{.client_id = "same"});
  drive.await_commit();
  EXPECT_FALSE(fresh.wait_readable(std::chrono::milliseconds(50)));
  drive.pass();
  EXPECT_FALSE(fresh.expect(CONNACK).session_present);
  // And is not answered twice.
  fresh.expect_silence();
}

TEST_F(durable_acknowledgement, nothing_else_waits) {
  raw_client stored = stay("stored");
  stored.subscribe("t/#", 1);
  raw_client passing = come("passing");
  passing.subscribe("t/#", 2);
  raw_client writer = come("writer");
  drive.hold();
  writer.send(publish_packet{.topic = "t/1", .payload = "one", .qos = 1, .id = 1});
  drive.await_commit();
  stored.expect_publish("t/1", "one");
  passing.expect_publish("t/1", "one");
  writer.publish({.topic = "t/0", .payload = "zero"});
  stored.expect_publish("t/0", "zero");
  passing.expect_publish("t/0", "zero");
  writer.send(publish_packet{.topic = "t/2", .payload = "two", .qos = 2, .id = 2});
  passing.expect_publish("t/2", "two");
  EXPECT_EQ(passing.subscribe("other", 1).codes.front(), 1U);
  raw_client another = stay("another");
  another.expect_silence();
  drive.pass();
  writer.expect(PUBACK, 1);
  writer.expect(PUBREC, 2);
}

TEST_F(durable_acknowledgement, those_of_one_client_stay_in_order) {
  leave_subscriber("t", 1);
  raw_client writer = come("writer");
  drive.hold();
  writer.send(publish_packet{.topic = "t", .payload = "m", .qos = 1, .id = 1});
  drive.await_commit();
  writer.send(publish_packet{.topic = "nobody", .payload = "m", .qos = 1, .id = 2});
  writer.send(publish_packet{.topic = "t", .payload = "m", .qos = 1, .id = 3});
  writer.expect_silence();
  drive.pass();
  EXPECT_EQ(writer.expect(PUBACK).id, 1U);
  EXPECT_EQ(writer.expect(PUBACK).id, 2U);
  EXPECT_EQ(writer.expect(PUBACK).id, 3U);
}

// A message that its subscriber has acknowledged by the time that it would be written is not written.
TEST_F(durable_acknowledgement, of_a_message_that_was_delivered_in_time_writes_nothing) {
  raw_client reader = stay("reader");
  reader.subscribe("t", 1);
  raw_client writer = come("writer");
  writer.publish({.topic = "none", .payload = "m", .qos = 1, .id = 9});
  // Something else keeps the writer busy meanwhile.
  drive.hold();
  raw_client other = stay("other");
  drive.await_commit();
  writer.send(publish_packet{.topic = "t", .payload = "m", .qos = 1, .id = 1});
  const unsigned id = reader.expect_publish("t", "m").id;
  reader.send(acknowledgement{.kind = PUBACK, .id = id});
  reader.expect_silence();
  const std::uint64_t before = drive.commits();
  drive.pass();
  writer.expect(PUBACK, 1);
  EXPECT_EQ(drive.commits(), before + 1);  // only what was under way
}

// A publisher that does not wait is not read without end; others are served meanwhile.
TEST_F(durable_acknowledgement, that_waits_bounds_what_is_read_from_a_publisher) {
  leave_subscriber("t", 1);
  raw_client writer = come("writer", version::v3_1_1);
  raw_client reader = come("reader");
  reader.subscribe("free");
  drive.hold();
  for (unsigned id = 1; id <= 2'000; ++id)
    writer.send(publish_packet{.topic = "t", .payload = "m", .qos = 1, .id = id});
  drive.await_commit();
  raw_client other = come("other");
  for (int i = 0; i < 100; ++i) {
    other.publish({.topic = "free", .payload = "0"});
    reader.expect_publish("free", "0");
  }
  drive.pass();
  for (unsigned id = 1; id <= 2'000; ++id) writer.expect(PUBACK, id);
}

}  // namespace
}  // namespace nanomq::broker::testing
