// The topic of a PUBLISH that has or uses an alias. Internal to the machines.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <string_view>

#include "nanonng/mqtt/packets.hpp"
#include "nanonng/mqtt/topic_aliases.hpp"

namespace nanonng::mqtt {

struct alias_fault {
  reason_code reason = reason_code::success;
  std::string_view why = {};
};

/// Sets the alias that a PUBLISH of 5.0 defines, or the topic that its alias stands for. `maximum` is ours, announced.
[[nodiscard]] inline alias_fault resolve_alias(publish_view& packet, std::uint16_t maximum,
                                               std::unique_ptr<received_aliases>& known) noexcept {
  if (!packet.props.has(property_id::topic_alias)) {
    if (packet.topic.empty()) return {reason_code::protocol_error, "PUBLISH without topic or alias"};
    return {};
  }
  const std::uint16_t alias = packet.props.topic_alias;
  if (alias == 0 || alias > maximum) {  // [MQTT-3.3.2-8]
    return {reason_code::topic_alias_invalid, "topic alias out of range"};
  }
  if (!packet.topic.empty()) {
    if (!known) known.reset(new (std::nothrow) received_aliases);
    if (!known || !known->set(alias, packet.topic)) return {reason_code::quota_exceeded, "out of memory"};
    return {};
  }
  // [MQTT-3.3.2-7]: an alias of an earlier connection stands for nothing.
  packet.topic = known ? known->find(alias) : std::string_view();
  if (packet.topic.empty()) return {reason_code::protocol_error, "topic alias that was never set"};
  return {};
}

}  // namespace nanonng::mqtt
