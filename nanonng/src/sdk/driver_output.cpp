// What is sent: answers first, then what the session owes, then the queue in its order.
#include <cstring>
#include <utility>

#include "driver.hpp"
#include "error_text.hpp"

namespace nanonng::sdk {

namespace {

/// Entries taken from the outgoing queue under one lock.
constexpr std::size_t batch_size = 256;
/// When the server is asked whether it has what was written with QoS 0: see client_options::confirm_qos_0.
constexpr std::size_t confirmed_messages = 256;
constexpr std::uint64_t confirmed_bytes = std::uint64_t{256} * 1024;
constexpr nanolib::duration confirmed_after{50};

}  // namespace

bool driver::may_send() const noexcept {
  return phase_ == phase::online && connection_ && machine_ && !connection_->is_blocked() && !connection_->closed();
}

void driver::pump() {
  if (!may_send() || !send_again() || !send_owed()) return;
  while (may_send()) {
    entry_list batch = home_.outgoing.take(batch_size, machine_->room());
    if (batch.empty()) return;
    while (outgoing_entry* const each = batch.pop_front()) {
      if (!send(*each)) {
        batch.push_front(*each);
        break;
      }
      if (!may_send()) break;
    }
    if (batch.empty()) continue;
    return home_.outgoing.put_back(std::move(batch));
  }
}

void driver::write_answers() {
  if (!machine_ || !connection_) return;
  while (machine_->has_answers()) {
    std::byte room[512];
    const std::size_t size = machine_->write_answers(room);
    if (size == 0) return;
    if (!write({room, size})) return out_of_memory();
  }
}

bool driver::write(nanolib::bytes data) {
  if (!connection_ || !connection_->append(data)) return false;
  appended_ += data.size();
  call_soon();
  return true;
}

// --- the session's ---

/// False when there is more of it and it has to wait.
bool driver::send_owed() {
  mqtt::owed_publish owed;
  while (may_send() && !suspicion_.waits() && machine_->next_owed(owed)) {
    auto& which = static_cast<publish_request&>(outgoing_entry::from(owed.token));
    if (owed.what == mqtt::owed_publish::kind::completed) {
      home_.counts.messages_acknowledged.add();
      suspicion_.answered(owed.token);
      finish(which, publish_outcome{});
      continue;
    }
    // What the server may have is sent again however old it is [MQTT-4.3.3-7].
    const bool is_late = which.done() || (!owed.dup && which.has_expired(loop_.now()));
    if (is_late || suspicion_.is_convicted(owed.token)) {
      give_up(which, owed);
      continue;
    }
    mqtt::outgoing_publish packet = which.packet(loop_.now());
    packet.dup = owed.dup;
    const mqtt::permit said = machine_->publish_again(packet, owed);
    if (said.what == mqtt::permit::kind::wait) return false;
    if (said.what == mqtt::permit::kind::refused) {
      suspicion_.given_up(owed.token);
      finish(which, std::unexpected(mqtt_error_of(said.refusal.reason)), said.refusal.why);
      continue;
    }
    packet.packet_identifier = said.packet_identifier;
    home_.counts.messages_repeated.add();
    suspicion_.sent_again(owed.token);
    if (!write_publish(packet, said.size)) return false;
  }
  if (!may_send() || machine_->is_resuming() || suspicion_.waits()) return false;
  suspicion_.settled();
  return true;
}

/// What the session owes is not sent again: it is too late, or the server closes the connection on it.
void driver::give_up(publish_request& which, const mqtt::owed_publish& owed) {
  const bool is_convicted = suspicion_.is_convicted(owed.token) && !which.done();
  suspicion_.given_up(owed.token);
  machine_->give_up(owed);
  write_answers();  // it may be a PUBREL
  if (!is_convicted) return finish(which, std::unexpected(errors::timed_out));
  tell_given_up(which.packet(loop_.now()));
  finish(which, std::unexpected(errors::given_up), "the server closes the connection on this message");
}

void driver::tell_given_up(const mqtt::outgoing_publish& what) {
  const std::string size = std::to_string(what.payload.size());
  if (home_.options.log != nullptr) {
    home_.options.log->event(nanolib::log_level::warn, "message_given_up",
                             {{"client_id", home_.client_id}, {"topic", what.topic}, {"bytes", size}});
  }
  if (!home_.options.on_given_up) return;
  home_.run([home = engine::ptr::share(&home_), topic = std::string(what.topic), bytes = what.payload.size()] {
    if (!home->is_forsaken()) home->options.on_given_up(topic, bytes);
  });
}

/// False when there are some left.
bool driver::send_again() {
  while (outgoing_entry* const each = again_.pop_front()) {
    each->where = outgoing_entry::place::hand;
    if (may_send() && send(*each)) continue;
    each->where = outgoing_entry::place::again;
    again_.push_front(*each);
    return false;
  }
  return true;
}

// --- the queue's ---

/// False when it has to wait.
bool driver::send(outgoing_entry& which) {
  if (which.operation().done()) {
    let_go(which);
    return true;
  }
  if (which.what == outgoing_entry::kind::publish) return send_publish(static_cast<publish_request&>(which));
  return send_subscribe(static_cast<subscribe_request&>(which));
}

bool driver::send_publish(publish_request& which) {
  if (which.has_expired(loop_.now())) {
    finish(which, std::unexpected(errors::timed_out), "expired before it was sent");
    return true;
  }
  mqtt::outgoing_publish packet = which.packet(loop_.now());
  const mqtt::permit said = machine_->publish(packet, which.token());
  if (said.what == mqtt::permit::kind::wait) return false;
  if (said.what == mqtt::permit::kind::refused) {
    finish(which, std::unexpected(mqtt_error_of(said.refusal.reason)), said.refusal.why);
    return true;
  }
  packet.packet_identifier = said.packet_identifier;
  const bool is_counted = packet.qos != mqtt::quality_of_service::at_most_once;
  which.where = is_counted ? outgoing_entry::place::sent : outgoing_entry::place::writing;
  if (!is_counted) writing_.push_back(which);
  if (!write_publish(packet, said.size)) return true;  // the connection is gone, and the message where it belongs
  which.written_at = appended_;
  return true;
}

/// False when memory is short: the connection has been given up then.
bool driver::write_publish(const mqtt::outgoing_publish& packet, const mqtt::publish_size& size) {
  std::byte* const room = connection_->reserve(size.total);
  if (room == nullptr) {
    out_of_memory();
    return false;
  }
  mqtt::encode_head_into(room, packet, size, machine_->version());
  if (!packet.payload.empty()) std::memcpy(room + size.head, packet.payload.data(), packet.payload.size());
  connection_->commit(size.total);
  appended_ += size.total;
  home_.counts.messages_sent.add();
  call_soon();
  return true;
}

/// With confirm_qos_0: PINGREQ behind what has been written, when there is enough of it. Its answer comes when the server has
/// read all that.
void driver::ask_whether_written() {
  if (!home_.options.confirm_qos_0 || asked_ != 0 || writing_.empty() || !may_send() || machine_->is_ping_open())
    return;
  const bool is_enough = writing_.size() >= confirmed_messages || appended_ - confirmed_ >= confirmed_bytes || closing_;
  if (!is_enough) {
    if (!written_timer_.is_set()) loop_.timers().set(written_timer_, loop_.now() + confirmed_after);
    return;
  }
  on_written_timer(loop_.now());
}

void driver::on_written_timer(nanolib::instant now) noexcept {
  written_timer_.cancel();
  if (asked_ != 0 || writing_.empty() || !machine_ || !connection_) return;
  if (machine_->is_ping_open() || !machine_->ping(now)) return;  // one that keep alive has sent is answered first
  try {
    write_answers();
    asked_ = appended_;
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
}

void driver::take_confirmation() noexcept {
  if (!home_.options.confirm_qos_0 || !machine_ || machine_->is_ping_open()) return;
  if (asked_ != 0) {
    confirmed_ = std::exchange(asked_, 0);
    complete_written();
  }
  if (!writing_.empty()) pump_soon();
}

/// Messages with QoS 0 are done once the system has them, or the server has.
void driver::complete_written() noexcept {
  if (connection_ && connection_->failed()) return;
  const bool waits = home_.options.confirm_qos_0 && phase_ == phase::online && !reading_paused_;
  std::uint64_t written = connection_ ? appended_ - connection_->pending() : appended_;
  if (waits) written = confirmed_;
  while (outgoing_entry* const first = writing_.first()) {
    auto& which = static_cast<publish_request&>(*first);
    if (which.written_at > written) return;
    writing_.unlink(which);
    finish(which, publish_outcome{});
  }
}

// --- done ---

void driver::finish(publish_request& which, nanolib::result<publish_outcome> with, std::string_view detail) noexcept {
  deadlines_.disarm(which.expires);
  which.finish(std::move(with), detail);
  let_go(which);
}

/// The reference that the queue took, and its place in the bounds.
void driver::let_go(outgoing_entry& which) noexcept {
  deadlines_.disarm(which.expires);
  which.where = outgoing_entry::place::nowhere;
  if (std::exchange(which.counted, false)) {
    ++released_entries_;
    released_bytes_ += which.size();
    call_soon();
  }
  which.operation().release();
}

void driver::settle_bounds() noexcept {
  if (released_entries_ == 0) return;
  home_.outgoing.release(std::exchange(released_entries_, 0), std::exchange(released_bytes_, 0));
}

}  // namespace nanonng::sdk
