// How a client's connection begins, stays alive and ends.
#include "client_fixture.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum reason_code;
using enum protocol_version;
using kind = client_action::kind;

INSTANTIATE_TEST_SUITE_P(all, client_machine_versions, ::testing::ValuesIn(every_version));

using client_machine_v5 = client_machine_test;

octets two_bytes(std::uint8_t id, unsigned value) {
  return {id, static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value & 0xFFU)};
}
octets four_bytes(std::uint8_t id, std::uint32_t value) {
  return join({{id},
               {static_cast<std::uint8_t>(value >> 24U), static_cast<std::uint8_t>(value >> 16U & 0xFFU),
                static_cast<std::uint8_t>(value >> 8U & 0xFFU), static_cast<std::uint8_t>(value & 0xFFU)}});
}

// [MQTT-3.1.0-1] [MQTT-3.1.3-3]
TEST_P(client_machine_versions, says_connect_first) {
  const octets expected = connect_bytes(
      {.version = version(), .keep_alive_s = 60, .clean = true, .properties = four_bytes(0x27, 2U * 1024 * 1024)});
  EXPECT_EQ(connect(), expected);
  EXPECT_FALSE(machine->is_open());
  EXPECT_EQ(machine->version(), version());
}

// [MQTT-3.1.0-2]
TEST_P(client_machine_versions, says_connect_once) {
  static_cast<void>(connect());
  buffer out;
  EXPECT_EQ(machine->connect(options, start, out).reason, protocol_error);
  EXPECT_TRUE(out.empty());
}

TEST_F(client_machine_v5, announces_what_it_allows) {
  settings.limits.maximum_packet_size = 1'000;
  settings.receive_maximum = 20;
  settings.topic_alias_maximum = 3;
  options.session_expiry_s = 7;
  options.request_problem_information = false;
  options.request_response_information = true;
  options.authentication_method = "m";
  const exact data(octets{1, 2});
  options.authentication_data = data.view();
  const exact user(join({{0x26}, text("k"), text("v")}));
  options.user_properties = user.view();
  const octets properties = join({four_bytes(0x11, 7),
                                  two_bytes(0x21, 20),
                                  four_bytes(0x27, 1'000),
                                  two_bytes(0x22, 3),
                                  {0x19, 1},
                                  {0x17, 0},
                                  {0x15},
                                  text("m"),
                                  {0x16, 0, 2, 1, 2},
                                  {0x26},
                                  text("k"),
                                  text("v")});
  EXPECT_EQ(connect(), connect_bytes({.properties = properties}));
}

// [MQTT-3.1.2-9] [MQTT-3.1.2-12] [MQTT-3.1.2-16] [MQTT-3.1.2-17] [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.3-1]
TEST_P(client_machine_versions, says_will_user_and_password) {
  const exact payload(octets{'b', 'y', 'e'});
  const exact password(octets{'p'});
  connect_view& packet = options.packet;
  packet.has_will = true;
  packet.will.topic = "gone";
  packet.will.payload = payload.view();
  packet.will.qos = quality_of_service::exactly_once;
  packet.will.retain = true;
  packet.has_user_name = packet.has_password = true;
  packet.user_name = "u";
  packet.password = password.view();
  const octets wire = connect();
  const decoded<connect_view> read(wire);
  ASSERT_EQ(read.reason, success);
  EXPECT_EQ(read.view.will.topic, "gone");
  EXPECT_EQ(written(read.view.will.payload), (octets{'b', 'y', 'e'}));
  EXPECT_EQ(read.view.will.qos, quality_of_service::exactly_once);
  EXPECT_TRUE(read.view.will.retain);
  EXPECT_EQ(read.view.user_name, "u");
  EXPECT_EQ(written(read.view.password), octets{'p'});
}

struct bad_options {
  const char* name;
  reason_code reason;
  void (*spoil)(connect_options&);
};

const octets not_user = {0x21, 0, 5};
const octets bad_will = {0x23, 0, 5};
const std::string long_text(65'536, 'x');

// [MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12]
TEST_F(client_machine_v5, refuses_options_that_no_server_may_accept) {
  const bad_options rows[] = {
      {"client id that is not UTF-8", malformed_packet, [](connect_options& o) { o.packet.client_id = "\xFF"; }},
      {"client id too long", malformed_packet, [](connect_options& o) { o.packet.client_id = long_text; }},
      {"user name that is not UTF-8", malformed_packet,
       [](connect_options& o) {
         o.packet.has_user_name = true;
         o.packet.user_name = "\xC0";
       }},
      {"will with wildcards", topic_name_invalid,
       [](connect_options& o) {
         o.packet.has_will = true;
         o.packet.will.topic = "a/+";
       }},
      {"will with QoS 3", malformed_packet,
       [](connect_options& o) {
         o.packet.has_will = true;
         o.packet.will.topic = "a";
         o.packet.will.qos = static_cast<quality_of_service>(3);
       }},
      {"will with a property of PUBLISH", malformed_packet,
       [](connect_options& o) {
         o.packet.has_will = true;
         o.packet.will.topic = "a";
         o.will_properties = std::as_bytes(std::span(bad_will));
       }},
      {"a limit among the user properties", malformed_packet,
       [](connect_options& o) { o.user_properties = std::as_bytes(std::span(not_user)); }},
      {"authentication data without a method", protocol_error,
       [](connect_options& o) { o.authentication_data = std::as_bytes(std::span(not_user)); }},
      {"method that is not UTF-8", malformed_packet, [](connect_options& o) { o.authentication_method = "\xFF"; }},
      {"3.1.1 without client id and clean session", client_identifier_not_valid,
       [](connect_options& o) {
         o.packet.version = v3_1_1;
         o.packet.client_id = "";
         o.packet.clean_start = false;
       }},
  };
  for (const bad_options& row : rows) {
    connect_options spoilt = options;
    row.spoil(spoilt);
    client_machine fresh(settings, session);
    buffer out{std::byte{1}};
    EXPECT_EQ(fresh.connect(spoilt, start, out).reason, row.reason) << row.name;
    EXPECT_EQ(out.size(), 1U) << row.name;
    EXPECT_FALSE(fresh.connect(options, start, out).is_refusal()) << row.name;
  }
}

TEST_P(client_machine_versions, opens_with_connack) {
  static_cast<void>(connect());
  EXPECT_EQ(feed(connack_bytes(version())).what, kind::opened);
  EXPECT_TRUE(machine->is_open());
  EXPECT_FALSE(into.connack.session_present);
  EXPECT_EQ(machine->limits().receive_maximum, 65'535);
  EXPECT_EQ(machine->limits().maximum_qos, quality_of_service::exactly_once);
  EXPECT_EQ(machine->limits().keep_alive_s, 60);
}

// [MQTT-3.1.2-21] [MQTT-3.2.2-21]
TEST_F(client_machine_v5, knows_what_the_server_grants) {
  options.session_expiry_s = 100;
  open(join({four_bytes(0x11, 50),
             two_bytes(0x21, 10),
             {0x24, 1},
             {0x25, 0},
             four_bytes(0x27, 99),
             {0x12},
             text("given"),
             two_bytes(0x22, 4),
             {0x28, 0},
             {0x29, 0},
             {0x2A, 0},
             two_bytes(0x13, 5)}));
  const server_limits& limits = machine->limits();
  EXPECT_EQ(limits.session_expiry_s, 50U);
  EXPECT_EQ(limits.receive_maximum, 10);
  EXPECT_EQ(limits.maximum_qos, quality_of_service::at_least_once);
  EXPECT_FALSE(limits.retain_available);
  EXPECT_EQ(limits.maximum_packet_size, 99U);
  EXPECT_EQ(limits.topic_alias_maximum, 4);
  EXPECT_FALSE(limits.wildcard_subscriptions);
  EXPECT_FALSE(limits.subscription_identifiers);
  EXPECT_FALSE(limits.shared_subscriptions);
  EXPECT_EQ(limits.keep_alive_s, 5);
  EXPECT_EQ(into.connack.props.assigned_client_identifier, "given");
}

TEST_F(client_machine_v5, keeps_what_it_asked_for_when_the_server_says_nothing) {
  options.session_expiry_s = 100;
  open();
  EXPECT_EQ(machine->limits().session_expiry_s, 100U);
}

// [MQTT-4.13.2-1]
TEST_P(client_machine_versions, is_told_that_it_is_refused) {
  static_cast<void>(connect());
  const client_action action = feed(connack_bytes(version(), false, is_v5() ? 0x87 : 5));
  EXPECT_EQ(action.what, kind::refused);
  EXPECT_EQ(action.reason, not_authorized);
  EXPECT_FALSE(action.why.empty());
  EXPECT_FALSE(machine->is_open());
  buffer out;
  machine->part_into(action, out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(machine->deadline(), nanolib::never);
}

// [MQTT-3.2.2-2] [MQTT-3.2.2-4]
TEST_P(client_machine_versions, does_not_take_a_session_after_clean_start) {
  static_cast<void>(connect());
  // The bit is reserved in 3.1.
  EXPECT_EQ(refusal(connack_bytes(version(), true)), version() == v3_1 ? success : protocol_error);
}

TEST_P(client_machine_versions, takes_a_session_that_it_asked_for) {
  options.packet.clean_start = false;
  open({}, true);
  EXPECT_EQ(into.connack.session_present, version() != v3_1);
}

// [MQTT-3.1.2-20]
TEST_P(client_machine_versions, pings_when_it_was_silent) {
  open();
  EXPECT_EQ(machine->deadline(), start + seconds(60));
  machine->sent(start + seconds(5));
  static_cast<void>(feed({0xD0, 0x00}, start + seconds(7)));
  EXPECT_EQ(machine->deadline(), start + seconds(65));
  EXPECT_EQ(machine->tick(start + seconds(64)).what, kind::nothing);
  EXPECT_FALSE(machine->has_answers());
  EXPECT_EQ(machine->tick(start + seconds(65)).what, kind::nothing);
  EXPECT_EQ(answers(), (octets{0xC0, 0x00}));
  EXPECT_EQ(machine->deadline(), start + seconds(75));
  EXPECT_EQ(feed({0xD0, 0x00}, start + seconds(66)).what, kind::nothing);
  EXPECT_EQ(machine->deadline(), start + seconds(125));
}

TEST_P(client_machine_versions, pings_when_nothing_arrives) {
  open();
  machine->sent(start + seconds(59));
  EXPECT_EQ(machine->deadline(), start + seconds(60));
}

TEST_P(client_machine_versions, does_not_wait_for_pingresp_for_ever) {
  open();
  EXPECT_EQ(machine->tick(start + seconds(60)).what, kind::nothing);
  static_cast<void>(answers());
  EXPECT_EQ(feed(publish_bytes(version(), 0, 0, "t"), start + seconds(69)).what, kind::deliver);  // a sign of life
  EXPECT_EQ(machine->tick(start + seconds(78)).what, kind::nothing);
  const client_action action = machine->tick(start + seconds(79));
  EXPECT_EQ(action.what, kind::fail);
  EXPECT_EQ(action.reason, keep_alive_timeout);
  buffer out;
  machine->part_into(action, out);
  // Only servers have words for it [MQTT-3.14.2-1].
  const octets why = join({{0x80}, block(join({{0x1F}, text("no PINGRESP in time")}))});
  EXPECT_EQ(written(out), is_v5() ? packet(0xE0, why) : octets{});
}

TEST_P(client_machine_versions, pings_when_it_is_asked_to_and_waits_longer_for_that) {
  EXPECT_FALSE(machine && machine->ping(start));
  open();
  ASSERT_TRUE(machine->ping(start + seconds(1)));
  ASSERT_TRUE(machine->ping(start + seconds(2)));  // one is open
  EXPECT_EQ(answers(), (octets{0xC0, 0x00}));
  EXPECT_TRUE(machine->is_ping_open());
  EXPECT_EQ(machine->deadline(), start + seconds(61));
  EXPECT_EQ(machine->tick(start + seconds(60)).what, kind::nothing);
  EXPECT_FALSE(machine->has_answers());
  EXPECT_EQ(feed({0xD0, 0x00}, start + seconds(60)).what, kind::nothing);
  EXPECT_FALSE(machine->is_ping_open());
  ASSERT_TRUE(machine->ping(start + seconds(61)));
  EXPECT_EQ(machine->tick(start + seconds(121)).reason, keep_alive_timeout);
}

TEST_P(client_machine_versions, waits_for_ever_for_the_answer_to_a_ping_without_keep_alive) {
  options.packet.keep_alive_s = 0;
  open();
  ASSERT_TRUE(machine->ping(start));
  EXPECT_EQ(machine->deadline(), nanolib::never);
}

TEST_P(client_machine_versions, does_not_ping_without_keep_alive) {
  options.packet.keep_alive_s = 0;
  open();
  EXPECT_EQ(machine->deadline(), nanolib::never);
  EXPECT_EQ(machine->tick(start + std::chrono::hours(100)).what, kind::nothing);
  EXPECT_FALSE(machine->has_answers());
}

TEST_P(client_machine_versions, does_not_wait_for_connack_for_ever) {
  static_cast<void>(connect());
  EXPECT_EQ(machine->deadline(), start + seconds(30));
  EXPECT_EQ(machine->tick(start + seconds(29)).what, kind::nothing);
  EXPECT_EQ(machine->tick(start + seconds(30)).reason, server_unavailable);
  EXPECT_EQ(machine->deadline(), nanolib::never);
}

// [MQTT-3.14.4-1] [MQTT-3.14.1-1]
TEST_P(client_machine_versions, disconnects_behind_its_answers) {
  open();
  ASSERT_EQ(feed(publish_bytes(version(), 1, 9, "t")).what, kind::deliver);
  buffer out;
  ASSERT_FALSE(machine->disconnect(success, {}, {}, out).is_refusal());
  EXPECT_EQ(written(out), (octets{0x40, 0x02, 0x00, 0x09, 0xE0, 0x00}));
  EXPECT_FALSE(machine->has_answers());
  EXPECT_EQ(publish(0).what, permit::kind::wait);
  EXPECT_EQ(feed({0xD0, 0x00}).what, kind::ignored);
  EXPECT_EQ(machine->disconnect(success, {}, {}, out).reason, protocol_error);
}

// [MQTT-3.1.2-23] [MQTT-3.14.2-1]
TEST_F(client_machine_v5, disconnects_with_what_a_client_may_say) {
  options.session_expiry_s = 10;
  open();
  buffer out;
  EXPECT_EQ(machine->disconnect(keep_alive_timeout, {}, {}, out).reason, protocol_error);
  EXPECT_EQ(machine->disconnect(success, {}, std::as_bytes(std::span(not_user)), out).reason, malformed_packet);
  ASSERT_FALSE(machine->disconnect(disconnect_with_will, 5, {}, out).is_refusal());
  EXPECT_EQ(written(out), packet(0xE0, join({{0x04}, block(four_bytes(0x11, 5))})));

  options.session_expiry_s = 0;
  open();
  out.clear();
  EXPECT_EQ(machine->disconnect(success, 5, {}, out).reason, protocol_error);
  EXPECT_FALSE(machine->disconnect(success, 0, {}, out).is_refusal());
}

TEST_F(client_machine_test, before_5_no_disconnect_keeps_the_will) {
  options.packet.version = v3_1_1;
  open();
  buffer out;
  EXPECT_EQ(machine->disconnect(disconnect_with_will, {}, {}, out).reason, protocol_error);
  EXPECT_FALSE(machine->disconnect(unspecified_error, {}, {}, out).is_refusal());
  EXPECT_EQ(written(out), (octets{0xE0, 0x00}));
}

// [MQTT-3.14.2-3] [MQTT-3.14.2-4]
TEST_F(client_machine_v5, keeps_the_size_of_disconnect_in_bounds) {
  const octets refused_packet = {0xC0, 0x00};
  open(four_bytes(0x27, 10));
  buffer out;
  const octets user = join({{0x26}, text("key"), text("value")});
  EXPECT_EQ(machine->disconnect(success, {}, std::as_bytes(std::span(user)), out).reason, packet_too_large);
  machine->part_into(feed(refused_packet), out);
  EXPECT_EQ(written(out), packet(0xE0, {0x82}));
  open(four_bytes(0x27, 2));
  out.clear();
  machine->part_into(feed(refused_packet), out);
  EXPECT_TRUE(out.empty());
}

TEST_F(client_machine_v5, is_told_that_the_server_disconnects) {
  open();
  const client_action action = feed(packet(0xE0, join({{0x9D}, block(join({{0x1C}, text("there")}))})));
  EXPECT_EQ(action.what, kind::ended);
  EXPECT_EQ(action.reason, server_moved);
  EXPECT_EQ(into.reason.props.server_reference, "there");
  buffer out;
  machine->part_into(action, out);
  EXPECT_TRUE(out.empty());
}

// [MQTT-3.14.2-1] [MQTT-3.14.2-2]
TEST_F(client_machine_v5, refuses_a_disconnect_that_only_clients_send) {
  open();
  EXPECT_EQ(refusal({0xE0, 0x01, 0x04}), protocol_error);
  open();
  EXPECT_EQ(refusal(packet(0xE0, join({{0x00}, block(four_bytes(0x11, 5))}))), protocol_error);
}

class client_authentication : public client_machine_test {
 protected:
  client_authentication() { options.authentication_method = "m"; }
  static octets auth(std::uint8_t reason, std::string_view method = "m", std::string_view data = "") {
    octets properties = join({{0x15}, text(method)});
    if (!data.empty()) properties = join({properties, {0x16}, text(data)});
    return packet(0xF0, join({{reason}, block(properties)}));
  }
  static octets connack(std::string_view method = "m") {
    return connack_bytes(v5, false, 0, method.empty() ? octets{} : join({{0x15}, text(method)}));
  }
  octets authenticate(std::string_view data) {
    buffer out;
    const auto refusal = machine->authenticate(nanolib::as_bytes(data), {}, out);
    EXPECT_EQ(refusal.is_refusal(), out.empty());
    return written(out);
  }
};

// [MQTT-4.12.0-2] [MQTT-4.12.0-3] [MQTT-4.12.0-5] [MQTT-3.1.2-30]
TEST_F(client_authentication, answers_challenges) {
  static_cast<void>(connect());
  EXPECT_TRUE(authenticate("early").empty());
  ASSERT_EQ(feed(auth(0x18, "m", "one")).what, kind::challenge);
  EXPECT_EQ(written(into.reason.props.authentication_data), (octets{'o', 'n', 'e'}));
  EXPECT_EQ(publish(0).what, permit::kind::wait);
  EXPECT_EQ(authenticate("two"), auth(0x18, "m", "two"));
  EXPECT_TRUE(authenticate("twice").empty());
  ASSERT_EQ(feed(auth(0x18, "m", "three")).what, kind::challenge);
  EXPECT_EQ(authenticate(""), auth(0x18));
  EXPECT_EQ(feed(connack()).what, kind::opened);
}

// [MQTT-4.12.1-1] [MQTT-3.15.2-2]
TEST_F(client_authentication, may_be_repeated) {
  static_cast<void>(connect());
  ASSERT_EQ(feed(connack()).what, kind::opened);
  buffer out;
  ASSERT_FALSE(machine->reauthenticate(nanolib::as_bytes("x"), {}, out).is_refusal());
  EXPECT_EQ(written(out), auth(0x19, "m", "x"));
  EXPECT_EQ(machine->reauthenticate({}, {}, out).reason, protocol_error);
  EXPECT_EQ(publish(0).what, permit::kind::send);
  ASSERT_EQ(feed(auth(0x18)).what, kind::challenge);
  EXPECT_EQ(authenticate("y"), auth(0x18, "m", "y"));
  EXPECT_EQ(feed(auth(0x00)).what, kind::authenticated);
  EXPECT_TRUE(machine->is_open());
  EXPECT_EQ(refusal(auth(0x00)), protocol_error);
}

// [MQTT-4.12.1-2]
TEST_F(client_authentication, is_told_that_a_repetition_failed) {
  static_cast<void>(connect());
  ASSERT_EQ(feed(connack()).what, kind::opened);
  buffer out;
  ASSERT_FALSE(machine->reauthenticate({}, {}, out).is_refusal());
  const client_action action = feed({0xE0, 0x01, 0x87});
  EXPECT_EQ(action.what, kind::ended);
  EXPECT_EQ(action.reason, not_authorized);
}

// [MQTT-4.12.0-5]
TEST_F(client_authentication, is_not_repeated_by_an_auth_that_names_no_method) {
  static_cast<void>(connect());
  ASSERT_EQ(feed(connack()).what, kind::opened);
  buffer out;
  ASSERT_FALSE(machine->reauthenticate({}, {}, out).is_refusal());
  ASSERT_EQ(feed(auth(0x18)).what, kind::challenge);
  EXPECT_EQ(authenticate(""), auth(0x18));
  EXPECT_EQ(refusal({0xF0, 0x00}), protocol_error);
}

// [MQTT-4.12.0-6] [MQTT-4.12.0-7]
TEST_F(client_authentication, is_not_for_clients_that_named_no_method) {
  options.authentication_method = "";
  open();
  buffer out;
  EXPECT_EQ(machine->reauthenticate({}, {}, out).reason, protocol_error);
  EXPECT_EQ(machine->authenticate({}, {}, out).reason, protocol_error);
  EXPECT_EQ(refusal(auth(0x18)), protocol_error);
  static_cast<void>(connect());
  EXPECT_EQ(refusal(connack("m")), protocol_error);
}

// [MQTT-4.12.0-5]
TEST_F(client_authentication, refuses_servers_that_are_out_of_turn) {
  const std::vector<octets> rows[] = {
      {auth(0x18, "other")},
      {auth(0x00)},
      {auth(0x19)},
      {packet(0xF0, {0x18, 0x00})},
      {{0xF0, 0x00}},
      {auth(0x18), auth(0x18)},
      {connack("")},
      {connack("other")},
      {auth(0x18), connack()},
      {connack(), auth(0x18)},
      {connack(), auth(0x00)},
  };
  for (const std::vector<octets>& row : rows) {
    static_cast<void>(connect());
    for (std::size_t at = 0; at + 1 < row.size(); ++at) ASSERT_NE(feed(row[at]).what, kind::fail);
    EXPECT_EQ(refusal(row.back()), protocol_error) << "row " << &row - rows;
    EXPECT_TRUE(authenticate("late").empty());
  }
}

// [MQTT-3.15.2-3]
TEST_F(client_authentication, keeps_the_size_of_auth_in_bounds) {
  static_cast<void>(connect());
  ASSERT_EQ(feed(connack_bytes(v5, false, 0, join({{0x15}, text("m"), four_bytes(0x27, 10)}))).what, kind::opened);
  buffer out;
  EXPECT_EQ(machine->reauthenticate(nanolib::as_bytes("longer than ten"), {}, out).reason, packet_too_large);
  EXPECT_EQ(machine->reauthenticate({}, std::as_bytes(std::span(not_user)), out).reason, malformed_packet);
  EXPECT_TRUE(out.empty());
  EXPECT_FALSE(machine->reauthenticate({}, {}, out).is_refusal());
}

}  // namespace

}  // namespace nanonng::mqtt::testing
