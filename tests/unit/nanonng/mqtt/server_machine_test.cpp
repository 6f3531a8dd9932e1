// What may come when, and what follows from it: packets in, actions out.
#include "machine_fixture.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum reason_code;
using kind = action::kind;
using enum protocol_version;

INSTANTIATE_TEST_SUITE_P(all, server_machine_versions, ::testing::ValuesIn(every_version));

struct row {
  const char* name;
  octets wire;
  kind what;
  reason_code reason = success;
};

// [MQTT-3.1.0-1]
TEST_P(server_machine_versions, the_first_packet_is_connect) {
  const octets firsts[] = {
      publish_bytes(version(), 0, 0, "t"),
      acknowledgement_bytes(0x40, 1),
      {0xC0, 0x00},
      {0xE0, 0x00},
      {0xD0, 0x00},
      {0x20, 0x02, 0x00, 0x00},
      {0xF0, 0x00},
  };
  for (const octets& first : firsts) {
    server_machine fresh(settings, start);
    const exact memory(first);
    const action answer = fresh.receive(next_frame(memory.view(), any_size).packet, start, into);
    EXPECT_EQ(answer.what, kind::fail);
    EXPECT_EQ(answer.reason, protocol_error);
    EXPECT_EQ(fresh.how_to_part(), server_machine::parting::silence);
  }
}

// [MQTT-3.1.0-2]
TEST_P(server_machine_versions, a_second_connect_fails) {
  open({.version = version()});
  EXPECT_EQ(refusal(connect_bytes({.version = version()})), protocol_error);
}

TEST_P(server_machine_versions, a_second_connect_before_the_first_is_accepted_fails) {
  ASSERT_EQ(feed(connect_bytes({.version = version()})).what, kind::open);
  EXPECT_EQ(refusal(connect_bytes({.version = version()})), protocol_error);
}

TEST_P(server_machine_versions, says_for_every_packet_what_is_to_be_done) {
  const octets props = is_v5() ? octets{0x00} : octets{};
  const row rows[] = {
      {"PUBLISH, QoS 0", publish_bytes(version(), 0, 0, "t"), kind::deliver},
      {"PUBLISH, QoS 1", publish_bytes(version(), 1, 7, "t"), kind::deliver},
      {"PUBLISH, QoS 1, again", publish_bytes(version(), 1, 7, "t"), kind::deliver},
      {"PUBLISH, QoS 2", publish_bytes(version(), 2, 7, "t"), kind::deliver},
      {"PUBLISH, QoS 2, again", publish_bytes(version(), 2, 7, "t"), kind::repeat},
      {"PUBLISH, QoS 2, a third time", publish_bytes(version(), 2, 7, "t"), kind::repeat},
      {"PUBREL", acknowledgement_bytes(0x62, 7), kind::release},
      {"PUBREL of nothing", acknowledgement_bytes(0x62, 7), kind::release, packet_identifier_not_found},
      {"PUBLISH, QoS 2, the identifier is free again", publish_bytes(version(), 2, 7, "t"), kind::deliver},
      {"PUBACK", acknowledgement_bytes(0x40, 1), kind::puback},
      {"PUBREC", acknowledgement_bytes(0x50, 1), kind::pubrec},
      {"PUBCOMP", acknowledgement_bytes(0x70, 1), kind::pubcomp},
      {"SUBSCRIBE", packet(0x82, join({{0, 1}, props, text("f"), {0x01}})), kind::subscribe},
      {"UNSUBSCRIBE", packet(0xA2, join({{0, 1}, props, text("f")})), kind::unsubscribe},
      {"PINGREQ", {0xC0, 0x00}, kind::ping},
      {"DISCONNECT", {0xE0, 0x00}, kind::end},
  };
  open({.version = version()});
  for (const row& one : rows) {
    const action answer = feed(one.wire);
    EXPECT_EQ(answer.what, one.what) << one.name << ": " << answer.why;
    EXPECT_EQ(answer.reason, one.reason) << one.name;
  }
}

TEST_P(server_machine_versions, refuses_what_only_a_server_sends) {
  const octets rows[] = {
      {0x20, 0x02, 0x00, 0x00}, {0x90, 0x03, 0x00, 0x01, 0x00}, {0xB0, 0x02, 0x00, 0x01}, {0xD0, 0x00}};
  open({.version = version()});
  for (const octets& wire : rows) EXPECT_EQ(refusal(wire), protocol_error) << static_cast<int>(wire[0]);
}

TEST_P(server_machine_versions, refuses_malformed_packets) {
  const row rows[] = {
      {"PUBLISH without a topic's length", {0x30, 0x01, 0x00}, kind::fail, malformed_packet},
      {"PUBLISH to a filter", publish_bytes(version(), 0, 0, "a/#"), kind::fail, topic_name_invalid},
      {"PUBACK of one byte", {0x40, 0x01, 0x00}, kind::fail, malformed_packet},
      {"PUBREL with flags of PUBACK", {0x60, 0x02, 0x00, 0x01}, kind::fail, malformed_packet},
      {"identifier 0", acknowledgement_bytes(0x62, 0), kind::fail, protocol_error},
      {"SUBSCRIBE without an identifier", {0x82, 0x01, 0x00}, kind::fail, malformed_packet},
      {"UNSUBSCRIBE without an identifier", {0xA2, 0x01, 0x00}, kind::fail, malformed_packet},
      {"PINGREQ with a body", {0xC0, 0x01, 0x00}, kind::fail, malformed_packet},
      {"packet type 0", {0x00, 0x00}, kind::fail, malformed_packet},
  };
  open({.version = version()});
  for (const row& one : rows) {
    const action answer = feed(one.wire);
    EXPECT_EQ(answer.what, one.what) << one.name;
    EXPECT_EQ(answer.reason, one.reason) << one.name;
  }
}

TEST_P(server_machine_versions, is_told_of_refused_messages) {
  open({.version = version()});
  ASSERT_EQ(feed(publish_bytes(version(), 2, 9, "t")).what, kind::deliver);
  machine.forget(9);
  machine.forget(9);
  EXPECT_EQ(unreleased.size(), 0U);
  EXPECT_EQ(feed(publish_bytes(version(), 2, 9, "t")).what, kind::deliver);
}

// [MQTT-4.3.3-10]: exactly once, over connections.
TEST_P(server_machine_versions, what_an_earlier_connection_left_unreleased_is_only_repeated) {
  ASSERT_EQ(unreleased.insert(5), nanolib::identifier_set::inserted::fresh);
  open({.version = version(), .clean = false});
  EXPECT_EQ(feed(publish_bytes(version(), 2, 5, "t")).what, kind::repeat);
  EXPECT_EQ(feed(acknowledgement_bytes(0x62, 5)).reason, success);
}

TEST_P(server_machine_versions, parts_as_its_version_allows) {
  using parting = server_machine::parting;
  EXPECT_EQ(machine.how_to_part(), parting::silence);
  ASSERT_EQ(feed(connect_bytes({.version = version()})).what, kind::open);
  EXPECT_EQ(machine.how_to_part(), parting::connack);
  machine.accept(into.connect, unreleased, start);
  EXPECT_EQ(machine.how_to_part(), is_v5() ? parting::disconnect : parting::silence);
}

TEST_P(server_machine_versions, remembers_its_version) {
  open({.version = version()});
  EXPECT_EQ(machine.version(), version());
  EXPECT_EQ(machine.is_v5(), is_v5());
}

// [MQTT-3.1.2-22]
TEST_P(server_machine_versions, waits_one_and_a_half_times_the_keep_alive) {
  EXPECT_EQ(machine.keep_alive_deadline(), nanolib::never);
  open({.version = version(), .keep_alive_s = 5});
  EXPECT_EQ(machine.keep_alive_deadline(), start + nanolib::duration(7500));
  ASSERT_EQ(feed({0xC0, 0x00}, start + seconds(3)).what, kind::ping);
  EXPECT_EQ(machine.keep_alive_deadline(), start + seconds(3) + nanolib::duration(7500));
}

TEST_P(server_machine_versions, waits_for_ever_without_keep_alive) {
  open({.version = version(), .keep_alive_s = 0});
  EXPECT_EQ(machine.keep_alive_deadline(), nanolib::never);
}

TEST_P(server_machine_versions, the_longest_keep_alive_is_not_cut_short) {
  open({.version = version(), .keep_alive_s = 65'535});
  EXPECT_EQ(machine.keep_alive_deadline(), start + nanolib::duration(98'302'500));
}

TEST_P(server_machine_versions, counts_acknowledgements_for_keep_alive_too) {
  open({.version = version(), .keep_alive_s = 10});
  static_cast<void>(feed(acknowledgement_bytes(0x40, 1), start + seconds(9)));
  EXPECT_EQ(machine.keep_alive_deadline(), start + seconds(24));
}

TEST(server_machine, reads_no_connect_larger_than_its_limit) {
  server_settings settings;
  settings.maximum_connect_size = 100;
  settings.limits.maximum_packet_size = 5'000;
  server_machine machine(settings, start);
  EXPECT_EQ(machine.maximum_packet_size(), 100U);
  const action refused = machine.reject(packet_too_large);
  EXPECT_EQ(refused.what, kind::fail);
  EXPECT_EQ(refused.reason, packet_too_large);
  EXPECT_EQ(refused.why, "packet too large");
}

TEST_F(server_machine_test, reads_larger_packets_once_it_is_open) {
  open();
  EXPECT_EQ(machine.maximum_packet_size(), settings.limits.maximum_packet_size);
}

TEST_F(server_machine_test, a_connect_cut_short_is_answered_in_no_version_of_an_earlier_one) {
  ASSERT_EQ(feed(connect_bytes({})).what, kind::open);
  server_machine next(settings, start);
  const exact memory(octets{0x10, 0x02, 0x00, 0x04});
  const action answer = next.receive(next_frame(memory.view(), any_size).packet, start, into);
  EXPECT_EQ(answer.what, kind::fail);
  EXPECT_EQ(answer.reason, malformed_packet);
  EXPECT_EQ(next.version(), v3_1_1);
}

TEST_F(server_machine_test, a_connect_of_a_version_of_the_future_is_answered_in_5_0) {
  const octets future = packet(0x10, join({text("MQTT"), {6, 2, 0, 0, 0}, text("c")}));
  EXPECT_EQ(refusal(future), unsupported_protocol_version);
  EXPECT_EQ(machine.version(), v5);
  EXPECT_EQ(machine.how_to_part(), server_machine::parting::connack);
}

TEST(server_machine, replaces_a_keep_alive_that_is_too_long_or_missing) {
  struct keep_alive_row {
    protocol_version version;
    std::uint16_t asked, most, given;
    bool server_sets;
  };
  const keep_alive_row rows[] = {{v5, 60, 0, 60, false},      {v5, 0, 0, 0, false},      {v5, 60, 60, 60, false},
                                 {v5, 61, 60, 60, true},      {v5, 0, 60, 60, true},     {v5, 59, 60, 59, false},
                                 {v3_1_1, 61, 60, 61, false}, {v3_1_1, 0, 60, 0, false}, {v3_1, 61, 60, 61, false}};
  for (const keep_alive_row& one : rows) {
    server_settings settings;
    settings.maximum_keep_alive_s = one.most;
    server_machine machine(settings, start);
    nanolib::identifier_set unreleased;
    connect_view packet;
    incoming into;
    const exact memory(connect_bytes({.version = one.version, .keep_alive_s = one.asked}));
    ASSERT_EQ(machine.receive(next_frame(memory.view(), any_size).packet, start, into).what, kind::open);
    machine.accept(into.connect, unreleased, start);
    EXPECT_EQ(machine.keep_alive_s(), one.given);
    EXPECT_EQ(machine.server_sets_keep_alive(), one.server_sets);
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
