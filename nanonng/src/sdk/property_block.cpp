// Typed properties to wire form, checked first.
#include "property_block.hpp"

#include <algorithm>
#include <limits>

#include "nanolib/topic/topic.hpp"

namespace nanonng::sdk {

namespace {

constexpr std::size_t longest = 65'535;

}  // namespace

std::uint32_t seconds_in_32_bits(std::chrono::seconds time) noexcept {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(time.count(), 0, std::numeric_limits<std::uint32_t>::max()));
}

bool is_mqtt_text(std::string_view text) noexcept {
  return text.size() <= longest && nanolib::is_valid_utf8(nanolib::as_bytes(text));
}

mqtt::reason_code check_user_properties(std::span<const user_property> which) noexcept {
  const bool fine = std::ranges::all_of(
      which, [](const user_property& each) { return is_mqtt_text(each.name) && is_mqtt_text(each.value); });
  return fine ? mqtt::reason_code::success : mqtt::reason_code::malformed_packet;
}

mqtt::reason_code check_properties(const publish_properties& which) noexcept {
  if (!is_mqtt_text(which.content_type)) return mqtt::reason_code::malformed_packet;
  if (which.correlation_data && which.correlation_data->size() > longest) return mqtt::reason_code::malformed_packet;
  // [MQTT-3.3.2-14]
  if (!which.response_topic.empty() &&
      nanolib::check_topic_name(which.response_topic, {longest, longest}) != nanolib::topic_fault::none) {
    return mqtt::reason_code::topic_name_invalid;
  }
  return check_user_properties(which.user_properties);
}

void write_user_properties(std::span<const user_property> from, mqtt::property_writer& into) {
  for (const user_property& each : from) into.text_pair(mqtt::property_id::user_property, each.name, each.value);
}

void write_properties(const publish_properties& from, mqtt::property_writer& into) {
  using mqtt::property_id;
  if (from.payload_format_utf8) into.byte(property_id::payload_format_indicator, 1);
  if (!from.content_type.empty()) into.text(property_id::content_type, from.content_type);
  if (!from.response_topic.empty()) into.text(property_id::response_topic, from.response_topic);
  if (from.correlation_data)
    into.binary(property_id::correlation_data, nanolib::as_bytes(from.correlation_data->view()));
  write_user_properties(from.user_properties, into);
}

}  // namespace nanonng::sdk
