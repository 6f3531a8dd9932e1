#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;
using enum reason_code;

octets no_properties(protocol_version version) { return version == v5 ? octets{0x00} : octets{}; }

TEST(publish, is_read_field_by_field) {
  for (const protocol_version version : every_version) {
    const decoded<publish_view> read(
        packet(0x3D, join({text("a/b"), {0x12, 0x34}, no_properties(version), {'h', 'i'}})), version);
    ASSERT_EQ(read.reason, success);
    EXPECT_TRUE(read.view.dup && read.view.retain);
    EXPECT_EQ(read.view.qos, quality_of_service::exactly_once);
    EXPECT_EQ(read.view.packet_identifier, 0x1234);
    EXPECT_EQ(read.view.topic, "a/b");
    EXPECT_EQ(nanolib::as_text(read.view.payload), "hi");
    EXPECT_TRUE(read.view.props.raw.empty());
  }
}

// [MQTT-2.2.1-2]
TEST(publish, has_no_identifier_with_qos_0) {
  publish_view view;
  view.packet_identifier = 7;  // left over from an earlier packet
  const exact memory(packet(0x30, join({text("t"), {0x00, 0x01}})));
  const framing found = next_frame(memory.view(), any_size);
  ASSERT_EQ(decode(found.packet, v3_1_1, {}, view), success);
  EXPECT_EQ(view.packet_identifier, 0);
  EXPECT_EQ(view.payload.size(), 2U);
}

// THREATS 4: QoS above 0 and no packet identifier; the topic takes all of a remaining length of 2 to 4.
TEST(publish, refuses_a_missing_identifier) {
  for (const protocol_version version : every_version) {
    for (const std::uint8_t first : octets{0x32, 0x34, 0x3A, 0x3C}) {
      for (const std::string_view topic : {"", "t", "tt"}) {
        const reason_code expected = malformed_packet;
        EXPECT_EQ(verdict(packet(first, text(topic)), version), expected);
        EXPECT_EQ(verdict(packet(first, join({text(topic), {0x01}})), version), expected);
      }
    }
  }
}

// [MQTT-2.2.1-3] [MQTT-2.2.1-4]
TEST(publish, refuses_the_identifier_0) {
  for (const protocol_version version : every_version) {
    EXPECT_EQ(verdict(packet(0x32, join({text("t"), {0, 0}, no_properties(version)})), version), protocol_error);
  }
}

// THREATS 31: a topic longer than the packet, an identifier that would push what is left below zero.
// [MQTT-3.3.2-1]
TEST(publish, refuses_a_topic_longer_than_the_packet) {
  for (const protocol_version version : every_version) {
    for (const std::uint8_t first : octets{0x30, 0x32, 0x34}) {
      EXPECT_EQ(verdict(packet(first, {}), version), malformed_packet);
      EXPECT_EQ(verdict(packet(first, {0x00}), version), malformed_packet);
      EXPECT_EQ(verdict(packet(first, {0x00, 0x01}), version), malformed_packet);
      EXPECT_EQ(verdict(packet(first, {0x00, 0x04, 'a', 'b', 'c'}), version), malformed_packet);
      EXPECT_EQ(verdict(packet(first, {0xFF, 0xFF, 'a', 'b', 'c'}), version), malformed_packet);
    }
  }
}

// THREATS 28: a topic of zero length, with and without an alias; alias 0.
// [MQTT-4.7.3-1] [MQTT-3.3.2-8]
TEST(publish, may_leave_out_the_topic_only_with_an_alias) {
  EXPECT_EQ(verdict(packet(0x30, {0, 0}), v3_1), topic_name_invalid);
  EXPECT_EQ(verdict(packet(0x30, {0, 0}), v3_1_1), topic_name_invalid);
  EXPECT_EQ(verdict(packet(0x30, join({text(""), block({})})), v5), protocol_error);
  EXPECT_EQ(verdict(packet(0x30, join({text(""), block({0x23, 0, 0})})), v5), protocol_error);
  EXPECT_EQ(verdict(packet(0x30, join({text("t"), block({0x23, 0, 0})})), v5), protocol_error);
  const decoded<publish_view> read(packet(0x30, join({text(""), block({0x23, 0xFF, 0xFF})})));
  EXPECT_EQ(read.reason, success);
  EXPECT_EQ(read.view.props.topic_alias, 0xFFFF);
}

// [MQTT-3.3.2-2]
TEST(publish, refuses_wildcards_in_the_topic) {
  for (const protocol_version version : every_version) {
    for (const std::string_view topic : {"+", "#", "a/+/b", "a/#", "a+", "#a"}) {
      EXPECT_EQ(verdict(packet(0x30, join({text(topic), no_properties(version)})), version), topic_name_invalid);
    }
  }
}

// THREATS 27: names that begin with a dollar are names.
TEST(publish, accepts_dollar_topics_and_empty_levels) {
  for (const std::string_view topic : {"$", "$x", "$SYS", "$share", "$share/a/b", "/", "//", " "}) {
    EXPECT_EQ(verdict(packet(0x30, text(topic)), v3_1_1), success) << topic;
  }
}

// THREATS 53: tens of thousands of levels.
TEST(publish, limits_size_and_depth_of_the_topic) {
  decode_limits limits;
  EXPECT_EQ(verdict(packet(0x30, text(std::string(199, '/'))), v3_1_1, limits), success);
  EXPECT_EQ(verdict(packet(0x30, text(std::string(200, '/'))), v3_1_1, limits), topic_name_invalid);
  EXPECT_EQ(verdict(packet(0x30, text(std::string(65'535, '/'))), v3_1_1, limits), topic_name_invalid);
  EXPECT_EQ(verdict(packet(0x30, text(std::string(65'535, 'a'))), v3_1_1, limits), success);
  limits.maximum_topic_size = 10;
  EXPECT_EQ(verdict(packet(0x30, text("1234567890")), v3_1_1, limits), success);
  EXPECT_EQ(verdict(packet(0x30, text("12345678901")), v3_1_1, limits), topic_name_invalid);
}

TEST(publish, checks_a_payload_that_says_it_is_text) {
  const auto with = [](const octets& payload, std::uint8_t format) {
    return verdict(packet(0x30, join({text("t"), block({0x01, format}), payload})), v5);
  };
  EXPECT_EQ(with({'o', 'k'}, 1), success);
  EXPECT_EQ(with({}, 1), success);
  EXPECT_EQ(with({0xFF}, 1), payload_format_invalid);
  EXPECT_EQ(with({0xFF}, 0), success);
  EXPECT_EQ(with({0xED, 0xA0, 0x80}, 1), payload_format_invalid);  // a surrogate
  EXPECT_EQ(with({'a', 0xC3}, 1), payload_format_invalid);         // half a character
}

// §3.3.2.3.2 asks for well-formed UTF-8, not for a UTF-8 Encoded String: U+0000 is a character like any other.
TEST(publish, accepts_zero_bytes_in_a_payload_that_says_it_is_text) {
  const auto with = [](const octets& payload) {
    return verdict(packet(0x30, join({text("t"), block({0x01, 0x01}), payload})), v5);
  };
  EXPECT_EQ(with({0x00}), success);
  EXPECT_EQ(with({'a', 0x00, 0x00, 'b'}), success);
  EXPECT_EQ(with({0x00, 0xC3}), payload_format_invalid);
  EXPECT_EQ(with({0xC3, 0x00, 0xA9}), payload_format_invalid);
}

// THREATS 13: a property block that ends behind the payload.
TEST(publish, refuses_properties_that_reach_behind_the_end) {
  EXPECT_EQ(verdict(packet(0x30, join({text("t"), {0x05, 0x01, 0x00}})), v5), malformed_packet);
  EXPECT_EQ(verdict(packet(0x30, text("t")), v5), malformed_packet);
}

// The subscription identifier is for receivers; who may send it is a matter of direction.
TEST(publish, accepts_subscription_identifiers_more_than_once) {
  const decoded<publish_view> read(packet(0x30, join({text("t"), block({0x0B, 0x05, 0x0B, 0x06})})));
  EXPECT_EQ(read.reason, success);
  EXPECT_EQ(read.view.props.subscription_identifier, 5U);
}

TEST(publish, refuses_flags_that_next_frame_would_refuse) {
  frame from;
  from.type = packet_type::publish;
  const exact memory(text("t"));
  from.body = memory.view();
  publish_view view;
  for (const std::uint8_t flags : octets{6, 7, 8, 9, 14, 15}) {
    from.flags = flags;
    EXPECT_EQ(decode(from, v3_1_1, {}, view), malformed_packet);
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
