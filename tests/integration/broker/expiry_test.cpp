// Faults that showed between rooms: what one message or one CONNECT leaves behind for the next.
#include "broker_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

// [MQTT-3.3.2-5]: a message that has expired is not sent, and costs the subscriber no quota.
TEST(expiry, a_message_that_expires_at_once_uses_up_no_receive_maximum) {
  running subject(options_with(1));
  connect_packet narrow;
  narrow.props.u16(property::receive_maximum, 1);
  raw_client reader = subject.join("reader", narrow);
  reader.subscribe("t", 2);
  raw_client writer = subject.join("writer");
  for (const unsigned qos : {1U, 2U}) {
    publish_packet gone{.topic = "t", .payload = "gone", .qos = qos, .id = writer.fresh_id()};
    gone.props.u32(property::message_expiry_interval, 0);
    writer.publish(gone);
  }
  writer.publish({.topic = "t", .payload = "stays", .qos = 1, .id = writer.fresh_id()});
  reader.expect_publish("t", "stays");
}

// [MQTT-3.1.2-8]: the delay of one client's will is not another's.
TEST(will, without_a_delay_is_sent_at_once_whatever_an_earlier_client_asked_for) {
  running subject(options_with(1));
  raw_client watcher = subject.join("watcher");
  watcher.subscribe("will/#", 0);
  connect_packet late{.props = properties().u32(property::session_expiry_interval, 1'000)};
  late.will = support::will_message{.topic = "will/late", .payload = "late"};
  late.will->props.u32(property::will_delay_interval, 900);
  raw_client first = subject.join("first", late);
  connect_packet soon{.props = properties().u32(property::session_expiry_interval, 1'000)};
  soon.will = support::will_message{.topic = "will/soon", .payload = "soon"};
  raw_client second = subject.join("second", soon);
  second.drop();
  watcher.expect_publish("will/soon", "soon");
}

}  // namespace
}  // namespace nanomq::broker::testing
