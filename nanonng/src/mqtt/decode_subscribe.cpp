// SUBSCRIBE and UNSUBSCRIBE, and the reader of their entries.
#include "nanonng/mqtt/decoder.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

namespace {

/// Checks the options byte behind a filter. Spec: §3.8.3.1; 3.1.1 [MQTT-3.8.3-4].
[[nodiscard]] reason_code check_options(std::uint32_t options, protocol_version version) noexcept {
  const bool is_v5 = version == protocol_version::v5;
  const std::uint32_t reserved = is_v5 ? 0xC0U : 0xFCU;
  if ((options & reserved) != 0) return reason_code::malformed_packet;  // [MQTT-3.8.3-5]
  if ((options & 3U) == 3) return is_v5 ? reason_code::protocol_error : reason_code::malformed_packet;
  if ((options >> 4U & 3U) == 3) return reason_code::protocol_error;
  return reason_code::success;
}

[[nodiscard]] reason_code check_entries(protocol_version version, const decode_limits& limits,
                                        subscribe_view& into) noexcept {
  wire_reader entries(into.entries);
  if (entries.at_end()) return reason_code::protocol_error;  // [MQTT-3.8.3-2] [MQTT-3.10.3-2]
  while (!entries.at_end()) {
    std::string_view filter;
    if (!entries.take_text(filter)) return reason_code::malformed_packet;  // [MQTT-3.8.3-1] [MQTT-3.10.3-1]
    if (into.with_options) {
      std::uint32_t options = 0;
      if (!entries.take_byte(options)) return reason_code::malformed_packet;
      const reason_code fault = check_options(options, version);
      if (fault != reason_code::success) return fault;
    }
    if (++into.count > limits.maximum_filters) return reason_code::quota_exceeded;
  }
  return reason_code::success;
}

}  // namespace

reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                   subscribe_view& into) noexcept {
  const bool is_v5 = version == protocol_version::v5;
  // [MQTT-3.8.1-1] [MQTT-3.10.1-1]; in 3.1 one that is sent again says so.
  const bool is_3_1_dup = version == protocol_version::v3_1 && from.flags == 10;
  if (from.flags != 2 && !is_3_1_dup) return reason_code::malformed_packet;
  if (is_v5 && from.padded_length) return reason_code::malformed_packet;  // [MQTT-1.5.5-1]

  wire_reader body(from.body);
  into.with_options = from.type == packet_type::subscribe;
  into.count = 0;
  into.props.reset();
  if (!body.take_two_bytes(into.packet_identifier)) return reason_code::malformed_packet;
  if (into.packet_identifier == 0) return reason_code::protocol_error;  // [MQTT-2.2.1-3]
  bytes rest = body.rest();
  if (is_v5) {
    const property_place place = into.with_options ? property_place::subscribe : property_place::unsubscribe;
    const reason_code fault = decode_properties(rest, place, limits, into.props);
    if (fault != reason_code::success) return fault;
  }
  into.entries = rest;
  return check_entries(version, limits, into);
}

bool subscription_reader::next(subscription_request& into) noexcept {
  wire_reader entries(rest_);
  std::uint32_t options = 0;
  if (!entries.take_unchecked_text(into.filter)) return false;
  if (with_options_ && !entries.take_byte(options)) return false;
  into.qos = static_cast<quality_of_service>(options & 3U);
  into.no_local = (options & 4U) != 0;
  into.retain_as_published = (options & 8U) != 0;
  into.retain_handling = static_cast<std::uint8_t>(options >> 4U & 3U);
  rest_ = entries.rest();
  return true;
}

}  // namespace nanonng::mqtt
