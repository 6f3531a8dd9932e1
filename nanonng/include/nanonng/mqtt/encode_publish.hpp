// The hot half of the encoder: PUBLISH and plain acknowledgements, written straight into the room that the caller has.
//
// Inline, because it runs once per delivery: sizes first, so that the caller can compare with Maximum Packet Size and
// reserve, then the bytes before the payload. Nothing is allocated and nothing is checked that the caller has checked:
// topic and identifiers are what a decoder accepted.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>

#include "nanonng/mqtt/properties.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// A PUBLISH as it is sent to one receiver.
struct outgoing_publish {
  std::string_view topic;  ///< at most 65 535 bytes; empty when the alias alone says it
  bytes properties;        ///< forwarded block, MQTT 5 wire form; ignored for 3.x
  bytes payload;
  std::span<const std::uint32_t> subscription_identifiers;
  std::uint32_t message_expiry_interval_s = 0;
  bool has_message_expiry = false;
  bool dup = false;  ///< not written with QoS 0 [MQTT-3.3.1-2]
  bool retain = false;
  quality_of_service qos = quality_of_service::at_most_once;
  std::uint16_t packet_identifier = 0;
  std::uint16_t topic_alias = 0;  ///< 0: none
};

/// The sizes of an encoded PUBLISH. `head` is everything before the payload.
struct publish_size {
  std::uint32_t remaining_length = 0;
  std::uint32_t properties_length = 0;
  std::uint32_t head = 0;   ///< bytes before the payload, fixed header included
  std::uint32_t total = 0;  ///< head and payload; what Maximum Packet Size is compared with

  /// False when no length of four bytes says it: such a packet can't be sent to anybody.
  [[nodiscard]] bool fits() const noexcept { return remaining_length <= 268'435'455; }
};

namespace detail {

/// How many bytes a variable byte integer takes.
[[nodiscard]] constexpr std::uint32_t variable_size(std::uint32_t value) noexcept {
  return value < 0x80 ? 1U : value < 0x4000 ? 2U : value < 0x20'0000 ? 3U : 4U;
}

// Each writes one thing and returns what lies behind it.

[[nodiscard]] inline std::byte* put_byte(std::byte* out, std::uint32_t value) noexcept {
  *out = static_cast<std::byte>(value);
  return out + 1;
}
[[nodiscard]] inline std::byte* put_two_bytes(std::byte* out, std::uint32_t value) noexcept {
  return put_byte(put_byte(out, value >> 8U & 0xFFU), value & 0xFFU);
}
[[nodiscard]] inline std::byte* put_four_bytes(std::byte* out, std::uint32_t value) noexcept {
  return put_two_bytes(put_two_bytes(out, value >> 16U), value & 0xFFFFU);
}
/// In the fewest bytes [MQTT-1.5.5-1].
[[nodiscard]] inline std::byte* put_variable(std::byte* out, std::uint32_t value) noexcept {
  while (value >= 0x80) {
    out = put_byte(out, (value & 0x7FU) | 0x80U);
    value >>= 7U;
  }
  return put_byte(out, value);
}
[[nodiscard]] inline std::byte* put_bytes(std::byte* out, bytes data) noexcept {
  if (!data.empty()) std::memcpy(out, data.data(), data.size());
  return out + data.size();
}
[[nodiscard]] inline std::byte* put_property(std::byte* out, property_id id) noexcept {
  return put_byte(out, static_cast<std::uint32_t>(id));
}

[[nodiscard]] inline std::uint64_t properties_size(const outgoing_publish& packet) noexcept {
  std::uint64_t size = packet.properties.size();
  if (packet.has_message_expiry) size += 5;
  if (packet.topic_alias != 0) size += 3;
  for (const std::uint32_t id : packet.subscription_identifiers) size += 1 + variable_size(id);
  return size;
}

[[nodiscard]] inline std::byte* put_properties(std::byte* out, const outgoing_publish& packet,
                                               std::uint32_t length) noexcept {
  out = put_variable(out, length);  // [MQTT-2.2.2-1]
  if (length == 0) return out;
  if (packet.topic_alias != 0) out = put_two_bytes(put_property(out, property_id::topic_alias), packet.topic_alias);
  if (packet.has_message_expiry) {
    out = put_four_bytes(put_property(out, property_id::message_expiry_interval), packet.message_expiry_interval_s);
  }
  for (const std::uint32_t id : packet.subscription_identifiers) {
    out = put_variable(put_property(out, property_id::subscription_identifier), id);
  }
  return put_bytes(out, packet.properties);
}

[[nodiscard]] constexpr std::uint32_t saturate(std::uint64_t size) noexcept {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(size, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace detail

/// Sizes beyond 32 bits are answered with the largest: check fits() where a payload may be as large as that.
/// Shape: inline, a few ns.
[[nodiscard]] inline publish_size size_of(const outgoing_publish& packet, protocol_version version) noexcept {
  std::uint64_t before_payload = 2 + packet.topic.size();
  if (packet.qos != quality_of_service::at_most_once) before_payload += 2;
  publish_size size;
  if (version == protocol_version::v5) {
    size.properties_length = detail::saturate(detail::properties_size(packet));
    before_payload += std::uint64_t{size.properties_length} + detail::variable_size(size.properties_length);
  }
  const std::uint64_t remaining = before_payload + packet.payload.size();
  size.remaining_length = detail::saturate(remaining);
  const std::uint32_t fixed_header = 1 + detail::variable_size(size.remaining_length);
  size.head = detail::saturate(fixed_header + before_payload);
  size.total = detail::saturate(fixed_header + remaining);
  return size;
}

/// Writes `size.head` bytes; the payload follows from wherever it is. `size` is what size_of() said and fits().
inline void encode_head_into(std::byte* out, const outgoing_publish& packet, const publish_size& size,
                             protocol_version version) noexcept {
  const bool counted = packet.qos != quality_of_service::at_most_once;
  const std::uint32_t dup = packet.dup && counted ? 8U : 0U;  // [MQTT-4.3.1-1]
  const std::uint32_t qos = static_cast<std::uint32_t>(packet.qos) << 1U;
  const std::uint32_t retain = packet.retain ? 1U : 0U;
  out = detail::put_byte(out, 0x30U | dup | qos | retain);
  out = detail::put_variable(out, size.remaining_length);
  out = detail::put_two_bytes(out, static_cast<std::uint32_t>(packet.topic.size()));
  out = detail::put_bytes(out, nanolib::as_bytes(packet.topic));
  if (counted) out = detail::put_two_bytes(out, packet.packet_identifier);
  if (version == protocol_version::v5) static_cast<void>(detail::put_properties(out, packet, size.properties_length));
}

/// The largest acknowledgement without properties.
inline constexpr std::size_t acknowledgement_room = 6;

/// PUBACK, PUBREC, PUBREL or PUBCOMP without properties. Returns the bytes written (4, or 5 with an MQTT 5 reason other
/// than success). Shape: inline, a few ns.
inline std::size_t encode_acknowledgement_into(std::byte* out, packet_type type, std::uint16_t packet_identifier,
                                               reason_code reason, protocol_version version) noexcept {
  const bool tells = version == protocol_version::v5 && reason != reason_code::success;
  const std::uint32_t flags = type == packet_type::pubrel ? 2U : 0U;  // [MQTT-3.6.1-1]
  out = detail::put_byte(out, static_cast<std::uint32_t>(type) << 4U | flags);
  out = detail::put_byte(out, tells ? 3U : 2U);
  out = detail::put_two_bytes(out, packet_identifier);
  if (tells) *out = static_cast<std::byte>(reason);
  return tells ? 5 : 4;
}

}  // namespace nanonng::mqtt
