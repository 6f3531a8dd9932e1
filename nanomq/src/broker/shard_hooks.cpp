// What a shard tells hooks, and what it counts as dropped.
#include "broker/client.hpp"
#include "broker/local_client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

/// Null: counted among all drops only, or not at all.
nanolib::counter statistics::* counter_of(drop_reason why) noexcept {
  switch (why) {
    case drop_reason::no_permission:
      return &statistics::dropped_no_rights;
    case drop_reason::queue_full:
      return &statistics::dropped_queue_full;
    case drop_reason::output_full:
      return &statistics::dropped_slow_reader;
    case drop_reason::too_large:
      return &statistics::dropped_too_large;
    case drop_reason::expired:
      return &statistics::dropped_expired;
    case drop_reason::no_memory:
      return &statistics::dropped_no_memory;
    case drop_reason::no_space:
      return &statistics::dropped_no_space;
    case drop_reason::no_shared_member:
      return &statistics::dropped_offline_shared;
    case drop_reason::over_rate:
      return &statistics::dropped_over_rate;
    case drop_reason::no_subscriber:
    case drop_reason::retained_full:
    case drop_reason::not_delivered:
      break;
  }
  return nullptr;
}

}  // namespace

void shard::set_hooks(std::shared_ptr<const hook_list> all) noexcept {
  hooks_ = std::move(all);
  heard_ = hooks_->wanted();
}

hook_client shard::describe(const session& of) const noexcept {
  if (of.connected != nullptr) return of.connected->describe(of);
  hook_client who{.shard = number_, .client_id = of.client_id, .user_name = of.user_name(), .address = of.address()};
  if (of.local != nullptr) {
    who.address = of.local->options().address;
    who.is_local = true;
  }
  return who;
}

void shard::tell_publish(const session& by, const nanolib::publication& what, bool is_will) const noexcept {
  hooks_->tell_topic(hook_event::publish, &hook::on_publish, publish_event{describe(by), what, is_will});
}

void shard::tell_delivered(const session& to, const nanolib::publication& what, nanolib::quality_of_service qos,
                           bool retain) const noexcept {
  hooks_->tell_topic(hook_event::delivered, &hook::on_delivered, delivery_event{describe(to), what, qos, retain});
}

void shard::tell_acked(const session& by, const nanolib::delivery& what,
                       nanonng::mqtt::reason_code reason) const noexcept {
  if (!what.what) return;  // sent before anybody wanted to know
  const nanolib::publication body(what.what);
  hooks_->tell_topic(hook_event::acked, &hook::on_acked, acked_event{describe(by), body, what.qos, reason});
}

void shard::tell_terminated(const session& which, session_end why) const noexcept {
  std::uint64_t lost = which.resting ? which.resting->rows : 0;
  if (which.outbox) lost = which.outbox->queued() + which.outbox->inflight();
  hooks_->tell(hook_event::session_terminated, &hook::on_session_terminated,
               session_end_event{describe(which), why, lost});
}

// Not counted: most of what is published on a machine is read by somebody, sometimes.
void shard::drop_unwanted(const nanolib::publication& what) noexcept {
  const bool is_ours = nanolib::shard_of(what.publisher) == number_;
  const session* by = is_ours ? sessions_.at(nanolib::slot_of(what.publisher)) : nullptr;
  const hook_client who = by != nullptr ? describe(*by) : hook_client{.shard = number_};
  hooks_->tell_topic(hook_event::dropped, &hook::on_dropped,
                     dropped_event{who, what, drop_reason::no_subscriber, true});
}

void shard::drop(drop_reason why, const nanolib::publication& what, const session* whom, bool is_publisher) noexcept {
  counts_.publish_dropped.add();
  if (const auto specific = counter_of(why); specific != nullptr) (counts_.*specific).add();
  if (!hears(hook_event::dropped) || what.topic.empty()) return;
  const hook_client who = whom != nullptr ? describe(*whom) : hook_client{.shard = number_};
  hooks_->tell_topic(hook_event::dropped, &hook::on_dropped, dropped_event{who, what, why, is_publisher});
}

void shard::count_expired(std::uint64_t messages) noexcept {
  counts_.dropped_expired.add(messages);
  counts_.publish_dropped.add(messages);
}

nanolib::expiry_watch* shard::watch_expiry(const session& of) noexcept {
  if (!hears(hook_event::dropped)) return nullptr;
  expiry_teller_.of = &of;
  return &expiry_teller_;
}

void shard::expiry_teller::on_expired(const nanolib::message_ptr& what) noexcept {
  const nanolib::publication body(what);
  at.hooks_->tell_topic(hook_event::dropped, &hook::on_dropped,
                        dropped_event{at.describe(*of), body, drop_reason::expired, false});
}

}  // namespace nanomq::broker
