#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

namespace {

struct reason_name {
  reason_code code;
  std::string_view name;
};

// Spec: MQTT 5.0 §2.4, table 2-6.
constexpr reason_name reason_names[] = {
    {reason_code::success, "success"},
    {reason_code::granted_qos_1, "granted QoS 1"},
    {reason_code::granted_qos_2, "granted QoS 2"},
    {reason_code::disconnect_with_will, "disconnect with will message"},
    {reason_code::no_matching_subscribers, "no matching subscribers"},
    {reason_code::no_subscription_existed, "no subscription existed"},
    {reason_code::continue_authentication, "continue authentication"},
    {reason_code::reauthenticate, "re-authenticate"},
    {reason_code::unspecified_error, "unspecified error"},
    {reason_code::malformed_packet, "malformed packet"},
    {reason_code::protocol_error, "protocol error"},
    {reason_code::implementation_specific_error, "implementation specific error"},
    {reason_code::unsupported_protocol_version, "unsupported protocol version"},
    {reason_code::client_identifier_not_valid, "client identifier not valid"},
    {reason_code::bad_user_name_or_password, "bad user name or password"},
    {reason_code::not_authorized, "not authorized"},
    {reason_code::server_unavailable, "server unavailable"},
    {reason_code::server_busy, "server busy"},
    {reason_code::banned, "banned"},
    {reason_code::server_shutting_down, "server shutting down"},
    {reason_code::bad_authentication_method, "bad authentication method"},
    {reason_code::keep_alive_timeout, "keep alive timeout"},
    {reason_code::session_taken_over, "session taken over"},
    {reason_code::topic_filter_invalid, "topic filter invalid"},
    {reason_code::topic_name_invalid, "topic name invalid"},
    {reason_code::packet_identifier_in_use, "packet identifier in use"},
    {reason_code::packet_identifier_not_found, "packet identifier not found"},
    {reason_code::receive_maximum_exceeded, "receive maximum exceeded"},
    {reason_code::topic_alias_invalid, "topic alias invalid"},
    {reason_code::packet_too_large, "packet too large"},
    {reason_code::message_rate_too_high, "message rate too high"},
    {reason_code::quota_exceeded, "quota exceeded"},
    {reason_code::administrative_action, "administrative action"},
    {reason_code::payload_format_invalid, "payload format invalid"},
    {reason_code::retain_not_supported, "retain not supported"},
    {reason_code::qos_not_supported, "QoS not supported"},
    {reason_code::use_another_server, "use another server"},
    {reason_code::server_moved, "server moved"},
    {reason_code::shared_subscriptions_not_supported, "shared subscriptions not supported"},
    {reason_code::connection_rate_exceeded, "connection rate exceeded"},
    {reason_code::maximum_connect_time, "maximum connect time"},
    {reason_code::subscription_identifiers_not_supported, "subscription identifiers not supported"},
    {reason_code::wildcard_subscriptions_not_supported, "wildcard subscriptions not supported"},
};

constexpr std::string_view packet_names[] = {
    "reserved",  "connect", "connack",     "publish",  "puback",  "pubrec",   "pubrel",     "pubcomp",
    "subscribe", "suback",  "unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth",
};

}  // namespace

std::string_view name_of(reason_code code) noexcept {
  for (const reason_name& known : reason_names) {
    if (known.code == code) return known.name;
  }
  return "unknown reason code";
}

std::string_view name_of(packet_type type) noexcept { return packet_names[static_cast<unsigned>(type) & 0x0FU]; }

std::uint8_t connack_return_code(reason_code code) noexcept {
  switch (code) {
    case reason_code::success:
      return 0;
    case reason_code::unsupported_protocol_version:
      return 1;
    case reason_code::client_identifier_not_valid:
      return 2;
    case reason_code::bad_user_name_or_password:
    case reason_code::bad_authentication_method:
      return 4;
    case reason_code::not_authorized:
    case reason_code::banned:
      return 5;
    default:
      return 3;  // server unavailable: whatever else there is, the older versions have no word for it
  }
}

}  // namespace nanonng::mqtt
