// Whole packets, appended to a buffer. The body is written first with the widest header before it, which is then moved
// up to the body: no packet is put together twice and none needs its size beforehand.
#include "nanonng/mqtt/encoder.hpp"

#include "append.hpp"

namespace nanonng::mqtt {

namespace {

constexpr std::size_t widest_header = 5;

/// A packet that is being appended.
class packet_writer {
 public:
  explicit packet_writer(buffer& out) : out_(out), start_(out.size()) { out.resize(start_ + widest_header); }
  packet_writer(const packet_writer&) = delete;
  packet_writer& operator=(const packet_writer&) = delete;

  /// Puts the fixed header before the body, or takes the body back when it is too long for any.
  void finish(packet_type type, std::uint32_t flags) {
    const std::size_t length = out_.size() - start_ - widest_header;
    if (length > maximum_variable_byte_integer) {
      out_.resize(start_);
      return;
    }
    const auto remaining = static_cast<std::uint32_t>(length);
    const std::size_t unused = widest_header - 1 - detail::variable_size(remaining);
    std::byte* at = out_.data() + start_;
    at = detail::put_byte(at, static_cast<std::uint32_t>(type) << 4U | flags);
    at = detail::put_variable(at, remaining);
    const auto gap = out_.begin() + (at - out_.data());
    out_.erase(gap, gap + static_cast<std::ptrdiff_t>(unused));
  }

 private:
  buffer& out_;
  std::size_t start_;
};

[[nodiscard]] bool is_v5(protocol_version version) noexcept { return version == protocol_version::v5; }

[[nodiscard]] std::uint32_t number(reason_code reason) noexcept { return static_cast<std::uint32_t>(reason); }

[[nodiscard]] std::uint32_t options_of(const subscription_request& entry, protocol_version version) noexcept {
  const auto qos = static_cast<std::uint32_t>(entry.qos);
  if (!is_v5(version)) return qos;
  return qos | (entry.no_local ? 4U : 0U) | (entry.retain_as_published ? 8U : 0U) |
         static_cast<std::uint32_t>(entry.retain_handling & 3U) << 4U;
}

/// Spec: §3.1.2.3. A will's bits are 0 without a will [MQTT-3.1.2-11] [MQTT-3.1.2-13].
[[nodiscard]] std::uint32_t connect_flags(const connect_view& packet, bool has_password) noexcept {
  std::uint32_t flags = packet.clean_start ? 0x02U : 0U;
  if (packet.has_will) {
    flags |= 0x04U | static_cast<std::uint32_t>(packet.will.qos) << 3U | (packet.will.retain ? 0x20U : 0U);
  }
  return flags | (has_password ? 0x40U : 0U) | (packet.has_user_name ? 0x80U : 0U);
}

}  // namespace

// [MQTT-3.1.2-1] [MQTT-3.1.3-1]
void encode_into(buffer& out, const connect_view& packet, bytes block, bytes will_block) {
  const bool v5 = is_v5(packet.version);
  const bool has_password = packet.has_password && (v5 || packet.has_user_name);  // 3.1.1 [MQTT-3.1.2-22]
  packet_writer writer(out);
  append_text(out, packet.version == protocol_version::v3_1 ? "MQIsdp" : "MQTT");
  append_byte(out, static_cast<std::uint32_t>(packet.version));
  append_byte(out, connect_flags(packet, has_password));
  append_two_bytes(out, packet.keep_alive_s);
  if (v5) append_block(out, block);
  append_text(out, packet.client_id);
  if (packet.has_will) {
    if (v5) append_block(out, will_block);
    append_text(out, packet.will.topic);
    append_binary(out, packet.will.payload);
  }
  if (packet.has_user_name) append_text(out, packet.user_name);
  if (has_password) append_binary(out, packet.password);
  writer.finish(packet_type::connect, 0);
}

void encode_connack_into(buffer& out, bool session_present, reason_code reason, protocol_version version, bytes block) {
  packet_writer writer(out);
  const bool present = session_present && reason == reason_code::success && version != protocol_version::v3_1;
  append_byte(out, present ? 1 : 0);  // [MQTT-3.2.2-1] [MQTT-3.2.2-6]
  append_byte(out, is_v5(version) ? number(reason) : connack_return_code(reason));
  if (is_v5(version)) append_block(out, block);
  writer.finish(packet_type::connack, 0);
}

void encode_publish_into(buffer& out, const outgoing_publish& packet, protocol_version version) {
  const publish_size size = size_of(packet, version);
  if (!size.fits() || packet.topic.size() > maximum_string_size) return;
  const std::size_t start = out.size();
  out.resize(start + size.total);
  encode_head_into(out.data() + start, packet, size, version);
  static_cast<void>(detail::put_bytes(out.data() + start + size.head, packet.payload));
}

void encode_acknowledgement_into(buffer& out, packet_type type, std::uint16_t packet_identifier, reason_code reason,
                                 protocol_version version, bytes block) {
  if (!is_v5(version) || block.empty()) {
    std::byte room[acknowledgement_room];
    const std::size_t size = encode_acknowledgement_into(room, type, packet_identifier, reason, version);
    append_bytes(out, bytes(room, size));
    return;
  }
  packet_writer writer(out);
  append_two_bytes(out, packet_identifier);
  append_byte(out, number(reason));
  append_block(out, block);
  writer.finish(type, type == packet_type::pubrel ? 2 : 0);
}

void encode_subscribe_into(buffer& out, std::uint16_t packet_identifier, std::span<const subscription_request> entries,
                           protocol_version version, bytes block) {
  packet_writer writer(out);
  append_two_bytes(out, packet_identifier);
  if (is_v5(version)) append_block(out, block);
  for (const subscription_request& entry : entries) {
    append_text(out, entry.filter);
    append_byte(out, options_of(entry, version));
  }
  writer.finish(packet_type::subscribe, 2);  // [MQTT-3.8.1-1]
}

void encode_unsubscribe_into(buffer& out, std::uint16_t packet_identifier, std::span<const std::string_view> filters,
                             protocol_version version, bytes block) {
  packet_writer writer(out);
  append_two_bytes(out, packet_identifier);
  if (is_v5(version)) append_block(out, block);
  for (const std::string_view filter : filters) append_text(out, filter);
  writer.finish(packet_type::unsubscribe, 2);  // [MQTT-3.10.1-1]
}

// [MQTT-3.9.3-1] [MQTT-3.11.3-1] [MQTT-2.2.1-6]
void encode_suback_into(buffer& out, packet_type type, std::uint16_t packet_identifier,
                        std::span<const reason_code> reasons, protocol_version version, bytes block) {
  packet_writer writer(out);
  append_two_bytes(out, packet_identifier);
  if (is_v5(version)) {
    append_block(out, block);
    for (const reason_code reason : reasons) append_byte(out, number(reason));
  } else if (type == packet_type::suback) {
    for (const reason_code reason : reasons) append_byte(out, is_error(reason) ? 0x80 : number(reason));
  }
  writer.finish(type, 0);
}

void encode_ping_into(buffer& out, packet_type type) {
  packet_writer writer(out);
  writer.finish(type, 0);
}

void encode_reason_into(buffer& out, packet_type type, reason_code reason, protocol_version version, bytes block) {
  const bool is_auth = type == packet_type::auth;
  if (is_auth && !is_v5(version)) return;
  packet_writer writer(out);
  // Nothing for success without properties; AUTH has no form between that and the whole one (§3.14.2.1, §3.15.2.1).
  if (is_v5(version) && (reason != reason_code::success || !block.empty())) {
    append_byte(out, number(reason));
    if (is_auth || !block.empty()) append_block(out, block);
  }
  writer.finish(type, 0);
}

}  // namespace nanonng::mqtt
