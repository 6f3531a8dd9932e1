#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

framing frame_of(const octets& input, std::uint32_t maximum = any_size) {
  const exact memory(input);
  framing found = next_frame(memory.view(), maximum);
  found.packet.body = {};  // the memory is gone
  return found;
}

TEST(framing, needs_more_until_the_length_is_complete) {
  EXPECT_EQ(frame_of({}).status, decode_status::need_more);
  EXPECT_EQ(frame_of({0x30}).status, decode_status::need_more);
  EXPECT_EQ(frame_of({0x30, 0x80}).status, decode_status::need_more);
  EXPECT_EQ(frame_of({0x30, 0xFF, 0xFF, 0xFF}).announced, 0U);
  EXPECT_EQ(frame_of({0x30, 0xFF, 0xFF, 0xFF}).status, decode_status::need_more);
}

TEST(framing, tells_how_large_an_unfinished_packet_will_be) {
  const framing found = frame_of({0x30, 0x80, 0x01, 0x00});
  EXPECT_EQ(found.status, decode_status::need_more);
  EXPECT_EQ(found.announced, 131U);
}

// THREATS 48: the largest announcement reserves nothing; it's only a number.
TEST(framing, announces_the_largest_packet_there_is) {
  const framing found = frame_of({0x30, 0xFF, 0xFF, 0xFF, 0x7F});
  EXPECT_EQ(found.status, decode_status::need_more);
  EXPECT_EQ(found.announced, 268'435'455U + 5);
}

// THREATS 1: a remaining length of five bytes and more.
// THREATS 35: lengths that would wrap.
TEST(framing, refuses_a_length_of_five_bytes) {
  for (const octets& input : {octets{0x30, 0xFF, 0xFF, 0xFF, 0xFF}, octets{0x30, 0x80, 0x80, 0x80, 0x80},
                              octets{0x30, 0x80, 0x80, 0x80, 0x80, 0x00}, octets{0x30, 0x80, 0x80, 0x80, 0x80, 0x01},
                              octets{0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}}) {
    const framing found = frame_of(input);
    EXPECT_EQ(found.status, decode_status::error);
    EXPECT_EQ(found.reason, reason_code::malformed_packet);
  }
}

// [MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] [MQTT-3.15.1-1]
TEST(framing, refuses_reserved_flags_at_the_first_byte) {
  for (unsigned type = 1; type < 16; ++type) {
    if (type == 3) continue;
    const bool has_two = type == 6 || type == 8 || type == 10;
    for (unsigned flags = 0; flags < 16; ++flags) {
      const bool allowed = has_two ? flags == 2 || flags == 10 : flags == 0;
      const framing found = frame_of({static_cast<std::uint8_t>(type << 4U | flags)});
      EXPECT_EQ(found.status, allowed ? decode_status::need_more : decode_status::error) << type << ' ' << flags;
      if (!allowed) {
        EXPECT_EQ(found.reason, reason_code::malformed_packet);
      }
    }
  }
}

// [MQTT-3.3.1-2] [MQTT-3.3.1-4]
TEST(framing, refuses_qos_3_and_dup_with_qos_0_at_the_first_byte) {
  for (unsigned flags = 0; flags < 16; ++flags) {
    const bool bad_qos = (flags & 6U) == 6U;
    const bool bad_dup = (flags & 8U) != 0 && (flags & 6U) == 0;
    const framing found = frame_of({static_cast<std::uint8_t>(0x30U | flags)});
    EXPECT_EQ(found.status, bad_qos || bad_dup ? decode_status::error : decode_status::need_more) << flags;
  }
}

TEST(framing, refuses_type_0) {
  for (unsigned flags = 0; flags < 16; ++flags) {
    EXPECT_EQ(frame_of({static_cast<std::uint8_t>(flags), 0x00}).reason, reason_code::malformed_packet);
  }
}

TEST(framing, allows_the_maximum_size_to_the_byte) {
  const octets small = packet(0x30, octets(10, 'x'));  // 12 bytes
  EXPECT_EQ(frame_of(small, 12).status, decode_status::done);
  EXPECT_EQ(frame_of(small, 11).reason, reason_code::packet_too_large);
  const octets large = packet(0x30, octets(200, 'x'));  // 203 bytes
  EXPECT_EQ(frame_of(large, 203).status, decode_status::done);
  EXPECT_EQ(frame_of(large, 202).reason, reason_code::packet_too_large);
}

TEST(framing, refuses_a_large_packet_as_soon_as_its_length_is_known) {
  EXPECT_EQ(frame_of({0x30, 0x7F}, 100).reason, reason_code::packet_too_large);
  EXPECT_EQ(frame_of({0x30, 0xFF, 0xFF, 0x7F}, 2'000'000).reason, reason_code::packet_too_large);
  EXPECT_EQ(frame_of({0x30, 0xFF, 0xFF}, 2'000'000).status, decode_status::need_more);
}

TEST(framing, finds_the_boundary_of_every_width_of_length) {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 129U, 16'383U, 16'384U, 2'097'151U, 2'097'152U}) {
    const octets input = join({packet(0x30, octets(size)), {0xC0, 0x00}});
    const framing found = frame_of(input);
    ASSERT_EQ(found.status, decode_status::done) << size;
    EXPECT_EQ(found.packet.size, input.size() - 2);
    EXPECT_EQ(found.announced, found.packet.size);
    EXPECT_FALSE(found.packet.padded_length);
  }
}

// [MQTT-1.5.5-1]
TEST(framing, notices_a_length_in_more_bytes_than_it_needs) {
  for (const octets& input :
       {octets{0xC0, 0x80, 0x00}, octets{0xC0, 0x80, 0x80, 0x00}, octets{0xC0, 0x80, 0x80, 0x80, 0x00}}) {
    const framing found = frame_of(input);
    ASSERT_EQ(found.status, decode_status::done);
    EXPECT_TRUE(found.packet.padded_length);
    EXPECT_EQ(found.packet.size, input.size());
  }
}

// [MQTT-1.5.5-1]
TEST(framing, padded_lengths_are_refused_in_mqtt_5_only) {
  for (const wire_vector& vector : wire_vectors()) {
    if (vector.wire[1] >= 0x80 || vector.wire[0] >> 4U == 12 || vector.wire[0] >> 4U == 13) continue;
    octets padded = vector.wire;
    padded[1] |= 0x80U;
    padded.insert(padded.begin() + 2, 0x00);
    const auto expected = vector.version == protocol_version::v5 ? reason_code::malformed_packet : reason_code::success;
    EXPECT_EQ(verdict(padded, vector.version), expected) << vector.name;
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
