// Room 8: a delivery becomes bytes in the connection's output.
#include <algorithm>
#include <cstring>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

using nanolib::outbox;
using nanolib::quality_of_service;
using nanonng::mqtt::outgoing_publish;
using nanonng::mqtt::publish_size;

namespace {

/// Payloads from here on are sent as slices of the shared message instead of being copied, once somebody keeps it.
constexpr std::size_t slice_from = 2048;

}  // namespace

outbox* client::outgoing() noexcept {
  if (!session_->outbox) {
    outbox* made = session_->owed(at_.outbox_limits(*session_));
    if (made == nullptr) return nullptr;
    made->connect(std::min(machine_.client_receive_maximum(), at_.shared().options.limits.max_inflight));
  }
  return session_->outbox.get();
}

// Retain is kept for those who asked for it as published, and cleared for the others [MQTT-3.3.1-12] [MQTT-3.3.1-13].
void client::deliver(const nanolib::publication& what, const nanolib::recipient& to) noexcept {
  dispatch(what, to.qos, to.retain_as_published && what.retain, to.identifiers, {});
}

// A copy of its own, with the member's QoS [MQTT-4.8.2-3] and the identifier of this subscription [MQTT-3.3.4-5].
void client::deliver_shared(const nanolib::publication& what, const nanolib::shared_group_ptr& group,
                            const nanolib::subscription_options& options) noexcept {
  const nanolib::identifier_list_ptr identifiers = nanolib::single_identifier(options.identifier);
  dispatch(what, options.qos, options.retain_as_published && what.retain, identifiers, group);
}

void client::dispatch(const nanolib::publication& what, quality_of_service granted, bool retain,
                      const nanolib::identifier_list_ptr& identifiers,
                      const nanolib::shared_group_ptr& group) noexcept {
  if (!at_.may_receive(*session_, what)) return;
  const std::span<const std::uint32_t> values = identifiers ? identifiers->values() : std::span<const std::uint32_t>();
  // [MQTT-3.8.4-8]; DUP of the PUBLISH that came in is none of ours [MQTT-3.3.1-3] [MQTT-4.3.2-2] [MQTT-4.3.3-2].
  sending how{.qos = std::min(granted, what.qos), .retain = retain, .identifiers = values};
  const bool slow = connection_.pending() > at_.shared().options.limits.max_output_bytes;
  if (how.qos == quality_of_service::at_most_once) {
    if (slow) {
      return at_.drop(drop_reason::output_full, what, session_);
    }
    static_cast<void>(send(what, how));
    return;
  }
  outbox* owed = outgoing();
  if (owed == nullptr) return at_.drop(drop_reason::no_memory, what, session_);
  if (!fits(what, how)) return;
  // QoS 2 to a session in the store is sent once it is there: what the receiver remembers, we must remember as well.
  const bool stored = session_->is_kept();
  const bool now = !slow && owed->can_begin() && !(stored && how.qos == quality_of_service::exactly_once);
  // The body is needed later only if the session can outlive the connection, if somebody else may take the message over, or
  // to tell what was acknowledged.
  const bool keep = !now || session_->outlives_connection() || stored || group || at_.hears(hook_event::acked);
  if (keep && !what.keep()) return at_.drop(drop_reason::no_memory, what, session_);
  nanolib::delivery owing{keep ? what.kept : nanolib::message_ptr{},
                          keep ? identifiers : nanolib::identifier_list_ptr{}, group, how.qos, retain};
  const nanolib::message_key body = stored ? at_.keeps()->body_of(what) : 0;
  if (!now) {
    if (slow) wait_for_output();
    const bool queued = owed->enqueue(std::move(owing), body);
    if (stored) at_.await_store(*session_);
    if (queued) return;
    return at_.drop(drop_reason::queue_full, what, session_);
  }
  how.packet_identifier = owed->begin(std::move(owing), body);
  if (how.packet_identifier == 0) return at_.drop(drop_reason::no_memory, what, session_);
  settle(send(what, how), how.packet_identifier);
}

// A message that this client cannot take costs no quota. One for which there was no memory stays owed: the connection
// ends, and the session sends it on the next.
void client::settle(sent result, std::uint16_t packet_identifier) noexcept {
  const bool given_up = result == sent::too_large || result == sent::expired;
  if (given_up && packet_identifier != 0) session_->outbox->abandon(packet_identifier);
}

// Whether the packet stays within the client's Maximum Packet Size [MQTT-3.1.2-24] [MQTT-3.1.2-25].
bool client::fits(const nanolib::publication& what, const sending& how) noexcept {
  if (machine_.client_maximum_packet_size() == 0xFFFFFFFF) return true;
  outgoing_publish packet = describe(what, how);
  if (nanonng::mqtt::size_of(packet, machine_.version()).total <= machine_.client_maximum_packet_size()) return true;
  at_.drop(drop_reason::too_large, what, session_);
  return false;
}

nanonng::mqtt::outgoing_publish client::describe(const nanolib::publication& what, const sending& how) const noexcept {
  outgoing_publish packet;
  packet.topic = what.topic;  // the one that matched, as it came [MQTT-3.3.2-3]
  packet.properties = what.properties;
  packet.payload = what.payload;
  packet.subscription_identifiers = how.identifiers;
  packet.dup = how.dup;
  packet.retain = how.retain;
  packet.qos = how.qos;
  packet.packet_identifier = how.packet_identifier;
  if (what.expiry != nanolib::never) {
    // [MQTT-3.3.2-6]: rounded, not up, or else a shard whose clock was read a little earlier than the publisher's would make
    // it grow.
    const nanolib::duration left = what.expiry - at_.now();
    const auto seconds = std::chrono::round<std::chrono::seconds>(left).count();
    packet.has_message_expiry = true;
    packet.message_expiry_interval_s =
        left.count() > 0 ? static_cast<std::uint32_t>(std::max<std::int64_t>(seconds, 1)) : 0;
  }
  return packet;
}

client::sent client::send(const nanolib::publication& what, sending how) noexcept {
  statistics& counts = at_.counts();
  if (what.expiry <= at_.now() && !how.begun) {  // [MQTT-3.3.2-5]
    at_.drop(drop_reason::expired, what, session_);
    return sent::expired;
  }
  const nanonng::mqtt::protocol_version version = machine_.version();
  outgoing_publish packet = describe(what, how);
  publish_size size = nanonng::mqtt::size_of(packet, version);
  const std::uint32_t most = machine_.client_maximum_packet_size();
  if (size.total > most) {
    at_.drop(drop_reason::too_large, what, session_);
    return sent::too_large;
  }
  // An alias costs five bytes at most the first time: three of its own, and both lengths may need one more.
  if (machine_.uses_aliases() && most - size.total >= 5) {
    const auto use = machine_.alias_for(what.topic, what.topic_hash);
    packet.topic_alias = use.alias;
    if (use.known) packet.topic = {};
    if (use.alias != 0) size = nanonng::mqtt::size_of(packet, version);
  }
  const bool sliced = what.payload.size() >= slice_from && what.kept;
  const std::size_t copied = sliced ? size.head : size.total;
  std::byte* room = connection_.reserve(copied);
  if (room == nullptr) {
    broken_ = true;
    at_.ask_again(*this);
    return sent::no_room;
  }
  encode_head_into(room, packet, size, version);
  if (sliced) {
    connection_.commit(copied);
    if (!connection_.append_slice(what.kept, what.kept->payload())) broken_ = true;
    if (broken_) at_.ask_again(*this);
  } else {
    if (!packet.payload.empty()) std::memcpy(room + size.head, packet.payload.data(), packet.payload.size());
    connection_.commit(copied);
  }
  if (at_.shared().traces.any()) trace_out(packet, what.topic, size.total);
  counts.publish_sent.add();
  counts.publish_sent_bytes.add(packet.payload.size());
  counts.packets_sent.add();
  if (at_.hears(hook_event::delivered) && !how.dup) at_.tell_delivered(*session_, what, how.qos, how.retain);
  return sent::yes;
}

void client::send_entry(const outbox::entry& owed) noexcept {
  if (owed.at == outbox::stage::released) {
    acknowledge(packet_type::pubrel, owed.packet_identifier, nanonng::mqtt::reason_code::success, outstanding());
    return;
  }
  if (!owed.what.what) {  // kept by nobody, because its session was to end with its connection
    session_->outbox->abandon(owed.packet_identifier);
    return;
  }
  // Rights may have changed since it was queued, or sent for the first time.
  const nanolib::publication what(owed.what.what);
  if (!at_.may_receive(*session_, what)) {
    session_->outbox->abandon(owed.packet_identifier);
    return;
  }
  // DUP only on what was sent before [MQTT-4.3.2-2] [MQTT-4.3.3-2].
  const bool again = owed.at == outbox::stage::published && owed.resent;
  const std::uint16_t identifier = owed.packet_identifier;
  const nanolib::identifier_list_ptr identifiers = owed.what.identifiers;
  const sent result =
      send(what, {.qos = owed.what.qos,
                  .retain = owed.what.retain,
                  .dup = again,
                  .begun = again,
                  .packet_identifier = identifier,
                  .identifiers = identifiers ? identifiers->values() : std::span<const std::uint32_t>()});
  settle(result, identifier);
}

// Sends what the window and the output have room for: first what is owed from an earlier connection, then the queue.
void client::pump() noexcept {
  outbox* owed = session_ != nullptr ? session_->outbox.get() : nullptr;
  if (owed == nullptr) return;
  const std::uint64_t most = at_.shared().options.limits.max_output_bytes;
  while (!broken_ && connection_.pending() <= most) {
    const outbox::entry* next = owed->resume();
    if (next == nullptr) next = owed->next(at_.now(), at_.watch_expiry(*session_));
    if (next == nullptr) break;
    send_entry(*next);
  }
  if (connection_.pending() > most) wait_for_output();
  if (owed->stored() != nullptr) {
    at_.await_store(*session_);
    at_.read_ahead(*session_);
  }
  at_.count_expired(owed->take_expired());
}

// The window has room again: for what is queued, and then for retained messages.
void client::on_room() noexcept {
  pump();
  if (replays_) at_.ask_again(*this);
}

// on_drained() comes for output that the system did not take at once. The rest is gone after this turn, and nobody tells.
void client::wait_for_output() noexcept {
  if (!connection_.is_blocked()) at_.ask_again(*this);
}

}  // namespace nanomq::broker
