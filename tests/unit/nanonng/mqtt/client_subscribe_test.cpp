// SUBSCRIBE and UNSUBSCRIBE as a client sends them, and what comes back; blocks of properties from elsewhere.
#include "client_fixture.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum reason_code;
using enum protocol_version;
using kind = client_action::kind;

class client_subscribe : public client_machine_versions {};
INSTANTIATE_TEST_SUITE_P(all, client_subscribe, ::testing::ValuesIn(every_version));

using client_subscribe_v5 = client_machine_test;

// [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.8.3-2] [MQTT-3.10.3-2]
TEST_P(client_subscribe, says_what_it_wants) {
  open();
  const octets none = is_v5() ? octets{0x00} : octets{};
  const subscription_request entries[] = {{.filter = "a/#", .qos = quality_of_service::exactly_once},
                                          {.filter = "b", .no_local = true, .retain_handling = 2}};
  buffer out;
  EXPECT_EQ(machine->subscribe(entries, {}, 1, out).packet_identifier, 1);
  const std::uint8_t flags = is_v5() ? 0x24 : 0;
  EXPECT_EQ(written(out), packet(0x82, join({{0, 1}, none, text("a/#"), {2}, text("b"), {flags}})));
  EXPECT_EQ(unsubscribe("a/#").packet_identifier, 2);
  EXPECT_EQ(sent, packet(0xA2, join({{0, 2}, none, text("a/#")})));
}

TEST_P(client_subscribe, is_told_what_it_got) {
  open();
  const subscription_request entries[] = {{.filter = "a"}, {.filter = "b"}};
  buffer out;
  ASSERT_EQ(machine->subscribe(entries, {}, 10, out).what, permit::kind::send);
  static_cast<void>(unsubscribe("c", 20));
  const client_action gone = feed(suback_bytes(0xB0, version(), 2, is_v5() ? octets{0x11} : octets{}));
  EXPECT_EQ(gone.what, kind::unsubscribed);
  EXPECT_EQ(gone.token, 20U);
  const client_action got = feed(suback_bytes(0x90, version(), 1, {0x02, 0x80}));
  EXPECT_EQ(got.what, kind::subscribed);
  EXPECT_EQ(got.token, 10U);
  EXPECT_EQ(written(into.suback.reasons), (octets{0x02, 0x80}));
  EXPECT_EQ(session.unanswered(), 0U);
}

// [MQTT-3.8.3-1] [MQTT-3.10.3-1] [MQTT-4.8.2-1] [MQTT-4.8.2-2] [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-3]
TEST_P(client_subscribe, refuses_filters_that_are_none) {
  open();
  const std::string too_long(65'536, 'x');
  for (const std::string_view filter : {"", "a/#/b", "a+", "\xFF", "$share/x", "$share//f", "$share/+/f"}) {
    EXPECT_EQ(subscribe(filter).refusal.reason, topic_filter_invalid) << filter;
    EXPECT_EQ(unsubscribe(filter).refusal.reason, topic_filter_invalid) << filter;
    EXPECT_TRUE(sent.empty());
  }
  EXPECT_EQ(subscribe(too_long).refusal.reason, topic_filter_invalid);
  buffer out;
  EXPECT_EQ(machine->subscribe({}, {}, 0, out).refusal.reason, protocol_error);
  EXPECT_EQ(machine->unsubscribe({}, {}, 0, out).refusal.reason, protocol_error);
  EXPECT_EQ(session.unanswered(), 0U);
}

// [MQTT-3.8.3-4]
TEST_P(client_subscribe, refuses_options_that_are_none) {
  const subscription_request rows[] = {
      {.filter = "f", .qos = static_cast<quality_of_service>(3)},
      {.filter = "f", .retain_handling = 3},
      {.filter = "$share/g/f", .no_local = true},
  };
  open();
  for (const subscription_request& row : rows) {
    buffer out;
    const permit allowed = machine->subscribe({&row, 1}, {}, 0, out);
    const bool is_of_5 = &row == &rows[2];
    EXPECT_EQ(allowed.refusal.reason, is_of_5 && !is_v5() ? success : protocol_error);
  }
}

TEST_F(client_subscribe_v5, refuses_what_the_server_does_not_offer) {
  open({0x28, 0x00});
  EXPECT_EQ(subscribe("a/+").refusal.reason, wildcard_subscriptions_not_supported);
  EXPECT_EQ(subscribe("$share/g/f", 1).what, permit::kind::send);
  open({0x2A, 0x00});
  EXPECT_EQ(subscribe("$share/g/f").refusal.reason, shared_subscriptions_not_supported);
  EXPECT_EQ(subscribe("a/+", 1).what, permit::kind::send);
  open({0x29, 0x00});
  EXPECT_EQ(subscribe("f", 9, {0x0B, 0x01}).refusal.reason, subscription_identifiers_not_supported);
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(subscribe("f", 1).what, permit::kind::send);
  open({0x27, 0x00, 0x00, 0x00, 0x0B});
  EXPECT_EQ(subscribe("1234", 9).refusal.reason, packet_too_large);
  EXPECT_EQ(subscribe("123", 1).what, permit::kind::send);
  EXPECT_EQ(unsubscribe("12345", 9).refusal.reason, packet_too_large);
  EXPECT_EQ(unsubscribe("1234", 1).what, permit::kind::send);
  // What was refused has no identifier.
  machine->disconnected();
  request_token token = 0;
  while (session.take_any(token)) EXPECT_EQ(token, 1U);
}

TEST_F(client_subscribe_v5, sends_properties_that_belong_there) {
  open();
  EXPECT_EQ(subscribe("f", 0, {0x0B, 0x05}).what, permit::kind::send);
  EXPECT_EQ(sent, packet(0x82, join({{0, 1}, {2, 0x0B, 0x05}, text("f"), {0}})));
  EXPECT_EQ(subscribe("f", 0, {0x0B, 0x00}).refusal.reason, protocol_error);
  EXPECT_EQ(subscribe("f", 0, {0x23, 0x00, 0x01}).refusal.reason, malformed_packet);
}

TEST_P(client_subscribe, requests_are_lost_with_their_connection) {
  open();
  static_cast<void>(subscribe("a", 1));
  static_cast<void>(publish(1, 2));
  static_cast<void>(unsubscribe("b", 3));
  static_cast<void>(subscribe("c", 4));
  ASSERT_EQ(feed(suback_bytes(0x90, version(), 1, {0})).what, kind::subscribed);
  machine->disconnected();
  std::vector<request_token> lost;
  for (request_token token = 0; session.take_lost_request(token);) lost.push_back(token);
  EXPECT_EQ(lost, (std::vector<request_token>{3, 4}));
  EXPECT_EQ(session.unanswered(), 1U);
}

TEST_P(client_subscribe, a_new_connection_ends_the_one_before) {
  open();
  static_cast<void>(subscribe("a", 1));
  open();  // nobody said that the first was gone
  EXPECT_EQ(feed(suback_bytes(0x90, version(), 1, {0})).what, kind::ignored);
  request_token token = 0;
  EXPECT_TRUE(session.take_lost_request(token));
}

TEST_P(client_subscribe, answers_to_lost_requests_are_ignored) {
  open();
  static_cast<void>(subscribe("a", 1));
  reopen(true);
  EXPECT_EQ(feed(suback_bytes(0x90, version(), 1, {0})).what, kind::ignored);
  EXPECT_EQ(subscribe("a", 2).packet_identifier, 2);
  EXPECT_EQ(feed(suback_bytes(0x90, version(), 2, {0})).token, 2U);
  request_token token = 0;
  EXPECT_TRUE(session.take_lost_request(token));
  EXPECT_EQ(token, 1U);
  EXPECT_FALSE(session.take_lost_request(token));
}

struct bad_answer {
  const char* name;
  octets wire;
};

// [MQTT-3.8.4-6] [MQTT-3.11.3-1]: THREATS 22
TEST_P(client_subscribe, refuses_answers_that_do_not_fit) {
  const octets one = is_v5() ? octets{0} : octets{};
  const bad_answer rows[] = {
      {"SUBACK without reasons", suback_bytes(0x90, version(), 1, {})},
      {"SUBACK with a reason too few", suback_bytes(0x90, version(), 1, {0})},
      {"SUBACK with a reason too many", suback_bytes(0x90, version(), 1, {0, 0, 0})},
      {"SUBACK for UNSUBSCRIBE", suback_bytes(0x90, version(), 2, {0})},
      {"SUBACK for PUBLISH", suback_bytes(0x90, version(), 3, {0})},
      {"SUBACK of nothing granted", suback_bytes(0x90, version(), 1, {0, 3})},
      {"UNSUBACK for SUBSCRIBE", suback_bytes(0xB0, version(), 1, join({one, one}))},
      {"UNSUBACK for PUBLISH", suback_bytes(0xB0, version(), 3, one)},
      {"UNSUBACK with a reason too many", suback_bytes(0xB0, version(), 2, {0, 0})},
      {"PUBACK for SUBSCRIBE", acknowledgement_bytes(0x40, 1)},
      {"PUBREC for UNSUBSCRIBE", acknowledgement_bytes(0x50, 2)},
      {"PUBCOMP for SUBSCRIBE", acknowledgement_bytes(0x70, 1)},
  };
  for (const bad_answer& row : rows) {
    session.trim();
    client_session fresh;
    machine.reset();
    machine.emplace(settings, fresh);
    buffer out;
    ASSERT_FALSE(machine->connect(options, start, out).is_refusal());
    ASSERT_EQ(feed(connack_bytes(version())).what, kind::opened);
    const subscription_request entries[] = {{.filter = "a"}, {.filter = "b"}};
    ASSERT_EQ(machine->subscribe(entries, {}, 0, out).packet_identifier, 1);
    ASSERT_EQ(unsubscribe("c").packet_identifier, 2);
    ASSERT_EQ(publish(1).packet_identifier, 3);
    EXPECT_TRUE(is_error(refusal(row.wire))) << row.name;
  }
}

TEST(check_block, says_what_may_stand_where) {
  const auto reason = [](const octets& block, property_place place) {
    const exact memory(block);
    return check_block(memory.view(), place).reason;
  };
  EXPECT_EQ(reason({}, property_place::publish), success);
  EXPECT_EQ(reason({0x01, 0x01}, property_place::publish), success);
  EXPECT_EQ(reason({0x01}, property_place::publish), malformed_packet);
  EXPECT_EQ(reason({0x01, 0x01, 0x01, 0x01}, property_place::publish), protocol_error);
  EXPECT_EQ(reason(join({{0x08}, text("a/+")}), property_place::publish), protocol_error);
  EXPECT_EQ(reason({0x23, 0x00, 0x01}, property_place::publish), protocol_error);
  EXPECT_EQ(reason({0x0B, 0x01}, property_place::publish), protocol_error);
  EXPECT_EQ(reason({0x0B, 0x01}, property_place::subscribe), success);
  EXPECT_EQ(reason({0x18, 0, 0, 0, 1}, property_place::will), success);
  EXPECT_EQ(reason({0x18, 0, 0, 0, 1}, property_place::publish), malformed_packet);
}

}  // namespace

}  // namespace nanonng::mqtt::testing
