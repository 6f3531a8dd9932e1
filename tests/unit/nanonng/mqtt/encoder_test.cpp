// What the round trips can't show: choices of the encoder, and its limits.
#include "nanonng/mqtt/encoder.hpp"

#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;
using enum reason_code;

/// Encodes the head into memory of exactly its size.
octets head_of(const outgoing_publish& packet, protocol_version version) {
  const publish_size size = size_of(packet, version);
  const std::unique_ptr<std::byte[]> room(new std::byte[size.head]);
  encode_head_into(room.get(), packet, size, version);
  return written({room.get(), size.head});
}

TEST(publish_encoder, writes_the_head_of_a_delivery) {
  const std::uint32_t identifiers[] = {1, 300};
  const exact block(octets{0x01, 0x00});
  const exact payload(octets(100, 'x'));
  outgoing_publish packet;
  packet.topic = "a/b";
  packet.properties = block.view();
  packet.payload = payload.view();
  packet.subscription_identifiers = identifiers;
  packet.message_expiry_interval_s = 9;
  packet.has_message_expiry = true;
  packet.dup = true;
  packet.retain = true;
  packet.qos = quality_of_service::at_least_once;
  packet.packet_identifier = 0x1234;
  packet.topic_alias = 5;
  EXPECT_EQ(head_of(packet, v5), (octets{0x3B,                          // PUBLISH, DUP, QoS 1, retain
                                         0x7B,                          // remaining length
                                         0x00, 0x03, 'a',  '/',  'b',   // topic
                                         0x12, 0x34,                    // packet identifier
                                         0x0F,                          // property length
                                         0x23, 0x00, 0x05,              // topic alias
                                         0x02, 0x00, 0x00, 0x00, 0x09,  // message expiry interval
                                         0x0B, 0x01,                    // subscription identifier
                                         0x0B, 0xAC, 0x02,              // another
                                         0x01, 0x00}));                 // what was forwarded
  EXPECT_EQ(head_of(packet, v3_1_1), (octets{0x3B, 0x6B, 0x00, 0x03, 'a', '/', 'b', 0x12, 0x34}));
  packet.qos = quality_of_service::at_most_once;  // [MQTT-3.3.1-2] [MQTT-2.2.1-2]
  EXPECT_EQ(head_of(packet, v3_1), (octets{0x31, 0x69, 0x00, 0x03, 'a', '/', 'b'}));
}

// What Maximum Packet Size is compared with, to the byte.
TEST(publish_encoder, knows_its_size_at_every_width) {
  for (const std::size_t payload_size :
       {0U, 1U, 120U, 121U, 122U, 123U, 16'375U, 16'376U, 16'379U, 2'097'144U, 2'097'145U, 2'097'148U}) {
    const exact payload(octets(payload_size, 'x'));
    for (const std::uint16_t alias : {std::uint16_t{0}, std::uint16_t{1}}) {
      for (const protocol_version version : every_version) {
        outgoing_publish packet;
        packet.topic = "t/t";
        packet.payload = payload.view();
        packet.topic_alias = alias;
        const publish_size size = size_of(packet, version);
        buffer out;
        encode_publish_into(out, packet, version);
        EXPECT_EQ(out.size(), size.total);
        EXPECT_EQ(size.head + payload_size, size.total);
        EXPECT_EQ(verdict(written(out), version), success);
      }
    }
  }
}

TEST(publish_encoder, says_when_no_packet_is_large_enough) {
  outgoing_publish packet;
  packet.topic = "t";
  const std::byte* nowhere = nullptr;
  packet.payload = {nowhere, std::size_t{268'435'452}};  // only its size is looked at
  EXPECT_TRUE(size_of(packet, v3_1_1).fits());
  packet.payload = {nowhere, std::size_t{268'435'453}};
  EXPECT_FALSE(size_of(packet, v3_1_1).fits());
  if constexpr (sizeof(std::size_t) > 4) {
    packet.payload = {nowhere, std::size_t{1} << 32U};
    EXPECT_FALSE(size_of(packet, v5).fits());
    EXPECT_EQ(size_of(packet, v5).total, any_size);
  }
  buffer out;
  encode_publish_into(out, packet, v5);
  EXPECT_TRUE(out.empty());
  packet.payload = {};
  const std::string long_topic(65'536, 't');
  packet.topic = long_topic;
  encode_publish_into(out, packet, v5);
  EXPECT_TRUE(out.empty());
}

TEST(acknowledgement_encoder, writes_a_reason_only_in_5_and_only_when_there_is_one) {
  std::byte room[acknowledgement_room];
  const auto encoded = [&room](packet_type type, reason_code reason, protocol_version version) {
    return written({room, encode_acknowledgement_into(room, type, 0x0102, reason, version)});
  };
  EXPECT_EQ(encoded(packet_type::puback, success, v3_1_1), (octets{0x40, 2, 1, 2}));
  EXPECT_EQ(encoded(packet_type::puback, not_authorized, v3_1_1), (octets{0x40, 2, 1, 2}));
  EXPECT_EQ(encoded(packet_type::pubrec, quota_exceeded, v5), (octets{0x50, 3, 1, 2, 0x97}));
  EXPECT_EQ(encoded(packet_type::pubrel, success, v5), (octets{0x62, 2, 1, 2}));  // [MQTT-3.6.1-1]
  EXPECT_EQ(encoded(packet_type::pubcomp, packet_identifier_not_found, v5), (octets{0x70, 3, 1, 2, 0x92}));
}

TEST(encoder, appends_behind_what_is_there) {
  buffer out{std::byte{0xAA}};
  encode_ping_into(out, packet_type::pingreq);
  encode_reason_into(out, packet_type::disconnect, success, v3_1_1, {});
  encode_acknowledgement_into(out, packet_type::puback, 1, success, v5, {});
  EXPECT_EQ(written(out), (octets{0xAA, 0xC0, 0x00, 0xE0, 0x00, 0x40, 0x02, 0x00, 0x01}));
}

// [MQTT-3.2.2-6]
TEST(encoder, never_says_session_present_with_an_error) {
  buffer out;
  encode_connack_into(out, true, not_authorized, v5, {});
  EXPECT_EQ(written(out), (octets{0x20, 3, 0, 0x87, 0}));
  out.clear();
  encode_connack_into(out, true, not_authorized, v3_1_1, {});
  EXPECT_EQ(written(out), (octets{0x20, 2, 0, 5}));
  out.clear();
  encode_connack_into(out, true, success, v3_1, {});
  EXPECT_EQ(written(out), (octets{0x20, 2, 0, 0}));
}

TEST(encoder, leaves_properties_and_reasons_out_before_5) {
  const exact block(join({{0x1F}, text("why")}));
  buffer out;
  encode_connack_into(out, false, success, v3_1_1, block.view());
  encode_reason_into(out, packet_type::disconnect, server_busy, v3_1_1, block.view());
  encode_reason_into(out, packet_type::auth, continue_authentication, v3_1_1, block.view());
  encode_acknowledgement_into(out, packet_type::pubrec, 1, quota_exceeded, v3_1_1, block.view());
  EXPECT_EQ(written(out), (octets{0x20, 2, 0, 0, 0xE0, 0, 0x50, 2, 0, 1}));
}

TEST(encoder, says_0x80_for_every_refusal_before_5) {
  const reason_code reasons[] = {granted_qos_2, not_authorized, topic_filter_invalid};
  buffer out;
  encode_suback_into(out, packet_type::suback, 1, reasons, v3_1_1, {});
  encode_suback_into(out, packet_type::unsuback, 2, reasons, v3_1_1, {});
  EXPECT_EQ(written(out), (octets{0x90, 5, 0, 1, 0x02, 0x80, 0x80, 0xB0, 2, 0, 2}));
}

TEST(encoder, writes_no_password_without_a_user_name_before_5) {
  connect_view packet;
  packet.client_id = "c";
  packet.has_password = true;
  for (const protocol_version version : every_version) {
    packet.version = version;
    buffer out;
    encode_into(out, packet, {}, {});
    const decoded<connect_view> read(written(out));
    EXPECT_EQ(read.reason, success);
    EXPECT_EQ(read.view.has_password, version == v5);
  }
}

TEST(encoder, cuts_strings_that_are_too_long) {
  connect_view packet;
  const std::string long_id(70'000, 'c');
  packet.client_id = long_id;
  buffer out;
  encode_into(out, packet, {}, {});
  const decoded<connect_view> read(written(out));
  EXPECT_EQ(read.reason, success);
  EXPECT_EQ(read.view.client_id.size(), 65'535U);
}

TEST(encoder, writes_bodies_of_every_width_of_length) {
  for (const std::size_t size : {1U, 119U, 120U, 121U, 16'375U, 16'376U, 16'377U, 60'000U}) {
    const std::string filter(size, 'f');
    const std::vector<std::string_view> filters{filter, filter};
    buffer out;
    encode_unsubscribe_into(out, 7, filters, v5, {});
    const decoded<subscribe_view> read(written(out));
    EXPECT_EQ(read.reason, success) << size;
    EXPECT_EQ(read.view.count, 2U);
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
