#include "session.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nanomq::crash {
namespace {

using mqtt::packet_type;
using mqtt::protocol_version;
using mqtt::reason_code;

/// Writes down what a session says.
class listener final : public session_events {
 public:
  std::vector<std::string> heard;

 private:
  void say(std::string what) { heard.push_back(std::move(what)); }
  void on_connected(session& /*which*/, bool present) override { say(present ? "connected, present" : "connected"); }
  void on_acknowledged(session& /*which*/, const stamp& what) override {
    say("acknowledged " + std::to_string(what.sequence));
  }
  void on_refused(session& /*which*/, const stamp& what, reason_code /*why*/) override {
    say("refused " + std::to_string(what.sequence));
  }
  void on_republished(session& /*which*/, const stamp& what) override {
    say("republished " + std::to_string(what.sequence));
  }
  void on_message(session& /*which*/, const arrival& message) override {
    say("message " + std::string{message.topic} + " with QoS " + std::to_string(message.qos));
  }
  void on_request_done(session& /*which*/, std::uint16_t identifier, reason_code /*result*/) override {
    say("request " + std::to_string(identifier));
  }
  void on_violation(session& /*which*/, std::string_view what) override { say("violation: " + std::string{what}); }
  void on_dismissed(session& /*which*/, reason_code why) override { say("dismissed: " + std::string{name_of(why)}); }
  void on_closed(session& /*which*/, bool /*expected*/) override { say("closed"); }
};

class session_case : public testing::Test {
 protected:
  void connect(bool present) {
    client.begin(false);
    client.output().clear();
    mqtt::buffer packet;
    encode_connack_into(packet, present, reason_code::success, protocol_version::v5, {});
    client.receive(packet);
  }
  void answer(packet_type type, std::uint16_t identifier, reason_code reason = reason_code::success) {
    mqtt::buffer packet;
    encode_acknowledgement_into(packet, type, identifier, reason, protocol_version::v5, {});
    client.receive(packet);
  }
  void deliver(std::uint8_t qos, std::uint16_t identifier, std::string_view topic = "t") {
    mqtt::outgoing_publish message;
    message.topic = topic;
    message.qos = static_cast<mqtt::quality_of_service>(qos);
    message.packet_identifier = identifier;
    mqtt::buffer packet;
    encode_publish_into(packet, message, protocol_version::v5);
    client.receive(packet);
  }
  void publish(std::uint32_t number, std::uint8_t qos) {
    mqtt::outgoing_publish message;
    message.topic = "t";
    message.qos = static_cast<mqtt::quality_of_service>(qos);
    client.publish({.stream = 0, .sequence = number}, message);
  }
  /// What the session has written since the last call: "publish 1 dup, pubrel 2".
  std::string written() {
    std::string out;
    nanolib::bytes rest{client.output()};
    for (auto found = mqtt::next_frame(rest, 1'000'000); found.status == mqtt::decode_status::done;
         found = mqtt::next_frame(rest, 1'000'000)) {
      if (!out.empty()) out += ", ";
      out += described(found.packet);
      rest = rest.subspan(found.packet.size);
    }
    client.output().clear();
    return out;
  }

  listener heard_by;
  session client{{.client_id = "c", .window = 3}, heard_by};

 private:
  static std::string described(const mqtt::frame& packet) {
    std::string out{name_of(packet.type)};
    mqtt::acknowledgement_view answered;
    mqtt::publish_view published;
    if (packet.type == packet_type::publish) {
      EXPECT_EQ(decode(packet, protocol_version::v5, {}, published), reason_code::success);
      return out + ' ' + std::to_string(published.packet_identifier) + (published.dup ? " dup" : "");
    }
    if (packet.type < packet_type::puback || packet.type > packet_type::pubcomp) return out;
    EXPECT_EQ(decode(packet, protocol_version::v5, {}, answered), reason_code::success);
    return out + ' ' + std::to_string(answered.packet_identifier);
  }
};

TEST_F(session_case, holds_as_many_messages_under_way_as_its_window) {
  connect(false);
  publish(0, 1);
  publish(1, 1);
  EXPECT_TRUE(client.has_room());
  publish(2, 1);
  EXPECT_FALSE(client.has_room());
  answer(packet_type::puback, 1);
  EXPECT_TRUE(client.has_room());
}

TEST_F(session_case, tells_of_an_exchange_when_its_last_packet_has_come) {
  connect(false);
  publish(0, 2);
  EXPECT_EQ(written(), "publish 1");
  answer(packet_type::pubrec, 1);
  EXPECT_EQ(written(), "pubrel 1");
  EXPECT_EQ(heard_by.heard, (std::vector<std::string>{"connected"}));
  answer(packet_type::pubcomp, 1);
  EXPECT_EQ(heard_by.heard.back(), "acknowledged 0");
}

TEST_F(session_case, sends_what_is_unacknowledged_again_in_order_each_where_it_had_got_to) {
  connect(false);
  publish(0, 2);
  publish(1, 1);
  publish(2, 2);
  answer(packet_type::pubrec, 1);
  connect(true);
  EXPECT_EQ(written(), "pubrel 1, publish 2 dup, publish 3 dup");
  answer(packet_type::pubcomp, 1);
  EXPECT_EQ(heard_by.heard.back(), "acknowledged 0");
}

TEST_F(session_case, publishes_anew_what_a_broker_without_the_session_cannot_know) {
  connect(false);
  publish(0, 2);
  answer(packet_type::pubrec, 1);
  connect(false);
  EXPECT_EQ(written(), "publish 1");
  EXPECT_EQ(heard_by.heard, (std::vector<std::string>{"connected", "republished 0", "connected"}));
}

TEST_F(session_case, drops_what_the_broker_refuses) {
  connect(false);
  publish(0, 2);
  answer(packet_type::pubrec, 1, reason_code::quota_exceeded);
  EXPECT_EQ(heard_by.heard.back(), "refused 0");
  EXPECT_EQ(client.under_way(), 0U);
}

TEST_F(session_case, takes_an_unknown_identifier_in_pubcomp_for_the_end_of_the_exchange) {
  connect(false);
  publish(0, 2);
  answer(packet_type::pubrec, 1);
  connect(true);
  answer(packet_type::pubcomp, 1, reason_code::packet_identifier_not_found);
  EXPECT_EQ(heard_by.heard.back(), "acknowledged 0");
}

TEST_F(session_case, takes_a_message_with_qos_2_once_until_it_is_released) {
  connect(false);
  written();
  deliver(2, 9);
  deliver(2, 9);
  EXPECT_EQ(written(), "pubrec 9, pubrec 9");
  EXPECT_EQ(heard_by.heard, (std::vector<std::string>{"connected", "message t with QoS 2"}));
  answer(packet_type::pubrel, 9);
  EXPECT_EQ(written(), "pubcomp 9");
  deliver(2, 9);
  EXPECT_EQ(heard_by.heard.size(), 3U);
}

TEST_F(session_case, remembers_what_it_has_taken_across_connections) {
  connect(false);
  deliver(2, 9);
  connect(true);
  deliver(2, 9);
  EXPECT_EQ(heard_by.heard, (std::vector<std::string>{"connected", "message t with QoS 2", "connected, present"}));
  connect(false);
  deliver(2, 9);
  EXPECT_EQ(heard_by.heard.back(), "message t with QoS 2");
}

TEST_F(session_case, takes_but_does_not_answer_when_silent) {
  connect(false);
  written();
  client.set_answering(answering::silent);
  deliver(1, 1);
  deliver(2, 2);
  EXPECT_EQ(written(), "");
  EXPECT_EQ(heard_by.heard.size(), 3U);
}

TEST_F(session_case, does_not_even_take_when_deaf) {
  connect(false);
  client.set_answering(answering::deaf);
  deliver(2, 2);
  EXPECT_EQ(heard_by.heard.size(), 1U);
  connect(true);
  deliver(2, 2);
  EXPECT_EQ(heard_by.heard.back(), "message t with QoS 2");
}

TEST_F(session_case, finds_what_no_correct_broker_sends) {
  connect(false);
  answer(packet_type::puback, 77);
  EXPECT_EQ(heard_by.heard.back(), "violation: an acknowledgement of nothing");
  connect(true);
  publish(0, 1);
  answer(packet_type::pubcomp, 1);
  EXPECT_EQ(heard_by.heard.back(), "violation: an acknowledgement of the wrong kind");
}

TEST_F(session_case, forgets_requests_with_the_connection) {
  connect(false);
  const std::uint16_t request = client.subscribe("a", {.qos = 1});
  connect(true);
  mqtt::buffer packet;
  const auto granted = reason_code::granted_qos_1;
  encode_suback_into(packet, packet_type::suback, request, std::span{&granted, 1}, protocol_version::v5, {});
  client.receive(packet);
  EXPECT_EQ(heard_by.heard.back(), "violation: an answer to no request");
}

}  // namespace
}  // namespace nanomq::crash
