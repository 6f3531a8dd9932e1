// The life of sessions on their shard: what happens when a connection ends, when a timer fires, when a session ends.
#include <algorithm>
#include <new>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

nanolib::duration seconds(std::uint32_t count) noexcept { return std::chrono::seconds(count); }

/// 0xFFFFFFFF stands for ever. Spec: MQTT 5.0 §3.1.2.11.2.
nanolib::instant after(nanolib::instant now, std::uint32_t count) noexcept {
  return count == 0xFFFFFFFF ? nanolib::never : now + seconds(count);
}

}  // namespace

void shard::disconnect(session& which) noexcept {
  which.connected = nullptr;
  shared_.online.set(which.number, false);
  if (which.outbox) which.outbox->disconnect();
}

// The earliest that a session ends: not while it is connected [MQTT-4.1.0-1]. The will is sent now, after its delay or
// with the session [MQTT-3.1.2-8].
void shard::on_disconnected(session& which, bool with_will) noexcept {
  if (!with_will) {  // [MQTT-3.1.2-10]
    which.last_will.reset();
    record_will(which);
  }
  if (!which.outlives_connection()) {  // [MQTT-4.1.0-2]
    end_session(which, session_end::with_connection);
    return;
  }
  if (which.outbox && which.shared_subscriptions > 0) pass_on_shared(which, true);
  which.unreleased.trim();
  which.away.reset(new (std::nothrow) absence(which));
  if (!which.away) {
    end_session(which, session_end::with_connection);  // nobody could say when it ends
    return;
  }
  which.away->ends = after(now(), which.expiry_s);
  if (which.last_will) {
    if (which.last_will->delay_s == 0) {
      send_will(which);
    } else {
      which.away->will_due = now() + seconds(which.last_will->delay_s);
      record_will(which);
    }
  }
  record_session(which);
  set_session_timer(which);
  if (recorder_) rest_later(which);
}

void shard::set_session_timer(session& which) noexcept {
  const nanolib::instant next = std::min(which.away->will_due, which.away->ends);
  if (next == nanolib::never) {
    which.away->timer.cancel();
  } else {
    loop_->timers().set(which.away->timer, next);
  }
}

void shard::on_session_timer(session& which, nanolib::instant at) noexcept {
  if (which.away->will_due <= at) {
    which.away->will_due = nanolib::never;
    send_will(which);
  }
  if (which.away->ends <= at) {  // [MQTT-4.1.0-2]
    counts_.sessions_expired.add();
    end_session(which, session_end::expired);
    return;
  }
  set_session_timer(which);
}

// Rights are asked for again: they may have changed since CONNECT. Where that takes long the session may be gone meanwhile.
void shard::send_will(session& which) noexcept {
  std::shared_ptr<will> last = std::move(which.last_will);  // [MQTT-3.1.2-10]
  if (!last) return;
  record_will(which);
  if (!restricted_) return publish_will(*last, &which);
  std::optional<permission> may = permission{nanonng::mqtt::reason_code::quota_exceeded};
  try {
    std::uint64_t number = 0;
    may = inquire(
        who_is(which), operation::publish, last->what->topic(),
        [this, last, whose = which.number](const permission& said) noexcept {
          session* const of = sessions_.at(nanolib::slot_of(whose));
          if (said.is_granted()) return publish_will(*last, of != nullptr && of->number == whose ? of : nullptr);
          drop(drop_reason::no_permission, nanolib::publication(last->what), nullptr, true);
        },
        number);
  } catch (const std::bad_alloc&) {
    // It cannot be asked.
  }
  if (!may) return;
  if (may->is_granted()) return publish_will(*last, &which);
  drop(drop_reason::no_permission, nanolib::publication(last->what), &which, true);
}

retained_source_ptr shard::source_of_will(const session* of) const noexcept {
  if (of == nullptr || !asks_for_source(of->user_name())) return nullptr;
  try {
    return std::make_shared<const retained_source>(who_is(*of));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void shard::publish_will(const will& last, session* of) noexcept {
  nanolib::publication what(last.what);
  if (last.expires) {
    // The interval begins when the will is sent: the kept form has no deadline yet.
    what.expiry = now() + seconds(last.expiry_s);
    what.kept = {};
  }
  counts_.wills_sent.add();
  if (what.retain) static_cast<void>(retain(what, source_of_will(of)));  // [MQTT-3.1.2-14] [MQTT-3.1.2-15]
  if (of != nullptr && hears(hook_event::publish)) tell_publish(*of, what, true);
  publish(what);
}

// A shared subscription's messages do not wait for a member that is away while others are there: with `only_if_others`
// what nobody who is online could take stays in its place, to be sent again under its identifier [MQTT-4.4.0-1].
void shard::pass_on_shared(session& which, bool only_if_others) noexcept {
  const auto has_others = [&](const nanolib::shared_group_ptr& group, bool online) {
    return group
               ->pick([&](nanolib::subscriber_id who) {
                 return who != which.number && (!online || shared_.online.is_online(who));
               })
               .who != nanolib::nobody;
  };
  try {
    std::vector<nanolib::delivery> free;
    which.outbox->take_shared(
        [&](const nanolib::shared_group_ptr& group) { return !only_if_others || has_others(group, true); }, free);
    for (const nanolib::delivery& owed : free) {
      nanolib::publication what(owed.what);
      what.qos = owed.qos;
      if (only_if_others || has_others(owed.group, false)) {
        deliver_shared(what, owed.group);
      } else {
        drop(drop_reason::no_shared_member, what, &which);
      }
    }
  } catch (...) {
    counts_.dropped_no_memory.add();
  }
}

void shard::end_session(session& which, session_end why) noexcept {
  shared_.online.set(which.number, false);
  which.subscriptions.for_each([&](nanolib::subscription_tree::handle place) {
    static_cast<void>(shared_.tree.unsubscribe(place, which.number));
  });
  const bool had_shared = which.shared_subscriptions > 0;
  which.subscriptions.clear();
  // A will that waits does not outlive its session [MQTT-3.1.3-9].
  send_will(which);
  const bool leaves = had_shared && which.is_kept() && leave_estate(which);
  if (which.outbox && had_shared) pass_on_shared(which, false);
  if (hears(hook_event::session_terminated)) tell_terminated(which, why);
  if (which.is_kept()) forget_stored(which, leaves);
  uncount_for_user(which);
  shared_.sessions.fetch_sub(1, std::memory_order_relaxed);
  counts_.sessions_now.subtract();
  sessions_.destroy(which);
}

}  // namespace nanomq::broker
