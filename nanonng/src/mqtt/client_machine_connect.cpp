// How a connection begins: CONNECT, AUTH, CONNACK.
#include <algorithm>
#include <new>
#include <utility>

#include "nanonng/mqtt/client_machine.hpp"
#include "self_check.hpp"
#include "wire.hpp"

namespace nanonng::mqtt {

namespace {

[[nodiscard]] bool is_too_long(const connect_view& packet) noexcept {
  const std::size_t longest = std::max({packet.client_id.size(), packet.user_name.size(), packet.password.size(),
                                        packet.will.topic.size(), packet.will.payload.size()});
  return longest > maximum_string_size;
}

/// Spec: MQTT 5.0 §3.1.2.11. What is left out stands for its default.
[[nodiscard]] property_writer connect_properties(const client_settings& settings, const connect_options& options) {
  property_writer block;
  if (options.session_expiry_s != 0) {
    block.four_byte(property_id::session_expiry_interval, options.session_expiry_s);
  }
  if (settings.receive_maximum != 0xFFFF) {
    block.two_byte(property_id::receive_maximum, std::max<std::uint16_t>(settings.receive_maximum, 1));
  }
  if (settings.limits.maximum_packet_size <= maximum_variable_byte_integer) {
    block.four_byte(property_id::maximum_packet_size, std::max(settings.limits.maximum_packet_size, 1U));
  }
  if (settings.topic_alias_maximum != 0) block.two_byte(property_id::topic_alias_maximum, settings.topic_alias_maximum);
  if (options.request_response_information) block.byte(property_id::request_response_information, 1);
  if (!options.request_problem_information) block.byte(property_id::request_problem_information, 0);
  if (!options.authentication_method.empty()) {
    block.text(property_id::authentication_method, options.authentication_method);
  }
  if (!options.authentication_data.empty()) {
    block.binary(property_id::authentication_data, options.authentication_data);
  }
  block.raw(options.user_properties);
  return block;
}

}  // namespace

verdict client_machine::connect(const connect_options& options, nanolib::instant now, buffer& out) {
  const connect_view& packet = options.packet;
  const bool v5 = packet.version == protocol_version::v5;
  if (state_ != state::idle) return {reason_code::protocol_error, "a second CONNECT"};  // [MQTT-3.1.0-2]
  if (is_too_long(packet) || !are_user_properties(options.user_properties)) {
    return {reason_code::malformed_packet, "a field of CONNECT is not valid"};
  }
  if (v5 && options.authentication_method.empty() && !options.authentication_data.empty()) {
    return {reason_code::protocol_error, "authentication data without a method"};
  }
  std::string method(v5 ? options.authentication_method : std::string_view());
  const property_writer block = connect_properties(*settings_, options);
  const auto encode = [&] { encode_into(out, packet, block.block(), options.will_properties); };
  const auto look = [](const frame& made) {
    connect_view view;
    return decode(made, any_limits, view);
  };
  const reason_code fault = append_checked(out, any_limits.maximum_packet_size, encode, look);
  if (fault != reason_code::success) return {fault, name_of(fault)};

  session_->end_connection();
  authentication_method_ = std::move(method);
  turn_ = authentication_method_.empty() ? authentication::none : authentication::server;
  version_ = packet.version;
  clean_start_ = packet.clean_start;
  limits_.keep_alive_s = packet.keep_alive_s;
  limits_.session_expiry_s = v5 ? options.session_expiry_s : packet.clean_start ? 0 : 0xFFFFFFFF;
  may_expire_ = limits_.session_expiry_s != 0;
  last_sent_ = last_received_ = waits_since_ = now;
  state_ = state::connecting;
  may_part_ = true;
  return {};
}

client_action client_machine::on_connack(const frame& packet, client_incoming& into) noexcept {
  connack_view& connack = into.connack;
  const reason_code fault = decode(packet, version_, settings_->limits, connack);
  if (fault != reason_code::success) return fail(fault, name_of(fault));
  if (is_error(connack.reason)) {  // [MQTT-3.2.2-7] [MQTT-4.13.2-1]
    state_ = state::over;
    may_part_ = false;
    return {.what = client_action::kind::refused, .reason = connack.reason, .why = name_of(connack.reason)};
  }
  // An owner that connects without Clean Start says thereby that it has the session's state, in its session object or
  // elsewhere: session present surprises nobody else [MQTT-3.2.2-2] [MQTT-3.2.2-4].
  if (connack.session_present && clean_start_) {
    return fail(reason_code::protocol_error, "session present after Clean Start");
  }
  const bool names_method = connack.props.has(property_id::authentication_method);
  // [MQTT-4.12.0-5] [MQTT-4.12.0-6]
  if (names_method != !authentication_method_.empty() ||
      (names_method && connack.props.authentication_method != authentication_method_)) {
    return fail(reason_code::protocol_error, "CONNACK with another authentication method");
  }
  if (turn_ == authentication::owner) return fail(reason_code::protocol_error, "CONNACK before the answer to AUTH");
  turn_ = authentication::none;
  take_limits(connack);
  // 3.1 does not tell.
  session_kept_ = connack.session_present || (version_ == protocol_version::v3_1 && !clean_start_);
  if (!resume()) return fail(reason_code::quota_exceeded, "out of memory");
  state_ = state::open;
  return {.what = client_action::kind::opened};
}

void client_machine::take_limits(const connack_view& packet) noexcept {
  const properties& props = packet.props;
  const auto take = [&props](property_id id, auto value, auto& into) {
    if (props.has(id)) into = value;
  };
  take(property_id::maximum_packet_size, props.maximum_packet_size, limits_.maximum_packet_size);
  take(property_id::session_expiry_interval, props.session_expiry_interval, limits_.session_expiry_s);
  take(property_id::receive_maximum, props.receive_maximum, limits_.receive_maximum);
  take(property_id::topic_alias_maximum, props.topic_alias_maximum, limits_.topic_alias_maximum);
  take(property_id::server_keep_alive, props.server_keep_alive,
       limits_.keep_alive_s);  // [MQTT-3.1.2-21] [MQTT-3.2.2-21]
  take(property_id::maximum_qos, static_cast<quality_of_service>(props.maximum_qos), limits_.maximum_qos);
  take(property_id::retain_available, props.retain_available != 0, limits_.retain_available);
  take(property_id::wildcard_subscription_available, props.wildcard_subscription_available != 0,
       limits_.wildcard_subscriptions);
  take(property_id::shared_subscription_available, props.shared_subscription_available != 0,
       limits_.shared_subscriptions);
  take(property_id::subscription_identifier_available, props.subscription_identifier_available != 0,
       limits_.subscription_identifiers);
  // [MQTT-4.9.0-1]
  quota_ = std::max<std::uint16_t>(std::min(limits_.receive_maximum, settings_->maximum_inflight), 1);
  const std::uint16_t aliases = std::min(limits_.topic_alias_maximum, settings_->sent_topic_aliases);
  if (aliases > 0) sent_.reset(new (std::nothrow) sent_aliases(aliases));  // [MQTT-3.2.2-17] [MQTT-3.2.2-18]
}

// ---- enhanced authentication ----

client_action client_machine::on_auth(const frame& packet, client_incoming& into) noexcept {
  const reason_code fault = decode(packet, version_, settings_->limits, into.reason);
  if (fault != reason_code::success) return fail(fault, name_of(fault));
  if (authentication_method_.empty()) {  // [MQTT-4.12.0-6]
    return fail(reason_code::protocol_error, "AUTH without an authentication method");
  }
  // [MQTT-4.12.0-5]; an AUTH without properties names none.
  const properties& props = into.reason.props;
  if (!props.has(property_id::authentication_method) || props.authentication_method != authentication_method_) {
    return fail(reason_code::protocol_error, "AUTH with another authentication method");
  }
  if (turn_ != authentication::server) return fail(reason_code::protocol_error, "AUTH that nobody asked for");
  if (into.reason.reason == reason_code::continue_authentication) {  // [MQTT-4.12.0-2]
    turn_ = authentication::owner;
    return {.what = client_action::kind::challenge, .reason = into.reason.reason};
  }
  if (into.reason.reason != reason_code::success || state_ != state::open) {
    // That it has failed, the server says with DISCONNECT [MQTT-4.12.1-2].
    return fail(reason_code::protocol_error, "AUTH with a reason that is out of place");
  }
  turn_ = authentication::none;
  return {.what = client_action::kind::authenticated};
}

verdict client_machine::append_auth(reason_code reason, bytes data, bytes user_properties, buffer& out) {
  if (data.size() > maximum_string_size || !are_user_properties(user_properties)) {
    return {reason_code::malformed_packet, "a field of AUTH is not valid"};
  }
  property_writer block;
  // No Reason String [MQTT-3.15.2-2], and the method of CONNECT [MQTT-4.12.0-5] [MQTT-4.12.1-1].
  block.text(property_id::authentication_method, authentication_method_);
  if (!data.empty()) block.binary(property_id::authentication_data, data);
  block.raw(user_properties);
  const auto encode = [&] { encode_reason_into(out, packet_type::auth, reason, version_, block.block()); };
  const reason_code fault = append_checked(out, limits_.maximum_packet_size, encode, [this](const frame& made) {
    reason_view view;
    return decode(made, version_, any_limits, view);
  });
  if (fault != reason_code::success) return {fault, name_of(fault)};  // [MQTT-3.15.2-3]
  turn_ = authentication::server;
  return {};
}

verdict client_machine::authenticate(bytes data, bytes user_properties, buffer& out) {
  const bool is_alive = state_ == state::connecting || state_ == state::open;
  if (!is_alive || turn_ != authentication::owner) return {reason_code::protocol_error, "no AUTH to answer"};
  return append_auth(reason_code::continue_authentication, data, user_properties, out);  // [MQTT-4.12.0-3]
}

verdict client_machine::reauthenticate(bytes data, bytes user_properties, buffer& out) {
  if (state_ != state::open) return {reason_code::protocol_error, "not open"};
  if (authentication_method_.empty()) {  // [MQTT-4.12.0-7]
    return {reason_code::protocol_error, "CONNECT named no authentication method"};
  }
  if (turn_ != authentication::none) return {reason_code::protocol_error, "authentication is going on"};
  return append_auth(reason_code::reauthenticate, data, user_properties, out);
}

}  // namespace nanonng::mqtt
