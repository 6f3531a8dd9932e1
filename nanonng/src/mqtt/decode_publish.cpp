// PUBLISH: the packet that decides how fast the broker is. One pass, nothing allocated, nothing copied.
#include <cstring>

#include "nanonng/mqtt/decoder.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

bool is_text_payload(bytes payload) noexcept {
  // U+0000 is one byte that no other character contains, so the text between two of them can be checked by itself.
  while (!payload.empty()) {
    const void* nul = std::memchr(payload.data(), 0, payload.size());
    const std::size_t size =
        nul == nullptr ? payload.size() : static_cast<std::size_t>(static_cast<const std::byte*>(nul) - payload.data());
    if (!nanolib::is_valid_utf8(payload.first(size))) return false;
    payload = payload.subspan(nul == nullptr ? size : size + 1);
  }
  return true;
}

namespace {

/// What only MQTT 5 has: the properties, a topic that an alias stands for, a payload that says what it is.
[[nodiscard]] reason_code finish_v5(bytes rest, const decode_limits& limits, publish_view& into) noexcept {
  if (!into.topic.empty() && !rest.empty() && rest[0] == std::byte{0}) {  // the usual packet: a topic, no properties
    into.props.reset();
    into.payload = rest.subspan(1);
    return reason_code::success;
  }
  const reason_code fault = decode_properties(rest, property_place::publish, limits, into.props);
  if (fault != reason_code::success) return fault;
  into.payload = rest;
  if (into.topic.empty() && !into.props.has(property_id::topic_alias)) return reason_code::protocol_error;  // §3.3.2.1
  const bool is_text =
      into.props.has(property_id::payload_format_indicator) && into.props.payload_format_indicator == 1;
  if (is_text && !is_text_payload(rest)) return reason_code::payload_format_invalid;
  return reason_code::success;
}

}  // namespace

reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                   publish_view& into) noexcept {
  const unsigned flags = from.flags & 0x0FU;
  // [MQTT-3.3.1-2] [MQTT-3.3.1-4]
  if ((detail::allowed_flags[3] >> flags & 1U) == 0) return reason_code::malformed_packet;
  into.dup = (flags & 8U) != 0;
  into.retain = (flags & 1U) != 0;
  into.qos = static_cast<quality_of_service>(flags >> 1U & 3U);

  wire_reader body(from.body);
  if (!body.take_unchecked_text(into.topic)) return reason_code::malformed_packet;  // [MQTT-3.3.2-1]
  into.packet_identifier = 0;                                                       // [MQTT-2.2.1-2]
  if (into.qos != quality_of_service::at_most_once) {
    if (!body.take_two_bytes(into.packet_identifier)) return reason_code::malformed_packet;
    if (into.packet_identifier == 0) return reason_code::protocol_error;  // [MQTT-2.2.1-3] [MQTT-2.2.1-4]
  }
  const bool is_v5 = version == protocol_version::v5;
  if (!is_v5 || !into.topic.empty()) {
    // [MQTT-3.3.2-1] [MQTT-3.3.2-2]
    const reason_code fault = check_topic(into.topic, limits);
    if (fault != reason_code::success) return fault;
  }
  if (is_v5) {
    if (from.padded_length) return reason_code::malformed_packet;  // [MQTT-1.5.5-1]
    return finish_v5(body.rest(), limits, into);
  }
  into.props.reset();
  into.payload = body.rest();
  return reason_code::success;
}

}  // namespace nanonng::mqtt
