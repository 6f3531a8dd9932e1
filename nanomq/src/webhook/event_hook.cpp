#include "webhook/event_hook.hpp"

#include "nanolib/base/hash.hpp"
#include "webhook/sender.hpp"

namespace nanomq::webhook {

using broker::hook_event;
using enum event_kind;

namespace {

broker::hook_events events_for(event_kind which) noexcept {
  switch (which) {
    case client_connect:
      return events_of(hook_event::connect);
    case client_connack:
      return events_of(hook_event::connected, hook_event::refused);
    case client_connected:
      return events_of(hook_event::connected);
    case client_disconnected:
      return events_of(hook_event::disconnected);
    case client_subscribe:
      return events_of(hook_event::subscribe);
    case client_unsubscribe:
      return events_of(hook_event::unsubscribe);
    case session_subscribed:
      return events_of(hook_event::subscribed);
    case session_unsubscribed:
      return events_of(hook_event::unsubscribed);
    case session_terminated:
      return events_of(hook_event::session_terminated);
    case message_publish:
      return events_of(hook_event::publish);
    case message_delivered:
      return events_of(hook_event::delivered);
    case message_acked:
      return events_of(hook_event::acked);
    case session_created:
      return events_of(hook_event::session_created);
    case message_dropped:
      return events_of(hook_event::dropped);
  }
  return 0;
}

std::string_view word_of(broker::session_end why) noexcept {
  switch (why) {
    case broker::session_end::with_connection:
      return "normal";
    case broker::session_end::expired:
      return "expired";
    case broker::session_end::discarded:
      return "discarded";
  }
  return {};
}

}  // namespace

event_hook::event_hook(const webhook_settings& from, std::shared_ptr<sender> to, const nanolib::clock& clock)
    : rules_(from.events), style_{from.encoding, from.missing}, to_(std::move(to)), clock_(clock) {
  for (const event_rule& one : rules_) wanted_ |= 1U << static_cast<unsigned>(one.event);
}

std::vector<broker::hook_interest> event_hook::interests() const {
  std::vector<broker::hook_interest> all;
  for (const event_rule& one : rules_) all.push_back({events_for(one.event), one.topic});
  return all;
}

std::vector<event_hook::figure> event_hook::figures() const { return to_->figures(); }

// All that a client has to do with goes the same way, in order.
template <class Make>
void event_hook::send(const broker::hook_client& about, const Make& make) const noexcept {
  // What nobody would take is not written: a dead endpoint costs a look at two numbers.
  if (!to_->has_room()) return to_->count_dropped();
  try {
    to_->push(about.shard, nanolib::hash_text(about.client_id), make());
  } catch (...) {
    to_->count_dropped();
  }
}

void event_hook::on_connect(const broker::connect_event& e) noexcept {
  send(e.client, [&] { return client_body(client_connect, e.client, style_, clock_.wall_now()); });
}

void event_hook::on_connected(const broker::connected_event& e) noexcept {
  if (wants(client_connack)) {
    send(e.client, [&] { return connack_body(e.client, true, style_); });
  }
  if (wants(client_connected)) {
    send(e.client, [&] { return client_body(client_connected, e.client, style_, clock_.wall_now()); });
  }
}

void event_hook::on_refused(const broker::refused_event& e) noexcept {
  send(e.client, [&] { return connack_body(e.client, false, style_); });
}

void event_hook::on_disconnected(const broker::disconnected_event& e) noexcept {
  send(e.client,
       [&] { return ended_body(client_disconnected, e.client, e.is_normal() ? "normal" : "abnormal", style_); });
}

void event_hook::on_session_created(const broker::session_event& e) noexcept {
  send(e.client, [&] { return client_body(session_created, e.client, style_, clock_.wall_now()); });
}

void event_hook::on_session_terminated(const broker::session_end_event& e) noexcept {
  send(e.client, [&] { return ended_body(session_terminated, e.client, word_of(e.why), style_); });
}

void event_hook::on_subscribe(const broker::subscribe_event& e) noexcept {
  send(e.client, [&] { return filter_body(client_subscribe, e.client, e.filter, &e.qos, style_); });
}

void event_hook::on_subscribed(const broker::subscribed_event& e) noexcept {
  if (!e.is_success()) return;
  send(e.client, [&] { return filter_body(session_subscribed, e.client, e.filter, &e.qos, style_); });
}

void event_hook::on_unsubscribe(const broker::subscribe_event& e) noexcept {
  send(e.client, [&] { return filter_body(client_unsubscribe, e.client, e.filter, nullptr, style_); });
}

void event_hook::on_unsubscribed(const broker::subscribed_event& e) noexcept {
  if (e.reason != nanonng::mqtt::reason_code::success) return;  // there was none
  send(e.client, [&] { return filter_body(session_unsubscribed, e.client, e.filter, nullptr, style_); });
}

void event_hook::on_publish(const broker::publish_event& e) noexcept {
  send(e.client, [&] {
    return message_body(message_publish, e.client, {e.what, e.what.qos, e.what.retain}, style_, clock_.wall_now());
  });
}

void event_hook::on_delivered(const broker::delivery_event& e) noexcept {
  send(e.client,
       [&] { return message_body(message_delivered, e.client, {e.what, e.qos, e.retain}, style_, clock_.wall_now()); });
}

void event_hook::on_acked(const broker::acked_event& e) noexcept {
  send(e.client, [&] {
    return message_body(message_acked, e.client, {e.what, e.qos, e.what.retain}, style_, clock_.wall_now());
  });
}

void event_hook::on_dropped(const broker::dropped_event& e) noexcept {
  send(e.client, [&] {
    return message_body(message_dropped, e.client, {e.what, e.what.qos, e.what.retain, broker::name_of(e.why)}, style_,
                        clock_.wall_now());
  });
}

}  // namespace nanomq::webhook
