// Frames as RFC 6455 spells them: whole, byte by byte, in every two-way split, and everything that must not be sent.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "nanonng/net/websocket_frame.hpp"
#include "octets.hpp"

namespace nanonng::net {
namespace {

using nanomq::support::octets;
using kind = websocket_decoder::event::kind;
using side = websocket_decoder::side;

/// What a decoder said, as one text: data bytes as they are, everything else in brackets.
std::string heard(websocket_decoder& decoder, const std::vector<octets>& pieces) {
  std::string all;
  for (octets piece : pieces) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < piece.size(); ++i) bytes.push_back(static_cast<std::byte>(piece[i]));
    std::span<std::byte> input(bytes);
    for (;;) {
      const auto event = decoder.next(input);
      const auto text = nanolib::as_text(event.data);
      if (event.what == kind::need_more) break;
      if (event.what == kind::data) all += text;
      if (event.what == kind::empty) all += "[empty]";
      if (event.what == kind::ping) all += "[ping " + std::string(text) + "]";
      if (event.what == kind::pong) all += "[pong " + std::string(text) + "]";
      const auto code = std::to_string(static_cast<unsigned>(event.code));
      if (event.what == kind::close) return all + "[close " + code + " " + std::string(text) + "]";
      if (event.what == kind::violation) return all + "[violation " + code + "]";
    }
  }
  return all;
}

std::string heard(const octets& bytes, side reads = side::client, const websocket_limits& limits = {}) {
  websocket_decoder decoder(reads, limits);
  return heard(decoder, {bytes});
}

octets masked(unsigned first, std::string_view text) {
  const unsigned mask[] = {0x37, 0xFA, 0x21, 0x3D};
  octets frame;
  frame.u8(first);
  if (text.size() < 126) {
    frame.u8(0x80U | static_cast<unsigned>(text.size()));
  } else {
    frame.u8(0x80U | 126U).u16(static_cast<unsigned>(text.size()));
  }
  for (const unsigned octet : mask) frame.u8(octet);
  for (std::size_t i = 0; i < text.size(); ++i) frame.u8(static_cast<unsigned char>(text[i]) ^ mask[i % 4]);
  return frame;
}

octets plain(unsigned first, std::string_view text) {
  return octets().u8(first).u8(static_cast<unsigned>(text.size())).raw(text);
}

// Fragments with control frames between, as RFC 6455 §5.4 and §5.7 allow.
octets conversation() {
  return octets()
      .raw(masked(0x02, "Hel"))    // binary, to be continued
      .raw(masked(0x89, "alive"))  // ping
      .raw(masked(0x00, ""))       // an empty continuation
      .raw(masked(0x8A, ""))       // pong
      .raw(masked(0x80, "lo"))     // the last one
      .raw(masked(0x82, std::string(300, 'x')))
      .raw(masked(0x88,
                  "\x03\xE8"
                  "bye"));
}
const std::string said = "Hel[ping alive][empty][pong ]lo" + std::string(300, 'x') + "[close 1000 bye]";

// [MQTT-6.0.0-2]
TEST(websocket_decoder, hears_the_same_in_every_split) {
  const octets all = conversation();
  EXPECT_EQ(heard(all, side::server), said);
  websocket_decoder slow(side::server);
  std::vector<octets> single;
  for (std::size_t i = 0; i < all.size(); ++i) single.push_back(octets().u8(all[i]));
  EXPECT_EQ(heard(slow, single), said);
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    websocket_decoder decoder(side::server);
    EXPECT_EQ(heard(decoder, {all.first(cut), all.from(cut)}), said) << cut;
  }
}

// THREATS 2: a frame that announces more than it holds gives what there is and waits.
TEST(websocket_decoder, waits_after_every_proper_prefix) {
  const octets all = conversation();
  for (std::size_t size = 0; size < all.size(); ++size) {
    const std::string part = heard(all.first(size), side::server);
    EXPECT_TRUE(said.starts_with(part)) << size << part;
    EXPECT_EQ(part.find("violation"), std::string::npos) << size;
  }
}

TEST(websocket_decoder, reads_the_examples_of_the_standard) {
  EXPECT_EQ(heard(octets{0x82, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}), "Hello");
  EXPECT_EQ(heard(octets{0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}, side::server), "Hello");
  EXPECT_EQ(heard(octets{0x82, 0x7E, 0x01, 0x00}.raw(std::string(256, 'a'))), std::string(256, 'a'));
  EXPECT_EQ(heard(octets{0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}.raw(std::string(65'536, 'b'))), std::string(65'536, 'b'));
}

// THREATS 36.
TEST(websocket_decoder, refuses_reserved_bits_and_opcodes) {
  for (const unsigned bit : {0x40U, 0x20U, 0x10U}) EXPECT_EQ(heard(plain(0x82U | bit, "a")), "[violation 1002]");
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    EXPECT_EQ(heard(plain(0x80U | opcode, "")), "[violation 1002]") << opcode;
  }
}

// [MQTT-6.0.0-1]
TEST(websocket_decoder, refuses_text) { EXPECT_EQ(heard(plain(0x81, "hello")), "[violation 1003]"); }

// THREATS 36.
TEST(websocket_decoder, wants_masks_from_clients_only) {
  EXPECT_EQ(heard(plain(0x82, "a"), side::server), "[violation 1002]");
  EXPECT_EQ(heard(masked(0x82, "a"), side::client), "[violation 1002]");
}

// THREATS 36.
TEST(websocket_decoder, refuses_large_and_fragmented_control_frames) {
  EXPECT_EQ(heard(octets{0x89, 0x7E, 0x00, 0x7E}), "[violation 1002]");
  EXPECT_EQ(heard(octets{0x89, 0x7F}), "[violation 1002]");
  EXPECT_EQ(heard(plain(0x09, "")), "[violation 1002]");
  EXPECT_EQ(heard(octets{0x89, 0x7D}.raw(std::string(125, 'p'))), "[ping " + std::string(125, 'p') + "]");
}

// THREATS 36.
TEST(websocket_decoder, refuses_lengths_that_are_wrong_or_too_large) {
  EXPECT_EQ(heard(octets{0x82, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0}), "[violation 1002]") << "2^63";
  EXPECT_EQ(heard(octets{0x82, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), "[violation 1002]");
  EXPECT_EQ(heard(octets{0x82, 0x7F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), "[violation 1009]");
  EXPECT_EQ(heard(octets{0x82, 0x7E, 0x00, 0x7D}), "[violation 1002]") << "125 in two bytes";
  EXPECT_EQ(heard(octets{0x82, 0x7F, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}), "[violation 1002]") << "65535 in eight";
  const websocket_limits limits{.largest_frame = 10};
  EXPECT_EQ(heard(plain(0x82, "0123456789"), side::client, limits), "0123456789");
  EXPECT_EQ(heard(plain(0x82, "0123456789a"), side::client, limits), "[violation 1009]");
}

TEST(websocket_decoder, refuses_fragments_out_of_order) {
  EXPECT_EQ(heard(plain(0x80, "a")), "[violation 1002]") << "a continuation of nothing";
  EXPECT_EQ(heard(plain(0x02, "a").raw(plain(0x82, "b"))), "a[violation 1002]") << "a message within a message";
}

// THREATS 61.
TEST(websocket_decoder, limits_the_fragments_of_a_message) {
  octets all = plain(0x02, "a");
  for (int i = 0; i < 3; ++i) all.raw(plain(0x00, "b"));
  const websocket_limits limits{.most_fragments = 3};
  EXPECT_EQ(heard(all, side::client, limits), "abb[violation 1008]");
  octets ended = plain(0x02, "a").raw(plain(0x80, "b"));
  EXPECT_EQ(heard(octets().raw(ended).raw(ended).raw(ended), side::client, limits), "ababab");
}

TEST(websocket_decoder, wants_utf8_in_the_reason_of_a_close_frame) {
  EXPECT_EQ(heard(plain(0x88, "\x03\xE8gr\xC3\xBC\xC3\x9F")), "[close 1000 gr\xC3\xBC\xC3\x9F]");
  EXPECT_EQ(heard(plain(0x88, "\x03\xE8\xFF")), "[violation 1007]");
  EXPECT_EQ(heard(plain(0x88, "\x03\xE8\xC3")), "[violation 1007]") << "cut within a character";
}

TEST(websocket_decoder, reads_the_codes_of_close_frames) {
  EXPECT_EQ(heard(plain(0x88, "")), "[close 0 ]");
  EXPECT_EQ(heard(plain(0x88, "x")), "[violation 1002]");
  for (const unsigned code : {1000U, 1001U, 1003U, 1007U, 1011U, 3000U, 4999U}) {
    EXPECT_EQ(heard(octets{0x88, 0x02}.u16(code)), "[close " + std::to_string(code) + " ]");
  }
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 2999U, 5000U, 65'535U}) {
    EXPECT_EQ(heard(octets{0x88, 0x02}.u16(code)), "[violation 1002]") << code;
  }
}

TEST(websocket_decoder, says_the_same_again_after_the_end) {
  websocket_decoder decoder(side::client);
  EXPECT_EQ(heard(decoder, {plain(0x81, "a")}), "[violation 1003]");
  EXPECT_EQ(heard(decoder, {plain(0x82, "a")}), "[violation 1003]");
}

TEST(websocket_encoder, writes_the_shortest_length) {
  std::array<std::byte, 14> room;
  const auto size_of = [&](std::uint64_t size) {
    return encode_websocket_header(room, websocket_opcode::binary, size, nullptr).size();
  };
  EXPECT_EQ(size_of(125), 2U);
  EXPECT_EQ(size_of(126), 4U);
  EXPECT_EQ(size_of(65'535), 4U);
  EXPECT_EQ(size_of(65'536), 10U);
}

TEST(websocket_encoder, writes_what_the_decoder_reads) {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65'535U, 65'536U, 70'001U}) {
    const std::array<std::uint8_t, 4> mask{1, 2, 3, 250};
    std::array<std::byte, 14> room;
    const auto header = encode_websocket_header(room, websocket_opcode::binary, size, &mask);
    std::vector<std::byte> frame(header.begin(), header.end());
    frame.resize(header.size() + size, std::byte{'m'});
    // In two steps, as a short write would.
    const std::span<std::byte> payload = std::span(frame).subspan(header.size());
    mask_websocket_data(payload.first(size / 3), mask, 0);
    mask_websocket_data(payload.subspan(size / 3), mask, size / 3);
    websocket_decoder decoder(side::server);
    EXPECT_EQ(heard(decoder, {octets().raw(nanolib::as_text(frame))}), size == 0 ? "[empty]" : std::string(size, 'm'));
  }
}

}  // namespace
}  // namespace nanonng::net
