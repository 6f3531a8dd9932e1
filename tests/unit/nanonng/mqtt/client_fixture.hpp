// A client machine, its session over several connections, and a server that is a script.
#pragma once

#include <optional>
#include <string>

#include "machine_fixture.hpp"
#include "nanonng/mqtt/client_machine.hpp"

namespace nanonng::mqtt::testing {

/// `code` is a reason code in 5.0 and a return code before.
[[nodiscard]] inline octets connack_bytes(protocol_version version, bool present = false, std::uint8_t code = 0,
                                          const octets& properties = {}) {
  const octets head{static_cast<std::uint8_t>(present ? 1 : 0), code};
  return packet(0x20, join({head, version == protocol_version::v5 ? block(properties) : octets{}}));
}

/// SUBACK (0x90) or UNSUBACK (0xB0).
[[nodiscard]] inline octets suback_bytes(std::uint8_t first, protocol_version version, std::uint16_t identifier,
                                         const octets& reasons) {
  const octets head{static_cast<std::uint8_t>(identifier >> 8U), static_cast<std::uint8_t>(identifier & 0xFFU)};
  return packet(first, join({head, version == protocol_version::v5 ? octets{0x00} : octets{}, reasons}));
}

/// The first byte and the identifier, then a reason code.
[[nodiscard]] inline octets acknowledgement_bytes(std::uint8_t first, std::uint16_t identifier, reason_code reason) {
  return packet(first, {static_cast<std::uint8_t>(identifier >> 8U), static_cast<std::uint8_t>(identifier & 0xFFU),
                        static_cast<std::uint8_t>(reason)});
}

struct client_machine_test : ::testing::Test {
  /// A connection begins: CONNECT as it is sent.
  octets connect(nanolib::instant now = start) {
    machine.emplace(settings, session);
    buffer out;
    const auto refusal = machine->connect(options, now, out);
    EXPECT_FALSE(refusal.is_refusal()) << refusal.why;
    return written(out);
  }
  /// One packet as it would come from the network.
  client_action feed(const octets& wire, nanolib::instant now = start) {
    kept.emplace_back(wire);
    const framing found = next_frame(kept.back().view(), machine->maximum_packet_size());
    if (found.status != decode_status::done) return machine->reject(found.reason);
    return machine->receive(found.packet, now, into);
  }
  /// A connection begins and is accepted.
  void open(const octets& connack_properties = {}, bool present = false) {
    static_cast<void>(connect());
    const client_action action = feed(connack_bytes(options.packet.version, present, 0, connack_properties));
    ASSERT_EQ(action.what, client_action::kind::opened) << action.why;
  }
  /// The connection goes and another one comes.
  void reopen(bool present) {
    machine->disconnected();
    options.packet.clean_start = !present;
    open({}, present);
  }
  /// The reason for which a packet is refused; success when it is not.
  reason_code refusal(const octets& wire) {
    const client_action action = feed(wire);
    EXPECT_EQ(action.what == client_action::kind::fail, is_error(action.reason) && !action.why.empty());
    return action.what == client_action::kind::fail ? action.reason : reason_code::success;
  }
  /// What the machine has to say by itself.
  octets answers() {
    std::byte room[64];
    octets all;
    while (machine->has_answers()) {
      const std::size_t size = machine->write_answers(room);
      EXPECT_GT(size, 0U);
      all = join({all, written(bytes(room, size))});
    }
    return all;
  }
  /// A wish to publish; the bytes are in `sent` when it was permitted.
  permit publish(unsigned qos, request_token token = 0, std::string_view topic = "t") {
    outgoing_publish packet;
    packet.topic = topic;
    packet.qos = static_cast<quality_of_service>(qos);
    return publish(packet, token);
  }
  permit publish(outgoing_publish packet, request_token token = 0) {
    const permit allowed = machine->publish(packet, token);
    write(packet, allowed);
    return allowed;
  }
  permit publish_again(const owed_publish& owed, std::string_view topic = "t") {
    outgoing_publish packet;
    packet.topic = topic;
    const permit allowed = machine->publish_again(packet, owed);
    write(packet, allowed);
    return allowed;
  }
  void write(const outgoing_publish& packet, const permit& allowed) {
    sent.clear();
    if (allowed.what != permit::kind::send) return;
    EXPECT_EQ(allowed.size.total, size_of(packet, machine->version()).total);
    buffer out;
    encode_publish_into(out, packet, machine->version());
    sent = written(out);
  }
  permit subscribe(std::string_view filter, request_token token = 0, const octets& properties = {}) {
    const subscription_request entry{.filter = filter};
    const exact memory(properties);
    buffer out;
    const permit allowed = machine->subscribe({&entry, 1}, memory.view(), token, out);
    sent = written(out);
    return allowed;
  }
  permit unsubscribe(std::string_view filter, request_token token = 0) {
    buffer out;
    const permit allowed = machine->unsubscribe({&filter, 1}, {}, token, out);
    sent = written(out);
    return allowed;
  }
  /// Everything that next_owed() says, published again as far as it is to be.
  std::vector<owed_publish> resume() {
    std::vector<owed_publish> all;
    owed_publish owed;
    while (machine->next_owed(owed)) {
      all.push_back(owed);
      if (owed.what == owed_publish::kind::publish) {
        EXPECT_EQ(publish_again(owed).what, permit::kind::send);
      }
    }
    return all;
  }

  client_settings settings;
  connect_options options = default_options();
  client_session session;
  client_incoming into;
  std::deque<exact> kept;
  std::optional<client_machine> machine;
  octets sent;

 private:
  static connect_options default_options() {
    connect_options made;
    made.packet.client_id = "client";
    made.packet.keep_alive_s = 60;
    return made;
  }
};

struct client_machine_versions : client_machine_test, ::testing::WithParamInterface<protocol_version> {
  client_machine_versions() { options.packet.version = version(); }
  static protocol_version version() { return GetParam(); }
  static bool is_v5() { return GetParam() == protocol_version::v5; }
  /// A session that the server keeps, in 3.1 too, which does not tell.
  void reopen(bool present) {
    machine->disconnected();
    options.packet.clean_start = !present;
    open({}, present && version() != protocol_version::v3_1);
  }
};

}  // namespace nanonng::mqtt::testing

namespace nanonng::mqtt {

inline void PrintTo(client_action::kind kind, std::ostream* out) {
  static constexpr const char* names[] = {"nothing",       "opened",    "refused",    "deliver",      "repeat",
                                          "recorded",      "completed", "subscribed", "unsubscribed", "challenge",
                                          "authenticated", "ended",     "ignored",    "fail"};
  *out << names[static_cast<unsigned>(kind)];
}

}  // namespace nanonng::mqtt
