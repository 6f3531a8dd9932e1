// Every property against the table of the standard, written down here a second time and in another form.
#include <algorithm>
#include <array>
#include <string>

#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum reason_code;
using enum property_place;
using type = property_type;

constexpr std::array every_place{connect,   connack, publish,     puback,   pubrec,     pubrel, pubcomp,
                                 subscribe, suback,  unsubscribe, unsuback, disconnect, auth,   will};

struct row {
  std::uint8_t id;
  type kind;
  std::vector<property_place> places;
};

/// Spec: MQTT 5.0 §2.2.2.2, table 2-4.
const std::vector<row>& table() {
  static const std::vector<row> rows = {
      {0x01, type::byte, {publish, will}},
      {0x02, type::four_byte, {publish, will}},
      {0x03, type::text, {publish, will}},
      {0x08, type::text, {publish, will}},
      {0x09, type::binary, {publish, will}},
      {0x0B, type::variable_byte, {publish, subscribe}},
      {0x11, type::four_byte, {connect, connack, disconnect}},
      {0x12, type::text, {connack}},
      {0x13, type::two_byte, {connack}},
      {0x15, type::text, {connect, connack, auth}},
      {0x16, type::binary, {connect, connack, auth}},
      {0x17, type::byte, {connect}},
      {0x18, type::four_byte, {will}},
      {0x19, type::byte, {connect}},
      {0x1A, type::text, {connack}},
      {0x1C, type::text, {connack, disconnect}},
      {0x1F, type::text, {connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, disconnect, auth}},
      {0x21, type::two_byte, {connect, connack}},
      {0x22, type::two_byte, {connect, connack}},
      {0x23, type::two_byte, {publish}},
      {0x24, type::byte, {connack}},
      {0x25, type::byte, {connack}},
      {0x26, type::text_pair, {every_place.begin(), every_place.end()}},
      {0x27, type::four_byte, {connect, connack}},
      {0x28, type::byte, {connack}},
      {0x29, type::byte, {connack}},
      {0x2A, type::byte, {connack}},
  };
  return rows;
}

octets value_of(type kind) {
  switch (kind) {
    case type::byte:
    case type::variable_byte:
      return {0x01};
    case type::two_byte:
      return {0x00, 0x01};
    case type::four_byte:
      return {0x00, 0x00, 0x00, 0x01};
    case type::text:
    case type::binary:
      return text("v");
    default:
      return join({text("k"), text("v")});
  }
}

octets property_of(const row& from) { return join({{from.id}, value_of(from.kind)}); }

/// Authentication data doesn't come without a method.
octets company_of(const row& from) { return from.id == 0x16 ? join({{0x15}, text("m")}) : octets{}; }

reason_code check(const octets& with_length, property_place place, const decode_limits& limits = {}) {
  const exact memory(with_length);
  bytes input = memory.view();
  properties into;
  const reason_code reason = decode_properties(input, place, limits, into);
  if (reason == success) {
    EXPECT_TRUE(input.empty());
  }
  return reason;
}

bool may_stand(const row& from, property_place place) {
  return std::ranges::find(from.places, place) != from.places.end();
}

TEST(property_table, holds_exactly_the_properties_of_the_standard) {
  for (std::uint32_t id = 0; id < 1000; ++id) {
    const auto known = std::ranges::find_if(table(), [id](const row& each) { return each.id == id; });
    const property_rule* rule = find_property_rule(id);
    ASSERT_EQ(rule != nullptr, known != table().end()) << id;
    if (rule == nullptr) continue;
    EXPECT_EQ(static_cast<std::uint32_t>(rule->id), id);
    EXPECT_EQ(rule->type, known->kind);
    EXPECT_FALSE(rule->name.empty());
  }
  EXPECT_EQ(find_property_rule(any_size), nullptr);
}

TEST(property, is_accepted_where_it_may_stand_and_malformed_elsewhere) {
  for (const row& each : table()) {
    for (const property_place place : every_place) {
      const octets input = block(join({company_of(each), property_of(each)}));
      EXPECT_EQ(check(input, place), may_stand(each, place) ? success : malformed_packet)
          << unsigned{each.id} << " in " << static_cast<unsigned>(place);
    }
  }
}

TEST(property, that_is_repeated_is_refused_but_for_the_two) {
  for (const row& each : table()) {
    for (const property_place place : each.places) {
      const bool repeatable = each.id == 0x26 || (each.id == 0x0B && place == publish);
      const octets input = block(join({company_of(each), property_of(each), property_of(each)}));
      EXPECT_EQ(check(input, place), repeatable ? success : protocol_error) << unsigned{each.id};
    }
  }
}

// THREATS 33: an identifier that is known and a value that is cut short, for all 27 properties.
TEST(property, cut_short_is_malformed) {
  for (const row& each : table()) {
    const octets whole = property_of(each);
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(check(block(cut), each.places[0]), malformed_packet) << unsigned{each.id} << " at " << size;
    }
  }
}

// THREATS 10: blocks whose length is not theirs.
TEST(property, block_of_every_wrong_length_is_refused) {
  for (const row& each : table()) {
    const octets whole = join({company_of(each), property_of(each)});
    for (std::size_t said = 1; said < whole.size() + 4; ++said) {
      if (said == whole.size()) continue;
      if (each.id == 0x16 && said == 4) continue;  // the method alone is a block
      const exact memory(join({variable(said), whole}));
      bytes input = memory.view();
      properties into;
      EXPECT_EQ(decode_properties(input, each.places[0], {}, into), malformed_packet)
          << unsigned{each.id} << " said " << said;
    }
  }
}

// THREATS 11: strings longer than what is left of the block, though the packet goes on.
TEST(property, string_may_not_reach_behind_the_block) {
  for (const row& each : table()) {
    if (each.kind != type::text && each.kind != type::binary) continue;
    const octets inside{each.id, 0x00, 0x05, 'a', 'b'};
    EXPECT_EQ(check(join({block(inside), {'c', 'd', 'e'}}), each.places[0]), malformed_packet) << unsigned{each.id};
  }
}

TEST(property, value_of_every_width_has_its_range) {
  for (const row& each : table()) {
    for (const property_place place : each.places) {
      if (each.kind == type::byte) {
        for (unsigned value = 0; value < 256; ++value) {
          EXPECT_EQ(check(block({each.id, static_cast<std::uint8_t>(value)}), place),
                    value < 2 ? success : protocol_error);
        }
      }
      const bool not_0 = each.id == 0x21 || each.id == 0x23 || each.id == 0x27 || each.id == 0x0B;
      const auto zero = not_0 ? protocol_error : success;
      if (each.kind == type::two_byte) {
        EXPECT_EQ(check(block({each.id, 0, 0}), place), zero) << unsigned{each.id};
      }
      if (each.kind == type::four_byte) {
        EXPECT_EQ(check(block({each.id, 0, 0, 0, 0}), place), zero) << unsigned{each.id};
        EXPECT_EQ(check(block({each.id, 0xFF, 0xFF, 0xFF, 0xFF}), place), success) << unsigned{each.id};
      }
      if (each.kind == type::variable_byte) {
        EXPECT_EQ(check(block({each.id, 0}), place), zero);
      }
    }
  }
}

TEST(property, values_arrive_in_their_members) {
  const octets input = block(join({{0x11, 0, 0, 1, 2},
                                   {0x21, 3, 4},
                                   {0x27, 0, 5, 6, 7},
                                   {0x22, 8, 9},
                                   {0x25, 1},
                                   {0x12},
                                   text("id"),
                                   {0x13, 10, 11},
                                   {0x24, 1},
                                   {0x28, 1},
                                   {0x29, 0},
                                   {0x2A, 1},
                                   {0x1A},
                                   text("info"),
                                   {0x1C},
                                   text("ref"),
                                   {0x1F},
                                   text("why"),
                                   {0x15},
                                   text("m"),
                                   {0x16},
                                   text("d"),
                                   {0x26},
                                   text("k"),
                                   text("v"),
                                   {0x26},
                                   text("k"),
                                   text("w")}));
  const exact memory(input);
  bytes rest = memory.view();
  properties read;
  ASSERT_EQ(decode_properties(rest, connack, {}, read), success);
  EXPECT_EQ(read.session_expiry_interval, 0x102U);
  EXPECT_EQ(read.receive_maximum, 0x304);
  EXPECT_EQ(read.maximum_packet_size, 0x50607U);
  EXPECT_EQ(read.topic_alias_maximum, 0x809);
  EXPECT_EQ(read.server_keep_alive, 0xA0B);
  EXPECT_EQ(read.maximum_qos, 1);
  EXPECT_EQ(read.retain_available, 1);
  EXPECT_EQ(read.wildcard_subscription_available, 1);
  EXPECT_EQ(read.subscription_identifier_available, 0);
  EXPECT_EQ(read.shared_subscription_available, 1);
  EXPECT_EQ(read.assigned_client_identifier, "id");
  EXPECT_EQ(read.response_information, "info");
  EXPECT_EQ(read.server_reference, "ref");
  EXPECT_EQ(read.reason_string, "why");
  EXPECT_EQ(read.authentication_method, "m");
  EXPECT_EQ(nanolib::as_text(read.authentication_data), "d");
  EXPECT_EQ(read.user_properties, 2U);
  EXPECT_TRUE(read.has(property_id::subscription_identifier_available));
  EXPECT_FALSE(read.has(property_id::topic_alias));
}

TEST(property, values_of_messages_and_requests_arrive_too) {
  const exact of_publish(block(join({{0x01, 1},
                                     {0x02, 0, 0, 0, 9},
                                     {0x03},
                                     text("type"),
                                     {0x08},
                                     text("re"),
                                     {0x09},
                                     text("corr"),
                                     {0x23, 0, 7},
                                     {0x0B, 0x80, 0x01},
                                     {0x0B, 0x02}})));
  bytes rest = of_publish.view();
  properties read;
  ASSERT_EQ(decode_properties(rest, publish, {}, read), success);
  EXPECT_EQ(read.payload_format_indicator, 1);
  EXPECT_EQ(read.message_expiry_interval, 9U);
  EXPECT_EQ(read.content_type, "type");
  EXPECT_EQ(read.response_topic, "re");
  EXPECT_EQ(nanolib::as_text(read.correlation_data), "corr");
  EXPECT_EQ(read.topic_alias, 7);
  EXPECT_EQ(read.subscription_identifier, 128U);

  const exact of_connect(block({0x17, 0, 0x19, 1}));
  rest = of_connect.view();
  ASSERT_EQ(decode_properties(rest, connect, {}, read), success);
  EXPECT_EQ(read.request_problem_information, 0);
  EXPECT_EQ(read.request_response_information, 1);
  EXPECT_FALSE(read.has(property_id::topic_alias));
}

TEST(property, identifiers_nobody_knows_are_malformed) {
  for (unsigned id = 0; id < 256; ++id) {
    if (find_property_rule(id) != nullptr) continue;
    EXPECT_EQ(check(block({static_cast<std::uint8_t>(id), 0, 0, 0, 0}), publish), malformed_packet) << id;
  }
  EXPECT_EQ(check(block({0xA6, 0x00, 0, 1, 'k', 0, 1, 'v'}), publish), malformed_packet);  // 0x26, padded
}

// THREATS 1: a property length of five bytes and more, or cut off by the end of the packet.
// [MQTT-1.5.5-1]
TEST(property, length_is_four_bytes_at_most_and_no_longer_than_needed) {
  for (const octets& length :
       {octets{}, octets{0x80}, octets{0xFF, 0xFF, 0xFF}, octets{0xFF, 0xFF, 0xFF, 0xFF}, octets{0x80, 0x00},
        octets{0x80, 0x80, 0x00}, octets{0x80, 0x80, 0x80, 0x00}, octets{0x80, 0x80, 0x80, 0x80, 0x00},
        octets{0xFF, 0xFF, 0xFF, 0xFF, 0x7F}, octets{0xFF, 0xFF, 0xFF, 0x7F}, octets{0x01}}) {
    for (const property_place place : every_place) EXPECT_EQ(check(length, place), malformed_packet);
  }
  EXPECT_EQ(check({0x00}, publish), success);  // [MQTT-2.2.2-1]
}

// THREATS 1: the same in a value.
TEST(property, variable_values_are_four_bytes_at_most) {
  EXPECT_EQ(check(block({0x0B, 0xFF, 0xFF, 0xFF, 0x7F}), subscribe), success);
  EXPECT_EQ(check(block({0x0B, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}), subscribe), malformed_packet);
  EXPECT_EQ(check(block({0x0B, 0x81, 0x00}), subscribe), malformed_packet);
}

// [MQTT-3.3.2-14] [MQTT-4.7.3-1]
TEST(property, response_topic_is_a_topic_name) {
  for (const property_place place : {publish, will}) {
    for (const std::string_view topic : {"+", "#", "a/+", "a/#", ""}) {
      EXPECT_EQ(check(block(join({{0x08}, text(topic)})), place), protocol_error) << topic;
    }
    EXPECT_EQ(check(block(join({{0x08}, text("$SYS/x")})), place), success);
  }
}

TEST(property, authentication_data_wants_a_method) {
  for (const property_place place : {connect, connack, auth}) {
    EXPECT_EQ(check(block(join({{0x16}, text("d")})), place), protocol_error);
    EXPECT_EQ(check(block(join({{0x16}, text("d"), {0x15}, text("m")})), place), success);
  }
}

// THREATS 52: tens of thousands of user properties are read in one pass, and limited.
// THREATS 51: the size of a block is limited too.
TEST(property, limits_hold_to_the_unit) {
  decode_limits limits;
  limits.maximum_user_properties = 3;
  const octets one = join({{0x26}, text(""), text("")});
  EXPECT_EQ(check(block(join({one, one, one})), publish, limits), success);
  EXPECT_EQ(check(block(join({one, one, one, one})), publish, limits), quota_exceeded);
  limits.maximum_properties_size = 15;
  EXPECT_EQ(check(block(join({one, one, one})), publish, limits), success);
  limits.maximum_properties_size = 14;
  EXPECT_EQ(check(block(join({one, one, one})), publish, limits), packet_too_large);
  octets many;
  for (int i = 0; i < 50'000; ++i) many.insert(many.end(), one.begin(), one.end());
  limits = {};
  limits.maximum_properties_size = any_size;
  EXPECT_EQ(check(block(many), publish, limits), quota_exceeded);
  limits.maximum_user_properties = any_size;
  EXPECT_EQ(check(block(many), publish, limits), success);
}

TEST(property_reader, reads_in_order_what_was_written) {
  const exact memory(join({{0x26}, text("a"), text("1"), {0x01, 0x00}, {0x26}, text("a"), text("2")}));
  property_reader reader(memory.view());
  property read;
  ASSERT_TRUE(reader.next(read));
  EXPECT_EQ(read.text, "a");
  EXPECT_EQ(read.value, "1");
  ASSERT_TRUE(reader.next(read));
  EXPECT_EQ(read.id, property_id::payload_format_indicator);
  EXPECT_EQ(read.number, 0U);
  ASSERT_TRUE(reader.next(read));
  EXPECT_EQ(read.value, "2");
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_FALSE(reader.next(read));
}

TEST(property_reader, stops_where_a_block_is_not_well_formed) {
  for (const octets& input : {octets{0x00}, octets{0x01}, octets{0x26, 0, 1, 'k', 0, 5}, octets{0xFF}}) {
    const exact memory(input);
    property_reader reader(memory.view());
    property read;
    EXPECT_FALSE(reader.next(read));
    EXPECT_EQ(reader.rest().size(), input.size());
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
