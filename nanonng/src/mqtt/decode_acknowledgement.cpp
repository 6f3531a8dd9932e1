// PUBACK, PUBREC, PUBREL and PUBCOMP with more than an identifier.
#include "nanonng/mqtt/decoder.hpp"
#include "reason_sets.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

namespace {

struct kind {
  property_place place;
  const reason_set* reasons;
  unsigned flags;
};

[[nodiscard]] kind kind_of(packet_type type) noexcept {
  switch (type) {
    case packet_type::puback:
      return {property_place::puback, &puback_reasons, 0};
    case packet_type::pubrec:
      return {property_place::pubrec, &puback_reasons, 0};
    case packet_type::pubrel:
      return {property_place::pubrel, &pubrel_reasons, 2};
    default:
      return {property_place::pubcomp, &pubrel_reasons, 0};
  }
}

[[nodiscard]] bool are_flags_allowed(const frame& from, unsigned usual, protocol_version version) noexcept {
  if (from.flags == usual) return true;
  // In 3.1 a PUBREL that is sent again says so. [MQTT-3.6.1-1]
  return version == protocol_version::v3_1 && from.type == packet_type::pubrel && from.flags == (usual | 8U);
}

}  // namespace

reason_code detail::decode_acknowledgement(const frame& from, protocol_version version, const decode_limits& limits,
                                           acknowledgement_view& into) noexcept {
  const kind expected = kind_of(from.type);
  if (!are_flags_allowed(from, expected.flags, version)) return reason_code::malformed_packet;
  wire_reader body(from.body);
  into.reason = reason_code::success;
  into.props.reset();
  if (!body.take_two_bytes(into.packet_identifier)) return reason_code::malformed_packet;
  if (into.packet_identifier == 0) return reason_code::protocol_error;
  if (version != protocol_version::v5) return body.at_end() ? reason_code::success : reason_code::malformed_packet;

  if (from.padded_length) return reason_code::malformed_packet;  // [MQTT-1.5.5-1]
  if (body.at_end()) return reason_code::success;                // §3.4.2.1: no reason code is success
  std::uint32_t code = 0;
  if (!body.take_byte(code)) return reason_code::malformed_packet;
  // [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]
  if (!expected.reasons->contains(code)) return reason_code::protocol_error;
  into.reason = static_cast<reason_code>(code);
  if (body.at_end()) return reason_code::success;  // §3.4.2.2.1: no length is an empty block
  bytes rest = body.rest();
  const reason_code fault = decode_properties(rest, expected.place, limits, into.props);
  if (fault != reason_code::success) return fault;
  return rest.empty() ? reason_code::success : reason_code::malformed_packet;
}

}  // namespace nanonng::mqtt
