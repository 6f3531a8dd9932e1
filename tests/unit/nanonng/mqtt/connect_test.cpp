#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;
using enum reason_code;

/// The fields of a CONNECT before it is put together.
struct connect_fields {
  octets name = text("MQTT");
  std::uint8_t level = 5;
  std::uint8_t flags = 0x02;
  octets properties = {0x00};  // with their length; nothing in 3.x
  octets payload = text("c");
};

octets build(const connect_fields& fields) {
  return packet(0x10, join({fields.name, {fields.level, fields.flags, 0x00, 0x3C}, fields.properties, fields.payload}));
}

connect_fields fields_of(protocol_version version) {
  connect_fields fields;
  fields.level = static_cast<std::uint8_t>(version);
  if (version != v5) fields.properties.clear();
  if (version == v3_1) fields.name = text("MQIsdp");
  return fields;
}

TEST(connect, is_read_field_by_field) {
  connect_fields fields = fields_of(v5);
  fields.flags = 0xEE;  // user name, password, will retain, will QoS 1, will, clean start
  fields.properties = block({0x21, 0x00, 0x14});
  fields.payload = join({text("id"), block({0x18, 0, 0, 0, 9}), text("w"), text("bye"), text("user"), text("pw")});
  const decoded<connect_view> read(build(fields));
  ASSERT_EQ(read.reason, success);
  EXPECT_EQ(read.view.version, v5);
  EXPECT_TRUE(read.view.clean_start);
  EXPECT_EQ(read.view.keep_alive_s, 60);
  EXPECT_EQ(read.view.client_id, "id");
  EXPECT_EQ(read.view.props.receive_maximum, 20);
  EXPECT_EQ(read.view.will.topic, "w");
  EXPECT_EQ(nanolib::as_text(read.view.will.payload), "bye");
  EXPECT_EQ(read.view.will.qos, quality_of_service::at_least_once);
  EXPECT_TRUE(read.view.will.retain);
  EXPECT_EQ(read.view.will.props.will_delay_interval, 9U);
  EXPECT_EQ(read.view.user_name, "user");
  EXPECT_EQ(nanolib::as_text(read.view.password), "pw");
}

// THREATS 14: wrong names and levels.
// [MQTT-3.1.2-1] [MQTT-3.1.2-2]
TEST(connect, refuses_every_name_and_level_but_the_three) {
  for (const std::string_view name : {"MQTT", "MQIsdp", "", "M", "MQT", "mqtt", "MQTT ", "MQTTT", "MQIsdq"}) {
    for (unsigned level = 0; level < 256; ++level) {
      connect_fields fields;
      fields.name = text(name);
      fields.level = static_cast<std::uint8_t>(level);
      if (level != 5) fields.properties.clear();
      const bool known = (name == "MQTT" && (level == 4 || level == 5)) || (name == "MQIsdp" && level == 3);
      EXPECT_EQ(verdict(build(fields)), known ? success : unsupported_protocol_version) << name << ' ' << level;
    }
  }
}

TEST(connect, tells_the_nearest_version_for_a_level_that_is_none_of_ours) {
  connect_fields fields;
  fields.level = 6;
  EXPECT_EQ(decoded<connect_view>(build(fields)).view.version, v5);
  fields.level = 3;
  EXPECT_EQ(decoded<connect_view>(build(fields)).view.version, v3_1_1);
}

TEST(connect, tells_the_version_of_a_packet_that_is_refused_later) {
  for (const protocol_version version : every_version) {
    connect_fields fields = fields_of(version);
    fields.payload = text("\xFF");
    const decoded<connect_view> read(build(fields));
    EXPECT_EQ(read.reason, malformed_packet);
    EXPECT_EQ(read.view.version, version);
  }
}

// THREATS 14: a protocol name longer than the packet.
TEST(connect, refuses_a_protocol_name_longer_than_the_packet) {
  EXPECT_EQ(verdict(packet(0x10, {0xFF, 0xFF, 'M', 'Q', 'T', 'T', 5})), malformed_packet);
  EXPECT_EQ(verdict(packet(0x10, {0x00})), malformed_packet);
  EXPECT_EQ(verdict(packet(0x10, {})), malformed_packet);
}

// [MQTT-3.1.2-3]
TEST(connect, refuses_the_reserved_flag_but_in_3_1) {
  for (const protocol_version version : every_version) {
    connect_fields fields = fields_of(version);
    fields.flags = 0x03;
    EXPECT_EQ(verdict(build(fields)), version == v3_1 ? success : malformed_packet);
  }
}

// [MQTT-3.1.2-11] [MQTT-3.1.2-13]
TEST(connect, refuses_the_bits_of_a_will_without_a_will_but_in_3_1) {
  for (const std::uint8_t bits : octets{0x08, 0x10, 0x18, 0x20}) {
    for (const protocol_version version : every_version) {
      connect_fields fields = fields_of(version);
      fields.flags = static_cast<std::uint8_t>(0x02U | bits);
      EXPECT_EQ(verdict(build(fields)), version == v3_1 ? success : malformed_packet);
    }
  }
}

// THREATS 16: a will of QoS 3.
// [MQTT-3.1.2-12]
TEST(connect, refuses_a_will_of_qos_3) {
  for (const protocol_version version : every_version) {
    connect_fields fields = fields_of(version);
    fields.flags = 0x1E;
    fields.payload = join({text("c"), version == v5 ? octets{0x00} : octets{}, text("w"), text("")});
    EXPECT_EQ(verdict(build(fields)), malformed_packet);
  }
}

// THREATS 16: wills that are no message.
// [MQTT-3.1.2-9] [MQTT-3.1.3-11] [MQTT-4.7.3-1]
TEST(connect, refuses_a_will_topic_that_is_no_topic_name) {
  for (const protocol_version version : every_version) {
    connect_fields fields = fields_of(version);
    fields.flags = 0x06;
    const octets will_block = version == v5 ? octets{0x00} : octets{};
    for (const std::string_view topic : {"", "+", "#", "a/+", "a/#", "a+b"}) {
      fields.payload = join({text("c"), will_block, text(topic), text("bye")});
      EXPECT_EQ(verdict(build(fields)), topic_name_invalid) << topic;
    }
    fields.payload = join({text("c"), will_block, text("\xC0\x80"), text("bye")});
    EXPECT_EQ(verdict(build(fields)), malformed_packet);
    for (const std::string_view topic : {"$", "$x", "$SYS", "$share", "/", "a//b"}) {  // THREATS 27
      fields.payload = join({text("c"), will_block, text(topic), text("bye")});
      EXPECT_EQ(verdict(build(fields)), success) << topic;
    }
  }
}

// THREATS 16: a payload said to be text that isn't.
TEST(connect, refuses_a_will_payload_that_is_not_the_text_it_says) {
  connect_fields fields;
  fields.flags = 0x06;
  fields.payload = join({text("c"), block({0x01, 0x01}), text("w"), text("\xFF")});
  EXPECT_EQ(verdict(build(fields)), payload_format_invalid);
  fields.payload = join({text("c"), block({0x01, 0x00}), text("w"), text("\xFF")});
  EXPECT_EQ(verdict(build(fields)), success);
  fields.payload = join({text("c"), block({}), text("w"), text("\xFF")});
  EXPECT_EQ(verdict(build(fields)), success);
}

TEST(connect, applies_the_limits_to_a_will_topic) {
  decode_limits limits;
  limits.maximum_topic_levels = 3;
  limits.maximum_topic_size = 8;
  connect_fields fields;
  fields.flags = 0x06;
  fields.payload = join({text("c"), {0x00}, text("a/b/c/d"), text("")});
  EXPECT_EQ(verdict(build(fields), v5, limits), topic_name_invalid);
  fields.payload = join({text("c"), {0x00}, text("123456789"), text("")});
  EXPECT_EQ(verdict(build(fields), v5, limits), topic_name_invalid);
}

// [MQTT-3.1.3-3] [MQTT-3.1.3-6]
TEST(connect, wants_a_client_identifier_where_the_version_does) {
  struct {
    protocol_version version;
    std::uint8_t flags;
    reason_code expected;
  } const rows[] = {
      {v3_1, 0x00, client_identifier_not_valid},
      {v3_1, 0x02, client_identifier_not_valid},
      {v3_1_1, 0x00, client_identifier_not_valid},
      {v3_1_1, 0x02, success},
      {v5, 0x00, success},
      {v5, 0x02, success},
  };
  for (const auto& row : rows) {
    connect_fields fields = fields_of(row.version);
    fields.flags = row.flags;
    fields.payload = text("");
    EXPECT_EQ(verdict(build(fields)), row.expected);
    fields.payload.clear();
    EXPECT_EQ(verdict(build(fields)), malformed_packet);
  }
}

// [MQTT-3.1.3-5]
TEST(connect, accepts_long_client_identifiers) {
  for (const protocol_version version : every_version) {
    for (const std::size_t size : {1U, 23U, 24U, 65'535U}) {
      connect_fields fields = fields_of(version);
      fields.payload = text(std::string(size, 'i'));
      EXPECT_EQ(verdict(build(fields)), success);
    }
  }
}

// THREATS 17: absent, empty and NUL-containing user name and password.
// [MQTT-3.1.2-16] [MQTT-3.1.2-17] [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.3-12]
TEST(connect, reads_credentials_in_every_combination) {
  const std::string_view nul("\0", 1);
  for (const protocol_version version : every_version) {
    for (const std::string_view user : {std::string_view("u"), std::string_view(), nul}) {
      for (const std::string_view word : {std::string_view("p"), std::string_view(), nul}) {
        connect_fields fields = fields_of(version);
        fields.flags = 0xC2;
        fields.payload = join({text("c"), text(user), text(word)});
        const decoded<connect_view> read(build(fields));
        EXPECT_EQ(read.reason, user == nul ? malformed_packet : success);
        if (read.reason != success) continue;
        EXPECT_TRUE(read.view.has_user_name && read.view.has_password);
        EXPECT_EQ(read.view.user_name, user);
        EXPECT_EQ(nanolib::as_text(read.view.password), word);
      }
    }
  }
}

TEST(connect, refuses_a_password_without_a_user_name_before_5) {
  for (const protocol_version version : every_version) {
    connect_fields fields = fields_of(version);
    fields.flags = 0x42;
    fields.payload = join({text("c"), text("p")});
    EXPECT_EQ(verdict(build(fields)), version == v5 ? success : malformed_packet);
  }
}

// MQTT 3.1 §3.1: the remaining length takes precedence over the user name flag.
TEST(connect, lets_announced_credentials_be_missing_in_3_1) {
  for (const protocol_version version : every_version) {
    connect_fields fields = fields_of(version);
    fields.flags = 0xC2;
    const decoded<connect_view> nothing(build(fields));
    EXPECT_EQ(nothing.reason, version == v3_1 ? success : malformed_packet);
    fields.payload = join({text("c"), text("u")});
    const decoded<connect_view> user_only(build(fields));
    EXPECT_EQ(user_only.reason, version == v3_1 ? success : malformed_packet);
    if (version != v3_1) continue;
    EXPECT_FALSE(nothing.view.has_user_name || nothing.view.has_password || user_only.view.has_password);
    EXPECT_TRUE(user_only.view.has_user_name);
  }
}

// [MQTT-3.1.4-1]
TEST(connect, refuses_bytes_behind_the_last_field) {
  for (const protocol_version version : every_version) {
    connect_fields fields = fields_of(version);
    fields.payload = join({text("c"), {0x00}});
    EXPECT_EQ(verdict(build(fields)), malformed_packet);
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
