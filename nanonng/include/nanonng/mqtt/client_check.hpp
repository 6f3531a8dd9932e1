// What can be said of a client's wish without knowing the server, so that it can be refused when it is made.
//
// The machine checks it again. Blocks of properties are not looked into: see check_block().
#pragma once

#include <span>
#include <string_view>

#include "nanonng/mqtt/encoder.hpp"
#include "nanonng/mqtt/packets.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// What a wish is refused with; reason success: it is not.
struct verdict {
  reason_code reason = reason_code::success;
  std::string_view why = {};  ///< static
  [[nodiscard]] bool is_refusal() const noexcept { return reason != reason_code::success; }
};

/// Errors: topic_name_invalid (also empty without an alias, or with wildcards), qos_not_supported (3),
/// packet_too_large, protocol_error (subscription identifiers, which only servers send [MQTT-3.3.4-6]).
[[nodiscard]] verdict check(const outgoing_publish& packet, protocol_version version) noexcept;
/// Errors: protocol_error (no filter; no local with a shared one [MQTT-3.8.3-4]; retain handling 3; QoS 3),
/// topic_filter_invalid.
[[nodiscard]] verdict check(std::span<const subscription_request> entries, protocol_version version) noexcept;
/// UNSUBSCRIBE. Errors: protocol_error (no filter), topic_filter_invalid.
[[nodiscard]] verdict check(std::span<const std::string_view> filters) noexcept;
/// Whether a block in wire form may stand in a packet of a client: for blocks that did not come from typed values.
/// Topic alias and subscription identifier are refused in a PUBLISH: the one is a member of outgoing_publish, the other
/// a server's [MQTT-3.3.4-6].
/// Errors: malformed_packet, protocol_error, packet_too_large. Throws: std::bad_alloc.
[[nodiscard]] verdict check_block(bytes block, property_place place);

}  // namespace nanonng::mqtt
