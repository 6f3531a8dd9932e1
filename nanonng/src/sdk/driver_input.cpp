// What arrives: packets to actions, actions to what the program sees.
#include <utility>

#include "driver.hpp"
#include "error_text.hpp"

namespace nanonng::sdk {

using kind = mqtt::client_action::kind;

net::connection_handler::consumed driver::on_input(nanolib::bytes input) noexcept {
  home_.counts.bytes_received.add(input.size() - unread_);
  unread_ = 0;
  if (phase_ == phase::parting || phase_ == phase::over) return {input.size(), 0};
  try {
    const consumed used = read_packets(input);
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
      on_violation(machine_->reject(found.reason));
      break;
    }
    used += found.packet.size;
    carry_out(machine_->receive(found.packet, loop_.now(), incoming_));
  }
  return {machine_ ? used : input.size(), 0};
}

void driver::carry_out(const mqtt::client_action& action) {
  switch (action.what) {
    case kind::nothing:
    case kind::recorded:
    case kind::authenticated:
    case kind::ignored:
      return;
    case kind::opened:
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
    case kind::ended:
      return lose_connection(failure_of(action.reason, {}, &incoming_.reason.props));
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

void driver::on_challenge() {
  const authenticator& how = home_.options.authenticator;
  if (home_.is_forsaken()) return end({errors::closed});
  const mqtt::properties& props = incoming_.reason.props;
  std::string data;
  if (props.has(mqtt::property_id::authentication_data)) data = nanolib::as_text(props.authentication_data);
  ask(
      [&how, data = std::move(data)]() -> nanolib::result<std::string> {
        if (!how.answer) return std::unexpected(mqtt_error_of(mqtt::reason_code::bad_authentication_method));
        return how.answer(data);
      },
      [](driver& which, nanolib::result<std::string> answer) {
        if (!which.machine_) return;
        if (!answer) return which.lose_connection({answer.error(), "the authenticator gave up"});
        which.scratch_.clear();
        const mqtt::verdict said = which.machine_->authenticate(nanolib::as_bytes(*answer), {}, which.scratch_);
        if (said.is_refusal()) return which.lose_connection({mqtt_error_of(said.reason), std::string(said.why)});
        if (!which.write(which.scratch_)) which.out_of_memory();
      });
}

}  // namespace nanonng::sdk
