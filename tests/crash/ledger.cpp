#include "ledger.hpp"

#include <algorithm>
#include <utility>

namespace nanomq::crash {

ledger::stream_id ledger::add_stream(stream_settings settings) {
  streams_.push_back({.settings = std::move(settings), .messages = {}, .trackers = {}});
  return static_cast<stream_id>(streams_.size() - 1);
}

ledger::tracker_id ledger::add_tracker(stream_id from, std::string receiver, bool share_group) {
  auto& followers = streams_[from].trackers;
  const auto id = static_cast<tracker_id>(trackers_.size());
  tracker made;
  made.of = from;
  made.bit = 1U << followers.size();
  made.ordered = !share_group;
  made.receiver = std::move(receiver);
  trackers_.push_back(std::move(made));
  followers.push_back(id);
  return id;
}

std::uint32_t ledger::sent(stream_id id) {
  auto& messages = streams_[id].messages;
  messages.push_back({.first_sent = next_tick(), .bits = 0, .exactly = 0});
  ++publications_;
  return static_cast<std::uint32_t>(messages.size() - 1);
}

void ledger::acknowledged(const stamp& what) {
  message& which = find(what);
  next_tick();
  ++acknowledgements_;
  which.bits |= was_acknowledged;
  for (const tracker_id id : streams_[what.stream].trackers) {
    tracker& to = trackers_[id];
    if (what.sequence < to.required_from || to.required_from == nothing || (which.bits & to.bit) != 0) continue;
    ++to.outstanding;
    ++outstanding_;
  }
}

void ledger::republished(const stamp& what) { find(what).bits |= was_republished; }

void ledger::withdrawn(const stamp& what) { find(what).bits |= was_withdrawn; }

void ledger::require_from_now(tracker_id id) {
  tracker& which = trackers_[id];
  if (which.required_from == nothing)
    which.required_from = static_cast<std::uint32_t>(streams_[which.of].messages.size());
}

void ledger::require_nothing(tracker_id id) {
  tracker& which = trackers_[id];
  forget_outstanding(which);
  which.required_from = nothing;
}

void ledger::forget_outstanding(tracker& which) noexcept {
  outstanding_ -= which.outstanding;
  which.outstanding = 0;
}

void ledger::arrived(tracker_id id, std::uint32_t sequence, std::uint8_t qos) {
  tracker& to = trackers_[id];
  message& which = streams_[to.of].messages[sequence];
  ++deliveries_;
  if ((which.bits & to.bit) != 0) return repeated(to, which, sequence, qos);
  which.bits |= to.bit;
  if (qos == 2) which.exactly |= to.bit;
  if ((which.bits & was_withdrawn) != 0) faults_.add(fault::undue_will, describe(to, sequence) + ": it was taken back");
  if (to.given_up.erase(sequence) != 0) {
    faults_.withdraw(fault::lost);
    faults_.add(fault::late, describe(to, sequence));
  } else if ((which.bits & was_acknowledged) != 0 && to.required_from != nothing && sequence >= to.required_from) {
    --to.outstanding;
    --outstanding_;
  }
  if (to.required_from != nothing && sequence >= to.required_from) check_order(to, which, sequence, qos);
}

/// Not of what was first sent before the subscription was acknowledged: it may have been nobody's business then, and be
/// sent again later.
void ledger::check_order(tracker& to, const message& which, std::uint32_t sequence, std::uint8_t qos) {
  std::uint32_t& highest = to.highest[qos];
  if (to.ordered && sequence + 1 < highest && (which.bits & was_republished) == 0)
    faults_.add(fault::reordered, describe(to, sequence) + ": after number " + std::to_string(highest - 1));
  highest = std::max(highest, sequence + 1);
}

/// QoS 2 must hold all the way, both times: a subscription may have asked for less in between.
void ledger::repeated(const tracker& to, message& which, std::uint32_t sequence, std::uint8_t qos) {
  const stream_settings& settings = streams_[to.of].settings;
  const bool promised = qos == 2 && (which.exactly & to.bit) != 0 && (which.bits & was_republished) == 0;
  if (qos == 2) which.exactly |= to.bit;
  if (!promised) {
    ++allowed_repetitions_;
    return;
  }
  faults_.add(settings.kind == stream_kind::will ? fault::repeated_will : fault::duplicated, describe(to, sequence));
}

std::uint64_t ledger::give_up(tracker_id id, bool counted) {
  tracker& which = trackers_[id];
  const std::uint64_t missing = which.outstanding;
  if (missing == 0) return 0;
  const auto& messages = streams_[which.of].messages;
  std::uint32_t first = nothing;
  for (std::uint32_t at = which.required_from; at < messages.size(); ++at) {
    const std::uint32_t bits = messages[at].bits;
    if ((bits & was_acknowledged) == 0 || (bits & which.bit) != 0) continue;
    if (counted) which.given_up.insert(at);
    first = std::min(first, at);
  }
  if (counted) faults_.add(fault::lost, describe(which, first), missing);
  forget_outstanding(which);
  // What was given up must not become owed again, and what is still under way need not be looked at twice.
  which.required_from = static_cast<std::uint32_t>(messages.size());
  return missing;
}

std::string ledger::describe(const tracker& to, std::uint32_t sequence) const {
  const stream_settings& settings = streams_[to.of].settings;
  return settings.topic + " number " + std::to_string(sequence) + " (QoS " + std::to_string(settings.qos) + ") to " +
         to.receiver;
}

}  // namespace nanomq::crash
