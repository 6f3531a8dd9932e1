// SUBACK and UNSUBACK, as a client reads them.
#include <algorithm>

#include "nanonng/mqtt/decoder.hpp"
#include "reason_sets.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

namespace {

/// One code per filter, each of them one that the packet may carry. Spec: [MQTT-3.8.4-6] [MQTT-3.9.3-2] [MQTT-3.11.3-2].
[[nodiscard]] reason_code check_reasons(bytes reasons, const reason_set& allowed) noexcept {
  if (reasons.empty()) return reason_code::protocol_error;
  const bool all = std::ranges::all_of(
      reasons, [&allowed](std::byte code) { return allowed.contains(std::to_integer<std::uint32_t>(code)); });
  return all ? reason_code::success : reason_code::protocol_error;
}

}  // namespace

reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                   suback_view& into) noexcept {
  wire_reader body(from.body);
  const bool is_suback = from.type == packet_type::suback;
  into.props.reset();
  into.reasons = {};
  if (!body.take_two_bytes(into.packet_identifier)) return reason_code::malformed_packet;
  if (into.packet_identifier == 0) return reason_code::protocol_error;
  if (version != protocol_version::v5) {
    into.reasons = body.rest();
    if (is_suback) return check_reasons(into.reasons, old_suback_reasons);
    return body.at_end() ? reason_code::success : reason_code::malformed_packet;
  }

  if (from.padded_length) return reason_code::malformed_packet;  // [MQTT-1.5.5-1]
  bytes rest = body.rest();
  const property_place place = is_suback ? property_place::suback : property_place::unsuback;
  const reason_code fault = decode_properties(rest, place, limits, into.props);
  if (fault != reason_code::success) return fault;
  into.reasons = rest;
  return check_reasons(rest, is_suback ? suback_reasons : unsuback_reasons);
}

}  // namespace nanonng::mqtt
