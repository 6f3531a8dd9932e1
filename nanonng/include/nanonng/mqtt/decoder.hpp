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
  bytes body;              ///< what follows the fixed header
  std::size_t size = 0;    ///< fixed header included
};

struct framing {
  decode_status status = decode_status::need_more;
  reason_code reason = reason_code::success;  ///< when status is error: malformed_packet or packet_too_large
  /// When more is needed: how large the whole packet is, or 0 when that cannot be told from what is here.
  std::size_t announced = 0;
  frame packet;
};

/// Finds the packet at the front of `input`. Checks the type (0 is malformed), the reserved flags [MQTT-2.1.3-1], the
/// length (four bytes at most) and the maximum size; all of that as early as the bytes allow.
/// Shape: a few ns. Spec: MQTT 5.0 §2.1, §1.5.5.
[[nodiscard]] framing next_frame(bytes input, std::uint32_t maximum_packet_size) noexcept;

// Each returns reason_code::success and fills `into`, or the reason for which the packet is refused: malformed_packet,
// protocol_error, or what the function adds. Bytes left over after the last field are malformed. All strings are checked
// UTF-8. In 3.1 and 3.1.1 the reasons are the same; nobody is told them but the log.

/// Errors: also unsupported_protocol_version (a name or level that is none of ours), client_identifier_not_valid
/// (empty with clean session 0 in 3.1.1, empty in 3.1; longer than 23 characters is accepted in 3.1 like everywhere),
/// topic_name_invalid (will topic), payload_format_invalid (will payload announced as UTF-8 and not).
/// Reads the version from the packet. Spec: §3.1 [MQTT-3.1.2-1] to [MQTT-3.1.3-…].
[[nodiscard]] reason_code decode(const frame& from, const decode_limits& limits, connect_view& into) noexcept;
[[nodiscard]] reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                                 connack_view& into) noexcept;
/// Errors: also topic_name_invalid, payload_format_invalid (announced as UTF-8 and not [MQTT-3.3.2-4]).
/// A subscription identifier from a client is a matter of direction and accepted here.
[[nodiscard]] reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
                                 publish_view& into) noexcept;
/// PUBACK, PUBREC, PUBREL and PUBCOMP, told apart by from.type. Reason codes that the type does not have are
/// protocol_error.
[[nodiscard]] reason_code decode(const frame& from, protocol_version version, const decode_limits& limits,
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

}  // namespace nanonng::mqtt
