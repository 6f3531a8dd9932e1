// Requests and responses.
#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

using mqtt::reason_code;

/// A client at a scripted server that plays the responder, too.
struct asking {
  explicit asking(client_options options = {}, const connack_packet& with = {})
      : c(server.url(), eager(std::move(options))), peer(server.accept()) {
    peer.welcome(with);
  }
  client_packet next_request() {
    client_packet packet = peer.expect(PUBLISH);
    if (packet.qos() != 0) peer.send(acknowledgement{.kind = PUBACK, .id = packet.id});
    return packet;
  }
  void answer(const client_packet& to, const std::string& payload, unsigned qos = 0) {
    peer.send(publish_packet{.topic = to.props.text(property::response_topic).value(),
                             .payload = payload,
                             .qos = qos,
                             .id = qos == 0 ? 0U : 77U,
                             .props = server_properties().text(property::correlation_data,
                                                               to.props.text(property::correlation_data).value())});
  }

  raw_server server;
  client c;
  raw_peer peer;
};

TEST(requests, get_the_response_that_belongs_to_them) {
  asking a({.client_id = "me"});
  const auto first = a.c.request("service", "1", {.properties = {.content_type = "n"}});
  const auto second = a.c.request("service", "2");
  EXPECT_EQ(a.peer.grant().filters.at(0).filter, "nanonng/response/me");
  const client_packet one = a.next_request();
  const client_packet two = a.next_request();
  EXPECT_EQ(one.payload, "1");
  EXPECT_EQ(one.topic, "service");
  EXPECT_EQ(one.props.text(property::content_type), "n");
  EXPECT_EQ(one.props.text(property::response_topic), "nanonng/response/me");
  a.answer(two, "second", 1);
  EXPECT_EQ(a.peer.expect(PUBACK).id, 77);
  EXPECT_EQ(outcome(second)->text(), "second");
  EXPECT_FALSE(first.done());
  a.answer(one, "first");
  EXPECT_EQ(outcome(first)->text(), "first");
}

TEST(requests, are_told_apart_by_digits_that_a_shell_can_hand_on) {
  asking a;
  std::vector<decltype(a.c.request("", ""))> asked;
  for (int i = 0; i < 17; ++i) asked.push_back(a.c.request("service", ""));
  a.peer.grant();
  std::vector<std::string> numbers;
  for (const auto& one : asked) {
    const client_packet packet = a.next_request();
    numbers.push_back(packet.props.text(property::correlation_data).value());
    a.answer(packet, numbers.back());
    EXPECT_EQ(outcome(one)->text(), numbers.back());
  }
  EXPECT_EQ(numbers.front(), "1");
  EXPECT_EQ(numbers.at(9), "a");
  EXPECT_EQ(numbers.back(), "11");
}

TEST(requests, can_be_waited_for_in_a_callback) {
  asking a;
  mailbox<std::string> got;
  a.c.publish("go", "").then([&](auto) { got.put(std::string(a.c.request("service", "?").get().text())); });
  a.peer.expect(PUBLISH);
  a.peer.grant();
  a.answer(a.next_request(), "!");
  EXPECT_EQ(got.take(), "!");
}

TEST(requests, end_at_their_timeout_and_bear_a_late_response) {
  asking a;
  const auto late = a.c.request("service", "1", {.timeout = 1ms});
  a.peer.grant();
  EXPECT_EQ(error_of(late), errors::timed_out);
  const auto next = a.c.request("service", "2");
  client_packet packet = a.next_request();
  if (packet.payload == "1") {
    a.answer(packet, "late");
    packet = a.next_request();
  }
  a.answer(packet, "in time");
  EXPECT_EQ(outcome(next)->text(), "in time");
}

TEST(requests, that_gave_up_before_they_were_sent_are_not_sent) {
  raw_server server;
  client c(server.url(), eager({.client_id = "me"}));
  raw_peer peer = server.accept();
  peer.expect(CONNECT);
  EXPECT_EQ(error_of(c.request("service", "unwanted", {.timeout = 1ms})), errors::timed_out);
  const auto wanted = c.request("service", "wanted");
  peer.send(connack_packet{});
  peer.grant();
  EXPECT_EQ(peer.expect(PUBLISH).payload, "wanted");
}

TEST(requests, need_no_room_among_the_messages) {
  asking a({.outgoing = {.max_messages = 1, .policy = overflow_policy::block}});
  const auto sent = a.c.publish("x", "under way", {.qos = 1});
  a.peer.expect(PUBLISH);
  const auto asked = a.c.request("service", "1");
  a.peer.grant();
  a.answer(a.next_request(), "!");
  EXPECT_EQ(outcome(asked)->text(), "!");
}

TEST(requests, can_be_cancelled) {
  asking a;
  const auto unwanted = a.c.request("service", "1");
  unwanted.cancel();
  EXPECT_EQ(error_of(unwanted), errors::cancelled);
}

TEST(requests, are_bounded_like_messages) {
  asking a({.outgoing = {.max_messages = 2}});
  const auto first = a.c.request("service", "1");
  const auto second = a.c.request("service", "2");
  EXPECT_EQ(error_of(a.c.request("service", "3")), errors::queue_full);
}

TEST(requests, fail_when_nobody_hears_them) {
  asking a;
  const auto asked = a.c.request("service", "1");
  a.peer.grant();
  a.peer.send(acknowledgement{.kind = PUBACK, .id = a.peer.expect(PUBLISH).id, .code = 0x10});
  EXPECT_EQ(error_of(asked), mqtt_error_code(reason_code::no_matching_subscribers));
}

TEST(requests, fail_when_responses_cannot_be_subscribed_to) {
  asking a;
  const auto asked = a.c.request("service", "1");
  a.peer.send(suback_packet{.id = a.peer.expect(SUBSCRIBE).id, .codes = {0x87}});
  EXPECT_EQ(error_of(asked), mqtt_error_code(reason_code::not_authorized));
}

TEST(requests, fail_for_a_topic_that_is_none) {
  asking a;
  EXPECT_EQ(error_of(a.c.request("a/#", "1")), mqtt_error_code(reason_code::topic_name_invalid));
}

TEST(requests, use_the_prefix_that_the_server_names) {
  raw_server server;
  client c(server.url(), eager({.client_id = "me", .request_response_information = true}));
  static_cast<void>(c.request("service", "1"));
  raw_peer peer = server.accept();
  const client_packet hello = peer.welcome({.props = server_properties().text(property::response_information, "r/x")});
  EXPECT_EQ(hello.props.number(property::request_response_information), 1);
  EXPECT_EQ(peer.grant().filters.at(0).filter, "r/x/me");
}

TEST(requests, use_the_prefix_that_the_next_server_names) {
  raw_server server;
  client c(server.url(), eager({.client_id = "me", .request_response_information = true}));
  const auto first = c.request("service", "1");
  raw_peer peer = server.accept();
  peer.welcome({.props = server_properties().text(property::response_information, "r/x")});
  peer.grant();
  peer.send(acknowledgement{.kind = PUBACK, .id = peer.expect(PUBLISH).id});
  peer.close();
  raw_peer next = server.accept();
  next.welcome({.props = server_properties().text(property::response_information, "r/y")});
  const auto second = c.request("service", "2");
  EXPECT_EQ(next.grant().filters.at(0).filter, "r/y/me");
  EXPECT_EQ(next.expect(PUBLISH).props.text(property::response_topic), "r/y/me");
}

TEST(requests, are_not_there_in_3_1_1) {
  raw_server server(version::v3_1_1);
  client c(server.url(), eager({.version = mqtt::protocol_version::v3_1_1}));
  EXPECT_EQ(error_of(c.request("a", "b")), errors::not_supported);
}

TEST(requests, ignore_responses_that_they_did_not_ask_for) {
  asking a({.client_id = "me"});
  const auto asked = a.c.request("service", "1");
  a.peer.grant();
  const client_packet packet = a.next_request();
  a.peer.send(publish_packet{.topic = "nanonng/response/me", .payload = "no correlation"});
  for (const char* const wrong : {"", "x", "0", "1 ", "0x1", "-1", "7f7f7f7f", "10000000000000001"}) {
    a.peer.send(publish_packet{.topic = "nanonng/response/me",
                               .payload = "not the number",
                               .props = server_properties().text(property::correlation_data, wrong)});
  }
  a.answer(packet, "right");
  EXPECT_EQ(outcome(asked)->text(), "right");
}

TEST(responders, answer_where_the_request_says) {
  asking a;
  const auto ready = a.c.respond("$share/workers/service", [](const message& m) {
    response said("=" + std::string(m.text()));
    said.properties.content_type = "n";
    said.qos = 0;
    return said;
  });
  EXPECT_EQ(a.peer.grant().filters.at(0).filter, "$share/workers/service");
  outcome(ready);
  a.peer.send(publish_packet{.topic = "service", .payload = "no response wanted"});
  a.peer.send(publish_packet{
      .topic = "service",
      .payload = "1",
      .props = server_properties().text(property::response_topic, "back").text(property::correlation_data, "id")});
  const client_packet answer = a.peer.expect(PUBLISH);
  EXPECT_EQ(answer.topic, "back");
  EXPECT_EQ(answer.payload, "=1");
  EXPECT_EQ(answer.props.text(property::correlation_data), "id");
  EXPECT_EQ(answer.props.text(property::content_type), "n");
}

TEST(responders, can_answer_later) {
  asking a;
  const auto ready = a.c.subscribe("service");
  a.peer.grant();
  outcome(ready);
  a.peer.send(publish_packet{
      .topic = "service", .payload = "1", .props = server_properties().text(property::response_topic, "back")});
  const message request = *outcome(a.c.receive());
  static_cast<void>(a.c.reply(request, "done"));
  EXPECT_EQ(a.peer.expect(PUBLISH).topic, "back");
  EXPECT_EQ(error_of(a.c.reply(message(), "nowhere")), mqtt_error_code(reason_code::topic_name_invalid));
}

}  // namespace
}  // namespace nanonng::sdk::test
