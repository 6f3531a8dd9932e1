// The packets as views: what a decoder fills in, what an encoder reads. Nothing here owns memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "nanonng/mqtt/properties.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// Spec: MQTT 5.0 §3.1.2.5 to §3.1.2.7, §3.1.3.2 to §3.1.3.4.
struct will_view {
  std::string_view topic;
  bytes payload;
  properties props;
  quality_of_service qos = quality_of_service::at_most_once;
  bool retain = false;
};

/// Spec: MQTT 5.0 §3.1.
struct connect_view {
  protocol_version version = protocol_version::v5;
  bool clean_start = true;
  bool has_will = false;
  bool has_user_name = false;
  bool has_password = false;
  std::uint16_t keep_alive_s = 0;
  std::string_view client_id;
  std::string_view user_name;
  bytes password;
  will_view will;
  properties props;
};

/// Spec: MQTT 5.0 §3.2.
struct connack_view {
  bool session_present = false;
  reason_code reason = reason_code::success;  ///< of a 3.x CONNACK: the nearest reason code
  properties props;
};

/// Spec: MQTT 5.0 §3.3.
struct publish_view {
  bool dup = false;
  bool retain = false;
  quality_of_service qos = quality_of_service::at_most_once;
  std::uint16_t packet_identifier = 0;  ///< 0 with QoS 0
  std::string_view topic;               ///< checked; empty when only the alias stands for it
  properties props;
  bytes payload;
};

/// PUBACK, PUBREC, PUBREL, PUBCOMP. Spec: MQTT 5.0 §3.4 to §3.7.
struct acknowledgement_view {
  std::uint16_t packet_identifier = 0;
  reason_code reason = reason_code::success;
  properties props;
};

/// One entry of SUBSCRIBE. Spec: MQTT 5.0 §3.8.3.
struct subscription_request {
  std::string_view filter;  ///< valid UTF-8; whether it is a filter is for parse_topic_filter to say
  quality_of_service qos = quality_of_service::at_most_once;
  bool no_local = false;
  bool retain_as_published = false;
  std::uint8_t retain_handling = 0;
};

/// SUBSCRIBE, and UNSUBSCRIBE (whose entries have a filter only).
struct subscribe_view {
  std::uint16_t packet_identifier = 0;
  std::uint32_t count = 0;
  properties props;
  bytes entries;  ///< checked; read with subscription_reader
  bool with_options = true;
};

/// Reads the entries of a checked SUBSCRIBE or UNSUBSCRIBE in order.
class subscription_reader {
 public:
  explicit subscription_reader(const subscribe_view& packet) noexcept
      : rest_(packet.entries), with_options_(packet.with_options) {}
  bool next(subscription_request& into) noexcept;

 private:
  bytes rest_;
  bool with_options_;
};

/// SUBACK and UNSUBACK. Spec: MQTT 5.0 §3.9, §3.11.
struct suback_view {
  std::uint16_t packet_identifier = 0;
  properties props;
  bytes reasons;  ///< one byte per entry; empty in a 3.x UNSUBACK
};

/// DISCONNECT and AUTH. Spec: MQTT 5.0 §3.14, §3.15.
struct reason_view {
  reason_code reason = reason_code::success;
  properties props;
};

}  // namespace nanonng::mqtt
