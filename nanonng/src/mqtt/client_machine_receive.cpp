// What the server publishes, and the small packets that the client answers with.
#include <algorithm>

#include "alias_resolution.hpp"
#include "nanonng/mqtt/client_machine.hpp"

namespace nanonng::mqtt {

namespace {

/// All identifiers there are: before 5.0 a server is told no other bound.
constexpr std::uint32_t most_unsettled = 65'535;

}  // namespace

bool client_machine::push_answer(packet_type type, std::uint16_t packet_identifier, reason_code reason,
                                 bool ends_exchange) noexcept {
  return answers_.push_back({type, reason, packet_identifier, ends_exchange});
}

// [MQTT-3.3.4-1] [MQTT-4.5.0-2]
client_action client_machine::on_publish(const frame& packet, client_incoming& into) noexcept {
  publish_view& publish = into.publish;
  const reason_code reason = decode(packet, version_, settings_->limits, publish);
  if (reason != reason_code::success) return fail(reason, name_of(reason));
  if (is_v5()) {
    const alias_fault fault = resolve_alias(publish, settings_->topic_alias_maximum, received_);  // [MQTT-3.3.2-10]
    if (fault.reason != reason_code::success) return fail(fault.reason, fault.why);
  }
  if (publish.qos == quality_of_service::at_most_once) return {.what = client_action::kind::deliver};
  const bool twice = publish.qos == quality_of_service::exactly_once;
  if (twice && session_->unreleased_.contains(publish.packet_identifier)) return on_repeated(publish);
  const std::uint32_t most = is_v5() ? std::max<std::uint32_t>(settings_->receive_maximum, 1) : most_unsettled;
  if (unsettled_ >= most) {  // [MQTT-3.3.4-9]
    return fail(reason_code::receive_maximum_exceeded, "receive maximum exceeded");
  }
  const client_action action = twice ? deliver_twice(publish) : deliver_once(publish);
  if (action.what == client_action::kind::deliver) ++unsettled_;
  return action;
}

// Nothing is kept that a later PUBLISH could be taken for: each is a new message [MQTT-4.3.2-5].
client_action client_machine::deliver_once(const publish_view& packet) noexcept {
  if (settings_->manual_acknowledgement) {
    const receipt_number receipt = session_->hold(session_->qos_1_, packet.packet_identifier);
    if (receipt == 0) return fail(reason_code::quota_exceeded, "out of memory");
    return {.what = client_action::kind::deliver, .receipt = receipt};
  }
  // [MQTT-4.3.2-4] [MQTT-2.2.1-5]
  if (!push_answer(packet_type::puback, packet.packet_identifier, reason_code::success, true)) {
    return fail(reason_code::quota_exceeded, "out of memory");
  }
  return {.what = client_action::kind::deliver};
}

client_action client_machine::deliver_twice(const publish_view& packet) noexcept {
  const std::uint16_t identifier = packet.packet_identifier;
  if (session_->unreleased_.insert(identifier) == nanolib::identifier_set::inserted::no_memory) {
    return fail(reason_code::quota_exceeded, "out of memory");
  }
  receipt_number receipt = 0;
  bool kept = false;
  if (settings_->manual_acknowledgement) {
    receipt = session_->hold(session_->qos_2_, identifier);
    kept = receipt != 0;
  } else {
    kept = push_answer(packet_type::pubrec, identifier, reason_code::success, false);  // [MQTT-4.3.3-8]
  }
  if (kept) return {.what = client_action::kind::deliver, .receipt = receipt};
  session_->unreleased_.erase(identifier);
  return fail(reason_code::quota_exceeded, "out of memory");
}

// [MQTT-4.3.3-10]: what the owner has not acknowledged yet gets its PUBREC when it has.
client_action client_machine::on_repeated(const publish_view& packet) noexcept {
  const std::uint16_t identifier = packet.packet_identifier;
  const bool kept = session_->held_identifiers_.contains(identifier)
                        ? session_->hold_again(identifier)
                        : push_answer(packet_type::pubrec, identifier, reason_code::success, false);
  if (!kept) return fail(reason_code::quota_exceeded, "out of memory");
  ++ignored_;
  return {.what = client_action::kind::repeat};
}

client_action client_machine::on_acknowledgement(const frame& packet, client_incoming& into) noexcept {
  const reason_code reason = decode(packet, version_, settings_->limits, into.acknowledgement);
  if (reason != reason_code::success) return fail(reason, name_of(reason));
  switch (packet.type) {
    case packet_type::puback:
      return on_puback(into.acknowledgement);
    case packet_type::pubrec:
      return on_pubrec(into.acknowledgement);
    case packet_type::pubrel:
      return on_pubrel(into.acknowledgement);
    default:
      return on_pubcomp(into.acknowledgement);
  }
}

// [MQTT-4.3.3-11]; the next PUBLISH with it is a new message [MQTT-4.3.3-12].
client_action client_machine::on_pubrel(const acknowledgement_view& packet) noexcept {
  const std::uint16_t identifier = packet.packet_identifier;
  if (session_->held_identifiers_.contains(identifier)) {
    return fail(reason_code::protocol_error, "PUBREL before PUBREC");
  }
  const bool known = session_->unreleased_.erase(identifier);
  const reason_code reason = known ? reason_code::success : reason_code::packet_identifier_not_found;
  if (!push_answer(packet_type::pubcomp, identifier, reason, known)) {
    return fail(reason_code::quota_exceeded, "out of memory");
  }
  return known ? client_action{} : ignore("PUBREL of nothing");
}

// ---- answers ----

// They carry neither Reason String nor User Properties, which could make them too large [MQTT-3.4.2-2] [MQTT-3.4.2-3]
// [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3].

std::size_t client_machine::write_answers(std::span<std::byte> room) noexcept {
  if (!is_open()) return 0;
  std::size_t written = 0;
  while (!answers_.empty() && room.size() - written >= acknowledgement_room) {
    const answer& next = answers_.front();
    std::byte* at = room.data() + written;
    if (next.type == packet_type::pingreq) {
      static_cast<void>(detail::put_byte(detail::put_byte(at, 0xC0), 0));
      written += 2;
    } else {
      written += encode_acknowledgement_into(at, next.type, next.packet_identifier, next.reason, version_);
    }
    // What an earlier connection left was not counted on this one, but is settled on it.
    if (next.ends_exchange && unsettled_ > 0) --unsettled_;
    answers_.pop_front();
  }
  written += write_decided(session_->qos_1_, packet_type::puback, room.subspan(written));
  written += write_decided(session_->qos_2_, packet_type::pubrec, room.subspan(written));
  return written;
}

// [MQTT-4.6.0-2] [MQTT-4.6.0-3]
std::size_t client_machine::write_decided(client_session::line& from, packet_type type,
                                          std::span<std::byte> room) noexcept {
  std::size_t written = 0;
  while (from.has_decided() && room.size() - written >= acknowledgement_room) {
    const client_session::held& next = from.waiting.front();
    written += encode_acknowledgement_into(room.data() + written, type, next.packet_identifier, next.reason, version_);
    const bool refuses = is_error(next.reason) && is_v5();
    if (type == packet_type::pubrec) {
      session_->held_identifiers_.erase(next.packet_identifier);
      if (refuses) session_->unreleased_.erase(next.packet_identifier);  // [MQTT-4.3.3-9]
    }
    if ((refuses || type == packet_type::puback) && unsettled_ > 0) --unsettled_;
    from.waiting.pop_front();
  }
  return written;
}

void client_machine::append_answers(buffer& out) {
  while (has_answers()) {
    const std::size_t start = out.size();
    out.resize(start + 64 * acknowledgement_room);
    out.resize(start + write_answers(std::span(out).subspan(start)));
  }
}

}  // namespace nanonng::mqtt
