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
