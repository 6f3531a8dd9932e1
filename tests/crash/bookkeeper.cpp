#include "bookkeeper.hpp"

#include <string>

namespace nanomq::crash {
namespace {

using mqtt::reason_code;

/// For the report: what is in force as far as the client knows, and what was seen.
std::string described(const subscription_history& history, const delivery_marks& seen) {
  std::string out = history.certain() ? "; acknowledged: " : "; requested: ";
  if (const subscription_state& now = history.current()) {
    out += "QoS " + std::to_string(now->qos) + (now->no_local ? ", no local" : "") +
           (now->retain_as_published ? ", retain as published" : "") + ", identifier " +
           std::to_string(now->identifier);
  } else {
    out += "none";
  }
  out += "; seen: QoS " + std::to_string(seen.qos) + (seen.published_by_subscriber ? ", its own" : "") +
         (seen.retain ? ", retain" : "");
  for (const std::uint32_t each : seen.identifiers) out += ", identifier " + std::to_string(each);
  return out;
}

std::string described(const subscription& which, const member& owner) {
  return which.filter + " of " + owner.client.settings().client_id;
}

}  // namespace

void bookkeeper::begins(member& which, bool clean_start) {
  which.kept_before = clean_start ? standing::absent : which.kept;
  if (!clean_start) {
    if (which.kept == standing::absent) which.kept = standing::unsure;
    return;
  }
  // Until CONNACK nobody knows whether the old session is there or a new one.
  which.kept = standing::unsure;
  for (const std::size_t at : which.subscriptions) {
    subscription& each = cast_->subscriptions[at];
    each.history.requested(std::nullopt);
    each.wanted = std::nullopt;
    for (const auto tracker : each.trackers) cast_->messages.require_nothing(tracker);
  }
}

void bookkeeper::on_connected(session& which, bool session_present) {
  member& who = cast_->owner_of(which);
  ++connections_;
  compare_presence(who, session_present);
  if (!session_present) lose_subscriptions(who);
  // A new session has been acknowledged when the first thing in it has: before that nothing is lost with it.
  who.kept = session_present ? standing::present : standing::unsure;
  for (const std::size_t at : who.subscriptions) {
    subscription& each = cast_->subscriptions[at];
    each.request.reset();
    if (!each.history.certain() || each.history.current() != each.wanted) request(each, each.wanted);
  }
}

void bookkeeper::compare_presence(const member& which, bool session_present) {
  const std::string client = name(which.client);
  if (which.kept_before == standing::present && !session_present) cast_->faults.add(fault::lost_session, client);
  if (which.kept_before == standing::absent && session_present) cast_->faults.add(fault::ghost_session, client);
}

/// The session is not there: neither are its subscriptions, and what waited for it will never come.
void bookkeeper::lose_subscriptions(member& which) {
  for (const std::size_t at : which.subscriptions) {
    subscription& each = cast_->subscriptions[at];
    each.history.lost(cast_->messages.next_tick());
    if (each.shared && cast_->is_share_member_subscribed()) continue;
    for (const auto tracker : each.trackers) {
      cast_->messages.give_up(tracker);
      cast_->messages.require_nothing(tracker);
    }
  }
}

void bookkeeper::request(subscription& which, subscription_state what) {
  session& client = cast_->members[which.owner].client;
  which.known_before = which.history.certain() && which.history.current();
  which.wanted = what;
  which.history.requested(what);
  which.request = what ? client.subscribe(which.filter, *what) : client.unsubscribe(which.filter);
  if (which.shared) return;
  for (const auto tracker : which.trackers) {
    if (!cast_->owes(which, cast_->tracked[tracker])) cast_->messages.require_nothing(tracker);
  }
}

void bookkeeper::forgotten(subscription& which, bool counted) {
  if (counted) cast_->faults.add(fault::lost_subscription, described(which, cast_->members[which.owner]));
  if (cast_->members[which.owner].client.connected()) request(which, which.wanted);
}

void bookkeeper::on_request_done(session& which, std::uint16_t identifier, reason_code result) {
  for (const std::size_t at : cast_->owner_of(which).subscriptions) {
    subscription& each = cast_->subscriptions[at];
    if (each.request != identifier) continue;
    each.request.reset();
    cast_->owner_of(which).kept = standing::present;
    ++requests_acknowledged_;
    return granted(each, result);
  }
}

void bookkeeper::granted(subscription& which, reason_code result) {
  const std::string what = described(which, cast_->members[which.owner]);
  if (which.wanted && static_cast<std::uint8_t>(result) != which.wanted->qos)
    cast_->faults.add(fault::wrong_options, what + " was answered with " + std::string{name_of(result)});
  if (which.known_before && result == reason_code::no_subscription_existed)
    cast_->faults.add(fault::lost_subscription, what + ": UNSUBACK knows of none");
  which.history.confirmed(cast_->messages.next_tick());
  for (const auto tracker : which.trackers) {
    if (cast_->owes(which, cast_->tracked[tracker])) cast_->messages.require_from_now(tracker);
  }
}

void bookkeeper::on_acknowledged(session& which, const stamp& what) {
  // With QoS 1 the session has no part in it: nothing was promised to keep it.
  if (cast_->messages.settings(what.stream).qos == 2) cast_->owner_of(which).kept = standing::present;
  cast_->messages.acknowledged(what);
  const flow_stream& stream = cast_->streams[what.stream];
  if (stream.kind == flow::retained) cast_->retained.acknowledged(stream.retained_topic, what.sequence);
}

/// Then nobody need get it; somebody may, if the broker had it already from an earlier connection.
void bookkeeper::on_refused(session& /*which*/, const stamp& /*what*/, reason_code why) { ++refusals_[why]; }

void bookkeeper::on_republished(session& /*which*/, const stamp& what) { cast_->messages.republished(what); }

void bookkeeper::on_message(session& which, const arrival& message) {
  const member& who = cast_->owner_of(which);
  const auto what = read_payload(message.payload, cast_->settings.payload);
  if (!what || !cast_->messages.knows(*what) || cast_->messages.settings(what->stream).topic != message.topic) {
    cast_->faults.add(fault::changed, std::string{message.topic} + " to " + name(which));
    return;
  }
  const auto& way = who.routes[what->stream];
  if (!way) {
    cast_->faults.add(fault::unexpected, std::string{message.topic} + " to " + name(which));
    return;
  }
  judge(who, *way, *what, message);
  cast_->messages.arrived(way->tracker, what->sequence, message.qos);
  if (cast_->streams[what->stream].kind == flow::will && on_will_) on_will_(*what);
}

void bookkeeper::judge(const member& which, const member::route& way, const stamp& what, const arrival& message) {
  const subscription& by = cast_->subscriptions[way.subscription];
  const stream_settings& published = cast_->messages.settings(what.stream);
  const delivery_marks seen{
      .published_qos = published.qos,
      .published_retain = published.retain,
      .published_by_subscriber = cast_->streams[what.stream].publisher == which.client.settings().index,
      .qos = message.qos,
      .retain = message.retain,
      .identifiers = message.identifiers};
  const verdict found = by.history.judge(cast_->messages.first_sent(what), seen);
  if (found == verdict::right) return;
  const std::string words = published.topic + " number " + std::to_string(what.sequence) + " by " +
                            described(by, which) + described(by.history, seen);
  cast_->faults.add(found == verdict::not_subscribed ? fault::undone_unsubscription : fault::wrong_options, words);
}

void bookkeeper::on_violation(session& which, std::string_view what) {
  cast_->faults.add(fault::bad_packet, std::string{what} + " to " + name(which));
}

void bookkeeper::on_dismissed(session& which, reason_code why) {
  if (!dismissal_expected_) cast_->faults.add(fault::closed, name(which) + ": " + std::string{name_of(why)});
}

void bookkeeper::on_closed(session& which, bool expected) {
  if (!expected) cast_->faults.add(fault::closed, name(which));
}

}  // namespace nanomq::crash
