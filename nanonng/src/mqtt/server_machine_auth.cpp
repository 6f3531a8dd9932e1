// The server's half of enhanced authentication: whose turn it is, and with which method. What is said is the owner's
// business. Spec: MQTT 5.0 §3.15, §4.12.
#include <new>

#include "nanonng/mqtt/server_machine.hpp"

namespace nanonng::mqtt {

namespace {

action fail(reason_code reason, std::string_view why) noexcept { return {action::kind::fail, reason, why}; }

}  // namespace

bool server_machine::keep_method(std::string_view method) noexcept {
  try {
    method_ = std::make_unique<const std::string>(method);
    turn_ = authentication::owner;
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// After CONNECT with a method, and before CONNACK, nothing but AUTH and DISCONNECT [MQTT-3.1.2-30].
action server_machine::on_early_packet(const frame& packet, incoming& into) noexcept {
  if (packet.type == packet_type::auth) return on_auth(packet, into);
  if (packet.type == packet_type::disconnect) return on_disconnect(packet, into);
  return fail(reason_code::protocol_error, "neither AUTH nor DISCONNECT while authentication goes on");
}

action server_machine::on_auth(const frame& packet, incoming& into) noexcept {
  const reason_code reason = decode(packet, version_, settings_->limits, into.reason);
  if (reason != reason_code::success) return fail(reason, name_of(reason));
  // No authentication method was agreed on in CONNECT [MQTT-4.12.0-7].
  if (!method_) return fail(reason_code::protocol_error, "AUTH without an authentication method");
  const properties& props = into.reason.props;
  // [MQTT-4.12.0-5] [MQTT-4.12.1-1]
  if (!props.has(property_id::authentication_method) || props.authentication_method != *method_) {
    return fail(reason_code::protocol_error, "AUTH with another authentication method");
  }
  // [MQTT-4.12.0-3]: with 0x18 it answers; it may begin by itself, with 0x19, only when all is said.
  const bool begins = open_ && turn_ == authentication::none;
  if (!begins && turn_ != authentication::client) return fail(reason_code::protocol_error, "AUTH out of turn");
  if (into.reason.reason != (begins ? reason_code::reauthenticate : reason_code::continue_authentication)) {
    return fail(reason_code::protocol_error, "AUTH with a reason that is not due");
  }
  turn_ = authentication::owner;
  return {action::kind::authenticate, into.reason.reason};
}

// No Reason String and no User Property: there is nothing to tell in them [MQTT-3.15.2-2] [MQTT-3.15.2-3].
bool server_machine::append_auth(reason_code reason, bytes data, buffer& out) const {
  property_writer block;
  block.text(property_id::authentication_method, authentication_method());  // [MQTT-4.12.0-5]
  if (!data.empty()) block.binary(property_id::authentication_data, data);
  const std::size_t before = out.size();
  encode_reason_into(out, packet_type::auth, reason, version_, block.block());
  if (out.size() - before <= client_maximum_packet_size_) return true;  // [MQTT-3.1.2-24]
  out.resize(before);
  return false;
}

bool server_machine::challenge(bytes data, buffer& out) {
  if (!append_auth(reason_code::continue_authentication, data, out)) return false;  // [MQTT-4.12.0-2]
  turn_ = authentication::client;
  return true;
}

bool server_machine::authenticated(bytes data, buffer& out) {
  if (!append_auth(reason_code::success, data, out)) return false;
  turn_ = authentication::none;
  return true;
}

}  // namespace nanonng::mqtt
