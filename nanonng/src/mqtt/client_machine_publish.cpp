// What the client publishes: QoS 0, the window of QoS 1 and 2, and what is sent again after a reconnect.
#include <algorithm>
#include <utility>

#include "nanolib/base/hash.hpp"
#include "nanonng/mqtt/client_machine.hpp"

namespace nanonng::mqtt {

namespace {

using entry = request_window::entry;
using stage = request_window::stage;
using request_kind = request_window::kind;

[[nodiscard]] bool is_publish(const entry& request) noexcept {
  return request.what == request_kind::publish_once || request.what == request_kind::publish_twice;
}

[[nodiscard]] client_action completed(request_token token, reason_code reason) noexcept {
  return {.what = client_action::kind::completed, .reason = reason, .token = token};
}

[[nodiscard]] permit refused(const verdict& refusal) noexcept {
  return {.what = permit::kind::refused, .refusal = refusal};
}

}  // namespace

std::uint32_t client_machine::room() const noexcept {
  if (!is_open() || resuming_) return 0;
  return std::min(quota_, request_window::identifiers - session_->requests_.size());
}

verdict client_machine::check_limits(const outgoing_publish& packet, publish_size& size) const noexcept {
  const verdict refusal = check(packet, version_);
  if (refusal.is_refusal()) return refusal;
  size = size_of(packet, version_);
  if (!is_open()) return {};
  if (packet.qos > limits_.maximum_qos) {  // [MQTT-3.2.2-11]
    return {reason_code::qos_not_supported, "QoS not supported by the server"};
  }
  if (packet.retain && !limits_.retain_available) {  // [MQTT-3.2.2-14]
    return {reason_code::retain_not_supported, "retain not supported by the server"};
  }
  if (packet.topic_alias != 0 && (sent_ || packet.topic_alias > limits_.topic_alias_maximum) && is_v5()) {
    // [MQTT-3.2.2-17] [MQTT-3.2.2-18] [MQTT-3.3.2-9]
    return {reason_code::topic_alias_invalid, "topic alias out of range"};
  }
  if (size.total > limits_.maximum_packet_size) {  // [MQTT-3.2.2-15]
    return {reason_code::packet_too_large, "packet larger than the server allows"};
  }
  return {};
}

// The aliases of a connection begin anew with it [MQTT-3.3.2-7].
void client_machine::use_alias(outgoing_publish& packet, publish_size& size) noexcept {
  // Setting one takes 3 bytes, which may take the lengths before it a byte more each.
  if (limits_.maximum_packet_size - size.total < 5) return;
  const sent_aliases::use alias = sent_->assign(packet.topic, nanolib::hash_text(packet.topic, 0));
  if (alias.alias == 0) return;
  packet.topic_alias = alias.alias;
  if (alias.known) packet.topic = {};
  size = size_of(packet, version_);
}

permit client_machine::publish(outgoing_publish& packet, request_token token) noexcept {
  permit allowed;
  allowed.refusal = check_limits(packet, allowed.size);
  if (allowed.refusal.is_refusal()) return allowed;
  packet.dup = false;  // [MQTT-4.3.1-1] [MQTT-4.3.2-2] [MQTT-4.3.3-2]
  packet.packet_identifier = 0;
  if (packet.qos != quality_of_service::at_most_once) {
    if (room() == 0) return {.what = permit::kind::wait};  // [MQTT-3.3.4-7] [MQTT-4.9.0-2]
    const bool twice = packet.qos == quality_of_service::exactly_once;
    entry* fresh = session_->requests_.enter(twice ? request_kind::publish_twice : request_kind::publish_once, token);
    if (fresh == nullptr) return refused({reason_code::quota_exceeded, "out of memory"});
    fresh->at = stage::sent;
    fresh->counted = true;
    --quota_;
    packet.packet_identifier = allowed.packet_identifier = fresh->packet_identifier;
  } else if (!is_open()) {
    return {.what = permit::kind::wait};  // [MQTT-3.1.2-30]
  }
  if (sent_) use_alias(packet, allowed.size);
  allowed.what = permit::kind::send;
  return allowed;
}

// ---- after a reconnect ----

// What a request of an earlier connection becomes on this one; false when it is over.
bool client_machine::rewind(entry& owed) noexcept {
  owed.counted = false;
  switch (owed.at) {
    case stage::unsent:
      owed.dup = owed.dup && session_kept_;
      return true;
    case stage::sent:
      owed.at = stage::unsent;
      owed.dup = session_kept_;  // [MQTT-3.3.1-1]
      return true;
    case stage::released:
      break;
  }
  return session_kept_ || !owed.abandoned;
}

// [MQTT-4.4.0-1]: the PUBREL packets are answers, the PUBLISH packets are for next_owed().
bool client_machine::resume() noexcept {
  if (!session_kept_) session_->forget_received();  // [MQTT-3.1.2-4] [MQTT-3.2.2-5]
  request_window& requests = session_->requests_;
  for (std::uint16_t at = requests.first(); at != 0;) {
    entry& owed = *requests.find(at);
    at = owed.behind;
    if (!is_publish(owed)) continue;
    if (!rewind(owed)) {
      requests.erase(owed.packet_identifier);
      continue;
    }
    const bool releases = owed.at == stage::released && session_kept_;
    // [MQTT-4.3.3-6] [MQTT-4.6.0-4]
    if (releases && !push_answer(packet_type::pubrel, owed.packet_identifier, reason_code::success, false)) {
      return false;
    }
  }
  resume_at_ = requests.first();
  resuming_ = resume_at_ != 0;
  return true;
}

void client_machine::pass(const entry& owed) noexcept {
  if (!resuming_ || resume_at_ != owed.packet_identifier) return;
  resume_at_ = owed.behind;
  resuming_ = resume_at_ != 0;
}

void client_machine::finish(entry& owed) noexcept {
  pass(owed);
  if (owed.counted) ++quota_;
  session_->requests_.erase(owed.packet_identifier);
}

bool client_machine::next_owed(owed_publish& into) noexcept {
  while (is_open() && resuming_) {
    entry* next = session_->requests_.find(resume_at_);
    if (next == nullptr) {  // the owner took it out of the session: from the front once more
      resume_at_ = session_->requests_.first();
      resuming_ = resume_at_ != 0;
      continue;
    }
    entry& owed = *next;
    const bool is_unsent = is_publish(owed) && owed.at == stage::unsent;
    const bool is_over = is_publish(owed) && owed.at == stage::released && !session_kept_;
    if (!is_unsent && !is_over) {
      pass(owed);
      continue;
    }
    if (is_unsent && quota_ == 0) return false;
    into.what = is_unsent ? owed_publish::kind::publish : owed_publish::kind::completed;
    into.qos =
        owed.what == request_kind::publish_twice ? quality_of_service::exactly_once : quality_of_service::at_least_once;
    into.dup = owed.dup;
    into.packet_identifier = owed.packet_identifier;
    into.token = owed.token;
    if (is_over) finish(owed);
    return true;
  }
  return false;
}

entry* client_machine::find_owed(const owed_publish& owed) noexcept {
  entry* found = session_->requests_.find(owed.packet_identifier);
  const bool is_it = found != nullptr && is_publish(*found) && found->at == stage::unsent && found->token == owed.token;
  return is_it && is_open() ? found : nullptr;
}

permit client_machine::publish_again(outgoing_publish& packet, const owed_publish& owed) noexcept {
  entry* found = find_owed(owed);
  if (found == nullptr) return refused({reason_code::protocol_error, "not owed"});
  packet.qos = owed.qos;
  packet.packet_identifier = owed.packet_identifier;
  packet.dup = found->dup;  // [MQTT-3.3.1-1]
  permit allowed;
  allowed.refusal = check_limits(packet, allowed.size);
  if (allowed.refusal.is_refusal()) {
    give_up(owed);
    return allowed;
  }
  if (quota_ == 0) return {.what = permit::kind::wait};
  pass(*found);
  found->at = stage::sent;
  found->counted = true;
  --quota_;
  if (sent_) use_alias(packet, allowed.size);
  allowed.what = permit::kind::send;
  allowed.packet_identifier = owed.packet_identifier;
  return allowed;
}

void client_machine::give_up(const owed_publish& owed) noexcept {
  entry* found = find_owed(owed);
  if (found == nullptr) return;
  if (found->what == request_kind::publish_once || !found->dup) return finish(*found);
  // The server may hold the identifier of a QoS 2 message that it got: it has to be released before another message can
  // have it. Without memory for that it stays as it is until the next connection.
  pass(*found);
  found->at = stage::released;
  found->abandoned = true;
  static_cast<void>(push_answer(packet_type::pubrel, found->packet_identifier, reason_code::success, false));
}

// ---- what the server acknowledges ----

// A request that the server can know: sent on this connection, or on an earlier one of the same session.
entry* client_machine::find_answerable(std::uint16_t packet_identifier) noexcept {
  entry* found = session_->requests_.find(packet_identifier);
  return found == nullptr || (found->at == stage::unsent && !found->dup) ? nullptr : found;
}

// Open until now [MQTT-4.3.2-3]; with an error, too, it is not sent again [MQTT-4.4.0-2].
client_action client_machine::on_puback(const acknowledgement_view& packet) noexcept {
  entry* found = find_answerable(packet.packet_identifier);
  if (found == nullptr) return ignore("PUBACK that nobody waits for");
  if (found->what != request_kind::publish_once) {
    return fail(reason_code::protocol_error, "PUBACK for another kind of request");
  }
  const request_token token = found->token;
  finish(*found);
  return completed(token, packet.reason);
}

// Open until now [MQTT-4.3.3-3].
client_action client_machine::on_pubrec(const acknowledgement_view& packet) noexcept {
  entry* found = find_answerable(packet.packet_identifier);
  if (found == nullptr) {
    // §3.6.2.1: so that the server is rid of it, too.
    const bool told = is_error(packet.reason) || push_answer(packet_type::pubrel, packet.packet_identifier,
                                                             reason_code::packet_identifier_not_found, false);
    return told ? ignore("PUBREC that nobody waits for") : fail(reason_code::quota_exceeded, "out of memory");
  }
  if (found->what != request_kind::publish_twice) {
    return fail(reason_code::protocol_error, "PUBREC for another kind of request");
  }
  const bool again = found->at == stage::released;
  const request_token token = found->token;
  if (is_error(packet.reason)) {
    if (again) return fail(reason_code::protocol_error, "PUBREC that takes an earlier one back");
    finish(*found);  // [MQTT-4.3.3-9] [MQTT-4.4.0-2]
    return completed(token, packet.reason);
  }
  // [MQTT-4.3.3-4]
  if (!push_answer(packet_type::pubrel, packet.packet_identifier, reason_code::success, false)) {
    return fail(reason_code::quota_exceeded, "out of memory");
  }
  if (again) return ignore("PUBREC once more");
  pass(*found);
  found->at = stage::released;
  return {.what = client_action::kind::recorded, .reason = packet.reason, .token = token};
}

// Released, and open until now [MQTT-4.3.3-5]. That the server does not know the identifier (any more) is how it says
// after a reconnect that it was through with it.
client_action client_machine::on_pubcomp(const acknowledgement_view& packet) noexcept {
  entry* found = find_answerable(packet.packet_identifier);
  if (found == nullptr) return ignore("PUBCOMP that nobody waits for");
  if (found->what != request_kind::publish_twice || found->at != stage::released) {
    return fail(reason_code::protocol_error, "PUBCOMP before PUBREC");
  }
  const request_token token = found->token;
  const bool abandoned = found->abandoned;
  finish(*found);
  return abandoned ? client_action{} : completed(token, reason_code::success);
}

}  // namespace nanonng::mqtt
