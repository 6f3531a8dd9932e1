// Packets to bytes. The caller provides the room: ask for the size, then encode into it.
//
// PUBLISH and the acknowledgements are the hot path and are encoded without any intermediate form; the rest goes through
// property_writer into a buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nanonng/mqtt/packets.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// A PUBLISH as it is sent to one receiver.
struct outgoing_publish {
  std::string_view topic;  ///< empty when the alias alone says it
  bytes properties;        ///< forwarded block, MQTT 5 wire form; ignored for 3.x
  bytes payload;
  std::span<const std::uint32_t> subscription_identifiers;
  std::uint32_t message_expiry_interval_s = 0;
  bool has_message_expiry = false;
  bool dup = false;
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
};

/// Shape: inline, a few ns.
[[nodiscard]] publish_size size_of(const outgoing_publish& packet, protocol_version version) noexcept;
/// Writes `size.head` bytes; the payload follows from wherever it is.
void encode_head_into(std::byte* out, const outgoing_publish& packet, const publish_size& size,
                      protocol_version version) noexcept;

/// The largest acknowledgement without properties.
inline constexpr std::size_t acknowledgement_room = 6;
/// PUBACK, PUBREC, PUBREL or PUBCOMP without properties. Returns the bytes written (4, or 5 with an MQTT 5 reason other
/// than success).
std::size_t encode_acknowledgement_into(std::byte* out, packet_type type, std::uint16_t packet_identifier,
                                        reason_code reason, protocol_version version) noexcept;

/// Collects a block of properties in wire form, without its length.
class property_writer {
 public:
  void byte(property_id id, std::uint8_t value);
  void two_byte(property_id id, std::uint16_t value);
  void four_byte(property_id id, std::uint32_t value);
  void variable_byte(property_id id, std::uint32_t value);
  /// Text longer than 65 535 bytes is cut at a character.
  void text(property_id id, std::string_view value);
  void binary(property_id id, bytes value);
  void text_pair(property_id id, std::string_view name, std::string_view value);
  /// Bytes that are a well-formed block already.
  void raw(bytes block);
  [[nodiscard]] bytes block() const noexcept { return block_; }
  void clear() noexcept { block_.clear(); }

 private:
  std::vector<std::byte> block_;
};

// Each appends one packet. `block` is a property block in wire form, ignored for 3.x. The client's side of the protocol
// is here too: the SDK and the tests use it.
using buffer = std::vector<std::byte>;

void encode_into(buffer& out, const connect_view& packet, bytes block, bytes will_block);
void encode_connack_into(buffer& out, bool session_present, reason_code reason, protocol_version version, bytes block);
void encode_publish_into(buffer& out, const outgoing_publish& packet, protocol_version version);
void encode_acknowledgement_into(buffer& out, packet_type type, std::uint16_t packet_identifier, reason_code reason,
                                 protocol_version version, bytes block);
void encode_subscribe_into(buffer& out, std::uint16_t packet_identifier,
                           std::span<const subscription_request> entries, protocol_version version, bytes block);
void encode_unsubscribe_into(buffer& out, std::uint16_t packet_identifier, std::span<const std::string_view> filters,
                             protocol_version version, bytes block);
/// SUBACK or UNSUBACK (a 3.x UNSUBACK has no reasons; a 3.x SUBACK says 0x80 for every error).
void encode_suback_into(buffer& out, packet_type type, std::uint16_t packet_identifier,
                        std::span<const reason_code> reasons, protocol_version version, bytes block);
void encode_ping_into(buffer& out, packet_type type);
/// DISCONNECT, or AUTH.
void encode_reason_into(buffer& out, packet_type type, reason_code reason, protocol_version version, bytes block);

/// The block that travels on with a message: `from` without message expiry interval, topic alias and subscription
/// identifiers. Returns `from.raw` itself when it has none of them, else a copy made in `scratch`.
[[nodiscard]] bytes forwarded_properties(const properties& from, buffer& scratch);

}  // namespace nanonng::mqtt
