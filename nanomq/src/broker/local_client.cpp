#include "broker/local_client.hpp"

#include <algorithm>
#include <new>

#include "broker/shard.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanomq::broker {

using nanolib::outbox;
using nanolib::quality_of_service;
using nanonng::mqtt::reason_code;

namespace {

std::unexpected<nanolib::error> refuse() { return std::unexpected(nanolib::error{nanolib::error_domain::config, 0}); }

}  // namespace

local_client::local_client(shard& home, local_peer_options options, std::unique_ptr<local_peer> peer)
    : at_(home), options_(std::move(options)), peer_(std::move(peer)) {}

local_client::~local_client() { end_peer(); }

// The peer ends first: until then its threads may call wake().
void local_client::end_peer() noexcept {
  peer_.reset();
  if (session_ == nullptr) return;
  const auto lost = session_->outbox ? session_->outbox->queued() + session_->outbox->inflight() : 0;
  if (lost > 0) {
    at_.shared().log.event(nanolib::log_component::bridge, nanolib::log_level::warn, "peer_left_messages",
                           {{"peer", options_.name}, {"messages", lost}});
  }
}

void local_client::begin_departure(nanolib::instant until) noexcept {
  begin_stop();
  at_.loop().timers().set(patience_, until);
}

void local_client::leave() noexcept {
  patience_.cancel();
  end_peer();
  session* const mine = std::exchange(session_, nullptr);
  if (mine == nullptr) return;
  at_.counts().connections_now.subtract();
  mine->local = nullptr;
  at_.end_session(*mine, session_end::discarded);
}

nanolib::result<void> local_client::attach(std::string& why) {
  const std::uint64_t hash = nanolib::hash_text(options_.client_id);
  session* known = at_.sessions().find(options_.client_id, hash);
  if (known != nullptr && known->local != nullptr) {
    why = options_.name + ": the client id " + options_.client_id + " is another's";
    return refuse();
  }
  if (known != nullptr && known->connected != nullptr) {
    why = options_.name + ": the client id " + options_.client_id + " is that of a client who is there";
    return refuse();
  }
  // A client had this id before.
  if (known != nullptr) at_.end_session(*known, session_end::discarded);
  session_ = at_.sessions().create(options_.client_id, hash);
  if (session_ == nullptr) {
    why = options_.name + ": no room for another session";
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
  }
  at_.shared().sessions.fetch_add(1, std::memory_order_relaxed);
  at_.counts().sessions_now.add();
  at_.counts().connections_now.add();
  session_->local = this;
  if (!options_.user_name.empty()) session_->user = std::make_unique<const std::string>(options_.user_name);
  at_.remember(*session_, who(), nullptr);
  at_.shared().online.set(session_->number, true);
  for (const local_subscription& one : options_.subscriptions) {
    if (auto made = subscribe(one, why); !made) return made;
  }
  denied_.resize(options_.subscriptions.size());
  if (auto done = peer_->on_attached(*this, why); !done) {
    why.insert(0, options_.name + ": ");
    return done;
  }
  return {};
}

nanolib::result<void> local_client::subscribe(const local_subscription& wanted, std::string& why) {
  commons& shared = at_.shared();
  const limits& bounds = shared.options.limits;
  why = options_.name + ": subscription " + wanted.filter + ": ";
  const auto filter = nanolib::parse_topic_filter(wanted.filter, {bounds.max_topic_size, bounds.max_topic_levels});
  if (!filter) {
    why += "this is no topic filter";
    return refuse();
  }
  permission granted;
  if (at_.is_restricted()) granted = at_.rights().authorize(who(), operation::subscribe, filter->filter);
  if (!granted.is_granted()) {
    at_.counts().rights_denied.add();
    why += "the access rules do not allow it to " + options_.client_id;
    return refuse();
  }
  const auto made = shared.tree.subscribe(*filter, session_->number,
                                          {.qos = wanted.qos,
                                           .no_local = wanted.no_local && !filter->is_shared(),
                                           .retain_as_published = wanted.retain_as_published});
  using set = nanolib::flat_set<nanolib::subscription_tree::handle>;
  if (made.place == nullptr || session_->subscriptions.insert(made.place) == set::inserted::no_memory) {
    why += "no room for it";
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, ENOMEM});
  }
  session_->subscription_bytes += static_cast<std::uint32_t>(wanted.filter.size());
  if (filter->is_shared() && !made.existed) ++session_->shared_subscriptions;
  if (at_.is_restricted()) at_.note_permission(*session_, filter->filter, granted);
  why.clear();
  return {};
}

// The subscriptions stay: other rights may come. Where somebody else has to be asked, each message tells.
void local_client::on_other_rights() noexcept {
  if (denied_.empty() || at_.rights().inquires()) return;
  std::uint64_t count = 0;
  for (std::size_t index = 0; index < denied_.size(); ++index) {
    const std::string& text = options_.subscriptions[index].filter;
    const auto filter = nanolib::parse_topic_filter(text);
    const bool is_denied = filter && at_.is_restricted() &&
                           !at_.rights().authorize(who(), operation::subscribe, filter->filter).is_granted();
    count += is_denied ? 1 : 0;
    if (denied_[index] == is_denied) continue;
    denied_[index] = is_denied;
    at_.shared().log.event(nanolib::log_component::bridge,
                           is_denied ? nanolib::log_level::warn : nanolib::log_level::info,
                           is_denied ? "peer_subscription_denied" : "peer_subscription_allowed",
                           {{"peer", options_.name}, {"filter", text}});
  }
  counts_.denied_subscriptions.set(count);
}

// ---------------------------------------------------------------------------------------------------- in: room 5

local_port::published local_client::publish(nanolib::publication& what) noexcept {
  statistics& counts = at_.counts();
  what.publisher = session_->number;
  counts.publish_received.add();
  counts.publish_received_bytes.add(what.payload.size());
  counts_.received.add();
  counts_.received_bytes.add(what.payload.size());
  recorder* const keeps = what.qos == quality_of_service::at_most_once ? nullptr : at_.keeps();
  if (keeps != nullptr) keeps->begin_publish();
  const reason_code reason = ingress(what);
  if (keeps != nullptr) keeps->finish_publish();
  if (is_error(reason)) counts_.refused.add();
  if (at_.take_congested()) congested_ = true;
  return {reason, congested_};
}

reason_code local_client::ingress(nanolib::publication& what) noexcept {
  commons& shared = at_.shared();
  const limits& bounds = shared.options.limits;
  statistics& counts = at_.counts();
  const nanolib::topic_limits topics{bounds.max_topic_size, bounds.max_topic_levels};
  if (nanolib::check_topic_name(what.topic, topics) != nanolib::topic_fault::none) {
    counts.publish_dropped.add();
    return reason_code::topic_name_invalid;
  }
  what.topic_hash = nanolib::hash_text(what.topic);
  // What a PUBLISH with it would have at least.
  if (what.topic.size() + what.properties.size() + what.payload.size() + 4 >
      shared.max_packet_size.load(std::memory_order_relaxed)) {
    counts.packets_too_large.add();
    counts.publish_dropped.add();
    return reason_code::packet_too_large;
  }
  if (at_.is_restricted() || what.topic.front() == '$') {
    const permission may = at_.rights().authorize(who(), operation::publish, what.topic);
    if (!may.is_granted()) {
      counts.rights_denied.add();
      at_.drop(drop_reason::no_permission, what, session_, true);
      return may.reason;
    }
  }
  if (what.qos != quality_of_service::at_most_once && at_.keeps() != nullptr && !at_.can_keep(what)) {
    at_.drop(drop_reason::no_space, what, session_, true);
    return reason_code::quota_exceeded;
  }
  if (what.retain && !at_.retain(what, source())) {
    at_.drop(drop_reason::retained_full, what, session_, true);
    return reason_code::quota_exceeded;
  }
  if (at_.hears(hook_event::publish)) at_.tell_publish(*session_, what, false);
  return at_.publish(what) ? reason_code::success : reason_code::no_matching_subscribers;
}

retained_source_ptr local_client::source() noexcept {
  if (!at_.asks_for_source(options_.user_name)) return nullptr;
  try {
    if (!source_) source_ = std::make_shared<const retained_source>(who());
  } catch (const std::bad_alloc&) {
    // Nobody's, then.
  }
  return source_;
}

// ---------------------------------------------------------------------------------------------------- out: room 7

outbox* local_client::outgoing() noexcept {
  if (session_->outbox) return session_->outbox.get();
  outbox* made = session_->owed({options_.max_queue_messages, options_.max_queue_bytes});
  if (made != nullptr) made->connect(options_.window);
  return made;
}

void local_client::drop(drop_reason why, const nanolib::publication& what) noexcept {
  at_.drop(why, what, session_);
  counts_.dropped.add();
}

// What can go on at once and needs no receipt is not kept; everything else takes its turn in the queue, so that the order
// is that in which it came. A peer that has it settles it, in one step whatever the QoS.
void local_client::deliver(const nanolib::publication& what, quality_of_service granted, bool retain,
                           const nanolib::shared_group_ptr& group) noexcept {
  if (!at_.may_receive(*session_, what)) return counts_.withheld.add();
  const quality_of_service qos = std::min(granted, what.qos);
  outbox* owed = session_->outbox.get();
  const bool waits = pumping_ || (owed != nullptr && owed->queued() > 0) || !peer_->has_room();
  if (qos == quality_of_service::at_most_once && !waits) {
    if (what.expiry <= at_.now()) return drop(drop_reason::expired, what);
    return hand_over(what, qos, retain, 0);
  }
  owed = outgoing();
  const nanolib::message_ptr& kept = what.keep();
  if (owed == nullptr || !kept) return drop(drop_reason::no_memory, what);
  if (!owed->enqueue({kept, {}, group, std::min(qos, quality_of_service::at_least_once), retain})) {
    return drop(drop_reason::queue_full, what);
  }
  pump();
}

void local_client::hand_over(const nanolib::publication& what, quality_of_service qos, bool retain,
                             std::uint16_t token) noexcept {
  at_.counts().publish_sent.add();
  at_.counts().publish_sent_bytes.add(what.payload.size());
  counts_.sent.add();
  counts_.sent_bytes.add(what.payload.size());
  if (at_.hears(hook_event::delivered)) at_.tell_delivered(*session_, what, qos, retain);
  peer_->send({what, qos, retain, token});
}

// The peer may settle a message while it takes it.
void local_client::pump() noexcept {
  outbox* owed = session_->outbox.get();
  if (owed == nullptr || std::exchange(pumping_, true)) return;
  while (peer_->has_room()) {
    const outbox::entry* next = owed->next(at_.now(), at_.watch_expiry(*session_));
    if (next == nullptr) break;
    const nanolib::publication what(next->what.what);
    const auto token = next->packet_identifier;
    if (at_.may_receive(*session_, what)) {
      hand_over(what, next->what.qos, next->what.retain, token);
    } else {  // the rights have changed since it was queued
      counts_.withheld.add();
      if (token != 0) static_cast<void>(owed->on_puback(token));
    }
  }
  pumping_ = false;
  const std::uint64_t expired = owed->take_expired();
  at_.count_expired(expired);
  counts_.dropped.add(expired);
  counts_.queued.set(owed->queued());
}

void local_client::settle(std::uint16_t token, bool delivered) noexcept {
  const outbox::entry* of = session_->outbox ? session_->outbox->in_flight(token) : nullptr;
  if (!delivered) {
    counts_.dropped.add();
    if (of != nullptr && of->what.what) {
      at_.drop(drop_reason::not_delivered, nanolib::publication(of->what.what), session_);
    } else {
      at_.counts().publish_dropped.add();
    }
  } else if (of != nullptr && at_.hears(hook_event::acked)) {
    at_.tell_acked(*session_, of->what, reason_code::success);
  }
  if (token == 0 || !session_->outbox) return;
  static_cast<void>(session_->outbox->on_puback(token));
  pump();
}

// ---------------------------------------------------------------------------------------------------- turns

void local_client::wake() noexcept {
  if (!woken_.exchange(true, std::memory_order_seq_cst)) at_.loop().wake();
}

nanonng::net::event_loop& local_client::loop() noexcept { return at_.loop(); }

void local_client::go_on() noexcept {
  if (woken_.load(std::memory_order_relaxed) && woken_.exchange(false, std::memory_order_seq_cst)) peer_->on_wake();
  if (congested_ && !at_.is_congested()) {
    congested_ = false;
    peer_->on_uncongested();
  }
}

void local_client::begin_stop() noexcept {
  if (std::exchange(stopping_, true)) return;
  peer_->begin_stop();
}

bool local_client::is_idle() const noexcept { return peer_->is_idle(); }

}  // namespace nanomq::broker
