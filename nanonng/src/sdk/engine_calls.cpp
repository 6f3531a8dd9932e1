// The client's functions, on the caller's thread: check, copy once, hand over.
#include <limits>
#include <new>
#include <utility>

#include "driver.hpp"
#include "engine.hpp"
#include "error_text.hpp"
#include "nanolib/topic/topic.hpp"
#include "nanonng/mqtt/client_check.hpp"
#include "property_block.hpp"

namespace nanonng::sdk {

namespace {

template <class Value>
operation<Value> refused(mqtt::reason_code reason, operation_host_ptr host, std::string_view why = {}) {
  return operation<Value>::finished(std::unexpected(mqtt_error_of(reason)), std::move(host), why);
}

}  // namespace

outgoing_queue::patience engine::patience_for(duration timeout) const noexcept {
  outgoing_queue::patience how;
  if (options.outgoing.policy != overflow_policy::block) return how;
  how.may_wait = may_wait();
  how.is_callback = callbacks_.is_current();
  if (timeout != no_timeout) how.until = later(operation_core::clock::now(), timeout);
  return how;
}

nanolib::result<void> engine::enter(outgoing_queue::outcome&& said) {
  while (outgoing_entry* const each = said.dropped.pop_front()) {
    counts.messages_dropped.fetch_add(1, std::memory_order_relaxed);
    auto gone = nanolib::intrusive_ptr<publish_request>::adopt(static_cast<publish_request*>(each));
    gone->finish(std::unexpected(errors::dropped));
    if (gone->has_timeout) tell([gone](driver& which) { which.deadlines().disarm(gone->expires); });
  }
  if (!said.entered) {
    if (said.refusal == errors::queue_full) counts.messages_refused.fetch_add(1, std::memory_order_relaxed);
    return std::unexpected(said.refusal);
  }
  if (!said.tell_loop) return {};
  if (on_loop()) {
    if (driver_) driver_->pump_soon();
  } else {
    static_cast<void>(tell([](driver& which) { which.pump_soon(); }));
  }
  return {};
}

template <class Request>
void engine::limit(const nanolib::intrusive_ptr<Request>& what, duration timeout) {
  if (timeout == no_timeout || what->done()) return;
  const nanolib::instant at = later(now(), timeout);
  if (at == nanolib::never) return;
  static_cast<void>(tell([what, at](driver& which) {
    if (!what->done()) which.deadlines().arm(what, what->expires, at);
  }));
}

operation<publish_outcome> engine::publish(std::string_view topic, nanolib::bytes payload, const publish_options& how,
                                           bool has_place) {
  if (!how.qos.valid()) return refused<publish_outcome>(mqtt::reason_code::qos_not_supported, host());
  publish_request::contents what{.topic = topic, .payload = payload, .qos = how.qos.value(), .retain = how.retain};
  mqtt::property_writer block;
  if (options.version == mqtt::protocol_version::v5) {
    if (const auto reason = check_properties(how.properties); reason != mqtt::reason_code::success) {
      return refused<publish_outcome>(reason, host(), "a property that MQTT does not allow");
    }
    if (how.properties.payload_format_utf8 && !nanolib::is_valid_utf8(payload)) {
      return refused<publish_outcome>(mqtt::reason_code::payload_format_invalid, host());
    }
    write_properties(how.properties, block);
    what.properties = block.block();
    if (how.properties.message_expiry_interval) what.expiry = now() + *how.properties.message_expiry_interval;
  }
  mqtt::outgoing_publish packet;
  packet.topic = topic;
  packet.properties = what.properties;
  packet.payload = payload;
  packet.qos = what.qos;
  packet.retain = how.retain;
  if (const mqtt::verdict said = mqtt::check(packet, options.version); said.is_refusal()) {
    return refused<publish_outcome>(said.reason, host(), said.why);
  }
  const auto made = publish_request::create(*this, what);
  if (!made) return operation<publish_outcome>::finished(std::unexpected(errors::no_memory), host());
  made->has_timeout = how.timeout != no_timeout;
  outgoing_queue::patience patience = patience_for(how.timeout);
  patience.has_place = has_place;
  if (const auto entered = enter(outgoing.push(*made, patience)); !entered) {
    made->finish(std::unexpected(entered.error()), last_words());
  } else {
    limit(made, how.timeout);
  }
  return {made, host()};
}

operation<subscribe_outcome> engine::subscribe(std::vector<wanted_subscription> entries, const subscribe_options& how) {
  std::vector<mqtt::subscription_request> packet;
  for (const wanted_subscription& each : entries) {
    packet.push_back({each.filter, each.qos, each.no_local, each.retain_as_published, each.retain_handling});
  }
  if (const mqtt::verdict said = mqtt::check(packet, options.version); said.is_refusal()) {
    return refused<subscribe_outcome>(said.reason, host(), said.why);
  }
  if (const auto reason = check_user_properties(how.user_properties); reason != mqtt::reason_code::success) {
    return refused<subscribe_outcome>(reason, host());
  }
  auto made =
      nanolib::intrusive_ptr<subscribe_request>::adopt(new subscribe_request(*this, outgoing_entry::kind::subscribe));
  made->entries = std::move(entries);
  mqtt::property_writer block;
  write_user_properties(how.user_properties, block);
  made->user_properties.assign(block.block().begin(), block.block().end());
  if (const auto entered = enter(outgoing.push_other(*made)); !entered) {
    made->finish(std::unexpected(entered.error()), last_words());
  } else {
    limit(made, how.timeout);
  }
  return {made, host()};
}

operation<subscribe_outcome> engine::unsubscribe(const std::vector<std::string>& filters,
                                                 const unsubscribe_options& how) {
  const std::vector<std::string_view> views(filters.begin(), filters.end());
  if (const mqtt::verdict said = mqtt::check(views); said.is_refusal()) {
    return refused<subscribe_outcome>(said.reason, host(), said.why);
  }
  if (const auto reason = check_user_properties(how.user_properties); reason != mqtt::reason_code::success) {
    return refused<subscribe_outcome>(reason, host());
  }
  auto made =
      nanolib::intrusive_ptr<subscribe_request>::adopt(new subscribe_request(*this, outgoing_entry::kind::unsubscribe));
  made->from_callback = callbacks_.is_current();
  for (const std::string& each : filters) made->entries.push_back({.filter = each, .to = nullptr});
  mqtt::property_writer block;
  write_user_properties(how.user_properties, block);
  made->user_properties.assign(block.block().begin(), block.block().end());
  if (const auto entered = enter(outgoing.push_other(*made)); !entered) {
    made->finish(std::unexpected(entered.error()), last_words());
  } else {
    limit(made, how.timeout);
  }
  return {made, host()};
}

// --- receiving ---

void engine::pass_on(message&& which) noexcept {
  acknowledge_unless_manual(which);
  handled(1, which.body()->size());
}

operation<message> engine::receive(duration timeout) {
  auto made = receive_request_ptr::adopt(new receive_request(*this));
  message next;
  switch (pull.take_or_wait(made, next)) {
    case pull_queue::waited::took:
      made->finish(next);
      pass_on(std::move(next));
      break;
    case pull_queue::waited::refused:
      made->finish(std::unexpected(errors::closed));
      break;
    case pull_queue::waited::waits:
      limit(made, timeout);
      break;
  }
  return {made, host()};
}

std::optional<message> engine::try_receive() {
  auto next = pull.take();
  if (next) pass_on(message(*next));
  return next;
}

// --- requests and the end ---

operation<message> engine::request(std::string_view topic, nanolib::bytes payload, const request_options& how) {
  if (options.version != mqtt::protocol_version::v5) {
    return operation<message>::finished(std::unexpected(errors::not_supported), host(), "requests need MQTT 5");
  }
  auto made = request_ptr::adopt(new request_operation(*this));
  made->topic = topic;
  made->payload = nanolib::as_text(payload);
  made->how = how;
  const auto refuse = [made] { made->finish(std::unexpected(errors::closed)); };
  if (!tell([made](driver& which) { which.request(made); }, refuse)) refuse();
  limit(made, how.timeout);
  return {made, host()};
}

operation<void> engine::reauthenticate() {
  if (options.version != mqtt::protocol_version::v5 || options.authenticator.method.empty()) {
    return operation<void>::finished(std::unexpected(errors::not_supported), host(), "no authenticator");
  }
  auto made = nanolib::intrusive_ptr<operation_state<void>>::adopt(new operation_state<void>);
  const auto refuse = [made] { made->finish(std::unexpected(errors::closed)); };
  if (!tell([made](driver& which) { which.reauthenticate(made); }, refuse)) refuse();
  return {made, host()};
}

operation<void> engine::close(const close_options& how) {
  auto made = nanolib::intrusive_ptr<operation_state<void>>::adopt(new operation_state<void>);
  outgoing.close(errors::closed);
  const auto say_so = [made] { made->finish({}); };
  if (!tell([made, how](driver& which) { which.close(made, how); }, say_so)) say_so();
  return {made, host()};
}

}  // namespace nanonng::sdk
