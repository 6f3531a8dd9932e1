// A full disk, a disk that fails, a slow disk.
#include "durable_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

class durable_fault : public durable {
 protected:
  void SetUp() override {
    durable::SetUp();
    raw_client away = stay("away");
    away.subscribe("t/#", 2);
    away.disconnect();
  }
  /// Publishes until the code comes that is waited for.
  static void publish_until(raw_client& writer, unsigned code, unsigned qos = 1) {
    const auto deadline = std::chrono::steady_clock::now() + raw_client::default_deadline;
    while (std::chrono::steady_clock::now() < deadline) {
      const unsigned id = writer.fresh_id();
      writer.send(publish_packet{.topic = "t/until", .payload = "u", .qos = qos, .id = id});
      const received_packet answer = writer.next();
      if (answer.code == code) return;
      if (answer.kind == PUBREC && answer.code < 0x80) {
        writer.send(acknowledgement{.kind = PUBREL, .id = id});
        writer.expect(PUBCOMP, id);
      }
    }
    FAIL() << "never answered with " << code;
  }
};

// THREATS F3: a full disk.
TEST_F(durable_fault, full_disk_refuses_messages_with_an_acknowledgement_and_recovers_f3) {
  raw_client reader = come("reader");
  reader.subscribe("q0");
  raw_client writer = stay("writer");
  drive.fault = commit_fault::no_space;
  writer.send(publish_packet{.topic = "t/lost", .payload = "m", .qos = 1, .id = 1});
  writer.expect(PUBACK, 1, 0x97);
  writer.send(publish_packet{.topic = "t/lost", .payload = "m", .qos = 2, .id = 2});
  writer.expect(PUBREC, 2, 0x97);
  raw_client old = come("old", version::v3_1_1);
  old.send(publish_packet{.topic = "t/lost", .payload = "m", .qos = 1, .id = 1});
  old.expect_close();
  writer.publish({.topic = "q0", .payload = "alive"});
  reader.expect_publish("q0", "alive");
  drive.fault = commit_fault::none;
  publish_until(writer, 0);
  // An identifier that was refused is free: this is a new message.
  writer.publish({.topic = "t/kept", .payload = "m", .qos = 2, .id = 2});
  raw_client back = stay("away", true);
  received_packet next = back.expect(PUBLISH);
  while (next.topic == "t/until") {
    back.send(acknowledgement{.kind = PUBACK, .id = next.id});
    next = back.expect(PUBLISH);
  }
  EXPECT_EQ(next.topic, "t/kept");
}

// [MQTT-4.3.3-9]
TEST_F(durable_fault, full_disk_frees_the_identifier_of_a_client_whose_session_is_not_kept_f3) {
  raw_client writer = come("passing");
  drive.fault = commit_fault::no_space;
  writer.send(publish_packet{.topic = "t/lost", .payload = "m", .qos = 2, .id = 7});
  writer.expect(PUBREC, 7, 0x97);
  drive.fault = commit_fault::none;
  publish_until(writer, 0);
  writer.publish({.topic = "t/kept", .payload = "m", .qos = 2, .id = 7});
  raw_client back = stay("away", true);
  EXPECT_EQ(back.expect(PUBLISH).topic, "t/until");
  EXPECT_EQ(back.expect(PUBLISH).topic, "t/kept");
}

TEST_F(durable_fault, full_disk_refuses_the_message_that_a_client_sends_again_after_it_came_back_f3) {
  drive.hold();
  {
    raw_client writer = stay("writer");
    writer.send(publish_packet{.topic = "t/x", .payload = "m", .qos = 2, .id = 5});
    drive.await_commit();
    writer.expect_silence();
    writer.drop();
  }
  raw_client again = stay("writer", true);
  again.send(publish_packet{.topic = "t/x", .payload = "m", .qos = 2, .id = 5, .dup = true});
  again.expect_silence();
  drive.fault = commit_fault::no_space;
  drive.pass();
  const received_packet answer = again.expect(PUBREC);
  EXPECT_EQ(answer.code, 0x97U);
  drive.fault = commit_fault::none;
  publish_until(again, 0);
  again.publish({.topic = "t/x", .payload = "m", .qos = 2, .id = 5});
}

TEST_F(durable_fault, full_disk_keeps_what_else_has_changed_and_acknowledges_it_later_f3) {
  drive.fault = commit_fault::no_space;
  raw_client reader = stay("reader");
  reader.send(subscribe_packet{.id = 9, .filters = {{"later", 1}}});
  reader.expect_silence();
  drive.fault = commit_fault::none;
  EXPECT_EQ(reader.expect(SUBACK).id, 9U);
  crash();
  raw_client back = stay("reader", true);
  raw_client writer = come("writer");
  writer.publish({.topic = "later", .payload = "m"});
  back.expect_publish("later", "m");
}

TEST_F(durable_fault, full_disk_keeps_only_those_waiting_whose_own_session_ends_f3) {
  drive.fault = commit_fault::no_space;
  raw_client again = dial();
  again.send(connect_packet{.client_id = "away", .clean_start = true});
  for (int i = 0; i < 8; ++i) come("other" + std::to_string(i)).publish({.topic = "q0", .payload = "m"});
  EXPECT_FALSE(again.wait_readable(std::chrono::milliseconds(0)));
  drive.fault = commit_fault::none;
  EXPECT_FALSE(again.expect(CONNACK).session_present);
}

// [MQTT-3.1.2-4]: the next start would bring the session back.
TEST_F(durable_fault, failed_disk_ends_no_session_that_it_would_bring_back_f3) {
  raw_client writer = come("writer");
  writer.publish({.topic = "t/kept", .payload = "m", .qos = 1});
  drive.fault = commit_fault::failed;
  writer.send(publish_packet{.topic = "t/lost", .payload = "m", .qos = 1, .id = 77});
  writer.expect(PUBACK, 77, 0x97);
  raw_client again = dial();
  again.send(connect_packet{.client_id = "away", .clean_start = true});
  EXPECT_EQ(again.expect(CONNACK).code, 0x88U);
  drive.fault = commit_fault::none;
  crash();
  stay("away", true).expect_publish("t/kept", "m");
}

// THREATS F3: EIO. Nothing is acknowledged any more, and everything else goes on.
TEST_F(durable_fault, failed_disk_acknowledges_nothing_and_serves_qos_0_f3) {
  raw_client reader = come("reader");
  reader.subscribe("q0");
  raw_client writer = stay("writer");
  drive.fault = commit_fault::failed;
  writer.send(publish_packet{.topic = "t/lost", .payload = "m", .qos = 1, .id = 1});
  writer.expect(PUBACK, 1, 0x97);
  drive.fault = commit_fault::none;
  writer.send(publish_packet{.topic = "t/lost", .payload = "m", .qos = 2, .id = 2});
  writer.expect(PUBREC, 2, 0x97);
  writer.send(subscribe_packet{.id = 9, .filters = {{"later", 1}}});
  writer.expect_silence();
  raw_client fresh = come("fresh");
  EXPECT_EQ(fresh.subscribe("q0").codes.front(), 0U);
  fresh.publish({.topic = "q0", .payload = "alive"});
  reader.expect_publish("q0", "alive");
}

// THREATS F4: a slow disk.
TEST_F(durable_fault, slow_disk_holds_up_no_qos_0_and_ends_no_connection_f4) {
  raw_client reader = come("reader");
  reader.subscribe("q0");
  raw_client writer = come("writer");
  drive.hold();
  writer.send(publish_packet{.topic = "t/slow", .payload = "m", .qos = 1, .id = 1});
  drive.await_commit();
  for (int i = 0; i < 1'000; ++i) {
    writer.publish({.topic = "q0", .payload = std::to_string(i)});
    reader.expect_publish("q0", std::to_string(i));
  }
  writer.expect_silence();
  drive.pass();
  writer.expect(PUBACK, 1);
}

}  // namespace
}  // namespace nanomq::broker::testing
