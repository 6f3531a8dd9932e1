#include "publish_template.hpp"

#include <gtest/gtest.h>

#include <cstddef>

namespace {

using namespace nanomq::bench;

received_publish made(const publish_template& packet, protocol version, byte_buffer& out) {
  packet.append_to(out, 0x1234, {.sent_ns = 77, .publisher = 3, .sequence = 41});
  frame found;
  EXPECT_EQ(next_frame(out, found), framing::complete);
  EXPECT_EQ(found.size, out.size());
  const auto message = read_publish(found, version);
  EXPECT_TRUE(message);
  return message.value_or(received_publish{});
}

TEST(publish_template, makes_what_the_reader_reads_in_both_versions_and_at_every_qos) {
  for (const protocol version : {protocol::mqtt_3_1_1, protocol::mqtt_5_0}) {
    for (std::uint8_t qos = 0; qos <= 2; ++qos) {
      byte_buffer out;
      const publish_template packet{version, {.topic = "a/b", .qos = qos, .retain = true, .payload = 300}};
      const received_publish message = made(packet, version, out);
      EXPECT_EQ(message.topic, "a/b");
      EXPECT_EQ(message.qos, qos);
      EXPECT_TRUE(message.retain);
      EXPECT_FALSE(message.duplicate);
      EXPECT_EQ(message.packet_identifier, qos == 0 ? 0 : 0x1234);
      EXPECT_EQ(message.payload.size(), 300U);
      EXPECT_EQ(packet.stamp_of(message.payload)->sequence, 41U);
    }
  }
}

TEST(publish_template, recognises_a_payload_that_was_changed_or_cut) {
  const publish_template packet{protocol::mqtt_3_1_1, {.topic = "t", .payload = 40}};
  byte_buffer out;
  const received_publish message = made(packet, protocol::mqtt_3_1_1, out);
  EXPECT_TRUE(packet.stamp_of(message.payload));
  EXPECT_FALSE(packet.stamp_of(message.payload.first(39)));
  out.back() = std::byte{0};
  EXPECT_FALSE(packet.stamp_of(message.payload));
}

TEST(publish_template, never_makes_a_payload_too_short_for_its_stamp) {
  const publish_template packet{protocol::mqtt_3_1_1, {.topic = "t", .payload = 1}};
  byte_buffer out;
  const received_publish message = made(packet, protocol::mqtt_3_1_1, out);
  EXPECT_EQ(message.payload.size(), least_payload);
  EXPECT_FALSE(read_stamp(message.payload.first(least_payload - 1)));
}

}  // namespace
