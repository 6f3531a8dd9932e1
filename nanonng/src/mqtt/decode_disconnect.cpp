// DISCONNECT and AUTH, and the pings that have nothing to decode.
#include "nanonng/mqtt/decoder.hpp"
#include "reason_sets.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

namespace {

[[nodiscard]] reason_code decode_block(bytes rest, property_place place, const decode_limits& limits,
                                       properties& into) noexcept {
  const reason_code fault = decode_properties(rest, place, limits, into);
  if (fault != reason_code::success) return fault;
  return rest.empty() ? reason_code::success : reason_code::malformed_packet;
}

[[nodiscard]] reason_code decode_disconnect(wire_reader body, const decode_limits& limits, reason_view& into) noexcept {
  std::uint32_t code = 0;
  if (!body.take_byte(code)) return reason_code::malformed_packet;
  if (!disconnect_reasons.contains(code)) return reason_code::protocol_error;  // [MQTT-3.14.2-1]
  into.reason = static_cast<reason_code>(code);
  if (body.at_end()) return reason_code::success;  // §3.14.2.2.1: no length is an empty block
  return decode_block(body.rest(), property_place::disconnect, limits, into.props);
}

/// Unlike DISCONNECT the reason doesn't come without a block, and the block not without a method (§3.15.2.2.2).
[[nodiscard]] reason_code decode_auth(wire_reader body, const decode_limits& limits, reason_view& into) noexcept {
  std::uint32_t code = 0;
  if (!body.take_byte(code)) return reason_code::malformed_packet;
  if (!auth_reasons.contains(code)) return reason_code::protocol_error;  // [MQTT-3.15.2-1]
  into.reason = static_cast<reason_code>(code);
  const reason_code fault = decode_block(body.rest(), property_place::auth, limits, into.props);
  if (fault != reason_code::success) return fault;
  return into.props.has(property_id::authentication_method) ? reason_code::success : reason_code::protocol_error;
}

}  // namespace

reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                   reason_view& into) noexcept {
  into.reason = reason_code::success;
  into.props.reset();
  const bool is_auth = from.type == packet_type::auth;
  if (version != protocol_version::v5) {
    return !is_auth && from.body.empty() ? reason_code::success : reason_code::malformed_packet;
  }
  if (from.padded_length) return reason_code::malformed_packet;  // [MQTT-1.5.5-1]
  if (from.body.empty()) return reason_code::success;            // §3.14.2.1, §3.15.2.1
  const wire_reader body(from.body);
  return is_auth ? decode_auth(body, limits, into) : decode_disconnect(body, limits, into);
}

reason_code decode_ping(const frame& from) noexcept {
  return from.body.empty() ? reason_code::success : reason_code::malformed_packet;
}

}  // namespace nanonng::mqtt
