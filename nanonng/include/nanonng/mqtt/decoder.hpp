// Bytes to packets: first the frame, then its contents, each checked completely.
//
// next_frame() finds where a packet ends without looking inside. The decode functions read one frame of a known type and
// check everything that can be checked without knowing the connection's history; what depends on history (identifiers in
// use, aliases, who may send what) is the machines' business.
#pragma once

#include <cstddef>
#include <cstdint>

#include "nanonng/mqtt/packets.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

enum class decode_status : std::uint8_t { done, need_more, error };

/// One whole packet as it lies in the input.
struct frame {
  packet_type type = packet_type::connect;
  std::uint8_t flags = 0;  ///< the lower four bits of the first byte
  /// The length took more bytes than it needs: malformed in MQTT 5 [MQTT-1.5.5-1], where the decode functions refuse it.
  /// The older standards do not forbid it, and next_frame() does not know the version.
  bool padded_length = false;
  bytes body;            ///< what follows the fixed header
  std::size_t size = 0;  ///< fixed header included
};

struct framing {
  decode_status status = decode_status::need_more;
  reason_code reason = reason_code::success;  ///< when status is error: malformed_packet or packet_too_large
  /// When more is needed: how large the whole packet is, or 0 when that cannot be told from what is here.
  /// When done: the same as packet.size.
  std::size_t announced = 0;
  frame packet;
};

namespace detail {

/// Which values the lower four bits of the first byte may have, as bits, by packet type. PUBLISH: neither QoS 3
/// [MQTT-3.3.1-4] nor DUP with QoS 0 [MQTT-3.3.1-2]. PUBREL, SUBSCRIBE and UNSUBSCRIBE: 2, and 10 because 3.1 has a DUP
/// flag there; for the later versions their decoders refuse it [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1].
inline constexpr std::uint16_t allowed_flags[16] = {0x0000, 0x0001, 0x0001, 0x3C3F, 0x0001, 0x0001, 0x0404, 0x0001,
                                                    0x0404, 0x0001, 0x0404, 0x0001, 0x0001, 0x0001, 0x0001, 0x0001};

/// next_frame() for every input but a whole packet with a length of one byte.
[[nodiscard]] framing next_frame_slow(bytes input, std::uint32_t maximum_packet_size) noexcept;

}  // namespace detail

/// Finds the packet at the front of `input`. Checks the type (0 is malformed), the reserved flags [MQTT-2.1.3-1], the
/// length (four bytes at most) and the maximum size; all of that as early as the bytes allow.
/// Shape: a few ns, inline. Spec: MQTT 5.0 §2.1, §1.5.5.
[[nodiscard]] inline framing next_frame(bytes input, std::uint32_t maximum_packet_size) noexcept {
  if (input.size() < 2) return detail::next_frame_slow(input, maximum_packet_size);
  const auto first = std::to_integer<std::uint8_t>(input[0]);
  const std::size_t size = std::to_integer<std::size_t>(input[1]) + 2;
  const bool allowed = (detail::allowed_flags[first >> 4U] >> (first & 0x0FU) & 1U) != 0;
  if (!allowed || size > 129 || size > input.size() || size > maximum_packet_size) {
    return detail::next_frame_slow(input, maximum_packet_size);
  }
  framing found;
  found.status = decode_status::done;
  found.announced = size;
  found.packet.type = static_cast<packet_type>(first >> 4U);
  found.packet.flags = first & 0x0FU;
  found.packet.body = input.subspan(2, size - 2);
  found.packet.size = size;
  return found;
}

// Each returns reason_code::success and fills `into`, or the reason for which the packet is refused: malformed_packet,
// protocol_error, or what the function adds. Bytes left over after the last field are malformed. All strings are checked
// UTF-8. In 3.1 and 3.1.1 the reasons are the same; nobody is told them but the log.

/// Errors: also unsupported_protocol_version (a name or level that is none of ours), client_identifier_not_valid
/// (empty with clean session 0 in 3.1.1, empty in 3.1; longer than 23 characters is accepted in 3.1 like everywhere),
/// topic_name_invalid (will topic), payload_format_invalid (will payload announced as UTF-8 and not).
/// Reads the version from the packet. It is set even when what follows is refused, so that the answer can be written in
/// it; for a level that is none of ours it is the nearest (above 5: 5, else 3.1.1). Spec: §3.1.
[[nodiscard]] reason_code decode(const frame& from, const decode_limits& limits, connect_view& into) noexcept;
[[nodiscard]] reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                                 connack_view& into) noexcept;
/// Errors: also topic_name_invalid, payload_format_invalid (announced as UTF-8 and not, §3.3.2.3.2).
/// A subscription identifier from a client is a matter of direction and accepted here.
[[nodiscard]] reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                                 publish_view& into) noexcept;
/// PUBACK, PUBREC, PUBREL and PUBCOMP, told apart by from.type. Reason codes that the type does not have are
/// protocol_error, and so is the packet identifier 0.
/// Shape: inline for two bytes of body, a few ns.
[[nodiscard]] inline reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                                        acknowledgement_view& into) noexcept;
/// SUBSCRIBE and UNSUBSCRIBE. Errors: also quota_exceeded (more filters than the limit).
/// No entry at all and reserved option bits are protocol_error / malformed_packet as the standard says.
[[nodiscard]] reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                                 subscribe_view& into) noexcept;
/// SUBACK and UNSUBACK.
[[nodiscard]] reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                                 suback_view& into) noexcept;
/// DISCONNECT and AUTH (AUTH before 5.0 is malformed).
[[nodiscard]] reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                                 reason_view& into) noexcept;
/// PINGREQ and PINGRESP: nothing but an empty body.
[[nodiscard]] reason_code decode_ping(const frame& from) noexcept;

namespace detail {

/// decode() for acknowledgements that are not the usual two bytes.
[[nodiscard]] reason_code decode_acknowledgement(const frame& from, protocol_version version,
                                                 const decode_limits& limits, acknowledgement_view& into) noexcept;

}  // namespace detail

inline reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                          acknowledgement_view& into) noexcept {
  const unsigned usual_flags = from.type == packet_type::pubrel ? 2 : 0;
  if (from.body.size() != 2 || from.flags != usual_flags || from.padded_length) {
    return detail::decode_acknowledgement(from, version, limits, into);
  }
  into.packet_identifier = static_cast<std::uint16_t>(std::to_integer<unsigned>(from.body[0]) << 8U |
                                                      std::to_integer<unsigned>(from.body[1]));
  into.reason = reason_code::success;
  into.props.reset();
  return into.packet_identifier == 0 ? reason_code::protocol_error : reason_code::success;
}

}  // namespace nanonng::mqtt
