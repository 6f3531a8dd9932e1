#include "received_packet.hpp"

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include "packet_reader.hpp"

namespace nanomq::support {
namespace {

[[noreturn]] void wrong(const std::string& what) { throw std::runtime_error("the server sent a bad packet: " + what); }

constexpr std::array<std::string_view, 16> kind_names = {
    "RESERVED",  "CONNECT", "CONNACK",     "PUBLISH",  "PUBACK",  "PUBREC",   "PUBREL",     "PUBCOMP",
    "SUBSCRIBE", "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};

/// The properties that a server may put into a packet of this kind. Spec: MQTT 5.0 §2.2.2.2.
std::string_view allowed_properties(packet_kind kind) {
  switch (kind) {
    case CONNACK:
      return "\x11\x12\x13\x15\x16\x1A\x1C\x1F\x21\x22\x24\x25\x26\x27\x28\x29\x2A";
    case PUBLISH:
      return "\x01\x02\x03\x08\x09\x0B\x23\x26";
    case DISCONNECT:
      return "\x1C\x1F\x26";
    case AUTH:
      return "\x15\x16\x1F\x26";
    default:
      return "\x1F\x26";
  }
}

received_properties read_properties(reader& in, packet_kind kind) {
  received_properties result;
  reader part = in.part(in.variable());
  while (part.left() != 0) {
    const received_property one = read_property(part);
    if (allowed_properties(kind).find(static_cast<char>(one.id)) == std::string_view::npos)
      wrong("property " + std::to_string(one.id) + " in " + std::string(kind_names.at(kind)));
    const bool may_repeat = one.id == property::user_property || one.id == property::subscription_identifier;
    if (!may_repeat && result.has(one.id)) wrong("property " + std::to_string(one.id) + " twice");
    result.list.push_back(one);
  }
  return result;
}

void read_publish(received_packet& packet, reader& in, version v) {
  if (packet.qos() == 3) wrong("PUBLISH with QoS 3");
  if (packet.qos() == 0 && packet.dup()) wrong("PUBLISH with QoS 0 and DUP");
  packet.topic = in.text();
  if (packet.qos() != 0) {
    packet.id = in.u16();
    if (packet.id == 0) wrong("packet identifier 0");
  }
  if (v == version::v5) packet.props = read_properties(in, PUBLISH);
  packet.payload = in.raw(in.left());
}

void read_connack(received_packet& packet, reader& in, version v) {
  const unsigned acknowledge_flags = in.u8();
  if ((acknowledge_flags & 0xFEU) != 0) wrong("CONNACK flags");
  packet.session_present = acknowledge_flags != 0;
  packet.code = in.u8();
  if (packet.code != 0 && packet.session_present) wrong("session present in a refusal");
  if (v == version::v5) packet.props = read_properties(in, CONNACK);
}

void read_code_and_properties(received_packet& packet, reader& in, version v) {
  if (in.left() == 0) return;
  if (v != version::v5) wrong("bytes after the end: " + packet.bytes.hex());
  packet.code = in.u8();
  if (in.left() != 0) packet.props = read_properties(in, packet.kind);
}

void read_codes(received_packet& packet, reader& in, version v) {
  packet.id = in.u16();
  if (v == version::v5) packet.props = read_properties(in, packet.kind);
  if (v != version::v5 && packet.kind == UNSUBACK) return;
  while (in.left() != 0) packet.codes.push_back(in.u8());
}

}  // namespace

std::size_t received_properties::count(unsigned id) const {
  std::size_t result = 0;
  for (const auto& each : list) result += each.id == id ? 1U : 0U;
  return result;
}

std::optional<std::uint32_t> received_properties::number(unsigned id) const {
  for (const auto& each : list)
    if (each.id == id) return each.number;
  return std::nullopt;
}

std::optional<std::string> received_properties::text(unsigned id) const {
  for (const auto& each : list)
    if (each.id == id) return each.text;
  return std::nullopt;
}

std::vector<std::uint32_t> received_properties::numbers(unsigned id) const {
  std::vector<std::uint32_t> result;
  for (const auto& each : list)
    if (each.id == id) result.push_back(each.number);
  return result;
}

std::vector<std::pair<std::string, std::string>> received_properties::user() const {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& each : list)
    if (each.id == property::user_property) result.emplace_back(each.text, each.second);
  return result;
}

std::string received_packet::described() const {
  std::string result(kind_names.at(kind));
  result += " flags " + std::to_string(flags);
  if (id != 0) result += " id " + std::to_string(id);
  if (code != 0) result += " code " + octets{static_cast<int>(code)}.hex();
  for (unsigned each : codes) result += " " + octets{static_cast<int>(each)}.hex();
  if (kind == PUBLISH) result += " topic " + topic.substr(0, 64) + " payload " + payload.substr(0, 64);
  if (auto reason = props.text(property::reason_string)) result += " (" + *reason + ")";
  return result;
}

std::optional<std::size_t> packet_length(const octets& bytes) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    if (i > 4) wrong("a Remaining Length of five bytes");
    length |= static_cast<std::size_t>(bytes[i] & 0x7FU) << (7 * (i - 1));
    if ((bytes[i] & 0x80U) == 0) return length + i + 1;
  }
  return std::nullopt;
}

received_packet parse_packet(const octets& bytes, version v) {
  received_packet packet;
  packet.kind = static_cast<packet_kind>(bytes[0] >> 4U);
  packet.flags = bytes[0] & 15U;
  packet.bytes = bytes;
  std::size_t start = 1;
  while ((bytes[start] & 0x80U) != 0) ++start;
  reader in(bytes, start + 1, bytes.size());
  if (packet.kind != PUBLISH && packet.flags != (packet.kind == PUBREL ? 2U : 0U)) wrong("flags: " + bytes.hex());
  switch (packet.kind) {
    case PUBLISH:
      read_publish(packet, in, v);
      break;
    case CONNACK:
      read_connack(packet, in, v);
      break;
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
      packet.id = in.u16();
      read_code_and_properties(packet, in, v);
      break;
    case SUBACK:
    case UNSUBACK:
      read_codes(packet, in, v);
      break;
    case PINGRESP:
      break;
    case DISCONNECT:
    case AUTH:
      if (v != version::v5) wrong("a packet that exists in 5.0 only: " + bytes.hex());
      read_code_and_properties(packet, in, v);
      break;
    default:
      wrong("a packet that only clients send: " + bytes.hex());
  }
  if (in.left() != 0) wrong("bytes after the end: " + bytes.hex());
  return packet;
}

}  // namespace nanomq::support
