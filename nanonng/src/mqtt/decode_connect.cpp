// CONNECT, the packet that says in which version everything else is to be read.
#include "nanonng/mqtt/decoder.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

namespace {

// Spec: MQTT 5.0 §3.1.2.3.
constexpr std::uint32_t reserved_flag = 0x01;
constexpr std::uint32_t clean_start_flag = 0x02;
constexpr std::uint32_t will_flag = 0x04;
constexpr std::uint32_t will_retain_flag = 0x20;
constexpr std::uint32_t password_flag = 0x40;
constexpr std::uint32_t user_name_flag = 0x80;

[[nodiscard]] constexpr std::uint32_t will_qos_of(std::uint32_t flags) noexcept { return flags >> 3U & 3U; }

/// The name and the level. Spec: [MQTT-3.1.2-1] [MQTT-3.1.2-2].
[[nodiscard]] reason_code take_protocol(wire_reader& from, protocol_version& version) noexcept {
  std::string_view name;
  std::uint32_t level = 0;
  if (!from.take_unchecked_text(name) || !from.take_byte(level)) return reason_code::malformed_packet;
  version = level >= 5 ? protocol_version::v5 : protocol_version::v3_1_1;
  if (name == "MQTT" && (level == 4 || level == 5)) return reason_code::success;
  if (name == "MQIsdp" && level == 3) {
    version = protocol_version::v3_1;
    return reason_code::success;
  }
  return reason_code::unsupported_protocol_version;
}

/// 3.1 calls the reserved bit unused and disregards the will's bits when there is no will.
[[nodiscard]] bool are_flags_allowed(std::uint32_t flags, protocol_version version) noexcept {
  const bool has_will = (flags & will_flag) != 0;
  if (has_will && will_qos_of(flags) == 3) return false;  // [MQTT-3.1.2-12]
  if (version != protocol_version::v3_1) {
    if ((flags & reserved_flag) != 0) return false;  // [MQTT-3.1.2-3]
    // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
    if (!has_will && (will_qos_of(flags) != 0 || (flags & will_retain_flag) != 0)) return false;
  }
  // 3.1.1 [MQTT-3.1.2-22]: no password without a user name. MQTT 5 allows it.
  return version == protocol_version::v5 || (flags & password_flag) == 0 || (flags & user_name_flag) != 0;
}

/// Any text will do. Spec: [MQTT-3.1.3-3] [MQTT-3.1.3-4] [MQTT-3.1.3-5] [MQTT-3.1.3-6]; 3.1.1 [MQTT-3.1.3-8]: an empty
/// one wants a clean session.
[[nodiscard]] reason_code take_client_id(wire_reader& from, connect_view& into) noexcept {
  if (!from.take_text(into.client_id)) return reason_code::malformed_packet;
  const bool may_be_empty =
      into.version == protocol_version::v5 || (into.version == protocol_version::v3_1_1 && into.clean_start);
  if (into.client_id.empty() && !may_be_empty) return reason_code::client_identifier_not_valid;
  return reason_code::success;
}

/// Spec: [MQTT-3.1.2-9] [MQTT-3.1.3-11].
[[nodiscard]] reason_code take_will(wire_reader& from, std::uint32_t flags, const decode_limits& limits,
                                    connect_view& into) noexcept {
  will_view& will = into.will;
  will.qos = static_cast<quality_of_service>(will_qos_of(flags));
  will.retain = (flags & will_retain_flag) != 0;
  will.props.reset();
  if (into.version == protocol_version::v5) {
    bytes rest = from.rest();
    const reason_code fault = decode_properties(rest, property_place::will, limits, will.props);
    if (fault != reason_code::success) return fault;
    from = wire_reader(rest);
  }
  if (!from.take_unchecked_text(will.topic) || !from.take_binary(will.payload)) return reason_code::malformed_packet;
  const reason_code fault = check_topic(will.topic, limits);
  if (fault != reason_code::success) return fault;
  const bool is_text =
      will.props.has(property_id::payload_format_indicator) && will.props.payload_format_indicator == 1;
  if (is_text && !is_text_payload(will.payload)) return reason_code::payload_format_invalid;
  return reason_code::success;
}

/// Spec: [MQTT-3.1.2-16] [MQTT-3.1.2-17] [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.3-12]. In 3.1 the length of the
/// packet takes precedence over the flags: a field that is announced may be missing at the end.
[[nodiscard]] bool take_credentials(wire_reader& from, std::uint32_t flags, connect_view& into) noexcept {
  const bool may_be_missing = into.version == protocol_version::v3_1;
  into.has_user_name = (flags & user_name_flag) != 0 && !(may_be_missing && from.at_end());
  into.user_name = {};
  if (into.has_user_name && !from.take_text(into.user_name)) return false;
  into.has_password = (flags & password_flag) != 0 && !(may_be_missing && from.at_end());
  into.password = {};
  return !into.has_password || from.take_binary(into.password);
}

}  // namespace

// [MQTT-3.1.4-1] [MQTT-3.1.3-1]
reason_code decode(const frame& from, const decode_limits& limits, connect_view& into) noexcept {
  wire_reader body(from.body);
  into.version = protocol_version::v3_1_1;  // whoever does not get as far as a level
  reason_code fault = take_protocol(body, into.version);
  if (fault != reason_code::success) return fault;
  std::uint32_t flags = 0;
  if (!body.take_byte(flags) || !body.take_two_bytes(into.keep_alive_s)) return reason_code::malformed_packet;
  if (!are_flags_allowed(flags, into.version)) return reason_code::malformed_packet;
  into.clean_start = (flags & clean_start_flag) != 0;
  into.has_will = (flags & will_flag) != 0;

  into.props.reset();
  if (into.version == protocol_version::v5) {
    if (from.padded_length) return reason_code::malformed_packet;  // [MQTT-1.5.5-1]
    bytes rest = body.rest();
    fault = decode_properties(rest, property_place::connect, limits, into.props);
    if (fault != reason_code::success) return fault;
    body = wire_reader(rest);
  }
  fault = take_client_id(body, into);
  if (fault != reason_code::success) return fault;
  if (into.has_will) {
    fault = take_will(body, flags, limits, into);
    if (fault != reason_code::success) return fault;
  }
  if (!take_credentials(body, flags, into) || !body.at_end()) return reason_code::malformed_packet;
  return reason_code::success;
}

}  // namespace nanonng::mqtt
