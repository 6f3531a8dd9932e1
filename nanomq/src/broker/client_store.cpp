// What a client waits for when there is a store: answers until what they promise is stored, a CONNECT until the session
// that it means is there, or has gone for good.
#include <algorithm>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

using nanonng::mqtt::packet_type;
using nanonng::mqtt::reason_code;

std::uint64_t client::outstanding() noexcept {
  return session_ != nullptr && session_->is_kept() ? at_.keeps()->outstanding() : 0;
}

// A publisher that does not wait for its answers is not read from until there are fewer.
bool client::holds_too_much() const noexcept {
  return is_holding() &&
         (held_->size() > at_.shared().options.limits.receive_maximum || at_.shared().durable->is_crowded());
}

// ---------------------------------------------------------------------------------------------------- answers

void client::hold(held_packet packet) noexcept {
  if (packet.unit == recorder::never_settled) {
    // The store has failed: a publisher is told, everything else is left without an answer.
    if (!packet.is_receipt) return;
    if (packet.type == packet_type::pubrec) machine_.forget(packet.packet_identifier);
    packet.unit = 0;
    packet.reason = reason_code::quota_exceeded;
    if (!machine_.is_v5()) return fail(reason_code::quota_exceeded, "the store has failed");
  }
  try {
    if (!held_) held_ = std::make_unique<nanolib::ring<held_packet>>();
  } catch (const std::bad_alloc&) {
    broken_ = true;
  }
  if (!held_ || !held_->push_back(std::move(packet))) {
    broken_ = true;
    return at_.ask_again(*this);
  }
  at_.hold_for(*this);
}

void client::release_held() noexcept {
  if (leaving_ || !is_holding()) return;
  while (is_holding()) {
    held_packet& first = held_->front();
    if (first.unit != 0 && !at_.keeps()->is_settled(first.unit)) break;
    const held_packet due = std::move(first);
    held_->pop_front();
    if (due.whole.empty()) {
      send_acknowledgement(due.type, due.packet_identifier, due.reason);
    } else {
      append(due.whole);
    }
  }
  if (is_holding()) at_.hold_for(*this);
}

void client::refuse_held(std::uint64_t unit) noexcept {
  if (leaving_ || !is_holding()) return;
  const bool all = unit == recorder::never_settled;
  for (std::size_t left = held_->size(); left > 0; --left) {
    held_packet one = std::move(held_->front());
    held_->pop_front();
    if (one.is_receipt && one.unit != 0 && (all || one.unit == unit)) {
      // [MQTT-4.3.3-9]; before 5.0 there are no words for it: no acknowledgement, and the connection ends.
      if (!machine_.is_v5()) return fail(reason_code::quota_exceeded, "no space in the store");
      drop_held(one);
      // [MQTT-4.3.3-9]; where the session is in the store, on_refused() has done the same.
      if (one.type == packet_type::pubrec) machine_.forget(one.packet_identifier);
      one.unit = 0;
      one.reason = reason_code::quota_exceeded;
    } else if (all && one.unit != 0) {
      continue;  // never answered
    }
    static_cast<void>(held_->push_back(std::move(one)));  // room was just made
  }
}

void client::refuse_receipt(std::uint16_t packet_identifier) noexcept {
  for (std::size_t index = 0; held_ && index < held_->size(); ++index) {
    held_packet& one = (*held_)[index];
    if (one.type != packet_type::pubrec || one.packet_identifier != packet_identifier) continue;
    if (!machine_.is_v5()) return fail(reason_code::quota_exceeded, "no space in the store");
    drop_held(one);
    one.unit = 0;
    one.reason = reason_code::quota_exceeded;
  }
}

void client::drop_held(const held_packet& receipt) noexcept {
  const nanolib::publication what = receipt.about ? nanolib::publication(receipt.about) : nanolib::publication();
  at_.drop(drop_reason::no_space, what, session_, true);
}

void client::refuse_publish(const nanonng::mqtt::publish_view& packet, const nanolib::publication& what) noexcept {
  at_.drop(drop_reason::no_space, what, session_, true);
  const bool exactly_once = packet.qos == nanolib::quality_of_service::exactly_once;
  if (exactly_once) machine_.forget(packet.packet_identifier);
  if (!machine_.is_v5()) return fail(reason_code::quota_exceeded, "no space in the store");
  acknowledge(exactly_once ? packet_type::pubrec : packet_type::puback, packet.packet_identifier,
              reason_code::quota_exceeded);
}

void client::record_receipt(std::uint16_t packet_identifier) noexcept {
  if (!session_->is_kept()) return;
  recorder& keeps = *at_.keeps();
  keeps.record(nanolib::put_unreleased{session_->key, packet_identifier});
  try {
    session_->expect_receipt(keeps.outstanding(), packet_identifier, keeps.settled());
  } catch (const std::bad_alloc&) {
    keeps.fail();
  }
}

// ---------------------------------------------------------------------------------------------------- entering

bool client::may_enter(const nanonng::mqtt::connect_view& packet, std::uint64_t hash) noexcept {
  recorder& keeps = *at_.keeps();
  session* known = at_.sessions().find(packet.client_id, hash);
  if (keeps.has_failed()) {
    // The next start would bring the session back that this one is told to be rid of.
    const bool ends = packet.clean_start && ((known != nullptr && known->is_kept()) || at_.end_of(hash) != 0);
    if (ends) refuse(reason_code::server_unavailable, "the store has failed");
    return !ends;
  }
  if (known != nullptr && known->connected != nullptr) {
    known->connected->take_over();  // [MQTT-3.1.4-3]
    known = at_.sessions().find(packet.client_id, hash);
  }
  if (packet.clean_start) {
    // [MQTT-3.1.2-4]: answered before that is stored, a restart could bring the old session back.
    if (known != nullptr) at_.end_session(*known, session_end::discarded);
    enter_after_unit_ = at_.end_of(hash);
    if (keeps.is_settled(enter_after_unit_)) return true;
  } else {
    const nanolib::outbox* owed = known != nullptr ? known->known_outbox(at_.outbox_limits(*known)) : nullptr;
    const nanolib::stored_queue* queue = owed != nullptr ? owed->stored() : nullptr;
    if (queue == nullptr || !queue->has_unread_head()) return true;
    // The client may answer what it was sent before the restart: the window has to know it.
    enter_after_head_ = at_.heads_read() + 1;
    at_.read_ahead(*known, true);
  }
  enters_later_ = true;
  return false;
}

bool client::still_waits_to_enter() noexcept {
  if (!enters_later_) return false;
  if (ticket_ != 0 && !at_.waiting_room().answer_of(ticket_)) return true;
  const recorder* const keeps = at_.keeps();
  if (keeps != nullptr && !keeps->has_failed() &&
      (!keeps->is_settled(enter_after_unit_) || at_.heads_read() < enter_after_head_)) {
    return true;
  }
  enters_later_ = false;
  return false;
}

}  // namespace nanomq::broker
