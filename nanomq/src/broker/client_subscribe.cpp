// SUBSCRIBE and UNSUBSCRIBE, and the retained messages that follow a subscription.
#include <algorithm>
#include <new>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

using nanolib::quality_of_service;
using nanonng::mqtt::property_id;
using nanonng::mqtt::reason_code;
using nanonng::mqtt::subscribe_view;
using nanonng::mqtt::subscription_reader;
using nanonng::mqtt::subscription_request;

namespace {

/// Retained messages handed out per slice, and how much output may wait before the next slice is put off.
constexpr std::size_t slice = 64;
/// Subscriptions looked after in one go: most have few retained messages or none.
constexpr std::size_t rounds = 64;
constexpr std::size_t enough_output = 64U * 1024;

}  // namespace

// One answer for all filters, with the identifier of the request [MQTT-2.2.1-6] [MQTT-3.8.4-1] [MQTT-3.8.4-2]
// [MQTT-3.8.4-5], and without properties that it could be too large with [MQTT-3.9.2-1] [MQTT-3.9.2-2].
void client::on_subscribe() noexcept {
  const subscribe_view packet = at_.scratch().subscribe;
  if (!knows_rights_to(packet)) return;
  const std::uint32_t identifier = packet.props.has(property_id::subscription_identifier) && machine_.is_v5()
                                       ? packet.props.subscription_identifier
                                       : 0;
  try {
    std::vector<reason_code> reasons;
    reasons.reserve(packet.count);
    subscription_reader reader(packet);
    subscription_request request;
    while (reader.next(request)) {
      at_.tell(hook_event::subscribe, &hook::on_subscribe,
               subscribe_event{describe(*session_), request.filter, request.qos});
      reasons.push_back(subscribe_one(request, identifier));
      at_.tell(hook_event::subscribed, &hook::on_subscribed,
               subscribed_event{describe(*session_), request.filter, request.qos, reasons.back()});
      at_.shared().log.event(nanolib::log_level::debug, "subscribed",
                             {{"client", session_->client_id},
                              {"filter", request.filter},
                              {"qos", static_cast<int>(request.qos)},
                              {"reason", static_cast<int>(reasons.back())}});
      if (reasons.back() == reason_code::not_authorized && at_.rights().disconnects_denied()) {
        return deny("not authorized to subscribe");
      }
      if (reasons.back() == reason_code::protocol_error) {
        return fail(reason_code::protocol_error, "no local on a shared subscription");  // [MQTT-3.8.3-4]
      }
    }
    nanonng::mqtt::buffer out;
    nanonng::mqtt::encode_suback_into(out, packet_type::suback, packet.packet_identifier, reasons, machine_.version(),
                                      {});
    answer(std::move(out));
  } catch (...) {
    broken_ = true;
    at_.ask_again(*this);
    return;
  }
  replay_retained();
}

reason_code client::subscribe_one(const subscription_request& request, std::uint32_t identifier) noexcept {
  commons& shared = at_.shared();
  const limits& bounds = shared.options.limits;
  const auto filter = nanolib::parse_topic_filter(request.filter, {bounds.max_topic_size, bounds.max_topic_levels});
  statistics& counts = at_.counts();
  if (!filter) {
    counts.subscriptions_refused.add();
    return reason_code::topic_filter_invalid;
  }
  if (replays_ && replays_->size() >= bounds.max_subscriptions) {  // asked again and again, and never read
    counts.subscriptions_refused.add();
    return reason_code::quota_exceeded;
  }
  if (filter->is_shared() && request.no_local) return reason_code::protocol_error;
  permission granted;
  if (at_.is_restricted()) {
    granted = known(who(), operation::subscribe, filter->filter);
    if (!granted.is_granted()) {
      counts.rights_denied.add();
      log_denied("subscribe", filter->filter);
      return granted.reason;
    }
  }
  const nanolib::subscription_options options{.qos = request.qos,
                                              .no_local = request.no_local,
                                              .retain_as_published = request.retain_as_published,
                                              .identifier = identifier};
  try {
    const auto made = shared.tree.subscribe(*filter, session_->number, options);
    if (made.place == nullptr ||
        (!made.existed && !keep_subscription(made.place, request.filter.size(), filter->is_shared()))) {
      counts.subscriptions_refused.add();
      return reason_code::quota_exceeded;
    }
    if (at_.is_restricted()) at_.note_permission(*session_, filter->filter, granted);
    if (session_->is_kept() && !made.unchanged) {
      at_.keeps()->record(nanolib::put_subscription{session_->key, std::string(request.filter), options});
    }
    const bool replay = request.retain_handling == 0 || (request.retain_handling == 1 && !made.existed);
    // [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11] [MQTT-3.8.4-4]
    if (replay && !filter->is_shared()) {
      if (!replays_) replays_ = std::make_unique<replay_queue>();
      if (!replays_->push_back({std::string(filter->filter), options})) return reason_code::quota_exceeded;
    }
  } catch (...) {
    return reason_code::quota_exceeded;
  }
  return static_cast<reason_code>(request.qos);  // [MQTT-3.8.4-7]
}

bool client::keep_subscription(nanolib::subscription_tree::handle place, std::size_t bytes, bool is_shared) noexcept {
  using set = nanolib::flat_set<nanolib::subscription_tree::handle>;
  const limits& bounds = at_.shared().options.limits;
  if (session_->subscriptions.size() >= bounds.max_subscriptions ||
      session_->subscription_bytes + bytes > bounds.max_subscription_bytes ||
      session_->subscriptions.insert(place) == set::inserted::no_memory) {
    static_cast<void>(at_.shared().tree.unsubscribe(place, session_->number));
    return false;
  }
  session_->subscription_bytes += static_cast<std::uint32_t>(bytes);
  if (is_shared) ++session_->shared_subscriptions;
  return true;
}

// As for SUBSCRIBE, and also when nothing was deleted: [MQTT-2.2.1-6] [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6]
// [MQTT-3.11.2-1] [MQTT-3.11.2-2].
void client::on_unsubscribe() noexcept {
  const subscribe_view packet = at_.scratch().subscribe;
  try {
    std::vector<reason_code> reasons;
    reasons.reserve(packet.count);
    subscription_reader reader(packet);
    subscription_request request;
    while (reader.next(request)) {
      at_.tell(hook_event::unsubscribe, &hook::on_unsubscribe,
               subscribe_event{describe(*session_), request.filter, quality_of_service::at_most_once});
      reasons.push_back(unsubscribe_one(request.filter));
      at_.tell(hook_event::unsubscribed, &hook::on_unsubscribed,
               subscribed_event{describe(*session_), request.filter, quality_of_service::at_most_once, reasons.back()});
    }
    nanonng::mqtt::buffer out;
    nanonng::mqtt::encode_suback_into(out, packet_type::unsuback, packet.packet_identifier, reasons, machine_.version(),
                                      {});
    answer(std::move(out));
  } catch (...) {
    broken_ = true;
    at_.ask_again(*this);
  }
}

// SUBACK and UNSUBACK have a byte for every filter, and no shorter form for a client that takes only small packets.
void client::answer(nanonng::mqtt::buffer packet) noexcept {
  if (packet.size() <= machine_.client_maximum_packet_size()) {
    const std::uint64_t unit = outstanding();
    if (unit == 0 && !is_holding()) return append(packet);
    held_packet waits;
    waits.unit = unit;
    waits.whole = std::move(packet);
    return hold(std::move(waits));
  }
  fail(reason_code::packet_too_large, "the answer is larger than the client takes");  // [MQTT-3.1.2-24]
}

reason_code client::unsubscribe_one(std::string_view text) noexcept {
  const limits& bounds = at_.shared().options.limits;
  const auto filter = nanolib::parse_topic_filter(text, {bounds.max_topic_size, bounds.max_topic_levels});
  if (!filter) return reason_code::topic_filter_invalid;
  // No new messages [MQTT-3.10.4-2]; what the outbox holds is delivered all the same [MQTT-3.10.4-3].
  const auto place = at_.shared().tree.unsubscribe(*filter, session_->number);
  if (place == nullptr) return reason_code::no_subscription_existed;
  session_->subscriptions.erase(place);
  session_->subscription_bytes -= static_cast<std::uint32_t>(text.size());
  if (filter->is_shared()) --session_->shared_subscriptions;
  if (session_->is_kept()) {
    try {
      at_.keeps()->record(nanolib::remove_subscription{session_->key, std::string(text)});
    } catch (const std::bad_alloc&) {
      at_.keeps()->fail();
    }
  }
  // What is left of a replay for a filter that is gone is not sent.
  for (std::size_t index = 0; replays_ && index < replays_->size() && !filter->is_shared(); ++index) {
    nanolib::retained_cursor& cursor = (*replays_)[index].cursor;
    if (cursor.filter == filter->filter) cursor.finished = true;
  }
  return reason_code::success;
}

// A slice at a time, and only while the client keeps up: a hundred thousand retained messages disturb nobody.
void client::replay_retained() noexcept {
  std::size_t handed_out = 0;
  for (std::size_t round = 0; round < rounds && handed_out < slice && replays_ && !leaving_; ++round) {
    retained_replay& one = replays_->front();
    if (connection_.pending() > enough_output) return wait_for_output();
    std::size_t most = slice - handed_out;
    if (one.options.qos != quality_of_service::at_most_once) {
      const nanolib::outbox* owed = outgoing();
      if (owed == nullptr) return;
      most = std::min(most, owed->room());
      if (most == 0) return;  // the next acknowledgement asks again
    }
    try {
      handed_out += at_.shared().retained.replay(
          one.cursor, at_.now(), most, [&](const nanolib::message_ptr& what) { send_retained(what, one.options); });
    } catch (...) {
      broken_ = true;
      break;
    }
    if (one.cursor.finished) replays_->pop_front();
    if (replays_->empty()) replays_.reset();
  }
  if (broken_ || replays_) at_.ask_again(*this);
}

void client::send_retained(const nanolib::message_ptr& what, const nanolib::subscription_options& options) noexcept {
  if (!at_.may_stay_retained(*what)) return at_.drop(drop_reason::no_permission, nanolib::publication(what), session_);
  const nanolib::identifier_list_ptr identifiers = nanolib::single_identifier(options.identifier);
  dispatch(nanolib::publication(what), options.qos, true, identifiers, {});
}

}  // namespace nanomq::broker
