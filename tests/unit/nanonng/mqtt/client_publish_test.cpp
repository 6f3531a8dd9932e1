// What a client publishes: what the server allows, the window, and what is sent again after a reconnect.
#include "client_fixture.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum reason_code;
using enum protocol_version;
using kind = client_action::kind;

class client_publish : public client_machine_versions {};
INSTANTIATE_TEST_SUITE_P(all, client_publish, ::testing::ValuesIn(every_version));

using client_publish_v5 = client_machine_test;

octets puback(std::uint16_t identifier) { return acknowledgement_bytes(0x40, identifier); }
octets pubrec(std::uint16_t identifier) { return acknowledgement_bytes(0x50, identifier); }
octets pubrel(std::uint16_t identifier) { return acknowledgement_bytes(0x62, identifier); }
octets pubcomp(std::uint16_t identifier) { return acknowledgement_bytes(0x70, identifier); }

octets again(octets packet) {
  packet[0] |= 8U;
  return packet;
}

void expect_completed(const client_action& action, request_token token, reason_code reason = success) {
  EXPECT_EQ(action.what, kind::completed) << action.why;
  EXPECT_EQ(action.token, token);
  EXPECT_EQ(action.reason, reason);
}

// [MQTT-4.3.1-1] [MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-4.3.3-1] [MQTT-4.3.3-2]
TEST_P(client_publish, sends_every_quality) {
  open();
  EXPECT_EQ(publish(0).what, permit::kind::send);
  EXPECT_EQ(sent, publish_bytes(version(), 0, 0, "t"));
  EXPECT_EQ(publish(1).packet_identifier, 1);
  EXPECT_EQ(sent, publish_bytes(version(), 1, 1, "t"));
  EXPECT_EQ(publish(2).packet_identifier, 2);
  EXPECT_EQ(sent, publish_bytes(version(), 2, 2, "t"));
  EXPECT_EQ(session.unanswered(), 2U);
}

TEST_P(client_publish, waits_for_connack) {
  static_cast<void>(connect());
  for (const unsigned qos : {0U, 1U, 2U}) EXPECT_EQ(publish(qos).what, permit::kind::wait);
  EXPECT_EQ(publish(0, 0, "#").what, permit::kind::refused);
  EXPECT_EQ(subscribe("f").what, permit::kind::wait);
  EXPECT_EQ(unsubscribe("f").what, permit::kind::wait);
  EXPECT_EQ(session.unanswered(), 0U);
}

// [MQTT-4.3.2-3]
TEST_P(client_publish, qos_1_is_over_with_puback) {
  open();
  static_cast<void>(publish(1, 100));
  static_cast<void>(publish(1, 200));
  expect_completed(feed(puback(2)), 200);
  expect_completed(feed(puback(1)), 100);
  EXPECT_EQ(session.unanswered(), 0U);
  EXPECT_FALSE(machine->has_answers());
}

// [MQTT-4.3.3-3] [MQTT-4.3.3-4] [MQTT-4.3.3-5] [MQTT-4.6.0-4] [MQTT-3.6.2-2] [MQTT-3.6.2-3]
TEST_P(client_publish, qos_2_is_over_with_pubcomp) {
  open();
  static_cast<void>(publish(2, 100));
  static_cast<void>(publish(2, 200));
  for (const request_token token : {100U, 200U}) {
    const client_action action = feed(pubrec(static_cast<std::uint16_t>(token / 100)));
    EXPECT_EQ(action.what, kind::recorded);
    EXPECT_EQ(action.token, token);
  }
  EXPECT_EQ(answers(), join({pubrel(1), pubrel(2)}));
  expect_completed(feed(pubcomp(1)), 100);
  expect_completed(feed(pubcomp(2)), 200);
  EXPECT_EQ(session.unanswered(), 0U);
}

// [MQTT-4.4.0-2] [MQTT-4.3.3-9]
TEST_F(client_publish_v5, is_over_with_an_error) {
  open();
  static_cast<void>(publish(1, 100));
  static_cast<void>(publish(2, 200));
  static_cast<void>(publish(1, 300));
  expect_completed(feed(acknowledgement_bytes(0x40, 1, quota_exceeded)), 100, quota_exceeded);
  expect_completed(feed(acknowledgement_bytes(0x50, 2, not_authorized)), 200, not_authorized);
  expect_completed(feed(acknowledgement_bytes(0x40, 3, no_matching_subscribers)), 300, no_matching_subscribers);
  EXPECT_FALSE(machine->has_answers());
  EXPECT_EQ(machine->room(), 65'535U);
}

// [MQTT-2.2.1-3]: one space of identifiers
TEST_P(client_publish, shares_identifiers_with_subscriptions) {
  open();
  EXPECT_EQ(publish(1).packet_identifier, 1);
  EXPECT_EQ(subscribe("f").packet_identifier, 2);
  EXPECT_EQ(unsubscribe("f").packet_identifier, 3);
  EXPECT_EQ(publish(2).packet_identifier, 4);
}

TEST_P(client_publish, waits_when_all_identifiers_are_in_use) {
  open();
  outgoing_publish packet;
  packet.topic = "t";
  packet.qos = quality_of_service::at_least_once;
  for (int count = 0; count < 65'534; ++count) ASSERT_EQ(machine->publish(packet, 0).what, permit::kind::send);
  ASSERT_EQ(subscribe("f").what, permit::kind::send);
  EXPECT_EQ(machine->publish(packet, 0).what, permit::kind::wait);
  EXPECT_EQ(machine->room(), 0U);
  EXPECT_EQ(subscribe("f").what, permit::kind::wait);
  EXPECT_EQ(publish(0).what, permit::kind::send);
  ASSERT_EQ(feed(puback(7)).what, kind::completed);
  EXPECT_EQ(unsubscribe("f").packet_identifier, 7);
}

struct bad_publish {
  const char* name;
  reason_code reason;
  void (*spoil)(outgoing_publish&);
};

const std::uint32_t some_identifier = 1;

// [MQTT-3.3.2-1] [MQTT-3.3.2-2] [MQTT-3.3.1-4] [MQTT-3.3.4-6] [MQTT-4.7.0-1] [MQTT-4.7.3-1] [MQTT-4.7.3-2]
TEST_P(client_publish, refuses_what_no_server_may_accept) {
  static const std::string too_long(65'536, 'x');
  static const std::byte one{};
  const bad_publish rows[] = {
      {"empty topic", topic_name_invalid, [](outgoing_publish& p) { p.topic = ""; }},
      {"wildcard", topic_name_invalid, [](outgoing_publish& p) { p.topic = "a/+"; }},
      {"not UTF-8", topic_name_invalid, [](outgoing_publish& p) { p.topic = "\xFF"; }},
      {"U+0000", topic_name_invalid, [](outgoing_publish& p) { p.topic = std::string_view("a\0b", 3); }},
      {"long topic", topic_name_invalid, [](outgoing_publish& p) { p.topic = too_long; }},
      {"QoS 3", qos_not_supported, [](outgoing_publish& p) { p.qos = static_cast<quality_of_service>(3); }},
      {"subscription identifier", protocol_error,
       [](outgoing_publish& p) { p.subscription_identifiers = {&some_identifier, 1}; }},
      {"too large for any length", packet_too_large, [](outgoing_publish& p) { p.payload = bytes(&one, 268'435'456); }},
  };
  open();
  for (const bad_publish& row : rows) {
    outgoing_publish packet;
    packet.topic = "t";
    packet.qos = quality_of_service::at_least_once;
    row.spoil(packet);
    EXPECT_EQ(check(packet, version()).reason, row.reason) << row.name;
    const permit allowed = machine->publish(packet, 1);
    EXPECT_EQ(allowed.what, permit::kind::refused) << row.name;
    EXPECT_EQ(allowed.refusal.reason, row.reason) << row.name;
    EXPECT_FALSE(allowed.refusal.why.empty()) << row.name;
  }
  EXPECT_EQ(session.unanswered(), 0U);
}

TEST_P(client_publish, sends_topics_of_any_depth) {
  open();
  EXPECT_EQ(publish(0, 0, std::string(65'535, '/')).what, permit::kind::send);
}

// [MQTT-3.2.2-11] [MQTT-3.2.2-14] [MQTT-3.2.2-15]
TEST_F(client_publish_v5, refuses_what_the_server_does_not_offer) {
  open({0x24, 0x01, 0x25, 0x00, 0x27, 0x00, 0x00, 0x00, 0x0A});
  EXPECT_EQ(publish(2).refusal.reason, qos_not_supported);
  outgoing_publish packet;
  packet.topic = "t";
  packet.retain = true;
  EXPECT_EQ(publish(packet).refusal.reason, retain_not_supported);
  EXPECT_EQ(publish(0, 0, "12345").what, permit::kind::send);
  EXPECT_EQ(sent.size(), 10U);
  EXPECT_EQ(publish(0, 0, "123456").refusal.reason, packet_too_large);
  EXPECT_EQ(publish(1, 0, "1234").refusal.reason, packet_too_large);
  EXPECT_EQ(publish(1, 0, "123").what, permit::kind::send);
}

// [MQTT-3.3.4-7] [MQTT-4.9.0-1] [MQTT-4.9.0-2] [MQTT-4.9.0-3] [MQTT-3.3.4-8]
TEST_F(client_publish_v5, keeps_to_the_receive_maximum) {
  open({0x21, 0x00, 0x02});
  EXPECT_EQ(machine->room(), 2U);
  EXPECT_EQ(publish(1).what, permit::kind::send);
  EXPECT_EQ(publish(2).what, permit::kind::send);
  EXPECT_EQ(publish(1).what, permit::kind::wait);
  EXPECT_EQ(publish(0).what, permit::kind::send);
  EXPECT_EQ(subscribe("f").what, permit::kind::send);
  ASSERT_EQ(feed(pubrec(2)).what, kind::recorded);
  EXPECT_EQ(publish(1).what, permit::kind::wait);  // not before PUBCOMP
  ASSERT_EQ(feed(pubcomp(2)).what, kind::completed);
  EXPECT_EQ(publish(2).what, permit::kind::send);
  EXPECT_EQ(publish(2).what, permit::kind::wait);
  ASSERT_EQ(feed(acknowledgement_bytes(0x50, 4, quota_exceeded)).what, kind::completed);
  ASSERT_EQ(feed(puback(1)).what, kind::completed);
  EXPECT_EQ(machine->room(), 2U);
}

TEST_P(client_publish, keeps_to_its_own_bound) {
  settings.maximum_inflight = 1;
  open();
  EXPECT_EQ(publish(1).what, permit::kind::send);
  EXPECT_EQ(publish(1).what, permit::kind::wait);
  ASSERT_EQ(feed(puback(1)).what, kind::completed);
  EXPECT_EQ(publish(1).what, permit::kind::send);
}

// ---- topic aliases ----

octets by_alias(std::string_view topic, std::uint8_t alias) {
  return publish_bytes(v5, 0, 0, topic, {0x23, 0x00, alias});
}

// [MQTT-3.2.2-17]
TEST_F(client_publish_v5, uses_aliases_by_itself) {
  settings.sent_topic_aliases = 5;
  open({0x22, 0x00, 0x02});
  EXPECT_EQ(publish(0, 0, "one").what, permit::kind::send);
  EXPECT_EQ(sent, by_alias("one", 1));
  EXPECT_EQ(publish(0, 0, "one").what, permit::kind::send);
  EXPECT_EQ(sent, by_alias("", 1));
  static_cast<void>(publish(0, 0, "two"));
  static_cast<void>(publish(0, 0, "three"));
  EXPECT_EQ(sent, publish_bytes(v5, 0, 0, "three"));
  static_cast<void>(publish(0, 0, "two"));
  EXPECT_EQ(sent, by_alias("", 2));
}

// [MQTT-3.2.2-18]
TEST_F(client_publish_v5, uses_no_alias_if_the_server_allows_none) {
  settings.sent_topic_aliases = 5;
  open();
  static_cast<void>(publish(0, 0, "one"));
  EXPECT_EQ(sent, publish_bytes(v5, 0, 0, "one"));
}

// [MQTT-3.3.2-7]
TEST_F(client_publish_v5, begins_anew_with_aliases_on_every_connection) {
  settings.sent_topic_aliases = 5;
  open({0x22, 0x00, 0x02});
  static_cast<void>(publish(0, 0, "one"));
  open({0x22, 0x00, 0x02});
  static_cast<void>(publish(0, 0, "one"));
  EXPECT_EQ(sent, by_alias("one", 1));
}

TEST_F(client_publish_v5, sets_no_alias_that_makes_a_packet_too_large) {
  settings.sent_topic_aliases = 5;
  open({0x22, 0x00, 0x02, 0x27, 0x00, 0x00, 0x00, 0x0A});
  EXPECT_EQ(publish(0, 0, "12345").what, permit::kind::send);
  EXPECT_EQ(sent, publish_bytes(v5, 0, 0, "12345"));
}

// [MQTT-3.3.2-9]
TEST_F(client_publish_v5, takes_the_owners_aliases_within_bounds) {
  open({0x22, 0x00, 0x02});
  outgoing_publish packet;
  packet.topic = "t";
  packet.topic_alias = 2;
  EXPECT_EQ(publish(packet).what, permit::kind::send);
  EXPECT_EQ(sent, by_alias("t", 2));
  packet.topic = "";
  EXPECT_EQ(publish(packet).what, permit::kind::send);
  EXPECT_EQ(sent, by_alias("", 2));
  packet.topic_alias = 3;
  EXPECT_EQ(publish(packet).refusal.reason, topic_alias_invalid);
}

// ---- after a reconnect ----

// [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.6.0-1] [MQTT-4.3.3-6]
TEST_P(client_publish, sends_again_what_the_server_did_not_acknowledge) {
  open();
  for (request_token token = 1; token <= 4; ++token) static_cast<void>(publish(token % 2 == 0 ? 2 : 1, token));
  static_cast<void>(subscribe("f", 5));
  ASSERT_EQ(feed(pubrec(2)).what, kind::recorded);
  static_cast<void>(answers());
  reopen(true);
  EXPECT_TRUE(machine->is_resuming());
  EXPECT_EQ(publish(1).what, permit::kind::wait);
  EXPECT_EQ(publish(0).what, permit::kind::send);
  EXPECT_EQ(answers(), pubrel(2));
  const octets expected[] = {again(publish_bytes(version(), 1, 1, "t")), again(publish_bytes(version(), 1, 3, "t")),
                             again(publish_bytes(version(), 2, 4, "t"))};
  for (const octets& wire : expected) {
    owed_publish owed;
    ASSERT_TRUE(machine->next_owed(owed));
    EXPECT_EQ(owed.token, owed.packet_identifier);
    EXPECT_EQ(publish_again(owed).what, permit::kind::send);
    EXPECT_EQ(sent, wire);
  }
  owed_publish none;
  EXPECT_FALSE(machine->next_owed(none));
  EXPECT_FALSE(machine->is_resuming());
  expect_completed(feed(pubcomp(2)), 2);
  expect_completed(feed(puback(1)), 1);
  expect_completed(feed(puback(3)), 3);
  EXPECT_EQ(feed(pubrec(4)).what, kind::recorded);
  expect_completed(feed(pubcomp(4)), 4);
}

// [MQTT-3.2.2-5]: a server without the session gets new messages, and not what it had recorded.
TEST_P(client_publish, publishes_anew_when_the_session_is_gone) {
  open();
  for (request_token token = 1; token <= 3; ++token) static_cast<void>(publish(token == 1 ? 1 : 2, token));
  ASSERT_EQ(feed(pubrec(2)).what, kind::recorded);
  reopen(false);
  EXPECT_FALSE(machine->has_answers());
  EXPECT_EQ(feed(puback(1)).what, kind::ignored);  // it can't know of it
  EXPECT_EQ(feed(acknowledgement_bytes(0x50, 3)).what, kind::ignored);
  static_cast<void>(answers());
  owed_publish owed;
  ASSERT_TRUE(machine->next_owed(owed));
  EXPECT_FALSE(owed.dup);
  EXPECT_EQ(publish_again(owed).what, permit::kind::send);
  EXPECT_EQ(sent, publish_bytes(version(), 1, 1, "t"));
  ASSERT_TRUE(machine->next_owed(owed));
  EXPECT_EQ(owed.what, owed_publish::kind::completed);
  EXPECT_EQ(owed.token, 2U);
  ASSERT_TRUE(machine->next_owed(owed));
  EXPECT_EQ(publish_again(owed).what, permit::kind::send);
  EXPECT_EQ(sent, publish_bytes(version(), 2, 3, "t"));
  EXPECT_FALSE(machine->next_owed(owed));
  expect_completed(feed(puback(1)), 1);
  EXPECT_EQ(session.unanswered(), 1U);
}

TEST_P(client_publish, sets_dup_only_on_what_this_session_saw) {
  open();
  static_cast<void>(publish(1, 1));
  reopen(false);
  reopen(true);  // gone before anything was sent again
  owed_publish owed;
  ASSERT_TRUE(machine->next_owed(owed));
  EXPECT_FALSE(owed.dup);
  EXPECT_EQ(publish_again(owed).what, permit::kind::send);
  reopen(true);
  ASSERT_TRUE(machine->next_owed(owed));
  EXPECT_TRUE(owed.dup);
}

// [MQTT-4.9.0-2]
TEST_F(client_publish_v5, sends_again_within_the_quota) {
  open();
  for (request_token token = 1; token <= 3; ++token) static_cast<void>(publish(1, token));
  static_cast<void>(publish(2, 4));
  ASSERT_EQ(feed(pubrec(4)).what, kind::recorded);
  machine->disconnected();
  options.packet.clean_start = false;
  open({0x21, 0x00, 0x02}, true);
  EXPECT_EQ(resume().size(), 2U);
  EXPECT_TRUE(machine->is_resuming());
  EXPECT_EQ(machine->room(), 0U);
  ASSERT_EQ(feed(pubcomp(4)).what, kind::completed);  // was not counted on this connection
  owed_publish owed;
  EXPECT_FALSE(machine->next_owed(owed));
  expect_completed(feed(puback(1)), 1);
  EXPECT_EQ(resume().size(), 1U);
  EXPECT_FALSE(machine->is_resuming());
  ASSERT_EQ(feed(puback(2)).what, kind::completed);
  ASSERT_EQ(feed(puback(3)).what, kind::completed);
  EXPECT_EQ(machine->room(), 2U);
}

TEST_P(client_publish, takes_acknowledgements_before_it_sent_again) {
  open();
  for (request_token token = 1; token <= 3; ++token) static_cast<void>(publish(token == 2 ? 2 : 1, token));
  reopen(true);
  expect_completed(feed(puback(1)), 1);
  EXPECT_EQ(feed(pubrec(2)).what, kind::recorded);
  const std::vector<owed_publish> rest = resume();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].token, 3U);
  expect_completed(feed(pubcomp(2)), 2);
}

TEST_P(client_publish, has_resumed_when_nothing_is_left) {
  for (const unsigned qos : {1U, 2U}) {
    open();
    const std::uint16_t identifier = publish(qos).packet_identifier;
    reopen(true);
    EXPECT_TRUE(machine->is_resuming());
    static_cast<void>(feed(qos == 1 ? puback(identifier) : pubrec(identifier)));
    EXPECT_FALSE(machine->is_resuming());
    EXPECT_EQ(publish(1).what, permit::kind::send);
    request_token token = 0;
    while (session.take_any(token)) continue;
  }
}

TEST_F(client_publish_v5, completes_what_the_server_has_forgotten_after_pubrec) {
  open();
  static_cast<void>(publish(2, 1));
  ASSERT_EQ(feed(pubrec(1)).what, kind::recorded);
  reopen(true);
  expect_completed(feed(acknowledgement_bytes(0x70, 1, packet_identifier_not_found)), 1, success);
}

TEST_F(client_publish_v5, gives_up_what_the_new_server_does_not_allow) {
  open();
  static_cast<void>(publish(1, 1, "too long for it"));
  static_cast<void>(publish(2, 2, "too long for it"));
  machine->disconnected();
  options.packet.clean_start = false;
  open({0x27, 0x00, 0x00, 0x00, 0x0A}, true);
  owed_publish owed;
  for (request_token token = 1; token <= 2; ++token) {
    ASSERT_TRUE(machine->next_owed(owed));
    EXPECT_EQ(owed.token, token);
    const permit allowed = publish_again(owed, "too long for it");
    EXPECT_EQ(allowed.what, permit::kind::refused);
    EXPECT_EQ(allowed.refusal.reason, packet_too_large);
  }
  EXPECT_FALSE(machine->next_owed(owed));
  // The server may have it: its identifier is released, not used again at once.
  EXPECT_EQ(answers(), pubrel(2));
  EXPECT_EQ(session.unanswered(), 1U);
  EXPECT_EQ(feed(pubcomp(2)).what, kind::nothing);
  EXPECT_EQ(session.unanswered(), 0U);
}

TEST_P(client_publish, gives_up_what_the_owner_does_not_want) {
  open();
  for (request_token token = 1; token <= 3; ++token) static_cast<void>(publish(2, token));
  reopen(false);
  owed_publish owed;
  ASSERT_TRUE(machine->next_owed(owed));
  machine->give_up(owed);
  machine->give_up(owed);
  EXPECT_EQ(publish_again(owed).refusal.reason, protocol_error);
  EXPECT_FALSE(machine->has_answers());
  EXPECT_EQ(session.unanswered(), 2U);
  reopen(true);
  ASSERT_TRUE(machine->next_owed(owed));
  EXPECT_EQ(owed.token, 2U);
  EXPECT_EQ(publish_again(owed).what, permit::kind::send);
  reopen(true);
  ASSERT_TRUE(machine->next_owed(owed));
  machine->give_up(owed);
  EXPECT_EQ(answers(), pubrel(2));
  reopen(true);  // PUBCOMP was lost
  EXPECT_EQ(answers(), pubrel(2));
  reopen(false);
  EXPECT_EQ(resume().size(), 1U);
  EXPECT_EQ(session.unanswered(), 1U);
}

TEST_P(client_publish, hands_everything_out_in_the_end) {
  open();
  static_cast<void>(publish(1, 1));
  static_cast<void>(subscribe("f", 2));
  static_cast<void>(publish(2, 3));
  static_cast<void>(unsubscribe("f", 4));
  machine->disconnected();
  std::vector<request_token> all;
  for (request_token token = 0; session.take_any(token);) all.push_back(token);
  EXPECT_EQ(all, (std::vector<request_token>{1, 2, 3, 4}));
  session.trim();
  EXPECT_EQ(session.unanswered(), 0U);
}

TEST_P(client_publish, survives_an_owner_that_takes_requests_out_while_it_resumes) {
  open();
  static_cast<void>(publish(1, 1));
  static_cast<void>(subscribe("f", 2));
  static_cast<void>(publish(1, 3));
  reopen(true);
  owed_publish owed;
  ASSERT_TRUE(machine->next_owed(owed));
  EXPECT_EQ(publish_again(owed).what, permit::kind::send);
  request_token token = 0;
  ASSERT_TRUE(session.take_lost_request(token));
  EXPECT_EQ(token, 2U);
  EXPECT_FALSE(session.take_lost_request(token));
  ASSERT_TRUE(machine->next_owed(owed));
  EXPECT_EQ(owed.token, 3U);
}

}  // namespace

}  // namespace nanonng::mqtt::testing
