// The vocabulary of MQTT: versions, packet types, reason codes.
#pragma once

#include <cstdint>
#include <string_view>

#include "nanolib/base/bytes.hpp"
#include "nanolib/base/visibility.hpp"
#include "nanolib/message/message.hpp"

namespace nanonng::mqtt {

using nanolib::bytes;
using nanolib::quality_of_service;

/// The protocol level of CONNECT. Spec: MQTT 5.0 §3.1.2.2, MQTT 3.1.1 §3.1.2.2, MQTT 3.1 §3.1.
enum class protocol_version : std::uint8_t { v3_1 = 3, v3_1_1 = 4, v5 = 5 };

/// Spec: MQTT 5.0 §2.1.2.
enum class packet_type : std::uint8_t {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  pubrec = 5,
  pubrel = 6,
  pubcomp = 7,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
  auth = 15,
};

/// Spec: MQTT 5.0 §2.4. Values below 0x80 are successes.
enum class reason_code : std::uint8_t {
  success = 0x00,  ///< also: normal disconnection, granted QoS 0
  granted_qos_1 = 0x01,
  granted_qos_2 = 0x02,
  disconnect_with_will = 0x04,
  no_matching_subscribers = 0x10,
  no_subscription_existed = 0x11,
  continue_authentication = 0x18,
  reauthenticate = 0x19,
  unspecified_error = 0x80,
  malformed_packet = 0x81,
  protocol_error = 0x82,
  implementation_specific_error = 0x83,
  unsupported_protocol_version = 0x84,
  client_identifier_not_valid = 0x85,
  bad_user_name_or_password = 0x86,
  not_authorized = 0x87,
  server_unavailable = 0x88,
  server_busy = 0x89,
  banned = 0x8A,
  server_shutting_down = 0x8B,
  bad_authentication_method = 0x8C,
  keep_alive_timeout = 0x8D,
  session_taken_over = 0x8E,
  topic_filter_invalid = 0x8F,
  topic_name_invalid = 0x90,
  packet_identifier_in_use = 0x91,
  packet_identifier_not_found = 0x92,
  receive_maximum_exceeded = 0x93,
  topic_alias_invalid = 0x94,
  packet_too_large = 0x95,
  message_rate_too_high = 0x96,
  quota_exceeded = 0x97,
  administrative_action = 0x98,
  payload_format_invalid = 0x99,
  retain_not_supported = 0x9A,
  qos_not_supported = 0x9B,
  use_another_server = 0x9C,
  server_moved = 0x9D,
  shared_subscriptions_not_supported = 0x9E,
  connection_rate_exceeded = 0x9F,
  maximum_connect_time = 0xA0,
  subscription_identifiers_not_supported = 0xA1,
  wildcard_subscriptions_not_supported = 0xA2,
};

[[nodiscard]] constexpr bool is_error(reason_code code) noexcept { return static_cast<std::uint8_t>(code) >= 0x80; }

/// "Packet too large" and so on; static storage, lower case.
[[nodiscard]] NANOLIB_EXPORT std::string_view name_of(reason_code code) noexcept;
[[nodiscard]] std::string_view name_of(packet_type type) noexcept;

/// What a 3.1 or 3.1.1 CONNACK says instead of a reason code (0 to 5). Spec: MQTT 3.1.1 §3.2.2.3.
[[nodiscard]] std::uint8_t connack_return_code(reason_code code) noexcept;

/// What a decoder accepts. The defaults are the broker's.
struct decode_limits {
  std::uint32_t maximum_packet_size = 2U * 1024 * 1024;  ///< whole packet, fixed header included
  std::uint32_t maximum_user_properties = 1'000;
  std::uint32_t maximum_properties_size = 64U * 1024;
  std::uint32_t maximum_filters = 1'000;  ///< per SUBSCRIBE or UNSUBSCRIBE
  std::uint32_t maximum_topic_size = 65'535;
  std::uint32_t maximum_topic_levels = 200;
};

}  // namespace nanonng::mqtt
