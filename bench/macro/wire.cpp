#include "wire.hpp"

namespace nanomq::bench {
namespace {

constexpr std::uint8_t clean_start = 0x02;
constexpr std::uint8_t first_refusal = 0x80;

void append_byte(byte_buffer& to, std::size_t value) { to.push_back(static_cast<std::byte>(value)); }

void append_u16(byte_buffer& to, std::size_t value) {
  append_byte(to, value >> 8U);
  append_byte(to, value & 0xFFU);
}

void append_text(byte_buffer& to, std::string_view text) {
  append_u16(to, text.size());
  const auto bytes = std::as_bytes(std::span{text});
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void append_length(byte_buffer& to, std::size_t length) {
  do {
    const std::size_t more = length > 0x7FU ? 0x80U : 0U;
    append_byte(to, (length & 0x7FU) | more);
    length >>= 7U;
  } while (length != 0);
}

void append_no_properties(byte_buffer& to, protocol version) {
  if (version == protocol::mqtt_5_0) append_byte(to, 0);
}

void append_packet(byte_buffer& to, std::size_t first, const byte_buffer& body) {
  append_byte(to, first);
  append_length(to, body.size());
  to.insert(to.end(), body.begin(), body.end());
}

/// Walks over a packet's body; once it would pass the end it yields zeros and says so.
class cursor {
 public:
  explicit cursor(std::span<const std::byte> body) noexcept : rest_(body) {}

  std::uint8_t byte() noexcept {
    const auto one = bytes(1);
    return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one[0]);
  }
  std::uint16_t u16() noexcept {
    const unsigned high = byte();
    const unsigned low = byte();
    return static_cast<std::uint16_t>(high << 8U | low);
  }
  std::span<const std::byte> bytes(std::size_t count) noexcept {
    if (count > rest_.size()) {
      short_ = true;
      rest_ = {};
      return {};
    }
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  void skip_properties(protocol version) noexcept {
    if (version != protocol::mqtt_5_0) return;
    std::size_t length = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
      const unsigned part = byte();
      length |= static_cast<std::size_t>(part & 0x7FU) << shift;
      if (part < 0x80U) break;
    }
    bytes(length);
  }
  [[nodiscard]] bool complete() const noexcept { return !short_; }
  [[nodiscard]] std::span<const std::byte> rest() const noexcept { return rest_; }

 private:
  std::span<const std::byte> rest_;
  bool short_ = false;
};

}  // namespace

void append_connect(byte_buffer& to, protocol version, std::string_view client_identifier) {
  byte_buffer body;
  append_text(body, "MQTT");
  append_byte(body, static_cast<std::size_t>(version));
  append_byte(body, clean_start);
  append_u16(body, 0);  // no keep alive: an idle client must not be a busy one
  append_no_properties(body, version);
  append_text(body, client_identifier);
  append_packet(to, 0x10, body);
}

void append_subscribe(byte_buffer& to, protocol version, std::uint16_t packet_identifier,
                      std::span<const std::string> filters, std::uint8_t qos) {
  byte_buffer body;
  append_u16(body, packet_identifier);
  append_no_properties(body, version);
  for (const std::string& filter : filters) {
    append_text(body, filter);
    append_byte(body, qos);
  }
  append_packet(to, 0x82, body);
}

void append_acknowledgement(byte_buffer& to, packet_type type, std::uint16_t packet_identifier) {
  const std::size_t flags = type == packet_type::pubrel ? 0x02U : 0U;
  append_byte(to, static_cast<std::size_t>(type) << 4U | flags);
  append_byte(to, 2);
  append_u16(to, packet_identifier);
}

void append_disconnect(byte_buffer& to) {
  append_byte(to, 0xE0);
  append_byte(to, 0);
}

framing next_frame(std::span<const std::byte> stream, frame& found) noexcept {
  std::size_t length = 0;
  for (std::size_t at = 1; at <= 4; ++at) {
    if (at >= stream.size()) return framing::partial;
    const auto part = std::to_integer<std::size_t>(stream[at]);
    length |= (part & 0x7FU) << (7 * (at - 1));
    if (part >= 0x80U) continue;
    if (stream.size() - at - 1 < length) return framing::partial;
    found = {std::to_integer<std::uint8_t>(stream[0]), stream.subspan(at + 1, length), at + 1 + length};
    return framing::complete;
  }
  return framing::malformed;
}

std::optional<received_publish> read_publish(const frame& packet, protocol version) noexcept {
  cursor in{packet.body};
  received_publish out;
  const auto topic = in.bytes(in.u16());
  out.topic = {reinterpret_cast<const char*>(topic.data()), topic.size()};
  out.qos = static_cast<std::uint8_t>(packet.first >> 1U & 3U);
  out.retain = (packet.first & 1U) != 0;
  out.duplicate = (packet.first & 8U) != 0;
  if (out.qos != 0) out.packet_identifier = in.u16();
  in.skip_properties(version);
  if (!in.complete()) return std::nullopt;
  out.payload = in.rest();
  return out;
}

std::optional<received_acknowledgement> read_acknowledgement(const frame& packet) noexcept {
  cursor in{packet.body};
  received_acknowledgement out;
  if (packet.type() == packet_type::connack) {
    in.byte();
    out.reason = in.byte();
  } else {
    out.packet_identifier = in.u16();
    if (!in.rest().empty()) out.reason = in.byte();
  }
  if (!in.complete()) return std::nullopt;
  return out;
}

std::optional<received_suback> read_suback(const frame& packet, protocol version) noexcept {
  cursor in{packet.body};
  in.u16();
  in.skip_properties(version);
  if (!in.complete()) return std::nullopt;
  received_suback out;
  for (const std::byte code : in.rest()) {
    ++(std::to_integer<std::uint8_t>(code) < first_refusal ? out.granted : out.refused);
  }
  return out;
}

}  // namespace nanomq::bench
