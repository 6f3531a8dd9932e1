#include "client_packet.hpp"

#include <array>
#include <string_view>

#include "packet_reader.hpp"

namespace nanomq::support {
namespace {

constexpr std::array<std::string_view, 16> kind_names = {
    "RESERVED",  "CONNECT", "CONNACK",     "PUBLISH",  "PUBACK",  "PUBREC",   "PUBREL",     "PUBCOMP",
    "SUBSCRIBE", "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"};

received_properties read_properties(reader& in) {
  received_properties result;
  reader part = in.part(in.variable());
  while (part.left() != 0) result.list.push_back(read_property(part));
  return result;
}

void read_connect(client_packet& packet, reader& in) {
  const std::string name = in.text();
  packet.level = in.u8();
  if (name != (packet.level == 3 ? "MQIsdp" : "MQTT")) malformed("protocol name " + name);
  const unsigned flags = in.u8();
  packet.clean_start = (flags & 2U) != 0;
  packet.keep_alive = in.u16();
  if (packet.level == 5) packet.props = read_properties(in);
  packet.client_id = in.text();
  if ((flags & 4U) != 0) {
    if (packet.level == 5) packet.will_props = read_properties(in);
    will_message will;
    will.qos = flags >> 3U & 3U;
    will.retain = (flags & 0x20U) != 0;
    will.topic = in.text();
    will.payload = in.text();
    packet.will = will;
  }
  if ((flags & 0x80U) != 0) packet.user_name = in.text();
  if ((flags & 0x40U) != 0) packet.password = in.text();
}

void read_publish(client_packet& packet, reader& in, version v) {
  packet.topic = in.text();
  if (packet.qos() == 3 || (packet.qos() == 0 && packet.dup())) malformed("PUBLISH flags");
  if (packet.qos() != 0) packet.id = in.u16();
  if (v == version::v5) packet.props = read_properties(in);
  packet.payload = in.raw(in.left());
}

void read_filters(client_packet& packet, reader& in, version v) {
  packet.id = in.u16();
  if (v == version::v5) packet.props = read_properties(in);
  while (in.left() != 0) {
    filter_request each;
    each.filter = in.text();
    if (packet.kind == SUBSCRIBE) each.options = in.u8();
    packet.filters.push_back(each);
  }
  if (packet.filters.empty()) malformed("no filter");
}

void read_code(client_packet& packet, reader& in) {
  if (in.left() != 0) packet.code = in.u8();
  if (in.left() != 0) packet.props = read_properties(in);
}

}  // namespace

std::string client_packet::described() const {
  std::string result(kind_names.at(kind));
  result += " flags " + std::to_string(flags);
  if (id != 0) result += " id " + std::to_string(id);
  if (code != 0) result += " code " + std::to_string(code);
  if (kind == PUBLISH) result += " topic " + topic.substr(0, 64) + " payload " + payload.substr(0, 64);
  for (const auto& each : filters) result += " " + each.filter;
  return result;
}

client_packet parse_client_packet(const octets& bytes, version v) {
  client_packet packet;
  packet.kind = static_cast<packet_kind>(bytes[0] >> 4U);
  packet.flags = bytes[0] & 15U;
  packet.bytes = bytes;
  std::size_t start = 1;
  while ((bytes[start] & 0x80U) != 0) ++start;
  reader in(bytes, start + 1, bytes.size());
  switch (packet.kind) {
    case CONNECT:
      read_connect(packet, in);
      break;
    case PUBLISH:
      read_publish(packet, in, v);
      break;
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
      packet.id = in.u16();
      read_code(packet, in);
      break;
    case SUBSCRIBE:
    case UNSUBSCRIBE:
      read_filters(packet, in, v);
      break;
    case PINGREQ:
      break;
    case DISCONNECT:
    case AUTH:
      read_code(packet, in);
      break;
    default:
      malformed("a packet that only servers send: " + bytes.hex());
  }
  if (in.left() != 0) malformed("bytes after the end: " + bytes.hex());
  return packet;
}

}  // namespace nanomq::support
