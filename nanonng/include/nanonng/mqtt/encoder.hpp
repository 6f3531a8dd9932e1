// Packets to bytes.
//
// PUBLISH and the acknowledgements are the hot path: encode_publish.hpp writes them into room that the caller provides,
// without any intermediate form. The rest is here and goes through property_writer into a buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nanonng/mqtt/encode_publish.hpp"
#include "nanonng/mqtt/packets.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// Collects a block of properties in wire form, without its length. Keeps no state but the bytes: that a property stands
/// where it may, once, is the caller's business.
/// Thread: externally synchronised.
class property_writer {
 public:
  // Each appends one property; the name says the type that `id` has in the table.
  void byte(property_id id, std::uint8_t value);
  void two_byte(property_id id, std::uint16_t value);
  void four_byte(property_id id, std::uint32_t value);
  void variable_byte(property_id id, std::uint32_t value);
  /// Text longer than 65 535 bytes is cut at a character; so are the two of a pair.
  void text(property_id id, std::string_view value);
  /// Bytes beyond 65 535 are cut off.
  void binary(property_id id, bytes value);
  void text_pair(property_id id, std::string_view name, std::string_view value);
  /// Bytes that are a well-formed block already.
  void raw(bytes block);
  [[nodiscard]] bytes block() const noexcept { return block_; }
  void clear() noexcept { block_.clear(); }

 private:
  std::vector<std::byte> block_;
};

/// Where the functions below append.
using buffer = std::vector<std::byte>;

// Each appends one packet, or nothing when it would be larger than a length of four bytes can say. `block` is a property
// block in wire form, ignored for 3.x. Strings longer than 65 535 bytes are cut. The client's side of the protocol is
// here too: the SDK and the tests use it.

/// CONNECT. The properties inside the view are not looked at. In 3.x a password without a user name is left out, since
/// those versions have no room for it.
void encode_into(buffer& out, const connect_view& packet, bytes block, bytes will_block);
/// CONNACK. The session is not present when the reason is an error [MQTT-3.2.2-6], nor in 3.1, which has no such bit.
void encode_connack_into(buffer& out, bool session_present, reason_code reason, protocol_version version, bytes block);
/// PUBLISH, payload included; nothing when the topic is too long.
void encode_publish_into(buffer& out, const outgoing_publish& packet, protocol_version version);
/// PUBACK, PUBREC, PUBREL or PUBCOMP, in the shortest form that says it all.
void encode_acknowledgement_into(buffer& out, packet_type type, std::uint16_t packet_identifier, reason_code reason,
                                 protocol_version version, bytes block);
/// SUBSCRIBE; 3.x entries say the QoS only.
void encode_subscribe_into(buffer& out, std::uint16_t packet_identifier, std::span<const subscription_request> entries,
                           protocol_version version, bytes block);
/// UNSUBSCRIBE.
void encode_unsubscribe_into(buffer& out, std::uint16_t packet_identifier, std::span<const std::string_view> filters,
                             protocol_version version, bytes block);
/// SUBACK or UNSUBACK (a 3.x UNSUBACK has no reasons; a 3.x SUBACK says 0x80 for every error).
void encode_suback_into(buffer& out, packet_type type, std::uint16_t packet_identifier,
                        std::span<const reason_code> reasons, protocol_version version, bytes block);
/// PINGREQ or PINGRESP.
void encode_ping_into(buffer& out, packet_type type);
/// DISCONNECT (in 3.x without a reason), or AUTH (nothing in 3.x, which have none).
void encode_reason_into(buffer& out, packet_type type, reason_code reason, protocol_version version, bytes block);

/// The block that travels on with a message: `from` without message expiry interval, topic alias and subscription
/// identifiers. Returns `from.raw` itself when it has none of them, else a copy made in `scratch`.
[[nodiscard]] bytes forwarded_properties(const properties& from, buffer& scratch);

}  // namespace nanonng::mqtt
