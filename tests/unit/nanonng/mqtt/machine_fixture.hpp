// A server machine and packets for it, in every version.
#pragma once

#include <chrono>
#include <deque>
#include <string_view>

#include "nanonng/mqtt/server_machine.hpp"
#include "wire.hpp"

namespace nanonng::mqtt::testing {

inline constexpr nanolib::instant start{std::chrono::seconds(1000)};
using std::chrono::seconds;

struct connect_script {
  protocol_version version = protocol_version::v5;
  std::uint16_t keep_alive_s = 60;
  bool clean = true;
  octets properties = {};  ///< without their length
};

[[nodiscard]] inline octets connect_bytes(const connect_script& from) {
  const bool old = from.version == protocol_version::v3_1;
  const auto high = static_cast<std::uint8_t>(from.keep_alive_s >> 8U);
  const auto low = static_cast<std::uint8_t>(from.keep_alive_s & 0xFFU);
  const octets fixed{static_cast<std::uint8_t>(from.version), static_cast<std::uint8_t>(from.clean ? 2 : 0), high, low};
  const octets props = from.version == protocol_version::v5 ? block(from.properties) : octets{};
  return packet(0x10, join({text(old ? "MQIsdp" : "MQTT"), fixed, props, text("client")}));
}

[[nodiscard]] inline octets publish_bytes(protocol_version version, unsigned qos, std::uint16_t identifier,
                                          std::string_view topic, const octets& properties = {}) {
  octets body = text(topic);
  if (qos > 0) {
    body = join({body, {static_cast<std::uint8_t>(identifier >> 8U), static_cast<std::uint8_t>(identifier & 0xFFU)}});
  }
  if (version == protocol_version::v5) body = join({body, block(properties)});
  return packet(static_cast<std::uint8_t>(0x30U | qos << 1U), body);
}

/// An acknowledgement of two bytes: 0x40 PUBACK, 0x50 PUBREC, 0x62 PUBREL, 0x70 PUBCOMP.
[[nodiscard]] inline octets acknowledgement_bytes(std::uint8_t first, std::uint16_t identifier) {
  return packet(first, {static_cast<std::uint8_t>(identifier >> 8U), static_cast<std::uint8_t>(identifier & 0xFFU)});
}

struct server_machine_test : ::testing::Test {
  /// One packet as it would come from the network.
  action feed(const octets& wire, nanolib::instant now = start) {
    kept.emplace_back(wire);
    const framing found = next_frame(kept.back().view(), machine.maximum_packet_size());
    if (found.status != decode_status::done) return machine.reject(found.reason);
    return machine.receive(found.packet, now, into);
  }
  /// CONNECT, and the acceptance.
  void open(const connect_script& with = {}, nanolib::instant now = start) {
    const action answer = feed(connect_bytes(with), now);
    ASSERT_EQ(answer.what, action::kind::open) << answer.why;
    machine.accept(into.connect, unreleased, now);
  }
  /// The reason for which a packet is refused; success when it is not.
  reason_code refusal(const octets& wire) {
    const action answer = feed(wire);
    EXPECT_EQ(answer.what == action::kind::fail, is_error(answer.reason) && !answer.why.empty());
    return answer.what == action::kind::fail ? answer.reason : reason_code::success;
  }

  server_settings settings;
  nanolib::identifier_set unreleased;
  incoming into;
  std::deque<exact> kept;
  server_machine machine{settings, start};
};

struct server_machine_versions : server_machine_test, ::testing::WithParamInterface<protocol_version> {
  static protocol_version version() { return GetParam(); }
  static bool is_v5() { return GetParam() == protocol_version::v5; }
};

}  // namespace nanonng::mqtt::testing
