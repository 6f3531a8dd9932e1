// Servers that mean harm: every packet in every state, cut at every byte, twice, and in every order of two.
#include <array>
#include <string>

#include "client_fixture.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum reason_code;
using enum protocol_version;
using kind = client_action::kind;

/// Where a connection may stand when a packet comes.
enum class stand : std::uint8_t { idle, connecting, authenticating, challenged, open, busy, repeating, over };

/// What comes, a column of the table each.
constexpr std::size_t packets = 19;

octets auth_bytes(std::uint8_t reason) { return packet(0xF0, join({{reason}, block(join({{0x15}, text("m")}))})); }

std::array<octets, packets> packets_of(protocol_version version) {
  const bool v5 = version == protocol_version::v5;
  const octets none = v5 ? octets{0x00} : octets{};
  return {{
      connect_bytes({.version = version}),
      connack_bytes(version),
      publish_bytes(version, 0, 0, "t"),
      publish_bytes(version, 1, 41, "t"),
      publish_bytes(version, 2, 42, "t"),
      publish_bytes(version, 2, 31, "t"),                     // again, in the state busy
      acknowledgement_bytes(0x40, 1),                         // PUBACK
      acknowledgement_bytes(0x50, 2),                         // PUBREC
      acknowledgement_bytes(0x62, 31),                        // PUBREL
      acknowledgement_bytes(0x62, 32),                        // PUBREL before PUBREC
      acknowledgement_bytes(0x70, 3),                         // PUBCOMP
      packet(0x82, join({{0, 1}, none, text("f"), {0x01}})),  // SUBSCRIBE
      suback_bytes(0x90, version, 4, {0x00}),
      packet(0xA2, join({{0, 1}, none, text("f")})),  // UNSUBSCRIBE
      suback_bytes(0xB0, version, 5, v5 ? octets{0x00} : octets{}),
      {0xC0, 0x00},  // PINGREQ
      {0xD0, 0x00},  // PINGRESP
      {0xE0, 0x00},  // DISCONNECT
      auth_bytes(0x18),
  }};
}

struct row {
  stand where;
  std::string_view expected;  ///< one letter a packet, see kind_of()
};

// CONNECT CONNACK PUBLISH×4 PUBACK PUBREC PUBREL×2 PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK PING×2 DISCONNECT AUTH
constexpr row table_v5[] = {
    {stand::idle,
     "F"
     "F"
     "FFFF"
     "FF"
     "FF"
     "F"
     "FF"
     "FF"
     "FF"
     "F"
     "F"},
    {stand::connecting,
     "F"
     "O"
     "FFFF"
     "FF"
     "FF"
     "F"
     "FF"
     "FF"
     "FF"
     "F"
     "F"},
    {stand::authenticating,
     "F"
     "F"
     "FFFF"
     "FF"
     "FF"
     "F"
     "FF"
     "FF"
     "FF"
     "F"
     "X"},
    {stand::challenged,
     "F"
     "F"
     "FFFF"
     "FF"
     "FF"
     "F"
     "FF"
     "FF"
     "FF"
     "F"
     "F"},
    {stand::open,
     "F"
     "F"
     "DDDD"
     "ii"
     "ii"
     "i"
     "Fi"
     "Fi"
     "Fi"
     "E"
     "F"},
    {stand::busy,
     "F"
     "F"
     "DDDr"
     "CR"
     "nF"
     "C"
     "FS"
     "FU"
     "Fn"
     "E"
     "F"},
    {stand::repeating,
     "F"
     "F"
     "DDDD"
     "ii"
     "ii"
     "i"
     "Fi"
     "Fi"
     "Fi"
     "E"
     "X"},
    {stand::over,
     "i"
     "i"
     "iiii"
     "ii"
     "ii"
     "i"
     "ii"
     "ii"
     "ii"
     "i"
     "i"},
};
constexpr row table_v3[] = {
    {stand::idle,
     "F"
     "F"
     "FFFF"
     "FF"
     "FF"
     "F"
     "FF"
     "FF"
     "FF"
     "F"
     "F"},
    {stand::connecting,
     "F"
     "O"
     "FFFF"
     "FF"
     "FF"
     "F"
     "FF"
     "FF"
     "FF"
     "F"
     "F"},
    {stand::open,
     "F"
     "F"
     "DDDD"
     "ii"
     "ii"
     "i"
     "Fi"
     "Fi"
     "Fi"
     "F"
     "F"},
    {stand::busy,
     "F"
     "F"
     "DDDr"
     "CR"
     "nF"
     "C"
     "FS"
     "FU"
     "Fn"
     "F"
     "F"},
    {stand::over,
     "i"
     "i"
     "iiii"
     "ii"
     "ii"
     "i"
     "ii"
     "ii"
     "ii"
     "i"
     "i"},
};

kind kind_of(char letter) {
  switch (letter) {
    case 'n':
      return kind::nothing;
    case 'O':
      return kind::opened;
    case 'D':
      return kind::deliver;
    case 'r':
      return kind::repeat;
    case 'R':
      return kind::recorded;
    case 'C':
      return kind::completed;
    case 'S':
      return kind::subscribed;
    case 'U':
      return kind::unsubscribed;
    case 'X':
      return kind::challenge;
    case 'E':
      return kind::ended;
    case 'i':
      return kind::ignored;
    default:
      return kind::fail;
  }
}

class hostile_server : public client_machine_versions {
 protected:
  /// A client from nothing to that state.
  void bring_to(stand where) {
    fresh_session();
    settings.manual_acknowledgement = false;
    const bool authenticates =
        where == stand::authenticating || where == stand::challenged || where == stand::repeating;
    options.authentication_method = authenticates ? "m" : "";
    machine.emplace(settings, *own);
    if (where == stand::idle) return;
    buffer out;
    ASSERT_FALSE(machine->connect(options, start, out).is_refusal());
    if (where == stand::connecting || where == stand::authenticating) return;
    if (where == stand::challenged) {
      ASSERT_EQ(feed(auth_bytes(0x18)).what, kind::challenge);
      return;
    }
    const octets method = authenticates ? join({{0x15}, text("m")}) : octets{};
    ASSERT_EQ(feed(connack_bytes(version(), false, 0, method)).what, kind::opened);
    if (where == stand::repeating) static_cast<void>(machine->reauthenticate({}, {}, out));
    if (where == stand::over) static_cast<void>(machine->disconnect(success, {}, {}, out));
    if (where == stand::busy) busy();
  }
  /// Everything that can be open is: 1 PUBLISH QoS 1, 2 QoS 2, 3 released, 4 SUBSCRIBE, 5 UNSUBSCRIBE, PINGREQ; the
  /// server's message 31 acknowledged and 32 not.
  void busy() {
    static_cast<void>(publish(1));
    static_cast<void>(publish(2));
    static_cast<void>(publish(2));
    ASSERT_EQ(feed(acknowledgement_bytes(0x50, 3)).what, kind::recorded);
    static_cast<void>(subscribe("f"));
    static_cast<void>(unsubscribe("f"));
    ASSERT_EQ(feed(publish_bytes(version(), 2, 31, "t")).what, kind::deliver);
    settings.manual_acknowledgement = true;
    ASSERT_EQ(feed(publish_bytes(version(), 2, 32, "t")).what, kind::deliver);
    ASSERT_EQ(machine->tick(start + seconds(60)).what, kind::nothing);
    static_cast<void>(answers());
  }
  void fresh_session() {
    machine.reset();
    own.emplace();
    kept.clear();
  }
  std::span<const row> table() const {
    return is_v5() ? std::span<const row>(table_v5) : std::span<const row>(table_v3);
  }

  /// What holds whatever came.
  void check_sanity(const client_action& action) {
    if (action.what == kind::fail) {
      EXPECT_TRUE(is_error(action.reason));
      EXPECT_FALSE(action.why.empty());
      buffer out;
      machine->part_into(action, out);
      if (!out.empty()) {
        // A server understands it, and its reason is one that a client may give.
        const framing found = next_frame(out, any_size);
        ASSERT_EQ(found.status, decode_status::done);
        reason_view view;
        EXPECT_EQ(decode(found.packet, v5, {}, view), success);
        EXPECT_TRUE(is_v5());
      }
    }
    const bool ends = action.what == kind::fail || action.what == kind::ended || action.what == kind::refused;
    if (ends) {
      EXPECT_FALSE(machine->is_open());
      EXPECT_FALSE(machine->has_answers());
      EXPECT_EQ(machine->deadline(), nanolib::never);
    }
    static_cast<void>(answers());
    EXPECT_LE(own->unanswered(), 5U);
    EXPECT_LE(own->unreleased(), 4U);
  }

  std::optional<client_session> own;
};

INSTANTIATE_TEST_SUITE_P(all, hostile_server, ::testing::ValuesIn(every_version));

// THREATS 20, 22, 23
TEST_P(hostile_server, gets_an_answer_to_every_packet_in_every_state) {
  const std::array<octets, packets> all = packets_of(version());
  for (const row& each : table()) {
    ASSERT_EQ(each.expected.size(), packets);
    for (std::size_t at = 0; at < packets; ++at) {
      bring_to(each.where);
      const client_action action = feed(all[at]);
      EXPECT_EQ(action.what, kind_of(each.expected[at]))
          << "state " << static_cast<int>(each.where) << ", packet " << at << ": " << action.why;
      check_sanity(action);
    }
  }
}

// [MQTT-3.2.0-1] [MQTT-3.2.0-2] [MQTT-3.14.0-1]: THREATS 23
TEST_P(hostile_server, gets_nowhere_with_any_two_packets) {
  const std::array<octets, packets> all = packets_of(version());
  for (const row& each : table()) {
    for (const octets& first : all) {
      for (const octets& second : all) {
        bring_to(each.where);
        const client_action action = feed(first);
        const bool was_over = !machine->is_open() && machine->deadline() == nanolib::never;
        check_sanity(action);
        const client_action next = feed(second);
        check_sanity(next);
        EXPECT_TRUE(!was_over || next.what == kind::ignored);
      }
    }
  }
}

// The remaining length says what is there: nothing but the fields themselves is cut short.
TEST_P(hostile_server, gets_nowhere_with_packets_cut_at_every_byte) {
  const std::array<octets, packets> all = packets_of(version());
  for (const row& each : table()) {
    for (const octets& whole : all) {
      for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
        bring_to(each.where);
        octets cut(whole.begin(), whole.begin() + 2 + static_cast<std::ptrdiff_t>(size));
        cut[1] = static_cast<std::uint8_t>(size);
        check_sanity(feed(cut));
        // And as it is: the rest never comes.
        const exact memory(octets(whole.begin(), whole.begin() + 2 + static_cast<std::ptrdiff_t>(size)));
        EXPECT_EQ(next_frame(memory.view(), any_size).status, decode_status::need_more);
      }
    }
  }
}

TEST_P(hostile_server, gets_nowhere_with_one_byte_changed) {
  const std::array<octets, packets> all = packets_of(version());
  for (const stand where : {stand::connecting, stand::busy}) {
    for (const octets& whole : all) {
      for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const std::uint8_t value : octets{0x00, 0x01, 0x7F, 0x80, 0xFF}) {
          bring_to(where);
          octets changed = whole;
          changed[at] = value;
          const exact memory(changed);
          if (next_frame(memory.view(), any_size).status == decode_status::need_more) continue;
          check_sanity(feed(changed));
        }
      }
    }
  }
}

// [MQTT-1.5.5-1]
TEST_P(hostile_server, is_told_that_a_length_is_padded) {
  bring_to(stand::busy);
  EXPECT_EQ(feed({0xD0, 0x80, 0x00}).what, is_v5() ? kind::fail : kind::nothing);
}

TEST_P(hostile_server, is_told_that_a_packet_is_too_large) {
  settings.limits.maximum_packet_size = 20;
  bring_to(stand::open);
  EXPECT_EQ(feed(publish_bytes(version(), 0, 0, "not too large")).what, kind::deliver);
  const client_action action = feed(publish_bytes(version(), 0, 0, "much larger than it"));
  EXPECT_EQ(action.reason, packet_too_large);
  check_sanity(action);
}

TEST_P(hostile_server, is_told_why_in_5_only) {
  bring_to(stand::open);
  buffer out;
  machine->part_into(feed({0xC0, 0x00}), out);
  const octets why = block(join({{0x1F}, text("a packet that only a client sends")}));
  EXPECT_EQ(written(out), is_v5() ? packet(0xE0, join({{0x82}, why})) : octets{});
}

// What is late or doubled after a reconnect does no harm, and is counted.
TEST_P(hostile_server, may_acknowledge_twice) {
  bring_to(stand::busy);
  EXPECT_EQ(feed(acknowledgement_bytes(0x40, 1)).what, kind::completed);
  EXPECT_EQ(feed(acknowledgement_bytes(0x40, 1)).what, kind::ignored);
  EXPECT_EQ(feed(acknowledgement_bytes(0x50, 2)).what, kind::recorded);
  EXPECT_EQ(feed(acknowledgement_bytes(0x50, 2)).what, kind::ignored);
  EXPECT_EQ(answers(), join({acknowledgement_bytes(0x62, 2), acknowledgement_bytes(0x62, 2)}));
  EXPECT_EQ(feed(acknowledgement_bytes(0x70, 2)).what, kind::completed);
  EXPECT_EQ(feed(acknowledgement_bytes(0x70, 2)).what, kind::ignored);
  EXPECT_EQ(feed(suback_bytes(0x90, version(), 4, {0x00})).what, kind::subscribed);
  EXPECT_EQ(feed(suback_bytes(0x90, version(), 4, {0x00})).what, kind::ignored);
  EXPECT_EQ(feed({0xD0, 0x00}).what, kind::nothing);
  EXPECT_EQ(feed({0xD0, 0x00}).what, kind::ignored);
  EXPECT_EQ(machine->ignored(), 5U);
}

TEST_P(hostile_server, may_not_acknowledge_at_the_wrong_stage) {
  const octets rows[] = {acknowledgement_bytes(0x50, 1), acknowledgement_bytes(0x70, 1), acknowledgement_bytes(0x40, 2),
                         acknowledgement_bytes(0x70, 2), acknowledgement_bytes(0x40, 3)};
  for (const octets& wire : rows) {
    bring_to(stand::busy);
    EXPECT_EQ(refusal(wire), protocol_error);
  }
}

TEST_P(hostile_server, may_not_take_pubrec_back) {
  if (!is_v5()) return;
  bring_to(stand::busy);
  EXPECT_EQ(refusal(acknowledgement_bytes(0x50, 3, quota_exceeded)), protocol_error);
}

// §3.6.2.1
TEST_P(hostile_server, is_rid_of_what_nobody_sent) {
  bring_to(stand::open);
  EXPECT_EQ(feed(acknowledgement_bytes(0x50, 77)).what, kind::ignored);
  EXPECT_EQ(answers(),
            is_v5() ? acknowledgement_bytes(0x62, 77, packet_identifier_not_found) : acknowledgement_bytes(0x62, 77));
}

TEST_F(client_machine_test, bytes_that_are_no_packet_end_the_connection) {
  open();
  for (const octets& wire : {octets{0x00, 0x00}, octets{0x36, 0x00}, octets{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}}) {
    open();
    EXPECT_EQ(refusal(wire), malformed_packet);
    EXPECT_FALSE(machine->is_open());
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
