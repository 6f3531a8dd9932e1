// Queues that are longer than memory is meant to be.
#include "durable_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

class durable_queue : public durable {
 protected:
  static constexpr unsigned many = 5'000;

  void fill(unsigned count, const std::string& filler = {}) {
    {
      raw_client away = stay("away");
      away.subscribe("t", 1);
      away.disconnect();
    }
    raw_client writer = come("writer");
    for (unsigned i = 1; i <= count; ++i) {
      writer.send(publish_packet{.topic = "t", .payload = std::to_string(i) + filler, .qos = 1, .id = i});
      if (i % 50 == 0) {
        for (unsigned id = i - 49; id <= i; ++id) writer.expect(PUBACK, id);
      }
    }
  }
  static void expect_all(raw_client& back, unsigned first, unsigned last, const std::string& filler = {}) {
    for (unsigned i = first; i <= last; ++i) {
      const unsigned id = back.expect_publish("t", std::to_string(i) + filler).id;
      back.send(acknowledgement{.kind = PUBACK, .id = id});
    }
    back.expect_silence();
  }
};

TEST_F(durable_queue, is_delivered_in_order_when_the_client_is_back) {
  fill(many);
  raw_client back = stay("away", true);
  expect_all(back, 1, many);
}

TEST_F(durable_queue, is_delivered_in_order_after_a_crash) {
  fill(many);
  crash();
  raw_client back = stay("away", true);
  expect_all(back, 1, many);
  back.subscribe("x", 1);  // answered when the acknowledgements before it are stored
  crash();
  stay("away", true).expect_silence();
}

TEST_F(durable_queue, goes_on_where_the_client_stopped) {
  fill(1'000);
  {
    raw_client back = stay("away", true);
    for (unsigned i = 1; i <= 300; ++i) {
      const unsigned id = back.expect_publish("t", std::to_string(i)).id;
      back.send(acknowledgement{.kind = PUBACK, .id = id});
    }
    back.send(pingreq());
    for (received_packet next = back.next(); next.kind != PINGRESP;) next = back.next();
    back.drop();
  }
  raw_client writer = come("other");
  writer.publish({.topic = "t", .payload = "1001", .qos = 1, .id = 1});
  crash();
  raw_client back = stay("away", true);
  expect_all(back, 301, 1'001);
}

// [MQTT-4.4.0-1] [MQTT-3.3.1-1]: while its client is away only the store knows the window, and what of it was sent.
TEST_F(durable_queue, comes_back_from_rest_under_the_same_identifiers) {
  raw_client reader = dial();
  connect_packet narrow{.client_id = "away", .clean_start = false};
  narrow.props.u32(property::session_expiry_interval, 3'600).u16(property::receive_maximum, 4);
  reader.connect(narrow);
  reader.subscribe("t", 2);
  raw_client writer = come("writer");
  for (unsigned i = 1; i <= 8; ++i) {
    writer.publish({.topic = "t", .payload = std::to_string(i), .qos = 1 + i % 2, .id = i});
  }
  std::vector<unsigned> identifiers;
  for (unsigned i = 1; i <= 4; ++i) identifiers.push_back(reader.expect_publish("t", std::to_string(i)).id);
  reader.send(acknowledgement{.kind = PUBREC, .id = identifiers[0]});
  reader.expect(PUBREL, identifiers[0]);
  reader.drop();
  // Twice, so that every shard has been told of the first.
  raw_client elsewhere = stay("elsewhere");
  elsewhere.subscribe("t", 1);
  elsewhere.disconnect();
  for (unsigned i = 9; i <= 10; ++i) writer.publish({.topic = "t", .payload = std::to_string(i), .qos = 1, .id = i});
  for (int round = 0; round < 2; ++round) {
    raw_client back = dial();
    EXPECT_TRUE(back.connect(narrow).session_present);
    unsigned next = 2;
    for (int packets = 0; packets < 5; ++packets) {  // a PUBREL does not count against the maximum
      const received_packet again = back.next();
      if (again.kind == PUBREL) {  // waits for the store, and lets others pass
        EXPECT_EQ(again.id, identifiers[0]);
        continue;
      }
      EXPECT_EQ(again.payload, std::to_string(next));
      if (next > identifiers.size()) identifiers.push_back(again.id);
      EXPECT_EQ(again.id, identifiers[next - 1]);
      EXPECT_EQ(again.dup(), next <= 4 || round > 0);
      ++next;
    }
    EXPECT_EQ(next, 6U);
    back.expect_silence();
    back.disconnect();
  }
  raw_client back = stay("away", true);
  for (unsigned next = 2; next <= 10;) {
    const received_packet got = back.next();
    if (got.kind == PUBREL) {
      back.send(acknowledgement{.kind = PUBCOMP, .id = got.id});
      continue;
    }
    EXPECT_EQ(got.payload, std::to_string(next));
    EXPECT_EQ(got.dup(), next <= 5) << next;
    back.send(acknowledgement{.kind = got.qos() == 1 ? PUBACK : PUBREC, .id = got.id});
    ++next;
  }
}

TEST_F(durable_queue, of_large_messages_is_read_back_in_pieces) {
  const std::string filler(20'000, 'x');
  fill(200, filler);
  raw_client back = stay("away", true);
  expect_all(back, 1, 200, filler);
}

TEST_F(durable_queue, takes_live_messages_behind_those_that_wait) {
  fill(2'000);
  raw_client back = dial();
  connect_packet narrow{.client_id = "away", .clean_start = false};
  narrow.props.u32(property::session_expiry_interval, 3'600).u16(property::receive_maximum, 1);
  EXPECT_TRUE(back.connect(narrow).session_present);
  raw_client writer = come("writer");
  writer.publish({.topic = "t", .payload = "2001", .qos = 1, .id = 1});
  expect_all(back, 1, 2'001);
}

TEST_F(durable_queue, drops_beyond_the_bound_of_a_session) {
  adjust = [](broker_options& options) { options.durability.max_queue_messages = 10; };
  restart();
  fill(50);
  raw_client back = stay("away", true);
  expect_all(back, 1, 10);
}

TEST_F(durable_queue, refuses_publishers_beyond_the_bound_of_all) {
  adjust = [](broker_options& options) { options.durability.max_messages = 10; };
  restart();
  raw_client away = stay("away");
  away.subscribe("t", 1);
  away.disconnect();
  raw_client writer = come("writer");
  for (unsigned id = 1; id <= 10; ++id)
    writer.publish({.topic = "t", .payload = std::to_string(id), .qos = 1, .id = id});
  writer.send(publish_packet{.topic = "t", .payload = "11", .qos = 1, .id = 11});
  writer.expect(PUBACK, 11, 0x97);
  raw_client back = stay("away", true);
  expect_all(back, 1, 10);
  writer.publish({.topic = "t", .payload = "12", .qos = 1, .id = 12});
  expect_all(back, 12, 12);
}

}  // namespace
}  // namespace nanomq::broker::testing
