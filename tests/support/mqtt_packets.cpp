#include "mqtt_packets.hpp"

namespace nanomq::support {

std::string name_of(version value) {
  switch (value) {
    case version::v3_1:
      return "v3_1";
    case version::v3_1_1:
      return "v3_1_1";
    case version::v5:
      return "v5";
  }
  return "unknown";
}

octets connect_packet::encode(version v) const {
  const bool five = v == version::v5;
  unsigned bits = clean_start ? 0x02U : 0U;
  if (will) bits |= 0x04U | (will->qos << 3U) | (will->retain ? 0x20U : 0U);
  if (password) bits |= 0x40U;
  if (user_name) bits |= 0x80U;
  octets body;
  body.text(protocol_name.value_or(v == version::v3_1 ? "MQIsdp" : "MQTT"));
  body.u8(level.value_or(static_cast<unsigned>(v)));
  body.u8(flags.value_or(bits));
  body.u16(keep_alive);
  if (five) body.raw(props.encoded());
  body.text(client_id);
  if (will) {
    if (five) body.raw(will->props.encoded());
    body.text(will->topic).text(will->payload);
  }
  if (user_name) body.text(*user_name);
  if (password) body.text(*password);
  return framed(CONNECT << 4U, body);
}

octets publish_packet::encode(version v) const {
  octets body;
  body.text(topic);
  if (qos != 0) body.u16(id);
  if (v == version::v5) body.raw(props.encoded());
  body.raw(payload);
  return framed((PUBLISH << 4U) | (dup ? 8U : 0U) | (qos << 1U) | (retain ? 1U : 0U), body);
}

octets subscribe_packet::encode(version v) const {
  octets body;
  body.u16(id);
  if (v == version::v5) body.raw(props.encoded());
  for (const auto& each : filters) body.text(each.filter).u8(each.options);
  return framed((SUBSCRIBE << 4U) | 2U, body);
}

octets unsubscribe_packet::encode(version v) const {
  octets body;
  body.u16(id);
  if (v == version::v5) body.raw(props.encoded());
  for (const auto& each : filters) body.text(each);
  return framed((UNSUBSCRIBE << 4U) | 2U, body);
}

octets acknowledgement::encode(version v) const {
  octets body;
  body.u16(id);
  if (v == version::v5 && (code != 0 || !props.empty())) body.u8(code);
  if (v == version::v5 && !props.empty()) body.raw(props.encoded());
  return framed((static_cast<unsigned>(kind) << 4U) | (kind == PUBREL ? 2U : 0U), body);
}

octets disconnect_packet::encode(version v) const {
  octets body;
  if (v == version::v5 && (code != 0 || !props.empty())) body.u8(code);
  if (v == version::v5 && !props.empty()) body.raw(props.encoded());
  return framed(DISCONNECT << 4U, body);
}

octets auth_packet::encode(version) const {
  octets body;
  if (code != 0 || !props.empty()) body.u8(code).raw(props.encoded());
  return framed(AUTH << 4U, body);
}

octets pingreq() { return framed(PINGREQ << 4U, {}); }

}  // namespace nanomq::support
