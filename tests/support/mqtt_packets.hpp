// What a scripted MQTT client sends: plain structs with MQTT's field names and an encoder each.
// Every field can be set to nonsense on purpose; nothing is checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "octets.hpp"

namespace nanomq::support {

/// The protocol level of CONNECT.
enum class version : std::uint8_t { v3_1 = 3, v3_1_1 = 4, v5 = 5 };

[[nodiscard]] std::string name_of(version value);

/// The types of control packet. Spec: MQTT 5.0 §2.1.2.
enum packet_kind : std::uint8_t {
  CONNECT = 1,
  CONNACK,
  PUBLISH,
  PUBACK,
  PUBREC,
  PUBREL,
  PUBCOMP,
  SUBSCRIBE,
  SUBACK,
  UNSUBSCRIBE,
  UNSUBACK,
  PINGREQ,
  PINGRESP,
  DISCONNECT,
  AUTH,
};

/// Property identifiers. Spec: MQTT 5.0 §2.2.2.2.
namespace property {
inline constexpr unsigned payload_format_indicator = 0x01;
inline constexpr unsigned message_expiry_interval = 0x02;
inline constexpr unsigned content_type = 0x03;
inline constexpr unsigned response_topic = 0x08;
inline constexpr unsigned correlation_data = 0x09;
inline constexpr unsigned subscription_identifier = 0x0B;
inline constexpr unsigned session_expiry_interval = 0x11;
inline constexpr unsigned assigned_client_identifier = 0x12;
inline constexpr unsigned server_keep_alive = 0x13;
inline constexpr unsigned authentication_method = 0x15;
inline constexpr unsigned authentication_data = 0x16;
inline constexpr unsigned request_problem_information = 0x17;
inline constexpr unsigned will_delay_interval = 0x18;
inline constexpr unsigned request_response_information = 0x19;
inline constexpr unsigned response_information = 0x1A;
inline constexpr unsigned server_reference = 0x1C;
inline constexpr unsigned reason_string = 0x1F;
inline constexpr unsigned receive_maximum = 0x21;
inline constexpr unsigned topic_alias_maximum = 0x22;
inline constexpr unsigned topic_alias = 0x23;
inline constexpr unsigned maximum_qos = 0x24;
inline constexpr unsigned retain_available = 0x25;
inline constexpr unsigned user_property = 0x26;
inline constexpr unsigned maximum_packet_size = 0x27;
inline constexpr unsigned wildcard_subscription_available = 0x28;
inline constexpr unsigned subscription_identifier_available = 0x29;
inline constexpr unsigned shared_subscription_available = 0x2A;
}  // namespace property

/// The bytes of a property list, without their length.
class properties {
 public:
  properties& u8(unsigned id, unsigned value) { return add(octets().u8(id).u8(value)); }
  properties& u16(unsigned id, unsigned value) { return add(octets().u8(id).u16(value)); }
  properties& u32(unsigned id, std::uint32_t value) { return add(octets().u8(id).u32(value)); }
  properties& variable(unsigned id, std::uint32_t value) { return add(octets().u8(id).variable(value)); }
  properties& text(unsigned id, std::string_view value) { return add(octets().u8(id).text(value)); }
  properties& user(std::string_view key, std::string_view value) {
    return add(octets().u8(property::user_property).text(key).text(value));
  }
  properties& add(const octets& bytes) {
    bytes_.raw(bytes);
    return *this;
  }
  [[nodiscard]] const octets& bytes() const { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  /// Length and bytes.
  [[nodiscard]] octets encoded() const {
    return octets().variable(static_cast<std::uint32_t>(bytes_.size())).raw(bytes_);
  }

 private:
  octets bytes_;
};

struct will_message {
  std::string topic = {};
  std::string payload = {};
  unsigned qos = 0;
  bool retain = false;
  properties props = {};
};

struct connect_packet {
  std::string client_id = {};
  bool clean_start = true;
  unsigned keep_alive = 60;
  properties props = {};
  std::optional<will_message> will = {};
  std::optional<std::string> user_name = {};
  std::optional<std::string> password = {};
  // Overrides, for CONNECT packets that lie.
  std::optional<std::string> protocol_name = {};
  std::optional<unsigned> level = {};
  std::optional<unsigned> flags = {};

  [[nodiscard]] octets encode(version v) const;
};

struct publish_packet {
  std::string topic = {};
  std::string payload = {};
  unsigned qos = 0;
  unsigned id = 0;
  bool retain = false;
  bool dup = false;
  properties props = {};

  [[nodiscard]] octets encode(version v) const;
};

/// A topic filter with its subscription options byte. Spec: MQTT 5.0 §3.8.3.1.
struct filter_request {
  std::string filter = {};
  unsigned options = 0;
};

inline constexpr unsigned no_local = 0x04;
inline constexpr unsigned retain_as_published = 0x08;
[[nodiscard]] constexpr unsigned retain_handling(unsigned value) { return value << 4U; }

struct subscribe_packet {
  unsigned id = 1;
  std::vector<filter_request> filters = {};
  properties props = {};

  [[nodiscard]] octets encode(version v) const;
};

struct unsubscribe_packet {
  unsigned id = 1;
  std::vector<std::string> filters = {};
  properties props = {};

  [[nodiscard]] octets encode(version v) const;
};

/// PUBACK, PUBREC, PUBREL and PUBCOMP. In 3.1.1 the code and the properties stay away.
struct acknowledgement {
  packet_kind kind = PUBACK;
  unsigned id = 0;
  unsigned code = 0;
  properties props = {};

  [[nodiscard]] octets encode(version v) const;
};

struct disconnect_packet {
  unsigned code = 0;
  properties props = {};

  [[nodiscard]] octets encode(version v) const;
};

struct auth_packet {
  unsigned code = 0;
  properties props = {};

  [[nodiscard]] octets encode(version v) const;
};

[[nodiscard]] octets pingreq();

}  // namespace nanomq::support
