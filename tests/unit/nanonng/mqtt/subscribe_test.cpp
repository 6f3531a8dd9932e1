#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;
using enum reason_code;

octets subscribe(protocol_version version, const octets& entries) {
  return packet(0x82, join({{0, 1}, version == v5 ? octets{0x00} : octets{}, entries}));
}
octets unsubscribe(protocol_version version, const octets& entries) {
  return packet(0xA2, join({{0, 1}, version == v5 ? octets{0x00} : octets{}, entries}));
}

TEST(subscribe, is_read_entry_by_entry) {
  const decoded<subscribe_view> read(subscribe(v5, join({text("a"), {0x00}, text("b/#"), {0x2D}, text(""), {0x12}})));
  ASSERT_EQ(read.reason, success);
  EXPECT_EQ(read.view.count, 3U);
  subscription_reader reader(read.view);
  subscription_request entry;
  ASSERT_TRUE(reader.next(entry));
  EXPECT_EQ(entry.filter, "a");
  EXPECT_FALSE(entry.no_local || entry.retain_as_published);
  ASSERT_TRUE(reader.next(entry));
  EXPECT_EQ(entry.filter, "b/#");
  EXPECT_EQ(entry.qos, quality_of_service::at_least_once);
  EXPECT_TRUE(entry.no_local && entry.retain_as_published);
  EXPECT_EQ(entry.retain_handling, 2);
  ASSERT_TRUE(reader.next(entry));
  EXPECT_EQ(entry.filter, "");
  EXPECT_EQ(entry.retain_handling, 1);
  EXPECT_FALSE(reader.next(entry));
}

// THREATS 11: UNSUBSCRIBE with an empty list.
// [MQTT-3.8.3-2] [MQTT-3.10.3-2]
TEST(subscribe, refuses_a_packet_without_entries) {
  for (const protocol_version version : every_version) {
    EXPECT_EQ(verdict(subscribe(version, {}), version), protocol_error);
    EXPECT_EQ(verdict(unsubscribe(version, {}), version), protocol_error);
  }
}

// [MQTT-2.2.1-3]
TEST(subscribe, refuses_the_identifier_0) {
  for (const std::uint8_t first : octets{0x82, 0xA2}) {
    EXPECT_EQ(verdict(packet(first, {0, 0, 0, 1, 'a', 0}), v3_1_1), protocol_error);
    EXPECT_EQ(verdict(packet(first, {0}), v3_1_1), malformed_packet);
    EXPECT_EQ(verdict(packet(first, {}), v5), malformed_packet);
  }
}

// [MQTT-3.8.1-1] [MQTT-3.10.1-1]: 3.1 has a DUP flag here, the later versions have not.
TEST(subscribe, with_dup_is_of_3_1) {
  for (const std::uint8_t flags : octets{0x0A, 0x02}) {
    for (const protocol_version version : every_version) {
      octets of_subscribe = subscribe(version, join({text("a"), {0x01}}));
      octets of_unsubscribe = unsubscribe(version, text("a"));
      of_subscribe[0] = static_cast<std::uint8_t>(0x80U | flags);
      of_unsubscribe[0] = static_cast<std::uint8_t>(0xA0U | flags);
      const auto expected = flags == 2 || version == v3_1 ? success : malformed_packet;
      EXPECT_EQ(verdict(of_subscribe, version), expected);
      EXPECT_EQ(verdict(of_unsubscribe, version), expected);
    }
  }
}

// [MQTT-3.8.3-5]
TEST(subscribe, checks_every_options_byte) {
  for (unsigned options = 0; options < 256; ++options) {
    const octets entry = join({text("a"), {static_cast<std::uint8_t>(options)}});
    const bool reserved = (options & 0xC0U) != 0;
    const bool bad_value = (options & 3U) == 3 || (options >> 4U & 3U) == 3;
    EXPECT_EQ(verdict(subscribe(v5, entry), v5), reserved ? malformed_packet : bad_value ? protocol_error : success);
    for (const protocol_version version : {v3_1, v3_1_1}) {
      EXPECT_EQ(verdict(subscribe(version, entry), version), options < 3 ? success : malformed_packet) << options;
    }
  }
}

// THREATS 3: the packet ends right behind the filter, without its options.
TEST(subscribe, refuses_a_filter_without_options) {
  for (const protocol_version version : every_version) {
    for (const std::size_t size : {1U, 15U, 16U, 17U, 255U, 256U, 257U, 1023U, 1024U, 1025U, 4095U, 4096U, 4097U}) {
      const std::size_t around = version == v5 ? 5 : 4;  // identifier, no properties, length
      if (size <= around) continue;
      const octets entry = text(std::string(size - around, 'f'));
      EXPECT_EQ(verdict(subscribe(version, entry), version), malformed_packet) << size;
      EXPECT_EQ(verdict(subscribe(version, join({text("a"), {0x00}, entry})), version), malformed_packet) << size;
    }
  }
}

// THREATS 11: filters longer than what is left.
TEST(subscribe, refuses_a_filter_longer_than_the_packet) {
  for (const protocol_version version : every_version) {
    for (const octets& entries : {octets{0x00}, octets{0x00, 0x02, 'a'}, octets{0xFF, 0xFF, 'a', 0x00}}) {
      EXPECT_EQ(verdict(subscribe(version, entries), version), malformed_packet);
      EXPECT_EQ(verdict(unsubscribe(version, entries), version), malformed_packet);
    }
  }
}

// THREATS 10: filters of zero length are text; parse_topic_filter() refuses them.
TEST(subscribe, leaves_the_meaning_of_filters_to_others) {
  for (const std::string_view filter : {"", "#a", "$share/ab", "$share//t", "a+"}) {  // THREATS 6
    EXPECT_EQ(verdict(subscribe(v5, join({text(filter), {0x00}})), v5), success);
    EXPECT_EQ(verdict(unsubscribe(v5, text(filter)), v5), success);
  }
}

// THREATS 54: tens of thousands of filters in one packet.
TEST(subscribe, limits_the_number_of_filters) {
  decode_limits limits;
  limits.maximum_filters = 3;
  const octets entry = join({text("a"), {0x00}});
  EXPECT_EQ(verdict(subscribe(v5, join({entry, entry, entry})), v5, limits), success);
  EXPECT_EQ(verdict(subscribe(v5, join({entry, entry, entry, entry})), v5, limits), quota_exceeded);
  EXPECT_EQ(verdict(unsubscribe(v5, join({text("a"), text("b"), text("c"), text("d")})), v5, limits), quota_exceeded);
}

TEST(subscribe, has_one_subscription_identifier_at_most) {
  const auto with = [](const octets& properties) {
    return verdict(packet(0x82, join({{0, 1}, block(properties), text("a"), {0x00}})), v5);
  };
  EXPECT_EQ(with({0x0B, 0x01}), success);
  EXPECT_EQ(with({0x0B, 0xFF, 0xFF, 0xFF, 0x7F}), success);
  EXPECT_EQ(with({0x0B, 0x00}), protocol_error);
  EXPECT_EQ(with({0x0B, 0x01, 0x0B, 0x02}), protocol_error);
}

}  // namespace

}  // namespace nanonng::mqtt::testing
