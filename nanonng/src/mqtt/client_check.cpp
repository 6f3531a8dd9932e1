#include "nanonng/mqtt/client_check.hpp"

#include <limits>

#include "append.hpp"
#include "reason_sets.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

namespace {

/// How deep a topic may be is for the server to say.
constexpr nanolib::topic_limits any_depth{.maximum_bytes = 65'535, .maximum_levels = 65'536};

[[nodiscard]] verdict check_filter(std::string_view text, bool no_local) noexcept {
  const auto filter = nanolib::parse_topic_filter(text, any_depth);
  if (!filter) return {reason_code::topic_filter_invalid, "topic filter is not valid"};
  if (no_local && filter->is_shared()) {
    return {reason_code::protocol_error, "no local with a shared subscription"};  // [MQTT-3.8.3-4]
  }
  return {};
}

}  // namespace

verdict check(const outgoing_publish& packet, protocol_version version) noexcept {
  const bool by_alias = packet.topic.empty() && packet.topic_alias != 0 && version == protocol_version::v5;
  if (!by_alias && nanolib::check_topic_name(packet.topic, any_depth) != nanolib::topic_fault::none) {
    // [MQTT-3.3.2-1] [MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.3-3]
    return {reason_code::topic_name_invalid, "topic name is not valid"};
  }
  if (packet.qos > quality_of_service::exactly_once) {
    return {reason_code::qos_not_supported, "there is no QoS 3"};  // [MQTT-3.3.1-4]
  }
  if (!packet.subscription_identifiers.empty()) {
    return {reason_code::protocol_error, "subscription identifier from a client"};  // [MQTT-3.3.4-6]
  }
  if (!size_of(packet, version).fits()) return {reason_code::packet_too_large, "packet too large"};
  return {};
}

verdict check(std::span<const subscription_request> entries, protocol_version version) noexcept {
  if (entries.empty()) return {reason_code::protocol_error, "SUBSCRIBE without a filter"};  // [MQTT-3.8.3-2]
  for (const subscription_request& entry : entries) {
    // [MQTT-3.8.3-1] [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.8.2-1] [MQTT-4.8.2-2]
    const verdict refusal = check_filter(entry.filter, entry.no_local && version == protocol_version::v5);
    if (refusal.is_refusal()) return refusal;
    if (entry.qos > quality_of_service::exactly_once) return {reason_code::protocol_error, "there is no QoS 3"};
    if (entry.retain_handling > 2) return {reason_code::protocol_error, "there is no retain handling above 2"};
  }
  return {};
}

verdict check(std::span<const std::string_view> filters) noexcept {
  if (filters.empty()) return {reason_code::protocol_error, "UNSUBSCRIBE without a filter"};  // [MQTT-3.10.3-2]
  for (const std::string_view filter : filters) {
    const verdict refusal = check_filter(filter, false);  // [MQTT-3.10.3-1]
    if (refusal.is_refusal()) return refusal;
  }
  return {};
}

verdict check_block(bytes block, property_place place) {
  if (block.size() > maximum_variable_byte_integer) return {reason_code::packet_too_large, "properties too large"};
  buffer copy;
  append_block(copy, block);
  bytes rest(copy);
  properties found;
  decode_limits any;
  any.maximum_properties_size = any.maximum_user_properties = std::numeric_limits<std::uint32_t>::max();
  const reason_code fault = decode_properties(rest, place, any, found);
  if (fault != reason_code::success) return {fault, "properties are not valid"};
  if (place != property_place::publish) return {};
  if (found.has(property_id::topic_alias)) return {reason_code::protocol_error, "topic alias among the properties"};
  if (found.has(property_id::subscription_identifier)) {
    return {reason_code::protocol_error, "subscription identifier from a client"};
  }
  return {};
}

}  // namespace nanonng::mqtt
