// Servers that break every rule: nothing crashes, the reason is told, and a well-behaved server is found afterwards.
#include <random>

#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

using mqtt::reason_code;
using nanomq::support::auth_packet;
using nanomq::support::pingresp;

/// One packet of each kind that a server sends, as it would be right somewhere.
std::vector<octets> server_packets() {
  return {connack_packet{.props = server_properties().u16(property::receive_maximum, 10).user("k", "v")}.encode(
              version::v5),
          publish_packet{.topic = "a", .payload = "b", .qos = 1, .id = 1}.encode(version::v5),
          publish_packet{.topic = "a",
                         .payload = "b",
                         .qos = 2,
                         .id = 2,
                         .props = server_properties().text(property::content_type, "x")}
              .encode(version::v5),
          acknowledgement{.kind = PUBACK, .id = 1, .code = 0x10}.encode(version::v5),
          acknowledgement{.kind = PUBREC, .id = 1}.encode(version::v5),
          acknowledgement{.kind = PUBREL, .id = 1}.encode(version::v5),
          acknowledgement{.kind = PUBCOMP, .id = 1}.encode(version::v5),
          suback_packet{.props = server_properties().text(property::reason_string, "r")}.encode(version::v5),
          suback_packet{.kind = UNSUBACK}.encode(version::v5),
          pingresp(),
          disconnect_packet{.code = 0x8B, .props = server_properties().text(property::reason_string, "r")}.encode(
              version::v5),
          auth_packet{.code = 0x18, .props = server_properties().text(property::authentication_method, "m")}.encode(
              version::v5)};
}

/// A client with work of every kind under way, so that no answer is quite unexpected.
struct victim {
  victim() : c(server.url(), eager({.on_state = seen.listener()})) {
    published = c.publish("a", "b", {.qos = 2});
    subscribed = c.subscribe("a", [](const message&) {});
    unsubscribed = c.unsubscribe("b");
  }
  /// A server that keeps the rules, and gets to know that the client still works.
  void expect_recovery() {
    for (;;) {
      raw_peer peer = server.accept();
      try {
        peer.welcome();
        const auto marker = c.publish("marker", "here", {.qos = 1});
        for (;;) {
          const client_packet packet = peer.next();
          if (packet.kind == PUBLISH && packet.topic == "marker") {
            peer.send(acknowledgement{.kind = PUBACK, .id = packet.id});
            EXPECT_TRUE(outcome(marker).has_value());
            return;
          }
        }
      } catch (const expectation_failed&) {
        // a connection that the client had begun before: the next one, then
      }
    }
  }

  states seen;
  raw_server server;
  client c;
  operation<publish_outcome> published;
  operation<subscribe_outcome> subscribed;
  operation<subscribe_outcome> unsubscribed;
};

// Threats 20, 21 and 23: the first packet is not CONNACK. [MQTT-3.2.0-1]
TEST(hostile_server, threat_23_begins_with_something_else_than_connack) {
  victim v;
  for (const octets& packet : server_packets()) {
    if (packet[0] == 0x20) continue;
    raw_peer peer = v.server.accept();
    peer.expect(CONNECT);
    peer.send(packet);
    peer.expect_close();
    EXPECT_EQ(v.seen.expect(client_state::offline).why.domain, nanolib::error_domain::mqtt);
  }
  v.expect_recovery();
}

// [MQTT-3.2.0-2]
TEST(hostile_server, threat_23_sends_connack_twice) {
  victim v;
  raw_peer peer = v.server.accept();
  peer.welcome();
  peer.send(connack_packet{});
  for (;;) {
    const client_packet packet = peer.next();
    if (packet.kind != DISCONNECT) continue;
    EXPECT_EQ(packet.code, 0x82);
    break;
  }
  peer.expect_close();
  EXPECT_EQ(v.seen.expect(client_state::offline).why, mqtt_error_code(reason_code::protocol_error));
  v.expect_recovery();
}

TEST(hostile_server, threat_23_accepts_and_hangs_up_with_rst) {
  victim v;
  for (int i = 0; i < 20; ++i) {
    raw_peer peer = v.server.accept();
    peer.expect(CONNECT);
    peer.send(connack_packet{});
    peer.close(true);
  }
  v.expect_recovery();
}

TEST(hostile_server, threat_20_sends_what_only_clients_send) {
  victim v;
  for (const octets& packet :
       {nanomq::support::connect_packet{}.encode(version::v5),
        nanomq::support::subscribe_packet{.filters = {{"a", 0}}}.encode(version::v5),
        nanomq::support::unsubscribe_packet{.filters = {"a"}}.encode(version::v5), nanomq::support::pingreq()}) {
    raw_peer before = v.server.accept();
    before.expect(CONNECT);
    before.send(packet);
    before.expect_close();
    raw_peer after = v.server.accept();
    after.welcome();
    after.send(packet);
    after.expect_close();
  }
  v.expect_recovery();
}

TEST(hostile_server, threat_22_cuts_every_packet_short_at_every_byte) {
  victim v;
  for (const octets& packet : server_packets()) {
    const bool is_connack = packet[0] == 0x20;
    for (std::size_t size = 1; size < packet.size(); ++size) {
      raw_peer peer = v.server.accept();
      peer.expect(CONNECT);
      if (!is_connack) peer.send(connack_packet{});
      peer.send(packet.first(size));
      peer.close();
    }
  }
  v.expect_recovery();
}

TEST(hostile_server, threat_22_announces_lengths_that_are_not_there) {
  victim v;
  for (const octets& packet : server_packets()) {
    for (std::size_t size = 0; size + 2 < packet.size(); ++size) {
      raw_peer peer = v.server.accept();
      peer.expect(CONNECT);
      if (packet[0] != 0x20) peer.send(connack_packet{});
      octets lie = packet.first(size + 2);
      lie.set(1, static_cast<unsigned>(size));
      peer.send(lie);
      peer.close();
    }
  }
  v.expect_recovery();
}

TEST(hostile_server, threat_22_answers_what_nobody_asked) {
  raw_server server;
  client c(server.url(), eager());
  raw_peer peer = server.accept();
  peer.welcome();
  for (const octets& packet : server_packets()) {
    const unsigned kind = packet[0] >> 4U;
    if (kind == CONNACK || kind == DISCONNECT || kind == AUTH) continue;
    peer.send(packet);
    peer.send(packet);
  }
  peer.send(acknowledgement{.kind = PUBREL, .id = 77});
  while (peer.next().id != 77) continue;  // it has read them all; nothing of its own was under way meanwhile
  const auto marker = c.publish("marker", "here", {.qos = 1});
  client_packet sent = peer.next();
  while (sent.kind != PUBLISH) sent = peer.next();  // acknowledgements of the messages before
  peer.send(acknowledgement{.kind = PUBACK, .id = sent.id});
  EXPECT_TRUE(outcome(marker).has_value());
  EXPECT_EQ(c.statistics().connections, 1) << "none of it is worth a connection";
}

TEST(hostile_server, threat_22_grants_more_or_fewer_filters_than_were_asked_for) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.on_state = seen.listener()}));
  const auto asked = c.subscribe_all({{.filter = "a"}, {.filter = "b"}});
  for (const std::vector<unsigned>& codes : {std::vector<unsigned>{}, {0}, {0, 0, 0}, std::vector<unsigned>(300, 0)}) {
    raw_peer peer = server.accept();
    peer.welcome();
    peer.send(suback_packet{.id = peer.expect(SUBSCRIBE).id, .codes = codes});
    peer.expect_close();
    EXPECT_EQ(seen.expect(client_state::offline).why.domain, nanolib::error_domain::mqtt);
    EXPECT_FALSE(asked.done());
  }
  raw_peer peer = server.accept();
  peer.welcome();
  peer.grant();
  EXPECT_TRUE(outcome(asked)->all_granted());
}

TEST(hostile_server, sends_a_packet_larger_than_the_client_takes) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.maximum_packet_size = 1'000, .on_state = seen.listener()}));
  raw_peer peer = server.accept();
  peer.welcome();
  peer.send(octets().u8(0x30).variable(268'435'455));
  EXPECT_EQ(peer.expect(DISCONNECT).code, 0x95);
  peer.expect_close();
  EXPECT_EQ(seen.expect(client_state::offline).why, mqtt_error_code(reason_code::packet_too_large));
}

TEST(hostile_server, sends_more_than_the_receive_maximum_and_is_borne) {
  raw_server server;
  client c(server.url(), eager({.receive_maximum = 2, .manual_acknowledgement = true}));
  raw_peer peer = server.accept();
  peer.welcome();
  for (unsigned id = 1; id <= 5; ++id) peer.send(publish_packet{.topic = "a", .payload = "x", .qos = 1, .id = id});
  std::vector<message> got;
  for (int i = 0; i < 5; ++i) got.push_back(*outcome(c.receive()));
  for (const message& each : got) each.acknowledge();
  for (unsigned id = 1; id <= 5; ++id) EXPECT_EQ(peer.expect(PUBACK).id, id);
}

TEST(hostile_server, says_goodbye_with_a_reason) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.on_state = seen.listener()}));
  raw_peer peer = server.accept();
  peer.welcome();
  peer.send(disconnect_packet{.code = 0x8B, .props = server_properties().text(property::reason_string, "lunch")});
  const state_change gone = seen.expect(client_state::offline);
  EXPECT_EQ(gone.why, mqtt_error_code(reason_code::server_shutting_down));
  EXPECT_EQ(gone.detail, "lunch");
}

TEST(hostile_server, sends_noise) {
  victim v;
  std::mt19937 random(7);
  const std::vector<octets> packets = server_packets();
  for (int round = 0; round < 150; ++round) {
    raw_peer peer = v.server.accept();
    peer.expect(CONNECT);
    if (round % 4 != 0) peer.send(connack_packet{});
    octets noise;
    for (int i = 0; i < 6; ++i) noise.raw(packets[random() % packets.size()]);
    for (int i = 0; i < 4; ++i) noise.set(random() % noise.size(), random() & 0xFFU);
    peer.send(noise);
    peer.close();
  }
  v.expect_recovery();
}

}  // namespace
}  // namespace nanonng::sdk::test
