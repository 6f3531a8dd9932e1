#include "nanonng/mqtt/server_machine.hpp"

#include <algorithm>
#include <new>

#include "alias_resolution.hpp"
#include "reason_sets.hpp"

namespace nanonng::mqtt {

namespace {

action fail(reason_code reason, std::string_view why) noexcept { return {action::kind::fail, reason, why}; }

}  // namespace

action server_machine::reject(reason_code reason) const noexcept { return fail(reason, name_of(reason)); }

action server_machine::receive(const frame& packet, nanolib::instant now, incoming& into) noexcept {
  last_received_ = now;
  if (!open_) {
    if (turn_ == authentication::client) return on_early_packet(packet, into);
    // [MQTT-3.1.0-1]
    if (packet.type != packet_type::connect || seen_connect_) {
      return fail(reason_code::protocol_error, "the first packet is not CONNECT");
    }
    return on_connect(packet, into);
  }
  switch (packet.type) {
    case packet_type::publish:
      return on_publish(packet, into);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
      return on_acknowledgement(packet, into);
    case packet_type::subscribe:
    case packet_type::unsubscribe:
      return on_subscribe(packet, into);
    case packet_type::pingreq:
      if (decode_ping(packet) != reason_code::success)
        return fail(reason_code::malformed_packet, "PINGREQ with a body");
      // [MQTT-1.5.5-1]; the other packets' decoders see to it themselves.
      if (packet.padded_length && is_v5()) return fail(reason_code::malformed_packet, "length longer than needed");
      return {action::kind::ping};
    case packet_type::disconnect:
      return on_disconnect(packet, into);
    case packet_type::auth:
      return on_auth(packet, into);
    case packet_type::connect:
      return fail(reason_code::protocol_error, "a second CONNECT");  // [MQTT-3.1.0-2]
    case packet_type::connack:
    case packet_type::suback:
    case packet_type::unsuback:
    case packet_type::pingresp:
      break;
  }
  return fail(reason_code::protocol_error, "a packet that only a server sends");
}

action server_machine::on_connect(const frame& packet, incoming& into) noexcept {
  seen_connect_ = true;
  const reason_code reason = decode(packet, settings_->limits, into.connect);
  version_ = into.connect.version;
  if (reason != reason_code::success) return fail(reason, name_of(reason));
  const properties& props = into.connect.props;
  const bool v5 = version_ == protocol_version::v5;
  if (v5 && props.has(property_id::maximum_packet_size)) client_maximum_packet_size_ = props.maximum_packet_size;
  if (v5 && props.has(property_id::receive_maximum)) client_receive_maximum_ = props.receive_maximum;
  if (v5 && props.has(property_id::request_problem_information)) {
    problem_information_ = props.request_problem_information != 0;
  }
  if (v5 && props.has(property_id::authentication_method) && !keep_method(props.authentication_method)) {
    return fail(reason_code::quota_exceeded, "out of memory");
  }
  return {action::kind::open};
}

void server_machine::accept(const connect_view& packet, nanolib::identifier_set& unreleased,
                            nanolib::instant now) noexcept {
  open_ = true;
  turn_ = authentication::none;
  unreleased_ = &unreleased;
  carried_over_ = static_cast<std::uint32_t>(unreleased.size());
  last_received_ = now;
  keep_alive_s_ = packet.keep_alive_s;  // [MQTT-3.2.2-22]
  // Only 5.0 has a way to tell the client: before, it would be cut off for keeping its own promise.
  const std::uint16_t most = is_v5() ? settings_->maximum_keep_alive_s : std::uint16_t{0};
  if (most != 0 && (keep_alive_s_ == 0 || keep_alive_s_ > most)) {
    keep_alive_s_ = most;
    server_sets_keep_alive_ = true;
  }
  if (version_ != protocol_version::v5) {
    session_expiry_s_ = packet.clean_start ? 0 : settings_->maximum_session_expiry_s;
    return;
  }
  const properties& props = packet.props;
  if (props.has(property_id::session_expiry_interval)) {
    session_expiry_s_ = std::min(props.session_expiry_interval, settings_->maximum_session_expiry_s);
  }
  // [MQTT-3.1.2-26] [MQTT-3.1.2-27]
  const std::uint16_t aliases = props.has(property_id::topic_alias_maximum)
                                    ? std::min(props.topic_alias_maximum, settings_->topic_alias_maximum)
                                    : std::uint16_t{0};
  if (aliases > 0) sent_.reset(new (std::nothrow) sent_aliases(aliases));
}

nanolib::instant server_machine::keep_alive_deadline() const noexcept {
  if (!open_ || keep_alive_s_ == 0) return nanolib::never;
  // One and a half times the interval [MQTT-3.1.2-22].
  return last_received_ + nanolib::duration(std::int64_t{keep_alive_s_} * 1500);
}

// CONNACK once, and DISCONNECT only after one that accepted [MQTT-3.2.0-2] [MQTT-3.14.0-1].
server_machine::parting server_machine::how_to_part() const noexcept {
  if (open_) return is_v5() ? parting::disconnect : parting::silence;
  return seen_connect_ ? parting::connack : parting::silence;
}

action server_machine::on_publish(const frame& packet, incoming& into) noexcept {
  publish_view& publish = into.publish;
  const reason_code reason = decode(packet, version_, settings_->limits, publish);
  if (reason != reason_code::success) {
    return fail(reason, name_of(reason));
  }
  if (version_ == protocol_version::v5) {
    if (publish.props.has(property_id::subscription_identifier)) {  // [MQTT-3.3.4-6]
      return fail(reason_code::protocol_error, "subscription identifier from a client");
    }
    // All up to our maximum and no other: [MQTT-3.2.2-17] [MQTT-3.2.2-18] [MQTT-3.3.2-9] [MQTT-3.3.2-12]
    const alias_fault fault = resolve_alias(publish, settings_->topic_alias_maximum, received_);
    if (fault.reason != reason_code::success) return fail(fault.reason, fault.why);
  }
  // With QoS 1 nothing is kept that a later PUBLISH could be taken for: each is a new message [MQTT-4.3.2-5].
  if (publish.qos != quality_of_service::exactly_once) return {action::kind::deliver};
  // Method A of §4.3.3: routed when it comes, and the identifier kept until PUBREL. What an earlier connection left
  // uses up nothing of this one's quota, which begins anew with it (§4.9).
  if (!unreleased_->contains(publish.packet_identifier) && version_ == protocol_version::v5 &&
      unreleased_->size() >= std::size_t{settings_->receive_maximum} + carried_over_) {
    // [MQTT-3.3.4-7] [MQTT-3.3.4-9]
    return fail(reason_code::receive_maximum_exceeded, "receive maximum exceeded");
  }
  switch (unreleased_->insert(publish.packet_identifier)) {  // [MQTT-4.3.3-10]
    case nanolib::identifier_set::inserted::fresh:
      return {action::kind::deliver};
    case nanolib::identifier_set::inserted::present:
      return {action::kind::repeat};
    case nanolib::identifier_set::inserted::no_memory:
      break;
  }
  return fail(reason_code::quota_exceeded, "out of memory");
}

action server_machine::on_acknowledgement(const frame& packet, incoming& into) noexcept {
  const reason_code reason = decode(packet, version_, settings_->limits, into.acknowledgement);
  if (reason != reason_code::success) return fail(reason, name_of(reason));
  switch (packet.type) {
    case packet_type::puback:
      return {action::kind::puback};
    case packet_type::pubrec:
      return {action::kind::pubrec};
    case packet_type::pubcomp:
      return {action::kind::pubcomp};
    default:
      break;
  }
  // [MQTT-4.3.3-11]; the next PUBLISH with it is a new message [MQTT-4.3.3-12].
  const bool known = unreleased_->erase(into.acknowledgement.packet_identifier);
  return {action::kind::release, known ? reason_code::success : reason_code::packet_identifier_not_found};
}

action server_machine::on_subscribe(const frame& packet, incoming& into) noexcept {
  const reason_code reason = decode(packet, version_, settings_->limits, into.subscribe);
  if (reason != reason_code::success) return fail(reason, name_of(reason));
  return {packet.type == packet_type::subscribe ? action::kind::subscribe : action::kind::unsubscribe};
}

action server_machine::on_disconnect(const frame& packet, incoming& into) noexcept {
  const reason_code reason = decode(packet, version_, settings_->limits, into.reason);
  if (reason != reason_code::success) return fail(reason, name_of(reason));
  if (version_ != protocol_version::v5) return {action::kind::end};
  if (!client_disconnect_reasons.contains(static_cast<std::uint32_t>(into.reason.reason))) {
    return fail(reason_code::protocol_error, "a reason that only a server gives");  // [MQTT-3.14.2-1]
  }
  const properties& props = into.reason.props;
  if (props.has(property_id::server_reference)) {
    return fail(reason_code::protocol_error, "server reference from a client");
  }
  if (props.has(property_id::session_expiry_interval)) {
    // [MQTT-3.1.2-23]: a session that was to end with the connection cannot be made to stay.
    if (session_expiry_s_ == 0 && props.session_expiry_interval != 0) {
      return fail(reason_code::protocol_error, "session expiry interval raised from 0");
    }
    session_expiry_s_ = std::min(props.session_expiry_interval, settings_->maximum_session_expiry_s);
  }
  return {action::kind::end, into.reason.reason, "client disconnected"};
}

namespace {

// [MQTT-4.12.0-5], and without a method in CONNECT nothing of it [MQTT-4.12.0-6].
void append_authentication(const server_machine& machine, const connack_choice& choice, property_writer& block) {
  if (machine.authentication_method().empty()) return;
  block.text(property_id::authentication_method, machine.authentication_method());
  if (!choice.authentication_data.empty()) {
    block.binary(property_id::authentication_data, choice.authentication_data);
  }
}

}  // namespace

// What is not written here is never sent: Response Information [MQTT-3.1.2-28], user properties [MQTT-3.2.2-20].
buffer connack_properties(const server_settings& settings, const server_machine& machine, const connect_view& packet,
                          const connack_choice& choice) {
  property_writer block;
  const properties& props = packet.props;
  if (props.has(property_id::session_expiry_interval) && props.session_expiry_interval != choice.session_expiry_s) {
    block.four_byte(property_id::session_expiry_interval, choice.session_expiry_s);
  }
  block.two_byte(property_id::receive_maximum, settings.receive_maximum);
  block.four_byte(property_id::maximum_packet_size, settings.limits.maximum_packet_size);
  block.two_byte(property_id::topic_alias_maximum, settings.topic_alias_maximum);
  if (!choice.assigned_client_identifier.empty()) {
    block.text(property_id::assigned_client_identifier, choice.assigned_client_identifier);  // [MQTT-3.2.2-16]
  }
  if (machine.server_sets_keep_alive()) {
    block.two_byte(property_id::server_keep_alive, machine.keep_alive_s());  // [MQTT-3.2.2-21]
  }
  append_authentication(machine, choice, block);
  const bytes made = block.block();
  return {made.begin(), made.end()};
}

buffer indispensable_connack_properties(const server_machine& machine, const connack_choice& choice) {
  property_writer block;
  append_authentication(machine, choice, block);
  const bytes made = block.block();
  return {made.begin(), made.end()};
}

}  // namespace nanonng::mqtt
