// What only MQTT 5 has: limits both ways, aliases, session expiry, reasons, and what CONNACK announces.
#include "machine_fixture.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum reason_code;
using kind = action::kind;
using enum protocol_version;

class server_machine_v5 : public server_machine_test {
 protected:
  action publish(unsigned qos, std::uint16_t identifier, std::string_view topic, const octets& properties = {}) {
    return feed(publish_bytes(v5, qos, identifier, topic, properties));
  }
};

octets alias(std::uint16_t number) {
  return {0x23, static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number & 0xFFU)};
}

// [MQTT-3.3.4-9]
TEST_F(server_machine_v5, receive_maximum_bounds_unreleased_messages) {
  settings.receive_maximum = 2;
  open();
  EXPECT_EQ(publish(2, 1, "t").what, kind::deliver);
  EXPECT_EQ(publish(2, 2, "t").what, kind::deliver);
  EXPECT_EQ(publish(2, 2, "t").what, kind::repeat);
  EXPECT_EQ(publish(1, 3, "t").what, kind::deliver);
  EXPECT_EQ(feed(acknowledgement_bytes(0x62, 1)).what, kind::release);
  EXPECT_EQ(publish(2, 3, "t").what, kind::deliver);
  const action over = publish(2, 4, "t");
  EXPECT_EQ(over.what, kind::fail);
  EXPECT_EQ(over.reason, receive_maximum_exceeded);
  EXPECT_EQ(unreleased.size(), 2U);
}

// §4.9: the quota begins anew with every connection
TEST_F(server_machine_v5, receive_maximum_leaves_out_what_an_earlier_connection_left) {
  settings.receive_maximum = 2;
  ASSERT_EQ(unreleased.insert(7), nanolib::identifier_set::inserted::fresh);
  ASSERT_EQ(unreleased.insert(8), nanolib::identifier_set::inserted::fresh);
  open();
  EXPECT_EQ(publish(2, 1, "t").what, kind::deliver);
  EXPECT_EQ(publish(2, 2, "t").what, kind::deliver);
  EXPECT_EQ(publish(2, 3, "t").reason, receive_maximum_exceeded);
}

TEST_F(server_machine_v5, receive_maximum_is_not_for_clients_that_know_none) {
  settings.receive_maximum = 1;
  open({.version = v3_1_1});
  EXPECT_EQ(feed(publish_bytes(v3_1_1, 2, 1, "t")).what, kind::deliver);
  EXPECT_EQ(feed(publish_bytes(v3_1_1, 2, 2, "t")).what, kind::deliver);
}

// [MQTT-3.3.2-8] [MQTT-3.3.2-9] [MQTT-3.3.2-12]
TEST_F(server_machine_v5, resolves_topic_aliases) {
  settings.topic_alias_maximum = 3;
  open();
  EXPECT_EQ(publish(0, 0, "", alias(3)).reason, protocol_error);
  EXPECT_EQ(publish(0, 0, "one", alias(3)).what, kind::deliver);
  EXPECT_EQ(into.publish.topic, "one");
  EXPECT_EQ(publish(0, 0, "", alias(3)).what, kind::deliver);
  EXPECT_EQ(into.publish.topic, "one");
  EXPECT_EQ(publish(0, 0, "two", alias(3)).what, kind::deliver);
  EXPECT_EQ(publish(1, 1, "", alias(3)).what, kind::deliver);
  EXPECT_EQ(into.publish.topic, "two");
  EXPECT_EQ(publish(0, 0, "", alias(1)).reason, protocol_error);
  EXPECT_EQ(publish(0, 0, "", {}).reason, protocol_error);
  EXPECT_EQ(publish(0, 0, "x", alias(4)).reason, topic_alias_invalid);
  EXPECT_EQ(publish(0, 0, "", alias(65'535)).reason, topic_alias_invalid);
  EXPECT_TRUE(is_error(publish(0, 0, "x", alias(0)).reason));
}

TEST_F(server_machine_v5, accepts_no_alias_when_it_announces_none) {
  settings.topic_alias_maximum = 0;
  open({.properties = {0x22, 0x00, 0x05}});
  EXPECT_FALSE(machine.uses_aliases());
  EXPECT_EQ(publish(0, 0, "x", alias(1)).reason, topic_alias_invalid);
}

TEST_F(server_machine_v5, gives_aliases_up_to_the_smaller_of_both_maxima) {
  settings.topic_alias_maximum = 2;
  open({.properties = {0x22, 0x00, 0x05}});
  ASSERT_TRUE(machine.uses_aliases());
  EXPECT_EQ(machine.alias_for("a", 1).alias, 1);
  EXPECT_EQ(machine.alias_for("b", 2).alias, 2);
  EXPECT_EQ(machine.alias_for("c", 3).alias, 0);
  EXPECT_TRUE(machine.alias_for("a", 1).known);
}

TEST_F(server_machine_v5, gives_no_alias_to_a_client_that_wants_none) {
  open();
  EXPECT_FALSE(machine.uses_aliases());
  EXPECT_EQ(machine.alias_for("a", 1).alias, 0);
}

// [MQTT-3.3.4-6]
TEST_F(server_machine_v5, refuses_a_subscription_identifier_from_a_client) {
  open();
  EXPECT_EQ(publish(0, 0, "t", {0x0B, 0x01}).reason, protocol_error);
}

// [MQTT-4.12.0-7]
TEST_F(server_machine_v5, refuses_auth_without_a_method_in_connect) {
  open();
  EXPECT_EQ(refusal(packet(0xF0, join({{0x18}, block(join({{0x15}, text("x")}))}))), protocol_error);
  EXPECT_EQ(refusal({0xF0, 0x01, 0x77}), protocol_error);
}

TEST_F(server_machine_v5, auth_before_5_is_malformed) {
  open({.version = v3_1_1});
  EXPECT_EQ(refusal({0xF0, 0x00}), malformed_packet);
}

TEST_F(server_machine_v5, ends_with_the_reason_of_disconnect) {
  open();
  const action normal = feed({0xE0, 0x00});
  EXPECT_EQ(normal.what, kind::end);
  EXPECT_EQ(normal.reason, success);
  const action with_will = feed({0xE0, 0x01, 0x04});
  EXPECT_EQ(with_will.what, kind::end);
  EXPECT_EQ(with_will.reason, disconnect_with_will);
  EXPECT_EQ(feed({0xE0, 0x02, 0x93, 0x00}).reason, receive_maximum_exceeded);
}

TEST_F(server_machine_v5, disconnect_in_3_1_1_has_no_body) {
  open({.version = v3_1_1});
  EXPECT_EQ(refusal({0xE0, 0x01, 0x04}), malformed_packet);
}

// [MQTT-3.14.2-2] [MQTT-3.1.2-23]
TEST_F(server_machine_v5, disconnect_cannot_make_a_session_stay_that_was_to_end) {
  open();
  EXPECT_EQ(machine.session_expiry_s(), 0U);
  EXPECT_EQ(feed({0xE0, 0x07, 0x00, 0x05, 0x11, 0, 0, 0, 0}).what, kind::end);
  const action raised = feed({0xE0, 0x07, 0x00, 0x05, 0x11, 0, 0, 0, 1});
  EXPECT_EQ(raised.what, kind::fail);
  EXPECT_EQ(raised.reason, protocol_error);
  EXPECT_EQ(machine.session_expiry_s(), 0U);
}

TEST_F(server_machine_v5, disconnect_changes_the_session_expiry_within_the_servers_maximum) {
  settings.maximum_session_expiry_s = 100;
  open({.properties = {0x11, 0, 0, 0, 50}});
  EXPECT_EQ(machine.session_expiry_s(), 50U);
  EXPECT_EQ(feed({0xE0, 0x07, 0x00, 0x05, 0x11, 0, 0, 0, 70}).what, kind::end);
  EXPECT_EQ(machine.session_expiry_s(), 70U);
  EXPECT_EQ(feed({0xE0, 0x07, 0x00, 0x05, 0x11, 0xFF, 0xFF, 0xFF, 0xFF}).what, kind::end);
  EXPECT_EQ(machine.session_expiry_s(), 100U);
  EXPECT_EQ(feed({0xE0, 0x07, 0x00, 0x05, 0x11, 0, 0, 0, 0}).what, kind::end);
  EXPECT_EQ(machine.session_expiry_s(), 0U);
}

TEST_F(server_machine_v5, refuses_a_server_reference_from_a_client) {
  open();
  EXPECT_TRUE(is_error(refusal(packet(0xE0, join({{0x00}, block(join({{0x1C}, text("other")}))})))));
}

TEST_F(server_machine_v5, keeps_what_the_client_allows) {
  open({.properties = {0x21, 0x00, 0x07, 0x27, 0, 0, 0x01, 0x00, 0x17, 0x00}});
  EXPECT_EQ(machine.client_receive_maximum(), 7);
  EXPECT_EQ(machine.client_maximum_packet_size(), 256U);
  EXPECT_FALSE(machine.wants_problem_information());
}

TEST_F(server_machine_v5, takes_no_limits_from_the_connect_of_another) {
  ASSERT_EQ(feed(connect_bytes({.properties = {0x21, 0x00, 0x07, 0x27, 0, 0, 0x01, 0x00, 0x17, 0x00, 0x22, 0x00, 0x05,
                                               0x11, 0, 0, 0, 9}}))
                .what,
            kind::open);
  server_machine next(settings, start);
  kept.emplace_back(connect_bytes({}));
  ASSERT_EQ(next.receive(next_frame(kept.back().view(), any_size).packet, start, into).what, kind::open);
  next.accept(into.connect, unreleased, start);
  EXPECT_EQ(next.client_receive_maximum(), 65'535);
  EXPECT_EQ(next.client_maximum_packet_size(), 0xFFFFFFFF);
  EXPECT_TRUE(next.wants_problem_information());
  EXPECT_FALSE(next.uses_aliases());
  EXPECT_EQ(next.session_expiry_s(), 0U);
}

TEST_F(server_machine_v5, a_3_1_1_session_lasts_as_long_as_the_server_allows_or_not_at_all) {
  settings.maximum_session_expiry_s = 77;
  open({.version = v3_1_1, .clean = false});
  EXPECT_EQ(machine.session_expiry_s(), 77U);
  server_machine clean(settings, start);
  kept.emplace_back(connect_bytes({.version = v3_1_1}));
  ASSERT_EQ(clean.receive(next_frame(kept.back().view(), any_size).packet, start, into).what, kind::open);
  clean.accept(into.connect, unreleased, start);
  EXPECT_EQ(clean.session_expiry_s(), 0U);
}

/// The CONNACK block as a client would read it.
properties read_back(const buffer& block, std::vector<std::byte>& memory) {
  memory.assign(1, static_cast<std::byte>(block.size()));
  memory.insert(memory.end(), block.begin(), block.end());
  bytes input = memory;
  properties read;
  EXPECT_EQ(decode_properties(input, property_place::connack, {}, read), success);
  EXPECT_TRUE(input.empty());
  return read;
}

// [MQTT-3.2.2-16] [MQTT-3.2.2-21]
TEST_F(server_machine_v5, connack_announces_every_limit_and_choice) {
  settings.receive_maximum = 12;
  settings.topic_alias_maximum = 13;
  settings.maximum_keep_alive_s = 14;
  settings.maximum_session_expiry_s = 15;
  settings.limits.maximum_packet_size = 1'600;
  open({.properties = {0x11, 0, 0, 0, 200}});
  std::vector<std::byte> memory;
  const properties read =
      read_back(connack_properties(settings, machine, into.connect, {"auto-1", machine.session_expiry_s()}), memory);
  EXPECT_EQ(read.receive_maximum, 12);
  EXPECT_EQ(read.topic_alias_maximum, 13);
  EXPECT_EQ(read.server_keep_alive, 14);
  EXPECT_EQ(read.session_expiry_interval, 15U);
  EXPECT_EQ(read.maximum_packet_size, 1'600U);
  EXPECT_EQ(read.assigned_client_identifier, "auto-1");
}

TEST_F(server_machine_v5, connack_is_silent_about_what_the_client_got_as_it_asked) {
  open({.properties = {0x11, 0, 0, 0, 200}});
  std::vector<std::byte> memory;
  const properties read =
      read_back(connack_properties(settings, machine, into.connect, {{}, machine.session_expiry_s()}), memory);
  for (const property_id absent : {property_id::server_keep_alive, property_id::session_expiry_interval,
                                   property_id::assigned_client_identifier, property_id::maximum_qos}) {
    EXPECT_FALSE(read.has(absent)) << static_cast<int>(absent);
  }
}

}  // namespace

}  // namespace nanonng::mqtt::testing
