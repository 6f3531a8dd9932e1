// What a client receives: exactly once, within its bounds, acknowledged in order.
#include "client_fixture.hpp"

namespace nanonng::mqtt::testing {

namespace {

using enum reason_code;
using enum protocol_version;
using kind = client_action::kind;

class client_receive : public client_machine_versions {
 protected:
  client_action publish(unsigned qos, std::uint16_t identifier, std::string_view topic = "t") {
    return feed(publish_bytes(version(), qos, identifier, topic));
  }
};
INSTANTIATE_TEST_SUITE_P(all, client_receive, ::testing::ValuesIn(every_version));

class client_receive_v5 : public client_machine_test {
 protected:
  client_action publish(unsigned qos, std::uint16_t identifier, std::string_view topic = "t",
                        const octets& properties = {}) {
    return feed(publish_bytes(v5, qos, identifier, topic, properties));
  }
};

octets puback(std::uint16_t identifier) { return acknowledgement_bytes(0x40, identifier); }
octets pubrec(std::uint16_t identifier) { return acknowledgement_bytes(0x50, identifier); }
octets pubrel(std::uint16_t identifier) { return acknowledgement_bytes(0x62, identifier); }
octets pubcomp(std::uint16_t identifier) { return acknowledgement_bytes(0x70, identifier); }

// [MQTT-3.3.4-1] [MQTT-4.5.0-2] [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-2.2.1-5]
// [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3]
TEST_P(client_receive, acknowledges_by_itself) {
  open();
  EXPECT_EQ(publish(0, 0).what, kind::deliver);
  EXPECT_EQ(into.publish.topic, "t");
  EXPECT_FALSE(machine->has_answers());
  const client_action action = publish(1, 7);
  EXPECT_EQ(action.what, kind::deliver);
  EXPECT_EQ(action.receipt, 0U);
  EXPECT_EQ(publish(2, 8).what, kind::deliver);
  EXPECT_EQ(answers(), join({puback(7), pubrec(8)}));
  EXPECT_EQ(session.unreleased(), 1U);
  EXPECT_EQ(feed(pubrel(8)).what, kind::nothing);
  EXPECT_EQ(answers(), pubcomp(8));
  EXPECT_EQ(session.unreleased(), 0U);
}

// [MQTT-4.3.2-5]
TEST_P(client_receive, every_publish_of_qos_1_is_new) {
  open();
  EXPECT_EQ(publish(1, 7).what, kind::deliver);
  EXPECT_EQ(publish(1, 7).what, kind::deliver);
  EXPECT_EQ(answers(), join({puback(7), puback(7)}));
}

// [MQTT-4.3.3-10] [MQTT-4.3.3-11] [MQTT-4.3.3-12]
TEST_P(client_receive, delivers_qos_2_once) {
  open();
  EXPECT_EQ(publish(2, 7).what, kind::deliver);
  EXPECT_EQ(publish(2, 7).what, kind::repeat);
  EXPECT_EQ(answers(), join({pubrec(7), pubrec(7)}));
  reopen(true);
  EXPECT_EQ(publish(2, 7).what, kind::repeat);
  EXPECT_EQ(answers(), pubrec(7));
  EXPECT_EQ(feed(pubrel(7)).what, kind::nothing);
  EXPECT_EQ(answers(), pubcomp(7));
  EXPECT_EQ(publish(2, 7).what, kind::deliver);
  EXPECT_EQ(machine->ignored(), 1U);
}

// [MQTT-3.1.2-4] [MQTT-3.2.2-5]
TEST_P(client_receive, forgets_qos_2_with_the_session) {
  open();
  EXPECT_EQ(publish(2, 7).what, kind::deliver);
  reopen(false);
  EXPECT_EQ(session.unreleased(), 0U);
  EXPECT_EQ(publish(2, 7).what, kind::deliver);
}

TEST_P(client_receive, answers_a_pubrel_of_nothing) {
  open();
  EXPECT_EQ(feed(pubrel(7)).what, kind::ignored);
  EXPECT_EQ(answers(), is_v5() ? acknowledgement_bytes(0x70, 7, packet_identifier_not_found) : pubcomp(7));
}

TEST_P(client_receive, writes_as_many_answers_as_there_is_room_for) {
  open();
  for (std::uint16_t identifier = 1; identifier <= 5; ++identifier) static_cast<void>(publish(1, identifier));
  std::byte room[13];
  EXPECT_EQ(machine->write_answers(std::span(room, 5)), 0U);
  EXPECT_EQ(machine->write_answers(room), 8U);
  EXPECT_EQ(machine->write_answers(std::span(room, 6)), 4U);
  EXPECT_EQ(answers(), join({puback(4), puback(5)}));
}

// ---- receive maximum ----

// [MQTT-3.3.4-9]
TEST_F(client_receive_v5, keeps_the_server_to_the_receive_maximum) {
  settings.receive_maximum = 2;
  open();
  EXPECT_EQ(publish(1, 1).what, kind::deliver);
  EXPECT_EQ(publish(2, 2).what, kind::deliver);
  EXPECT_EQ(publish(0, 0).what, kind::deliver);
  EXPECT_EQ(publish(2, 2).what, kind::repeat);
  static_cast<void>(answers());
  EXPECT_EQ(publish(1, 3).what, kind::deliver);  // PUBACK 1 made room
  static_cast<void>(answers());
  EXPECT_EQ(feed(pubrel(2)).what, kind::nothing);
  static_cast<void>(answers());
  EXPECT_EQ(publish(1, 4).what, kind::deliver);
  EXPECT_EQ(publish(1, 5).what, kind::deliver);
  EXPECT_EQ(publish(1, 6).reason, receive_maximum_exceeded);
}

// §4.9: a place is free with PUBCOMP, not with PUBREC.
TEST_F(client_receive_v5, counts_qos_2_until_pubcomp) {
  settings.receive_maximum = 1;
  open();
  EXPECT_EQ(publish(2, 1).what, kind::deliver);
  EXPECT_EQ(answers(), pubrec(1));
  EXPECT_EQ(publish(2, 2).reason, receive_maximum_exceeded);
}

TEST_F(client_receive_v5, counts_refused_messages_as_settled) {
  settings.receive_maximum = 1;
  settings.manual_acknowledgement = true;
  open();
  for (std::uint16_t round = 1; round < 5; ++round) {
    const client_action action = publish(2, round);
    ASSERT_EQ(action.what, kind::deliver);
    EXPECT_TRUE(machine->acknowledge(action.receipt, quota_exceeded));
    EXPECT_EQ(answers(), acknowledgement_bytes(0x50, round, quota_exceeded));
    EXPECT_EQ(session.unreleased(), 0U);
  }
}

TEST_F(client_receive_v5, leaves_out_of_the_receive_maximum_what_an_earlier_connection_left) {
  settings.receive_maximum = 2;
  open();
  EXPECT_EQ(publish(2, 1).what, kind::deliver);
  EXPECT_EQ(publish(2, 2).what, kind::deliver);
  reopen(true);
  EXPECT_EQ(publish(2, 3).what, kind::deliver);
  EXPECT_EQ(publish(2, 4).what, kind::deliver);
  EXPECT_EQ(publish(2, 5).reason, receive_maximum_exceeded);
}

// ---- aliases ----

octets alias(std::uint16_t number) {
  return {0x23, static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number & 0xFFU)};
}

// [MQTT-3.3.2-10] [MQTT-3.3.2-7]
TEST_F(client_receive_v5, resolves_topic_aliases) {
  settings.topic_alias_maximum = 3;
  open();
  EXPECT_EQ(publish(0, 0, "one", alias(1)).what, kind::deliver);
  EXPECT_EQ(publish(0, 0, "three", alias(3)).what, kind::deliver);
  EXPECT_EQ(publish(0, 0, "", alias(1)).what, kind::deliver);
  EXPECT_EQ(into.publish.topic, "one");
  EXPECT_EQ(publish(0, 0, "other", alias(1)).what, kind::deliver);
  EXPECT_EQ(publish(0, 0, "", alias(1)).what, kind::deliver);
  EXPECT_EQ(into.publish.topic, "other");
  reopen(true);
  EXPECT_EQ(publish(0, 0, "", alias(1)).reason, protocol_error);
}

// [MQTT-3.3.2-8] [MQTT-3.3.2-11]
TEST_F(client_receive_v5, refuses_aliases_out_of_range) {
  settings.topic_alias_maximum = 3;
  open();
  EXPECT_EQ(publish(0, 0, "t", alias(4)).reason, topic_alias_invalid);
  open();
  EXPECT_EQ(publish(0, 0, "t", alias(0)).reason, protocol_error);
  open();
  EXPECT_EQ(publish(0, 0, "", alias(2)).reason, protocol_error);
  open();
  EXPECT_EQ(publish(0, 0, "").reason, protocol_error);
}

// ---- manual acknowledgement ----

class client_acknowledge : public client_receive {
 protected:
  client_acknowledge() { settings.manual_acknowledgement = true; }
  receipt_number deliver(unsigned qos, std::uint16_t identifier) {
    const client_action action = publish(qos, identifier);
    EXPECT_EQ(action.what, kind::deliver);
    EXPECT_EQ(action.receipt == 0, qos == 0);
    return action.receipt;
  }
};
INSTANTIATE_TEST_SUITE_P(all, client_acknowledge, ::testing::ValuesIn(every_version));

// [MQTT-4.6.0-2] [MQTT-4.6.0-3]
TEST_P(client_acknowledge, in_the_order_of_the_messages) {
  open();
  static_cast<void>(deliver(0, 0));
  const receipt_number first = deliver(1, 11);
  const receipt_number other = deliver(2, 21);
  const receipt_number second = deliver(1, 12);
  const receipt_number third = deliver(1, 13);
  EXPECT_EQ(session.unacknowledged(), 4U);
  EXPECT_TRUE(machine->acknowledge(third, success));
  EXPECT_FALSE(machine->has_answers());
  EXPECT_TRUE(machine->acknowledge(first, success));
  EXPECT_EQ(answers(), puback(11));
  EXPECT_TRUE(machine->acknowledge(other, success));
  EXPECT_EQ(answers(), pubrec(21));
  EXPECT_TRUE(machine->acknowledge(second, success));
  EXPECT_EQ(answers(), join({puback(12), puback(13)}));
  EXPECT_EQ(session.unacknowledged(), 0U);
}

TEST_P(client_acknowledge, once_and_only_what_was_delivered) {
  open();
  const receipt_number first = deliver(1, 1);
  const receipt_number second = deliver(1, 2);
  EXPECT_FALSE(machine->acknowledge(0, success));
  EXPECT_FALSE(machine->acknowledge(999, success));
  EXPECT_FALSE(machine->acknowledge(first, packet_too_large));  // no reason of PUBACK
  EXPECT_TRUE(machine->acknowledge(second, success));
  EXPECT_FALSE(machine->acknowledge(second, success));
  EXPECT_TRUE(machine->acknowledge(first, success));
  EXPECT_FALSE(machine->acknowledge(first, success));
  EXPECT_EQ(answers(), join({puback(1), puback(2)}));
  EXPECT_FALSE(machine->acknowledge(second, success));
}

TEST_P(client_acknowledge, of_qos_1_ends_with_the_connection) {
  open();
  const receipt_number lost = deliver(1, 1);
  reopen(true);
  EXPECT_FALSE(machine->acknowledge(lost, success));
  EXPECT_EQ(session.unacknowledged(), 0U);
  const receipt_number again = deliver(1, 1);
  EXPECT_NE(again, lost);
  EXPECT_TRUE(machine->acknowledge(again, success));
  EXPECT_EQ(answers(), puback(1));
}

// Exactly once: the message is with the owner already, however long it takes.
TEST_P(client_acknowledge, of_qos_2_outlives_the_connection) {
  open();
  const receipt_number first = deliver(2, 1);
  const receipt_number second = deliver(2, 2);
  const receipt_number third = deliver(2, 3);
  EXPECT_TRUE(machine->acknowledge(second, success));
  machine->disconnected();
  EXPECT_TRUE(session.acknowledge(third, success));
  options.packet.clean_start = false;
  open({}, version() != v3_1);
  EXPECT_FALSE(machine->has_answers());  // not before the server asks again
  for (std::uint16_t identifier = 1; identifier <= 3; ++identifier) {
    EXPECT_EQ(publish(2, identifier).what, kind::repeat);
  }
  EXPECT_FALSE(machine->has_answers());
  const receipt_number fourth = deliver(2, 4);
  EXPECT_EQ(publish(2, 1).what, kind::repeat);
  EXPECT_EQ(session.unacknowledged(), 2U);
  EXPECT_TRUE(machine->acknowledge(fourth, success));
  EXPECT_TRUE(machine->acknowledge(first, success));
  EXPECT_EQ(answers(), join({pubrec(1), pubrec(2), pubrec(3), pubrec(4)}));
  EXPECT_EQ(publish(2, 1).what, kind::repeat);
  EXPECT_EQ(answers(), pubrec(1));
}

TEST_P(client_acknowledge, of_qos_2_ends_with_the_session) {
  open();
  const receipt_number held = deliver(2, 1);
  reopen(false);
  EXPECT_FALSE(machine->acknowledge(held, success));
  EXPECT_EQ(session.unacknowledged(), 0U);
}

TEST_P(client_acknowledge, comes_before_pubrel) {
  open();
  static_cast<void>(deliver(2, 1));
  EXPECT_EQ(refusal(pubrel(1)), protocol_error);
}

// Before 5.0 there is no way to refuse a message: it is acknowledged.
TEST_P(client_acknowledge, may_refuse_a_message) {
  open();
  EXPECT_TRUE(machine->acknowledge(deliver(1, 1), not_authorized));
  EXPECT_TRUE(machine->acknowledge(deliver(2, 2), not_authorized));
  const octets refused =
      join({acknowledgement_bytes(0x40, 1, not_authorized), acknowledgement_bytes(0x50, 2, not_authorized)});
  EXPECT_EQ(answers(), is_v5() ? refused : join({puback(1), pubrec(2)}));
  EXPECT_EQ(session.unreleased(), is_v5() ? 0U : 1U);
}

TEST_P(client_acknowledge, is_found_among_many_out_of_order) {
  open();
  std::vector<receipt_number> receipts;
  octets expected;
  for (std::uint16_t identifier = 1; identifier <= 300; ++identifier) {
    receipts.push_back(deliver(1, identifier));
    expected = join({expected, puback(identifier)});
  }
  for (std::size_t at = 0; at < 300; ++at) EXPECT_TRUE(machine->acknowledge(receipts[at * 7 % 300], success));
  EXPECT_EQ(answers(), expected);
}

TEST_P(client_acknowledge, is_bounded_before_5_too) {
  if (is_v5()) return;
  open();
  const octets wire = publish_bytes(version(), 1, 1, "t");
  const exact memory(wire);
  const frame packet = next_frame(memory.view(), any_size).packet;
  for (int count = 0; count < 65'535; ++count) ASSERT_EQ(machine->receive(packet, start, into).what, kind::deliver);
  EXPECT_EQ(machine->receive(packet, start, into).reason, receive_maximum_exceeded);
}

}  // namespace

}  // namespace nanonng::mqtt::testing
