// What arrives: packets to actions, actions to what the program sees.
#include <utility>

#include "driver.hpp"
#include "error_text.hpp"

namespace nanonng::sdk {

using kind = mqtt::client_action::kind;

namespace {

/// Whether a server that ends the connection for this reason may mean a message that it got. Spec: MQTT 5.0 §3.14.2.1.
bool may_mean_a_message(mqtt::reason_code reason) noexcept {
  using enum mqtt::reason_code;
  switch (reason) {
    case unspecified_error:
    case malformed_packet:
    case protocol_error:
    case implementation_specific_error:
    case not_authorized:
    case topic_name_invalid:
    case topic_alias_invalid:
    case packet_too_large:
    case quota_exceeded:
    case payload_format_invalid:
    case retain_not_supported:
    case qos_not_supported:
      return true;
    default:
      return false;
  }
}

/// What answers there instead of MQTT, where that can be told from its first bytes.
std::string_view seems_to_be(nanolib::bytes input) noexcept {
  const std::string_view text = nanolib::as_text(input);
  if (text.starts_with("HTTP/")) return "the server answers with HTTP: it may be a WebSocket listener";
  if (text.starts_with("\x15\x03")) return "the server answers with TLS: it is a TLS listener";
  return {};
}

}  // namespace

net::connection_handler::consumed driver::on_input(nanolib::bytes input) noexcept {
  home_.counts.bytes_received.add(input.size() - unread_);
  unread_ = 0;
  if (phase_ == phase::parting || phase_ == phase::over) return {input.size(), 0};
  try {
    const consumed used = read_packets(input);
    take_confirmation();
    unread_ = connection_ ? input.size() - used.bytes : 0;
    if (machine_ && machine_->has_answers()) pump_soon();
    return used;
  } catch (const std::bad_alloc&) {
    out_of_memory();
    return {input.size(), 0};
  }
}

net::connection_handler::consumed driver::read_packets(nanolib::bytes input) {
  std::size_t used = 0;
  while (used < input.size() && machine_ && !reading_paused_) {
    const mqtt::framing found = mqtt::next_frame(input.subspan(used), machine_->maximum_packet_size());
    if (found.status == mqtt::decode_status::need_more) return {used, found.announced};
    if (found.status == mqtt::decode_status::error) {
      mqtt::client_action rejected = machine_->reject(found.reason);
      if (const std::string_view other = seems_to_be(input); used == 0 && !other.empty()) rejected.why = other;
      on_violation(rejected);
      break;
    }
    used += found.packet.size;
    carry_out(machine_->receive(found.packet, loop_.now(), incoming_));
  }
  return {machine_ ? used : input.size(), 0};
}

void driver::carry_out(const mqtt::client_action& action) {
  switch (action.what) {
    case kind::recorded:
      suspicion_.answered(action.token);
      return pump_soon();
    case kind::nothing:
    case kind::ignored:
      return;
    case kind::authenticated:
      if (is_content_with(incoming_.reason.props)) end_reauthentication({});
      return;
    case kind::opened:
      if (!is_content_with(incoming_.connack.props)) return;
      on_opened(incoming_.connack);
      return set_machine_timer();
    case kind::refused:
      return fail_attempt(failure_of(action.reason, action.why, &incoming_.connack.props));
    case kind::deliver:
      return on_publish(action);
    case kind::repeat:
      return home_.counts.duplicates_suppressed.add();
    case kind::completed:
      return on_completed(action);
    case kind::subscribed:
    case kind::unsubscribed:
      return on_subscribe_answer(action);
    case kind::challenge:
      return on_challenge();
    case kind::ended: {
      failure why = failure_of(action.reason, {}, &incoming_.reason.props);
      why.by_server = may_mean_a_message(action.reason);
      return lose_connection(std::move(why));
    }
    case kind::fail:
      return on_violation(action);
  }
}

/// The server broke the rules, or did not answer: it is told where there are words for it.
void driver::on_violation(const mqtt::client_action& action) {
  scratch_.clear();
  if (machine_) machine_->part_into(action, scratch_);
  if (!scratch_.empty()) static_cast<void>(write(scratch_));
  if (home_.options.log != nullptr) {
    home_.options.log->event(nanolib::log_component::net, nanolib::log_level::warn, "server_fault",
                             {{"client_id", home_.client_id}, {"why", action.why}});
  }
  lose_connection(failure_of(action.reason, action.why, nullptr));
}

void driver::on_closed(nanolib::error why) noexcept {
  try {
    lose_connection(transport_failure(why));
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
}

void driver::on_drained() noexcept {
  call_soon();
  pump_soon();
}

// --- messages ---

void driver::on_publish(const mqtt::client_action& action) {
  const mqtt::publish_view& packet = incoming_.publish;
  auto body = detail::message_body::create(packet, packet.topic);
  if (!body) return out_of_memory();
  if (action.receipt != 0) {
    body->receipt = action.receipt;
    body->sink = nanolib::intrusive_ptr<detail::acknowledgement_sink>::share(&home_);
  }
  home_.counts.messages_received.add();
  const message what(std::move(body));
  found_.clear();
  book_.find(packet, found_);
  if (found_.empty()) {
    if (!wants_strays()) {
      home_.counts.messages_dropped.fetch_add(1, std::memory_order_relaxed);
      return what.acknowledge();
    }
    found_.push_back(stray_recipient_);
  }
  what.body()->shares = static_cast<std::uint32_t>(found_.size());
  for (const recipient_ptr& to : found_) hand_over(to, what);
}

/// Whether anybody may ask for messages that no subscription of ours is for. They come late after UNSUBSCRIBE, from an
/// earlier process's session, or from a server that errs; where only handlers are used they would fill the pull queue for ever.
bool driver::wants_strays() const noexcept {
  const client_options& options = home_.options;
  return options.on_message || !options.clean_start || options.manual_acknowledgement || home_.pull.is_used();
}

void driver::hand_over(const recipient_ptr& to, const message& what) {
  if (to->what == recipient::kind::responses) return on_response(what);
  if (to->what == recipient::kind::handler && home_.calls_inline()) {
    callback now{to, what, {}};
    return home_.run_calls({&now, 1});
  }
  if (!home_.gate.add(what.body()->size())) pause_reading();
  if (to->what == recipient::kind::handler) return home_.deliver(to, what);
  if (const receive_request_ptr waiting = home_.pull.push(message(what))) {
    deadlines_.disarm(waiting->expires);
    home_.pass_on(message(what));
    waiting->finish(what);
  }
}

void driver::pause_reading() noexcept {
  if (home_.callback_waits()) {
    if (!home_.gate.is_overfull()) return;  // what it waits for comes behind this
    home_.refuse_wait();
  }
  if (std::exchange(reading_paused_, true)) return;
  home_.counts.reading_paused.add();
  home_.outgoing.pause_reading(true);
  if (connection_) connection_->pause_input(true);
  if (machine_ && machine_->limits().keep_alive_s != 0) keep_alive_later();
}

/// While reading rests nothing can be heard of the server, and it is no fault of its.
void driver::keep_alive_later() noexcept {
  const auto keep_alive = std::chrono::seconds(std::max<std::uint16_t>(machine_->limits().keep_alive_s, 2));
  loop_.timers().set(machine_timer_, loop_.now() + keep_alive / 2);
}

void driver::resume_reading() noexcept {
  if (!std::exchange(reading_paused_, false)) return;
  home_.outgoing.pause_reading(false);
  if (connection_) connection_->pause_input(false);
  // What came meanwhile is read first: a quarter of a second later the protocol may ask for signs of life again.
  if (machine_) loop_.timers().set(machine_timer_, loop_.now() + nanolib::duration(250));
}

/// The callback thread waits for something that has not been read yet.
void driver::read_beyond_bounds() noexcept {
  if (!home_.callback_waits()) return;
  if (home_.gate.is_overfull()) return home_.refuse_wait();
  resume_reading();
}

void driver::acknowledge(mqtt::receipt_number receipt, mqtt::reason_code reason) noexcept {
  if (session_.acknowledge(receipt, reason) && machine_) pump_soon();
}

void driver::on_response(const message& what) {
  if (what.body()->settle()) what.acknowledge();
  if (const request_ptr asked = responses_.take(response_table::number_in(what.correlation_data()))) {
    deadlines_.disarm(asked->expires);
    asked->finish(what);
  }
}

// --- answers ---

void driver::on_completed(const mqtt::client_action& action) {
  auto& which = static_cast<publish_request&>(outgoing_entry::from(action.token));
  suspicion_.answered(action.token);
  const mqtt::properties& props = incoming_.acknowledgement.props;
  const std::string_view detail =
      props.has(mqtt::property_id::reason_string) ? props.reason_string : std::string_view();
  if (mqtt::is_error(action.reason)) {
    finish(which, std::unexpected(mqtt_error_of(action.reason)), detail);
  } else {
    home_.counts.messages_acknowledged.add();
    finish(which, publish_outcome{action.reason}, detail);
  }
  pump_soon();
}

}  // namespace nanonng::sdk
