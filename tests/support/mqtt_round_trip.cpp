#include "mqtt_round_trip.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace nanonng::mqtt::testing {

namespace {

[[nodiscard]] bool same(bytes a, bytes b) { return std::ranges::equal(a, b); }
[[nodiscard]] bool same(const properties& a, const properties& b) {
  return same(a.raw, b.raw) && a.present == b.present && a.user_properties == b.user_properties;
}

[[nodiscard]] std::string compare(const connect_view& a, const connect_view& b) {
  if (a.version != b.version || a.clean_start != b.clean_start || a.keep_alive_s != b.keep_alive_s) return "header";
  if (a.client_id != b.client_id) return "client identifier";
  if (a.has_user_name != b.has_user_name || a.user_name != b.user_name) return "user name";
  if (a.has_password != b.has_password || !same(a.password, b.password)) return "password";
  if (a.has_will != b.has_will || !same(a.props, b.props)) return "properties";
  if (!a.has_will) return {};
  if (a.will.topic != b.will.topic || !same(a.will.payload, b.will.payload)) return "will message";
  if (a.will.qos != b.will.qos || a.will.retain != b.will.retain) return "will flags";
  return same(a.will.props, b.will.props) ? "" : "will properties";
}
[[nodiscard]] std::string compare(const connack_view& a, const connack_view& b) {
  if (a.session_present != b.session_present || a.reason != b.reason) return "header";
  return same(a.props, b.props) ? "" : "properties";
}
[[nodiscard]] std::string compare(const publish_view& a, const publish_view& b) {
  if (a.dup != b.dup || a.retain != b.retain || a.qos != b.qos) return "flags";
  if (a.packet_identifier != b.packet_identifier || a.topic != b.topic) return "header";
  return !same(a.props, b.props) ? "properties" : same(a.payload, b.payload) ? "" : "payload";
}
[[nodiscard]] std::string compare(const acknowledgement_view& a, const acknowledgement_view& b) {
  if (a.packet_identifier != b.packet_identifier || a.reason != b.reason) return "header";
  return same(a.props, b.props) ? "" : "properties";
}
[[nodiscard]] std::string compare(const subscribe_view& a, const subscribe_view& b) {
  if (a.packet_identifier != b.packet_identifier || a.count != b.count) return "header";
  if (!same(a.props, b.props)) return "properties";
  return a.with_options == b.with_options && same(a.entries, b.entries) ? "" : "entries";
}
[[nodiscard]] std::string compare(const suback_view& a, const suback_view& b) {
  if (a.packet_identifier != b.packet_identifier || !same(a.props, b.props)) return "header";
  return same(a.reasons, b.reasons) ? "" : "reasons";
}
[[nodiscard]] std::string compare(const reason_view& a, const reason_view& b) {
  return a.reason == b.reason && same(a.props, b.props) ? "" : "contents";
}

void encode(buffer& out, const frame&, protocol_version, const connect_view& view) {
  encode_into(out, view, view.props.raw, view.has_will ? view.will.props.raw : bytes{});
}
void encode(buffer& out, const frame&, protocol_version version, const connack_view& view) {
  encode_connack_into(out, view.session_present, view.reason, version, view.props.raw);
}
void encode(buffer& out, const frame&, protocol_version version, const publish_view& view) {
  outgoing_publish packet;
  packet.topic = view.topic;
  packet.properties = view.props.raw;
  packet.payload = view.payload;
  packet.dup = view.dup;
  packet.retain = view.retain;
  packet.qos = view.qos;
  packet.packet_identifier = view.packet_identifier;
  encode_publish_into(out, packet, version);
}
void encode(buffer& out, const frame& from, protocol_version version, const acknowledgement_view& view) {
  encode_acknowledgement_into(out, from.type, view.packet_identifier, view.reason, version, view.props.raw);
}
void encode(buffer& out, const frame&, protocol_version version, const subscribe_view& view) {
  std::vector<subscription_request> entries;
  std::vector<std::string_view> filters;
  subscription_reader reader(view);
  for (subscription_request entry; reader.next(entry);) {
    entries.push_back(entry);
    filters.push_back(entry.filter);
  }
  if (view.with_options) {
    encode_subscribe_into(out, view.packet_identifier, entries, version, view.props.raw);
  } else {
    encode_unsubscribe_into(out, view.packet_identifier, filters, version, view.props.raw);
  }
}
void encode(buffer& out, const frame& from, protocol_version version, const suback_view& view) {
  std::vector<reason_code> reasons;
  for (const std::byte code : view.reasons) reasons.push_back(static_cast<reason_code>(code));
  encode_suback_into(out, from.type, view.packet_identifier, reasons, version, view.props.raw);
}
void encode(buffer& out, const frame& from, protocol_version version, const reason_view& view) {
  encode_reason_into(out, from.type, view.reason, version, view.props.raw);
}

template <class View>
[[nodiscard]] reason_code decode_as(const frame& from, protocol_version version, const decode_limits& limits,
                                    View& into) {
  if constexpr (std::is_same_v<View, connect_view>) {
    return decode(from, limits, into);
  } else {
    return decode(from, version, limits, into);
  }
}

template <class View>
[[nodiscard]] round_trip run_as(const frame& from, protocol_version version, const decode_limits& limits) {
  round_trip result;
  View first;
  result.reason = decode_as(from, version, limits, first);
  if (result.reason != reason_code::success) return result;
  encode(result.encoded, from, version, first);
  const framing again = next_frame(result.encoded, std::numeric_limits<std::uint32_t>::max());
  if (again.status != decode_status::done || again.packet.size != result.encoded.size()) {
    result.fault = "what was encoded is not one frame";
    return result;
  }
  View second;
  if (again.packet.type != from.type) {
    result.fault = "the packet type differs";
  } else if (decode_as(again.packet, version, limits, second) != reason_code::success) {
    result.fault = "what was encoded is refused";
  } else if (const std::string where = compare(first, second); !where.empty()) {
    result.fault = where + " differs";
  }
  return result;
}

[[nodiscard]] round_trip run_ping(const frame& from) {
  round_trip result;
  result.reason = decode_ping(from);
  if (result.reason == reason_code::success) encode_ping_into(result.encoded, from.type);
  return result;
}

}  // namespace

round_trip run_round_trip(const frame& from, protocol_version version, const decode_limits& limits) {
  switch (from.type) {
    case packet_type::connect:
      return run_as<connect_view>(from, version, limits);
    case packet_type::connack:
      return run_as<connack_view>(from, version, limits);
    case packet_type::publish:
      return run_as<publish_view>(from, version, limits);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
      return run_as<acknowledgement_view>(from, version, limits);
    case packet_type::subscribe:
    case packet_type::unsubscribe:
      return run_as<subscribe_view>(from, version, limits);
    case packet_type::suback:
    case packet_type::unsuback:
      return run_as<suback_view>(from, version, limits);
    case packet_type::disconnect:
    case packet_type::auth:
      return run_as<reason_view>(from, version, limits);
    default:
      return run_ping(from);
  }
}

reason_code decode_any(const frame& from, protocol_version version, const decode_limits& limits) {
  return run_round_trip(from, version, limits).reason;
}

}  // namespace nanonng::mqtt::testing
