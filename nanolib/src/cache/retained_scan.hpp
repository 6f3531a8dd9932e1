// Where to look next when the retained topics are searched, in their order, for those that match a filter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nanolib {

enum class scan_verdict : std::uint8_t {
  match,     ///< go on with the next topic
  seek,      ///< nothing matches before the key
  finished,  ///< nothing matches from here on
};

/// The text that no matching topic comes before: the filter itself when it has no wildcard.
[[nodiscard]] std::string_view first_possible(std::string_view filter) noexcept;

/// Judges one topic. On `seek` the key comes after the topic, in their order.
/// Spec: MQTT 5.0 §4.7 [MQTT-4.7.2-1].
[[nodiscard]] scan_verdict judge(std::string_view filter, std::string_view topic, std::string& key);

}  // namespace nanolib
