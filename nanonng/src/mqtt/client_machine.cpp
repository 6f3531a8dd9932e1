// What goes where, keep alive, and the end of a connection.
#include "nanonng/mqtt/client_machine.hpp"

#include <algorithm>

#include "reason_sets.hpp"
#include "self_check.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

namespace {

/// Whether a server may say this in DISCONNECT [MQTT-3.14.2-1].
[[nodiscard]] bool may_server_disconnect_with(reason_code reason) noexcept {
  return reason != reason_code::disconnect_with_will;
}

}  // namespace

client_action client_machine::fail(reason_code reason, std::string_view why) noexcept {
  state_ = state::over;
  return {.what = client_action::kind::fail, .reason = reason, .why = why};
}

client_action client_machine::ignore(std::string_view why) noexcept {
  ++ignored_;
  return {.what = client_action::kind::ignored, .why = why};
}

client_action client_machine::reject(reason_code reason) noexcept { return fail(reason, name_of(reason)); }

client_action client_machine::receive(const frame& packet, nanolib::instant now, client_incoming& into) noexcept {
  last_received_ = now;
  switch (state_) {
    case state::open:
      return receive_open(packet, into);
    case state::connecting:
      return receive_connecting(packet, into);
    case state::over:
      return ignore("the connection has ended");  // [MQTT-3.14.4-1]
    case state::idle:
      break;
  }
  return fail(reason_code::protocol_error, "a packet before CONNECT");
}

client_action client_machine::receive_connecting(const frame& packet, client_incoming& into) noexcept {
  switch (packet.type) {
    case packet_type::connack:
      return on_connack(packet, into);
    case packet_type::auth:
      return on_auth(packet, into);
    default:
      // [MQTT-3.2.0-1] [MQTT-3.14.0-1]
      return fail(reason_code::protocol_error, "the first packet is not CONNACK");
  }
}

client_action client_machine::receive_open(const frame& packet, client_incoming& into) noexcept {
  switch (packet.type) {
    case packet_type::publish:
      return on_publish(packet, into);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
      return on_acknowledgement(packet, into);
    case packet_type::suback:
    case packet_type::unsuback:
      return on_suback(packet, into);
    case packet_type::pingresp:
      return on_pingresp(packet);
    case packet_type::disconnect:
      return on_disconnect(packet, into);
    case packet_type::auth:
      return on_auth(packet, into);
    case packet_type::connack:
      return fail(reason_code::protocol_error, "a second CONNACK");  // [MQTT-3.2.0-2]
    case packet_type::connect:
    case packet_type::subscribe:
    case packet_type::unsubscribe:
    case packet_type::pingreq:
      break;
  }
  return fail(reason_code::protocol_error, "a packet that only a client sends");
}

// ---- keep alive ----

nanolib::instant client_machine::deadline() const noexcept {
  if (state_ == state::connecting) return waits_since_ + settings_->connect_timeout;
  if (state_ != state::open) return nanolib::never;
  const nanolib::duration keep_alive(std::int64_t{limits_.keep_alive_s} * 1000);
  const bool is_patient = ping_open_ && ping_is_patient_;
  if (ping_open_ && !is_patient) return std::max(waits_since_, last_received_) + settings_->ping_timeout;
  if (limits_.keep_alive_s == 0) return nanolib::never;
  if (is_patient) return std::max(waits_since_, last_received_) + std::max(settings_->ping_timeout, keep_alive);
  // Also when only nothing arrives: a client that publishes QoS 0 would never find out that nobody is there.
  return std::min(last_sent_, last_received_) + keep_alive;
}

client_action client_machine::tick(nanolib::instant now) noexcept {
  if (now < deadline()) return {};
  if (state_ == state::connecting) return fail(reason_code::server_unavailable, "no CONNACK in time");
  if (state_ != state::open) return {};
  if (ping_open_) return fail(reason_code::keep_alive_timeout, "no PINGRESP in time");
  // [MQTT-3.1.2-20]
  if (!push_answer(packet_type::pingreq, 0, reason_code::success, false)) {
    return fail(reason_code::quota_exceeded, "out of memory");
  }
  ping_open_ = true;
  ping_is_patient_ = false;
  waits_since_ = last_sent_ = now;
  return {};
}

bool client_machine::ping(nanolib::instant now) noexcept {
  if (!is_open()) return false;
  if (ping_open_) return true;
  if (!push_answer(packet_type::pingreq, 0, reason_code::success, false)) return false;
  ping_open_ = ping_is_patient_ = true;
  waits_since_ = now;
  return true;
}

client_action client_machine::on_pingresp(const frame& packet) noexcept {
  if (decode_ping(packet) != reason_code::success) return fail(reason_code::malformed_packet, "PINGRESP with a body");
  // [MQTT-1.5.5-1]
  if (packet.padded_length && is_v5()) return fail(reason_code::malformed_packet, "length longer than needed");
  if (!ping_open_) return ignore("PINGRESP without PINGREQ");
  ping_open_ = false;
  return {};
}

// ---- the end ----

client_action client_machine::on_disconnect(const frame& packet, client_incoming& into) noexcept {
  const reason_code fault = decode(packet, version_, settings_->limits, into.reason);
  if (fault != reason_code::success) return fail(fault, name_of(fault));
  if (!is_v5()) return fail(reason_code::protocol_error, "DISCONNECT from a server before 5.0");
  if (!may_server_disconnect_with(into.reason.reason)) {
    return fail(reason_code::protocol_error, "a reason that only a client gives");
  }
  if (into.reason.props.has(property_id::session_expiry_interval)) {  // [MQTT-3.14.2-2]
    return fail(reason_code::protocol_error, "session expiry interval from a server");
  }
  state_ = state::over;
  may_part_ = false;
  return {.what = client_action::kind::ended, .reason = into.reason.reason, .why = name_of(into.reason.reason)};
}

verdict client_machine::disconnect(reason_code reason, std::optional<std::uint32_t> session_expiry_s,
                                   bytes user_properties, buffer& out) {
  if (state_ != state::connecting && state_ != state::open) return {reason_code::protocol_error, "not connected"};
  // [MQTT-3.14.2-1]; before 5.0 there are no words for any but the first.
  const auto code = static_cast<std::uint32_t>(reason);
  if (!client_disconnect_reasons.contains(code) || (!is_v5() && reason == reason_code::disconnect_with_will)) {
    return {reason_code::protocol_error, "a client does not disconnect with this reason"};
  }
  if (!are_user_properties(user_properties)) {
    return {reason_code::malformed_packet, "a field of DISCONNECT is not valid"};
  }
  property_writer block;
  if (session_expiry_s && is_v5()) {
    if (*session_expiry_s != 0 && !may_expire_) {  // [MQTT-3.1.2-23]
      return {reason_code::protocol_error, "session expiry interval raised from 0"};
    }
    block.four_byte(property_id::session_expiry_interval, *session_expiry_s);
  }
  block.raw(user_properties);
  buffer last;
  const auto encode = [&] { encode_reason_into(last, packet_type::disconnect, reason, version_, block.block()); };
  const reason_code fault = append_checked(last, limits_.maximum_packet_size, encode, [this](const frame& made) {
    reason_view view;
    return decode(made, version_, any_limits, view);
  });
  if (fault != reason_code::success) return {fault, name_of(fault)};  // [MQTT-3.14.2-4]
  append_answers(out);
  out.insert(out.end(), last.begin(), last.end());
  state_ = state::over;  // [MQTT-3.14.4-1]
  may_part_ = false;
  return {};
}

void client_machine::part_into(const client_action& failure, buffer& out) const {
  if (!may_part_ || !is_v5() || failure.what != client_action::kind::fail) return;
  const bool may_say = client_disconnect_reasons.contains(static_cast<std::uint32_t>(failure.reason));
  const reason_code reason = may_say ? failure.reason : reason_code::unspecified_error;  // [MQTT-3.14.2-1]
  const std::size_t start = out.size();
  property_writer block;
  block.text(property_id::reason_string, failure.why);
  encode_reason_into(out, packet_type::disconnect, reason, version_, block.block());
  if (out.size() - start <= limits_.maximum_packet_size) return;
  out.resize(start);  // [MQTT-3.14.2-3]
  encode_reason_into(out, packet_type::disconnect, reason, version_, {});
  if (out.size() - start > limits_.maximum_packet_size) out.resize(start);
}

void client_machine::disconnected() noexcept {
  state_ = state::over;
  may_part_ = false;
  answers_.clear();
  session_->end_connection();
}

}  // namespace nanonng::mqtt
