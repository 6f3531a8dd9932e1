// Room 5: a PUBLISH becomes a publication, or is refused; and the client's acknowledgements reach the outbox.
#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

using nanolib::outbox;
using nanolib::quality_of_service;
using nanonng::mqtt::property_id;
using nanonng::mqtt::publish_view;
using nanonng::mqtt::reason_code;

void client::on_publish() noexcept {
  const publish_view& packet = at_.scratch().publish;
  if (!knows_right_to(packet)) return;
  statistics& counts = at_.counts();
  counts.publish_received.add();
  counts.publish_received_bytes.add(packet.payload.size());
  nanolib::publication what;
  what.topic = packet.topic;
  what.topic_hash = nanolib::hash_text(packet.topic);
  what.payload = packet.payload;
  what.publisher = session_->number;
  what.qos = packet.qos;
  what.retain = packet.retain;
  if (machine_.is_v5() && !packet.props.raw.empty()) {
    try {
      what.properties = nanonng::mqtt::forwarded_properties(packet.props, at_.property_scratch());
    } catch (...) {
      return fail(reason_code::quota_exceeded, "out of memory");
    }
    if (packet.props.has(property_id::message_expiry_interval)) {
      what.expiry = at_.now() + std::chrono::seconds(packet.props.message_expiry_interval);
    }
  }
  if (meter_ && !may_publish(what)) return;
  recorder* const keeps = packet.qos == quality_of_service::at_most_once ? nullptr : at_.keeps();
  if (keeps != nullptr && !at_.can_keep(what)) return refuse_publish(packet, what);
  const std::uint64_t changes = keeps != nullptr ? keeps->changes() : 0;
  if (keeps != nullptr) keeps->begin_publish();
  bool denied = false;
  const reason_code reason = ingress(what, denied);
  if (keeps != nullptr) keeps->finish_publish();
  if (denied && at_.rights().disconnects_denied()) return deny("not authorized to publish");
  // The other shard is slower than this client: it waits, nothing is lost and nothing piles up.
  if (at_.take_congested()) stall();
  // The answer that the QoS asks for, with the PUBLISH's identifier: [MQTT-2.2.1-5] [MQTT-3.3.4-1] [MQTT-4.3.2-4]
  // [MQTT-4.3.3-8]. Whether the message has expired makes no difference [MQTT-4.3.3-13].
  switch (packet.qos) {
    case quality_of_service::at_most_once:
      return;
    case quality_of_service::at_least_once:
      break;
    case quality_of_service::exactly_once:
      if (is_error(reason)) {
        machine_.forget(packet.packet_identifier);  // [MQTT-4.3.3-9]
      } else if (keeps != nullptr) {
        record_receipt(packet.packet_identifier);
      }
      break;
  }
  // What changed nothing has nothing to wait for but the answers before it.
  const std::uint64_t unit = keeps != nullptr && keeps->changes() != changes ? keeps->outstanding() : 0;
  acknowledge(packet.qos == quality_of_service::at_least_once ? packet_type::puback : packet_type::pubrec,
              packet.packet_identifier, reason, unit, true,
              unit != 0 && at_.hears(hook_event::dropped) ? what.keep() : nanolib::message_ptr());
}

reason_code client::ingress(nanolib::publication& what, bool& denied) noexcept {
  if (at_.is_restricted() || what.topic.front() == '$') {
    const permission may = known(who(), operation::publish, what.topic);
    if (!may.is_granted()) {
      denied = may.reason == reason_code::not_authorized;
      at_.counts().rights_denied.add();
      log_denied("publish", what.topic);
      at_.drop(drop_reason::no_permission, what, session_, true);
      // 3.x has no words for it: the message is acknowledged and dropped.
      return machine_.is_v5() ? may.reason : reason_code::success;
    }
  }
  // [MQTT-3.3.1-8]: without retain the store is not asked.
  if (what.retain && !at_.retain(what, source()) && machine_.is_v5() && what.qos != quality_of_service::at_most_once) {
    at_.drop(drop_reason::retained_full, what, session_, true);
    return reason_code::quota_exceeded;
  }
  if (at_.hears(hook_event::publish)) at_.tell_publish(*session_, what, false);
  return at_.publish(what) || !machine_.is_v5() ? reason_code::success : reason_code::no_matching_subscribers;
}

// Made once: it does not change while the client is there.
retained_source_ptr client::source() noexcept {
  if (!at_.asks_for_source(session_->user_name())) return nullptr;
  try {
    if (!source_) source_ = std::make_shared<const retained_source>(who());
  } catch (const std::bad_alloc&) {
    // Nobody's, then.
  }
  return source_;
}

// No properties, so that none can make it too large for the client: [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2]
// [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3].
void client::send_acknowledgement(packet_type type, std::uint16_t packet_identifier, reason_code reason) noexcept {
  std::byte* room = connection_.reserve(nanonng::mqtt::acknowledgement_room);
  if (room == nullptr) {
    broken_ = true;
    at_.ask_again(*this);
    return;
  }
  const std::size_t size =
      nanonng::mqtt::encode_acknowledgement_into(room, type, packet_identifier, reason, machine_.version());
  if (at_.shared().traces.any()) trace_out({room, size});
  connection_.commit(size);
  at_.counts().packets_sent.add();
}

void client::acknowledge(packet_type type, std::uint16_t packet_identifier, reason_code reason, std::uint64_t unit,
                         bool is_receipt, nanolib::message_ptr about) noexcept {
  if (unit == 0 && !is_holding()) return send_acknowledgement(type, packet_identifier, reason);
  hold({.unit = unit,
        .whole = {},
        .type = type,
        .reason = reason,
        .packet_identifier = packet_identifier,
        .is_receipt = is_receipt,
        .about = std::move(about)});
}

void client::on_puback() noexcept {
  outbox* owed = session_->outbox.get();
  const std::uint16_t identifier = at_.scratch().acknowledgement.packet_identifier;
  // An identifier that is not in use is no reason to close: the session may have been lost here. Spec: §4.3.2.
  if (owed != nullptr && at_.hears(hook_event::acked)) tell_acked(*owed, quality_of_service::at_least_once);
  if (owed == nullptr || owed->on_puback(identifier) != outbox::acknowledged::done) return;
  on_room();
}

void client::on_pubrec() noexcept {
  outbox* owed = session_->outbox.get();
  const nanonng::mqtt::acknowledgement_view& packet = at_.scratch().acknowledgement;
  const bool failed = is_error(packet.reason);
  if (owed != nullptr && at_.hears(hook_event::acked)) tell_acked(*owed, quality_of_service::exactly_once);
  const auto known =
      owed == nullptr ? outbox::acknowledged::unknown : owed->on_pubrec(packet.packet_identifier, failed);
  if (failed) {
    if (known == outbox::acknowledged::done) on_room();
    return;
  }
  // [MQTT-2.2.1-5] [MQTT-4.3.3-4]
  acknowledge(packet_type::pubrel, packet.packet_identifier,
              known == outbox::acknowledged::done ? reason_code::success : reason_code::packet_identifier_not_found,
              outstanding());
}

// The first answer that says it has the message. With PUBREC its body is let go; PUBCOMP says nothing new about it.
void client::tell_acked(const outbox& owed, quality_of_service qos) noexcept {
  const nanonng::mqtt::acknowledgement_view& packet = at_.scratch().acknowledgement;
  const outbox::entry* of = owed.in_flight(packet.packet_identifier);
  if (of == nullptr || of->what.qos != qos || of->at == outbox::stage::released) return;
  at_.tell_acked(*session_, of->what, packet.reason);
}

void client::on_pubrel(reason_code reason) noexcept {
  const std::uint16_t identifier = at_.scratch().acknowledgement.packet_identifier;
  if (session_->is_kept() && reason == reason_code::success) {
    at_.keeps()->record(nanolib::remove_unreleased{session_->key, identifier});
  }
  // Until that is stored the client must not use the identifier again: its next message would be taken for this one.
  acknowledge(packet_type::pubcomp, identifier, reason, outstanding());
}

void client::on_pubcomp() noexcept {
  outbox* owed = session_->outbox.get();
  if (owed == nullptr) return;
  if (owed->on_pubcomp(at_.scratch().acknowledgement.packet_identifier) == outbox::acknowledged::done) on_room();
}

}  // namespace nanomq::broker
