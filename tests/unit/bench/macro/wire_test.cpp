#include "wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <string>

namespace {

using namespace nanomq::bench;
using testing::ElementsAreArray;

byte_buffer bytes(std::initializer_list<int> values) {
  byte_buffer out;
  for (const int each : values) out.push_back(static_cast<std::byte>(each));
  return out;
}

frame framed(const byte_buffer& packet) {
  frame found;
  EXPECT_EQ(next_frame(packet, found), framing::complete);
  EXPECT_EQ(found.size, packet.size());
  return found;
}

TEST(wire, writes_connect) {
  byte_buffer out;
  append_connect(out, protocol::mqtt_3_1_1, "me");
  EXPECT_THAT(out, ElementsAreArray(bytes({0x10, 14,                  // CONNECT
                                           0, 4, 'M', 'Q', 'T', 'T',  // protocol name
                                           4,                         // level
                                           2,                         // clean session
                                           0, 0,                      // no keep alive
                                           0, 2, 'm', 'e'})));
}

TEST(wire, writes_connect_of_version_5_with_empty_properties) {
  byte_buffer out;
  append_connect(out, protocol::mqtt_5_0, "");
  EXPECT_THAT(out, ElementsAreArray(bytes({0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0,
                                           0,  // properties
                                           0, 0})));
}

TEST(wire, writes_subscribe_with_every_filter) {
  byte_buffer out;
  append_subscribe(out, protocol::mqtt_3_1_1, 0x0102, std::array<std::string, 2>{"a", "b/#"}, 1);
  EXPECT_THAT(out, ElementsAreArray(bytes({0x82, 12, 1, 2, 0, 1, 'a', 1, 0, 3, 'b', '/', '#', 1})));
}

TEST(wire, writes_acknowledgements_with_the_flags_of_pubrel) {
  byte_buffer out;
  append_acknowledgement(out, packet_type::puback, 7);
  append_acknowledgement(out, packet_type::pubrel, 0x1234);
  append_disconnect(out);
  EXPECT_THAT(out, ElementsAreArray(bytes({0x40, 2, 0, 7, 0x62, 2, 0x12, 0x34, 0xE0, 0})));
}

TEST(wire, waits_for_every_byte_of_a_packet) {
  byte_buffer packet = bytes({0x30, 0x80, 0x01});  // a length of 128 in two bytes
  packet.resize(packet.size() + 128);
  for (std::size_t size = 0; size < packet.size(); ++size) {
    frame found;
    EXPECT_EQ(next_frame(std::span{packet}.first(size), found), framing::partial) << size;
  }
  EXPECT_EQ(framed(packet).body.size(), 128U);
}

TEST(wire, refuses_a_length_of_five_bytes) {
  frame found;
  EXPECT_EQ(next_frame(bytes({0x30, 0x80, 0x80, 0x80, 0x80, 0x01}), found), framing::malformed);
}

TEST(wire, reads_publish) {
  const auto packet = bytes({0x3B, 8,                    // PUBLISH, duplicate, QoS 1, retain
                             0, 3, 'a', '/', 'b', 0, 9,  // packet identifier
                             'x'});
  const auto message = read_publish(framed(packet), protocol::mqtt_3_1_1);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->topic, "a/b");
  EXPECT_EQ(message->qos, 1);
  EXPECT_TRUE(message->retain);
  EXPECT_TRUE(message->duplicate);
  EXPECT_EQ(message->packet_identifier, 9);
  EXPECT_EQ(message->payload.size(), 1U);
}

TEST(wire, passes_over_the_properties_of_a_publish) {
  const auto packet = bytes({0x30, 7, 0, 1, 't', 2, 0x01, 0x01, 'x'});
  const auto message = read_publish(framed(packet), protocol::mqtt_5_0);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->payload.size(), 1U);
}

TEST(wire, refuses_a_publish_that_is_shorter_than_its_fields) {
  EXPECT_FALSE(read_publish(framed(bytes({0x30, 2, 0, 5})), protocol::mqtt_3_1_1));
  EXPECT_FALSE(read_publish(framed(bytes({0x32, 3, 0, 1, 't'})), protocol::mqtt_3_1_1));
  EXPECT_FALSE(read_publish(framed(bytes({0x30, 4, 0, 1, 't', 9})), protocol::mqtt_5_0));
  EXPECT_FALSE(read_publish(framed(bytes({0x30, 0})), protocol::mqtt_3_1_1));
}

TEST(wire, reads_acknowledgements_with_and_without_a_reason) {
  EXPECT_EQ(read_acknowledgement(framed(bytes({0x40, 2, 0, 5})))->packet_identifier, 5);
  EXPECT_EQ(read_acknowledgement(framed(bytes({0x40, 3, 0, 5, 0x97})))->reason, 0x97);
  EXPECT_EQ(read_acknowledgement(framed(bytes({0x20, 2, 1, 5})))->reason, 5);
  EXPECT_FALSE(read_acknowledgement(framed(bytes({0x40, 1, 0}))));
}

TEST(wire, counts_what_a_suback_grants_and_refuses) {
  const auto old = read_suback(framed(bytes({0x90, 5, 0, 1, 0, 0x80, 2})), protocol::mqtt_3_1_1);
  ASSERT_TRUE(old);
  EXPECT_EQ(old->granted, 2U);
  EXPECT_EQ(old->refused, 1U);
  const auto five = read_suback(framed(bytes({0x90, 5, 0, 1, 0, 1, 0x87})), protocol::mqtt_5_0);
  ASSERT_TRUE(five);
  EXPECT_EQ(five->granted, 1U);
  EXPECT_EQ(five->refused, 1U);
}

}  // namespace
