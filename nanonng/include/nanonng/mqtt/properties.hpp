// MQTT 5 properties: one table says what each is and where it may stand; one reader checks a block against it.
#pragma once

#include <cstdint>
#include <string_view>

#include "nanolib/base/visibility.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// Spec: MQTT 5.0 §2.2.2.2, table 2-4.
enum class property_id : std::uint8_t {
  payload_format_indicator = 0x01,
  message_expiry_interval = 0x02,
  content_type = 0x03,
  response_topic = 0x08,
  correlation_data = 0x09,
  subscription_identifier = 0x0B,
  session_expiry_interval = 0x11,
  assigned_client_identifier = 0x12,
  server_keep_alive = 0x13,
  authentication_method = 0x15,
  authentication_data = 0x16,
  request_problem_information = 0x17,
  will_delay_interval = 0x18,
  request_response_information = 0x19,
  response_information = 0x1A,
  server_reference = 0x1C,
  reason_string = 0x1F,
  receive_maximum = 0x21,
  topic_alias_maximum = 0x22,
  topic_alias = 0x23,
  maximum_qos = 0x24,
  retain_available = 0x25,
  user_property = 0x26,
  maximum_packet_size = 0x27,
  wildcard_subscription_available = 0x28,
  subscription_identifier_available = 0x29,
  shared_subscription_available = 0x2A,
};

enum class property_type : std::uint8_t { byte, two_byte, four_byte, variable_byte, text, binary, text_pair };

/// Where a block of properties stands. The will's block inside CONNECT is a place of its own.
enum class property_place : std::uint8_t {
  connect,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  disconnect,
  auth,
  will,
};

/// One row of the table.
struct property_rule {
  property_id id;
  property_type type;
  std::uint16_t places;  ///< bit 1 << property_place
  bool repeatable;       ///< user property everywhere; subscription identifier in PUBLISH
  std::string_view name;
};

/// The row of an identifier, null when MQTT does not define it.
[[nodiscard]] const property_rule* find_property_rule(std::uint32_t id) noexcept;

/// One property read from a block. Only the members of its type are set.
struct property {
  property_id id = property_id::user_property;
  std::uint32_t number = 0;
  std::string_view text;   ///< of text and of text_pair's name; checked UTF-8
  std::string_view value;  ///< of text_pair
  bytes data;              ///< of binary
};

/// A block of properties that has been checked completely: known, allowed here, not repeated, values in range, strings
/// valid. Scalars and the strings that occur once are taken out; user properties and subscription identifiers are read
/// with property_reader. Views into the packet.
///
/// A decoder clears only raw, present and user_properties: every other member means something only when has() says so
/// and may hold what an earlier packet left there.
struct properties {
  bytes raw;                  ///< the block without its length
  std::uint64_t present = 0;  ///< bit 1 << property_id
  std::uint32_t session_expiry_interval = 0;
  std::uint32_t message_expiry_interval = 0;
  std::uint32_t will_delay_interval = 0;
  std::uint32_t maximum_packet_size = 0;
  std::uint32_t subscription_identifier = 0;  ///< the first
  std::uint32_t user_properties = 0;          ///< how many
  std::uint16_t receive_maximum = 0;
  std::uint16_t topic_alias_maximum = 0;
  std::uint16_t topic_alias = 0;
  std::uint16_t server_keep_alive = 0;
  std::uint8_t payload_format_indicator = 0;
  std::uint8_t request_problem_information = 0;
  std::uint8_t request_response_information = 0;
  std::uint8_t maximum_qos = 0;
  std::uint8_t retain_available = 0;
  std::uint8_t wildcard_subscription_available = 0;
  std::uint8_t subscription_identifier_available = 0;
  std::uint8_t shared_subscription_available = 0;
  std::string_view content_type;
  std::string_view response_topic;
  std::string_view assigned_client_identifier;
  std::string_view authentication_method;
  std::string_view response_information;
  std::string_view server_reference;
  std::string_view reason_string;
  bytes correlation_data;
  bytes authentication_data;

  [[nodiscard]] bool has(property_id id) const noexcept { return (present >> static_cast<unsigned>(id) & 1U) != 0; }
  /// Makes it an empty block. Shape: four words, however large the struct is.
  void reset() noexcept {
    raw = {};
    present = 0;
    user_properties = 0;
  }
};

/// Reads the properties of a checked block one by one, in order: `property p; while (reader.next(p)) …`
class NANOLIB_EXPORT property_reader {
 public:
  explicit property_reader(bytes raw) noexcept : rest_(raw) {}
  /// False at the end (or where the block is not well formed: never the case for a checked one).
  bool next(property& into) noexcept;
  /// What has not been read.
  [[nodiscard]] bytes rest() const noexcept { return rest_; }

 private:
  bytes rest_;
};

/// Reads and checks the length and the block at the front of `input`, and removes both from it.
/// Errors: malformed_packet (cut short, unknown or misplaced identifier, bad UTF-8, length of five bytes),
/// protocol_error (repeated, value out of range: receive maximum 0, topic alias 0, flag not 0 or 1, …),
/// protocol_error too for a response topic with a wildcard [MQTT-3.3.2-14];
/// packet_too_large / quota_exceeded (block larger or more user properties than the limits).
[[nodiscard]] reason_code decode_properties(bytes& input, property_place place, const decode_limits& limits,
                                            properties& into) noexcept;

}  // namespace nanonng::mqtt
