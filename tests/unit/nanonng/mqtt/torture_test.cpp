// Input that means harm: cut everywhere, at sizes where allocators leave no slack; strings that are no text; noise.
#include <functional>
#include <random>
#include <string>

#include "wire.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum protocol_version;
using enum reason_code;

/// A packet whose body can be made of any size above the least.
struct sized_packet {
  const char* name;
  std::uint8_t first;
  protocol_version version;
  std::function<octets(std::size_t)> body;
};

/// `head`, then a string that makes the body `size` bytes, then `tail`.
octets stretch(const octets& head, std::size_t size, const octets& tail = {}) {
  const std::size_t around = head.size() + 2 + tail.size();
  return join({head, text(std::string(size > around ? size - around : 0, 'f')), tail});
}

/// The same with a block of one reason string or user property.
octets stretch_block(const octets& head, std::uint8_t id, std::size_t size, const octets& tail = {}) {
  const octets lead = id == 0x26 ? join({{id}, text("k")}) : octets{id};
  for (std::size_t length = size; length > 0; --length) {
    const octets property = stretch(lead, length);
    const octets body = join({head, block(property), tail});
    if (body.size() <= size) return body;
  }
  return join({head, {0x00}, tail});
}

const octets old_connect = join({text("MQTT"), {0x04, 0x02, 0x00, 0x00}});
const octets new_connect = join({text("MQTT"), {0x05, 0x06, 0x00, 0x00, 0x00}, text("c"), {0x00}, text("w")});

const std::vector<sized_packet>& sized_packets() {
  static const std::vector<sized_packet> all = {
      {"CONNECT 3.1.1", 0x10, v3_1_1, [](std::size_t size) { return stretch(old_connect, size); }},
      {"CONNECT 5.0", 0x10, v5, [](std::size_t size) { return stretch(new_connect, size); }},
      {"CONNACK", 0x20, v5, [](std::size_t size) { return stretch_block({0, 0}, 0x1F, size); }},
      {"PUBLISH 3.1.1", 0x32, v3_1_1, [](std::size_t size) { return stretch({}, size, {0, 1}); }},
      {"PUBLISH 5.0", 0x34, v5, [](std::size_t size) { return stretch_block(join({text("t"), {0, 1}}), 0x26, size); }},
      {"PUBACK", 0x40, v5, [](std::size_t size) { return stretch_block({0, 1, 0}, 0x1F, size); }},
      {"PUBREC", 0x50, v5, [](std::size_t size) { return stretch_block({0, 1, 0}, 0x26, size); }},
      {"PUBREL", 0x62, v5, [](std::size_t size) { return stretch_block({0, 1, 0}, 0x1F, size); }},
      {"PUBCOMP", 0x70, v5, [](std::size_t size) { return stretch_block({0, 1, 0}, 0x26, size); }},
      {"SUBSCRIBE 3.1.1", 0x82, v3_1_1, [](std::size_t size) { return stretch({0, 1}, size, {1}); }},
      {"SUBSCRIBE 5.0", 0x82, v5, [](std::size_t size) { return stretch({0, 1, 0}, size, {1}); }},
      {"SUBACK", 0x90, v5, [](std::size_t size) { return stretch_block({0, 1}, 0x1F, size - 1, {0}); }},
      {"UNSUBSCRIBE 3.1", 0xA2, v3_1, [](std::size_t size) { return stretch({0, 1}, size); }},
      {"UNSUBSCRIBE 5.0", 0xA2, v5, [](std::size_t size) { return stretch({0, 1, 0}, size); }},
      {"UNSUBACK", 0xB0, v5, [](std::size_t size) { return stretch_block({0, 1}, 0x26, size - 1, {0}); }},
      {"DISCONNECT", 0xE0, v5, [](std::size_t size) { return stretch_block({0}, 0x1F, size); }},
      {"AUTH", 0xF0, v5, [](std::size_t size) { return stretch_block({0x18}, 0x15, size); }},
  };
  return all;
}

/// Whether a body cut to this size is a packet again, by the rules of the standard.
bool is_whole_again(const sized_packet& kind, const octets& body, std::size_t size) {
  const unsigned type = kind.first >> 4U;
  if (kind.version != v5) return false;
  if (type >= 4 && type <= 7) return size == 2 || size == 3;
  if (type == 14) return size == 0 || size == 1;
  if (type == 15) return size == 0;
  return size == body.size();
}

// THREATS 3, 4, 14, 31, 32: every packet type cut at every byte, in memory that ends there, for body sizes of 2^n-1, 2^n
// and 2^n+1. The remaining length says what is there, so that nothing but the fields themselves is wrong.
TEST(truncation, of_every_packet_type_at_every_byte_is_refused) {
  for (const sized_packet& kind : sized_packets()) {
    for (const std::size_t power : {32U, 64U, 128U, 256U, 512U, 1024U}) {
      for (const std::size_t size : {power - 1, power, power + 1}) {
        const octets body = kind.body(size);
        ASSERT_EQ(verdict(packet(kind.first, body), kind.version), success) << kind.name << ' ' << size;
        for (std::size_t cut = 0; cut < body.size(); ++cut) {
          const octets shorter(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(cut));
          const reason_code found = verdict(packet(kind.first, shorter), kind.version);
          EXPECT_EQ(found == success, is_whole_again(kind, body, cut)) << kind.name << ' ' << size << " cut at " << cut;
        }
      }
    }
  }
}

// THREATS 2, 3: the same with the length of the whole packet, of which only a part has come.
TEST(truncation, of_the_input_waits_for_more) {
  for (const sized_packet& kind : sized_packets()) {
    for (const std::size_t size : {63U, 64U, 65U, 255U, 256U, 257U}) {
      const octets whole = packet(kind.first, kind.body(size));
      for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        const exact memory(octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut)));
        EXPECT_EQ(next_frame(memory.view(), any_size).status, decode_status::need_more);
      }
    }
  }
}

// THREATS 2: 4096 announced, 3 bytes there.
TEST(truncation, of_a_publish_that_announces_4096_bytes_waits_for_more) {
  const exact memory(octets{0x30, 0x80, 0x20, 'a', 'b', 'c'});
  const framing found = next_frame(memory.view(), any_size);
  EXPECT_EQ(found.status, decode_status::need_more);
  EXPECT_EQ(found.announced, 4099U);
}

/// A packet around one string field.
struct string_field {
  const char* name;
  protocol_version version;
  std::function<octets(const std::string&)> around;
};

octets connect_with(const octets& properties, const octets& payload, std::uint8_t flags) {
  return packet(0x10, join({text("MQTT"), {0x05, flags, 0, 0}, block(properties), payload}));
}
octets publish_with(const octets& properties) { return packet(0x30, join({text("t"), block(properties)})); }

const std::vector<string_field>& string_fields() {
  static const std::vector<string_field> all = {
      {"topic 3.1.1", v3_1_1, [](const std::string& s) { return packet(0x30, text(s)); }},
      {"topic 5.0", v5, [](const std::string& s) { return packet(0x30, join({text(s), {0}})); }},
      {"filter 3.1.1", v3_1_1, [](const std::string& s) { return packet(0x82, join({{0, 1}, text(s), {0}})); }},
      {"filter 5.0", v5, [](const std::string& s) { return packet(0x82, join({{0, 1, 0}, text(s), {0}})); }},
      {"filter of UNSUBSCRIBE", v5, [](const std::string& s) { return packet(0xA2, join({{0, 1, 0}, text(s)})); }},
      {"client identifier", v5, [](const std::string& s) { return connect_with({}, text(s), 2); }},
      {"user name", v5, [](const std::string& s) { return connect_with({}, join({text("c"), text(s)}), 0x82); }},
      {"will topic", v5,
       [](const std::string& s) { return connect_with({}, join({text("c"), {0}, text(s), text("")}), 6); }},
      {"will content type", v5,
       [](const std::string& s) {
         return connect_with({}, join({text("c"), block(join({{0x03}, text(s)})), text("w"), text("")}), 6);
       }},
      {"will response topic", v5,
       [](const std::string& s) {
         return connect_with({}, join({text("c"), block(join({{0x08}, text(s)})), text("w"), text("")}), 6);
       }},
      {"authentication method", v5,
       [](const std::string& s) { return connect_with(join({{0x15}, text(s)}), text("c"), 2); }},
      {"content type", v5, [](const std::string& s) { return publish_with(join({{0x03}, text(s)})); }},
      {"response topic", v5, [](const std::string& s) { return publish_with(join({{0x08}, text(s)})); }},
      {"user property name", v5, [](const std::string& s) { return publish_with(join({{0x26}, text(s), text("v")})); }},
      {"user property value", v5,
       [](const std::string& s) { return publish_with(join({{0x26}, text("k"), text(s)})); }},
      {"reason string", v5,
       [](const std::string& s) { return packet(0x40, join({{0, 1, 0}, block(join({{0x1F}, text(s)}))})); }},
      {"server reference", v5,
       [](const std::string& s) { return packet(0xE0, join({{0x9C}, block(join({{0x1C}, text(s)}))})); }},
      {"assigned client identifier", v5,
       [](const std::string& s) { return packet(0x20, join({{0, 0}, block(join({{0x12}, text(s)}))})); }},
      {"response information", v5,
       [](const std::string& s) { return packet(0x20, join({{0, 0}, block(join({{0x1A}, text(s)}))})); }},
  };
  return all;
}

// THREATS 37: what is no UTF-8, in each string field there is.
// [MQTT-1.5.4-1] [MQTT-1.5.4-2] [MQTT-1.5.7-1] [MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12] [MQTT-3.3.2-1]
// [MQTT-3.3.2-13] [MQTT-3.3.2-19] [MQTT-3.8.3-1] [MQTT-3.10.3-1]
TEST(utf8, that_is_ill_formed_is_malformed_in_every_field) {
  const std::string bad[] = {
      std::string(1, '\0'),        // U+0000
      std::string("a\0b", 3),      // U+0000 inside
      "\x80",                      // a continuation byte alone
      "\xC3",                      // half a character
      "\xE2\x82",                  // two thirds of one
      "\xF0\x9F\x98",              // three quarters of one
      "\xC0\x80",                  // U+0000 in two bytes
      "\xC1\xBF",                  // overlong
      "\xE0\x9F\xBF",              // overlong
      "\xF0\x8F\xBF\xBF",          // overlong
      "\xED\xA0\x80",              // U+D800
      "\xED\xBF\xBF",              // U+DFFF
      "\xED\xA0\xBD\xED\xB8\x80",  // a pair of surrogates
      "\xF4\x90\x80\x80",          // U+110000
      "\xF8\x88\x80\x80\x80",      // five bytes
      "\xFE",
      "\xFF",          // never
      "abcdefgh\xFF",  // behind eight good ones
      "abcdefg\xC3",   // at the end of a word
  };
  for (const string_field& field : string_fields()) {
    for (const std::string& text_of : bad) {
      EXPECT_EQ(verdict(field.around(text_of), field.version), malformed_packet) << field.name;
    }
  }
}

// [MQTT-1.5.4-3]
TEST(utf8, that_is_well_formed_is_accepted_in_every_field) {
  const std::string good[] = {
      "\xEF\xBB\xBF",  // U+FEFF is a character like any other
      "\x01",
      "\x7F",               // control characters: SHOULD NOT, not MUST NOT
      "\xC2\x80",           // U+0080
      "\xED\x9F\xBF",       // U+D7FF
      "\xEE\x80\x80",       // U+E000
      "\xEF\xBF\xBF",       // U+FFFF
      "\xF4\x8F\xBF\xBF",   // U+10FFFF
      "abcdefg\xC3\xA9hi",  // across a word
  };
  for (const string_field& field : string_fields()) {
    for (const std::string& text_of : good) {
      EXPECT_EQ(verdict(field.around(text_of), field.version), success) << field.name;
    }
  }
}

// THREATS 9, 12: random mutations of all packet types. Nothing is allocated by the decoder, so nothing can leak.
TEST(mutation, of_every_packet_never_reads_too_far_and_keeps_its_meaning) {
  std::mt19937 random(3);
  for (const wire_vector& vector : wire_vectors()) {
    for (int round = 0; round < 2'000; ++round) {
      octets mutated = vector.wire;
      for (auto hits = 1 + random() % 3; hits > 0; --hits) {
        mutated[random() % mutated.size()] = static_cast<std::uint8_t>(random());
      }
      const exact memory(mutated);
      const framing found = next_frame(memory.view(), any_size);
      if (found.status != decode_status::done) continue;
      for (const protocol_version version : every_version) {
        EXPECT_EQ(run_round_trip(found.packet, version, {}).fault, "") << vector.name;
      }
    }
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
