// Blocks of properties: reading one property by the table, and checking a whole block.
#include "nanonng/mqtt/properties.hpp"

#include "wire.hpp"

namespace nanonng::mqtt {

namespace {

constexpr std::uint64_t bit(property_id id) noexcept { return 1ULL << static_cast<unsigned>(id); }

/// Reads one property, without a look at its value. False when it is unknown or cut short.
[[nodiscard]] bool take_property(wire_reader& from, const property_rule*& rule, property& into) noexcept {
  // An identifier is a variable byte integer, and all of them are below 128: a longer one is unknown or padded.
  std::uint32_t id = 0;
  if (!from.take_byte(id)) return false;
  rule = find_property_rule(id);
  if (rule == nullptr) return false;
  into.id = rule->id;
  switch (rule->type) {
    case property_type::byte:
      return from.take_byte(into.number);
    case property_type::two_byte:
      return from.take_two_bytes(into.number);
    case property_type::four_byte:
      return from.take_four_bytes(into.number);
    case property_type::variable_byte:
      return from.take_variable_byte_integer(into.number);
    case property_type::text:
      return from.take_unchecked_text(into.text);
    case property_type::binary:
      return from.take_binary(into.data);
    case property_type::text_pair:
      return from.take_unchecked_text(into.text) && from.take_unchecked_text(into.value);
  }
  return false;
}

void keep_byte(property_id id, std::uint32_t number, properties& into) noexcept {
  const auto value = static_cast<std::uint8_t>(number);
  switch (id) {
    case property_id::payload_format_indicator:
      into.payload_format_indicator = value;
      break;
    case property_id::request_problem_information:
      into.request_problem_information = value;
      break;
    case property_id::request_response_information:
      into.request_response_information = value;
      break;
    case property_id::maximum_qos:
      into.maximum_qos = value;
      break;
    case property_id::retain_available:
      into.retain_available = value;
      break;
    case property_id::wildcard_subscription_available:
      into.wildcard_subscription_available = value;
      break;
    case property_id::subscription_identifier_available:
      into.subscription_identifier_available = value;
      break;
    default:
      into.shared_subscription_available = value;
      break;
  }
}

void keep_two_bytes(property_id id, std::uint32_t number, properties& into) noexcept {
  const auto value = static_cast<std::uint16_t>(number);
  switch (id) {
    case property_id::receive_maximum:
      into.receive_maximum = value;
      break;
    case property_id::topic_alias_maximum:
      into.topic_alias_maximum = value;
      break;
    case property_id::topic_alias:
      into.topic_alias = value;
      break;
    default:
      into.server_keep_alive = value;
      break;
  }
}

void keep_four_bytes(property_id id, std::uint32_t value, properties& into) noexcept {
  switch (id) {
    case property_id::session_expiry_interval:
      into.session_expiry_interval = value;
      break;
    case property_id::message_expiry_interval:
      into.message_expiry_interval = value;
      break;
    case property_id::will_delay_interval:
      into.will_delay_interval = value;
      break;
    default:
      into.maximum_packet_size = value;
      break;
  }
}

void keep_text(property_id id, std::string_view value, properties& into) noexcept {
  switch (id) {
    case property_id::content_type:
      into.content_type = value;
      break;
    case property_id::response_topic:
      into.response_topic = value;
      break;
    case property_id::assigned_client_identifier:
      into.assigned_client_identifier = value;
      break;
    case property_id::authentication_method:
      into.authentication_method = value;
      break;
    case property_id::response_information:
      into.response_information = value;
      break;
    case property_id::server_reference:
      into.server_reference = value;
      break;
    default:
      into.reason_string = value;
      break;
  }
}

[[nodiscard]] bool is_utf8(std::string_view text) noexcept { return nanolib::is_valid_utf8(nanolib::as_bytes(text)); }

/// Numbers for which the standard says "it is a Protocol Error to".
[[nodiscard]] bool is_number_in_range(const property_rule& rule, std::uint32_t number) noexcept {
  if (rule.type == property_type::byte) return number <= 1;  // each of them is a flag or a QoS of 0 or 1
  switch (rule.id) {
    case property_id::receive_maximum:
    case property_id::maximum_packet_size:
    case property_id::topic_alias:  // [MQTT-3.3.2-8]
    case property_id::subscription_identifier:
      return number != 0;
    default:
      return true;
  }
}

/// Checks the value of a property and takes it out.
[[nodiscard]] reason_code keep(const property_rule& rule, const property& read, properties& into) noexcept {
  if (!is_number_in_range(rule, read.number)) return reason_code::protocol_error;
  switch (rule.type) {
    case property_type::byte:
      keep_byte(rule.id, read.number, into);
      break;
    case property_type::two_byte:
      keep_two_bytes(rule.id, read.number, into);
      break;
    case property_type::four_byte:
      keep_four_bytes(rule.id, read.number, into);
      break;
    case property_type::variable_byte:
      if (!into.has(rule.id)) into.subscription_identifier = read.number;
      break;
    case property_type::binary:
      (rule.id == property_id::correlation_data ? into.correlation_data : into.authentication_data) = read.data;
      break;
    case property_type::text:
      // [MQTT-3.1.3-11] [MQTT-3.3.2-13] [MQTT-3.3.2-19]
      if (!is_utf8(read.text)) return reason_code::malformed_packet;
      keep_text(rule.id, read.text, into);
      break;
    case property_type::text_pair:
      // [MQTT-1.5.7-1]
      if (!is_utf8(read.text) || !is_utf8(read.value)) return reason_code::malformed_packet;
      ++into.user_properties;
      break;
  }
  return reason_code::success;
}

/// What is wrong with the block as a whole.
[[nodiscard]] reason_code check_together(const properties& block) noexcept {
  if (block.has(property_id::response_topic)) {
    // A response topic is a topic name: not empty [MQTT-4.7.3-1], no wildcards [MQTT-3.3.2-14].
    const std::string_view topic = block.response_topic;
    if (topic.empty() || topic.find_first_of("+#") != std::string_view::npos) return reason_code::protocol_error;
  }
  const bool data_alone = block.has(property_id::authentication_data) && !block.has(property_id::authentication_method);
  return data_alone ? reason_code::protocol_error : reason_code::success;  // §3.1.2.11.10
}

[[nodiscard]] reason_code check_block(property_place place, const decode_limits& limits, properties& into) noexcept {
  wire_reader block(into.raw);
  const unsigned here = 1U << static_cast<unsigned>(place);
  while (!block.at_end()) {
    const property_rule* rule = nullptr;
    property read;
    if (!take_property(block, rule, read) || (rule->places & here) == 0) return reason_code::malformed_packet;
    // The subscription identifier may occur more than once in PUBLISH only (§3.8.2.1.2).
    const bool repeatable =
        rule->repeatable && (rule->type == property_type::text_pair || place == property_place::publish);
    if (!repeatable && into.has(rule->id)) return reason_code::protocol_error;
    const reason_code fault = keep(*rule, read, into);
    if (fault != reason_code::success) return fault;
    into.present |= bit(rule->id);
    if (into.user_properties > limits.maximum_user_properties) return reason_code::quota_exceeded;
  }
  return check_together(into);
}

}  // namespace

bool property_reader::next(property& into) noexcept {
  wire_reader block(rest_);
  const property_rule* rule = nullptr;
  if (!take_property(block, rule, into)) return false;
  rest_ = block.rest();
  return true;
}

reason_code decode_properties(bytes& input, property_place place, const decode_limits& limits,
                              properties& into) noexcept {
  into.reset();
  wire_reader from(input);
  std::uint32_t size = 0;
  if (!from.take_variable_byte_integer(size) || !from.take(size, into.raw)) return reason_code::malformed_packet;
  input = from.rest();
  if (size == 0) return reason_code::success;  // [MQTT-2.2.2-1]
  if (size > limits.maximum_properties_size) return reason_code::packet_too_large;
  return check_block(place, limits, into);
}

}  // namespace nanonng::mqtt
