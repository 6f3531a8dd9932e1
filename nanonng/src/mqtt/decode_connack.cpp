// CONNACK, as a client reads it.
#include "nanonng/mqtt/decoder.hpp"
#include "reason_sets.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

namespace {

/// The return codes 0 to 5. Spec: MQTT 3.1.1 §3.2.2.3.
constexpr reason_code return_codes[] = {
    reason_code::success,
    reason_code::unsupported_protocol_version,
    reason_code::client_identifier_not_valid,
    reason_code::server_unavailable,
    reason_code::bad_user_name_or_password,
    reason_code::not_authorized,
};

[[nodiscard]] bool take_reason(std::uint32_t code, protocol_version version, reason_code& into) noexcept {
  if (version == protocol_version::v5) {
    into = static_cast<reason_code>(code);
    return connack_reasons.contains(code);  // [MQTT-3.2.2-8]
  }
  if (code >= std::size(return_codes)) return false;
  into = return_codes[code];
  return true;
}

}  // namespace

reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                   connack_view& into) noexcept {
  wire_reader body(from.body);
  into.props.reset();
  std::uint32_t flags = 0;
  std::uint32_t code = 0;
  if (!body.take_byte(flags) || !body.take_byte(code)) return reason_code::malformed_packet;
  if (version == protocol_version::v3_1) flags = 0;                // reserved there, and not said to be 0
  if ((flags & 0xFEU) != 0) return reason_code::malformed_packet;  // [MQTT-3.2.2-1]
  into.session_present = flags != 0;
  if (!take_reason(code, version, into.reason)) return reason_code::protocol_error;
  if (into.session_present && code != 0) return reason_code::protocol_error;  // [MQTT-3.2.2-6]
  if (version != protocol_version::v5) return body.at_end() ? reason_code::success : reason_code::malformed_packet;

  if (from.padded_length) return reason_code::malformed_packet;  // [MQTT-1.5.5-1]
  bytes rest = body.rest();
  const reason_code fault = decode_properties(rest, property_place::connack, limits, into.props);
  if (fault != reason_code::success) return fault;
  return rest.empty() ? reason_code::success : reason_code::malformed_packet;
}

}  // namespace nanonng::mqtt
