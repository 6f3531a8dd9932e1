#include "nanolib/cache/outbox.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace nanolib {

namespace {

/// A window that spans more identifiers than this moves its oldest entry aside.
constexpr std::uint32_t longest_span = 32'768;

/// How far `to` lies behind `from` in the sequence 1, 2, …, 65535, 1, …
std::uint32_t distance(std::uint16_t from, std::uint16_t to) noexcept {
  return to >= from ? static_cast<std::uint32_t>(to - from) : to + outbox::identifiers - from;
}

std::uint16_t following(std::uint16_t identifier) noexcept {
  return identifier == outbox::identifiers ? std::uint16_t{1} : static_cast<std::uint16_t>(identifier + 1);
}

}  // namespace

/// Entries unacknowledged so long that their identifiers would come round again, in the order they were sent.
struct outbox::laggards {
  std::map<std::uint64_t, entry> in_order;
  std::unordered_map<std::uint16_t, std::uint64_t> order_of;
  std::uint64_t next_order = 0;
  std::uint64_t resume_from = 0;
};

outbox::outbox(const outbox_limits& limits) noexcept : limits_(limits) {}

outbox::outbox(const outbox_limits& limits, queue_journal& journal, session_key session, queue_sequence next)
    : stored_(std::make_unique<stored_queue>(journal, session, next)), limits_(limits) {}

outbox::~outbox() = default;

void outbox::connect(std::uint16_t quota) noexcept {
  quota_ = quota;
  if (stored_) stored_->set_connected(true);
  resume_at_ = 0;
  const auto rewind = [](entry& owed) {
    owed.counted = false;
    // A message that was released is not sent again, only its PUBREL [MQTT-4.3.3-5] [MQTT-4.3.3-6].
    if (owed.at == stage::published) owed.at = stage::unsent;
  };
  if (aside_) {
    aside_->resume_from = 0;
    for (auto& [order, owed] : aside_->in_order) rewind(owed);
  }
  for (std::size_t index = 0; index < window_.size(); ++index) rewind(window_[index]);
  resuming_ = inflight_ > 0;
}

void outbox::disconnect() noexcept {
  quota_ = 0;
  if (stored_) stored_->set_connected(false);
  resuming_ = false;
}

bool outbox::is_laggard(std::uint16_t packet_identifier) const noexcept {
  return aside_ && aside_->order_of.contains(packet_identifier);
}

// Keeps the span of the window short enough for identifiers to be unique, by moving the oldest entries aside.
bool outbox::make_room() noexcept {
  while (window_.size() >= longest_span) {
    entry& oldest = window_.front();
    try {
      if (!aside_) aside_ = std::make_unique<laggards>();
      const std::uint64_t order = aside_->next_order;
      const auto place = aside_->order_of.emplace(oldest.packet_identifier, order).first;
      try {
        aside_->in_order.emplace_hint(aside_->in_order.end(), order, std::move(oldest));
      } catch (...) {
        aside_->order_of.erase(place);
        return false;
      }
      ++aside_->next_order;
    } catch (...) {
      return false;
    }
    window_.pop_front();
    drop_finished();
  }
  return true;
}

std::uint32_t outbox::drop_finished() noexcept {
  std::uint32_t dropped = 0;
  for (; !window_.empty() && window_.front().at == stage::done; ++dropped) window_.pop_front();
  base_ += dropped;
  return dropped;
}

// Under an identifier that no exchange uses [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1]. On failure `what` is left as
// it was.
outbox::entry* outbox::enter(delivery&& what, stage at) noexcept {
  if (inflight_ == identifiers || !make_room()) return nullptr;
  while (is_laggard(next_identifier_)) {
    // The hole keeps the arithmetic of find() right.
    entry hole;
    hole.packet_identifier = next_identifier_;
    hole.at = stage::done;
    if (!window_.empty() && (!window_.push_back(std::move(hole)) || !make_room())) return nullptr;
    next_identifier_ = following(next_identifier_);
  }
  entry fresh;
  fresh.what = std::move(what);
  fresh.packet_identifier = next_identifier_;
  fresh.at = at;
  if (!window_.push_back(std::move(fresh))) {
    what = std::move(fresh.what);  // NOLINT(bugprone-use-after-move): a push that fails moves nothing
    return nullptr;
  }
  next_identifier_ = following(next_identifier_);
  ++inflight_;
  entry& entered = window_[window_.size() - 1];
  if (entered.what.what) kept_bytes_ += entered.what.what->size();
  return &entered;
}

std::uint16_t outbox::begin(delivery&& what, message_key body) noexcept {
  entry* fresh = nullptr;
  if (stored_) {
    stored_message made = stored_->make(std::move(what), body);
    fresh = enter_stored(made, stage::published);
    if (fresh == nullptr) stored_->finish(made, made.what.what->size());
  } else {
    fresh = enter(std::move(what), stage::published);
  }
  if (fresh == nullptr) return 0;
  fresh->counted = true;
  --quota_;
  return fresh->packet_identifier;
}

bool outbox::enqueue(delivery&& what, message_key body) noexcept {
  const std::uint64_t size = what.what->size();
  if (queued() >= limits_.maximum_messages || queued_bytes() + size > limits_.maximum_bytes) return false;
  if (stored_) return stored_->push(stored_->make(std::move(what), body));
  if (!queue_.push_back(std::move(what))) return false;
  queued_bytes_ += size;
  return true;
}

const outbox::entry* outbox::next(instant now, expiry_watch* watch) noexcept {
  if (stored_) return next_stored(now, watch);
  while (!queue_.empty() && !resuming_) {
    delivery& first = queue_.front();
    const std::uint64_t size = first.what->size();
    const entry* due = nullptr;
    if (first.what->expiry() <= now) {  // [MQTT-3.3.2-5]
      ++expired_;
      if (watch != nullptr) watch->on_expired(first.what);
    } else if (first.qos == quality_of_service::at_most_once) {
      passing_ = {};
      passing_.what = std::move(first);
      due = &passing_;
    } else {
      if (quota_ == 0 || kept_bytes_ >= limits_.maximum_bytes) return nullptr;  // [MQTT-4.9.0-2]
      entry* fresh = enter(std::move(first), stage::published);
      if (fresh == nullptr) return nullptr;
      fresh->counted = true;
      --quota_;
      due = fresh;
    }
    queued_bytes_ -= size;
    queue_.pop_front();
    if (due != nullptr) return due;
  }
  return nullptr;
}

// Whether the entry is to be sent now, which it then counts as.
bool outbox::take_turn(entry& owed) noexcept {
  if (owed.at != stage::unsent) return owed.at == stage::released;
  --quota_;
  owed.counted = true;
  owed.at = stage::published;
  owed.resent = true;
  return true;
}

const outbox::entry* outbox::resume() noexcept {
  if (!resuming_) return nullptr;
  if (aside_) {
    auto& in_order = aside_->in_order;
    for (auto at = in_order.lower_bound(aside_->resume_from); at != in_order.end(); ++at) {
      if (at->second.at == stage::unsent && quota_ == 0) return nullptr;
      aside_->resume_from = at->first + 1;
      if (take_turn(at->second)) return &at->second;
    }
  }
  while (resume_at_ < window_.size()) {
    entry& owed = window_[resume_at_];
    if (owed.at == stage::unsent && quota_ == 0) return nullptr;
    ++resume_at_;
    if (take_turn(owed)) return &owed;
  }
  resuming_ = false;
  return nullptr;
}

const outbox::entry* outbox::in_flight(std::uint16_t packet_identifier) const noexcept {
  if (packet_identifier == 0) return nullptr;
  if (!window_.empty()) {
    const std::uint32_t index = distance(window_[0].packet_identifier, packet_identifier);
    if (index < window_.size()) {
      const entry& found = window_[index];
      if (found.at != stage::done) return &found;
    }
  }
  if (!is_laggard(packet_identifier)) return nullptr;
  return &aside_->in_order.find(aside_->order_of.find(packet_identifier)->second)->second;
}

outbox::entry* outbox::find(std::uint16_t packet_identifier) noexcept {
  return const_cast<entry*>(in_flight(packet_identifier));
}

void outbox::give_back_quota(entry& which) noexcept {
  if (!which.counted) return;
  which.counted = false;
  ++quota_;
}

void outbox::release_body(entry& which) noexcept {
  if (which.what.what) kept_bytes_ -= which.what.what->size();
  which.what.what = {};
}

void outbox::finish(entry& which) noexcept {
  if (which.kept) forget_row(which);
  give_back_quota(which);
  release_body(which);
  --inflight_;
  if (const std::uint16_t identifier = which.packet_identifier; is_laggard(identifier)) {
    const auto place = aside_->order_of.find(identifier);
    aside_->in_order.erase(place->second);
    aside_->order_of.erase(place);
    return;
  }
  which.what = {};
  which.at = stage::done;
  resume_at_ -= std::min(resume_at_, drop_finished());
}

// Open until now [MQTT-4.3.2-3]. A refusal ends it as well: the message is sent to nobody again [MQTT-4.4.0-2]
// [MQTT-4.8.2-6].
outbox::acknowledged outbox::on_puback(std::uint16_t packet_identifier) noexcept {
  entry* owed = find(packet_identifier);
  if (owed == nullptr) return acknowledged::unknown;
  // Also before it was sent again: the client may acknowledge what it got on its last connection.
  if (owed->what.qos != quality_of_service::at_least_once) return acknowledged::unexpected;
  finish(*owed);
  return acknowledged::done;
}

// Open until now [MQTT-4.3.3-3].
outbox::acknowledged outbox::on_pubrec(std::uint16_t packet_identifier, bool failed) noexcept {
  entry* owed = find(packet_identifier);
  if (owed == nullptr) return acknowledged::unknown;
  if (owed->what.qos != quality_of_service::exactly_once) return acknowledged::unexpected;
  if (failed) {  // [MQTT-4.4.0-2] [MQTT-4.8.2-6]
    if (owed->at == stage::released) return acknowledged::unexpected;
    finish(*owed);
    return acknowledged::done;
  }
  if (owed->kept && owed->at != stage::released) {
    stored_->journal().release(stored_->session(), sequence_of(*owed), owed->what.what ? owed->what.what->size() : 0);
    owed->row = {};  // stored before it was sent, and it holds the message
  }
  owed->at = stage::released;
  release_body(*owed);
  owed->what.group = {};
  owed->what.identifiers = {};
  return acknowledged::done;
}

// Released, and open until now [MQTT-4.3.3-5].
outbox::acknowledged outbox::on_pubcomp(std::uint16_t packet_identifier) noexcept {
  entry* owed = find(packet_identifier);
  if (owed == nullptr) return acknowledged::unknown;
  if (owed->at != stage::released) return acknowledged::unexpected;
  finish(*owed);
  return acknowledged::done;
}

void outbox::abandon(std::uint16_t packet_identifier) noexcept {
  entry* owed = find(packet_identifier);
  if (owed != nullptr) finish(*owed);
}

void outbox::take_shared(const std::function<bool(const shared_group_ptr&)>& wanted, std::vector<delivery>& into) {
  if (stored_) return take_stored(wanted, into);
  const auto is_free = [&](const entry& owed) {
    return owed.what.group && owed.what.what && owed.what.qos == quality_of_service::at_least_once &&
           owed.at != stage::done && wanted(owed.what.group);
  };
  std::vector<std::uint16_t> taken;
  const auto take = [&](entry& owed) {
    if (!is_free(owed)) return;
    into.push_back(owed.what);
    taken.push_back(owed.packet_identifier);
  };
  if (aside_) {
    for (auto& [order, owed] : aside_->in_order) take(owed);
  }
  for (std::size_t index = 0; index < window_.size(); ++index) take(window_[index]);
  for (const std::uint16_t identifier : taken) abandon(identifier);
  for (std::size_t left = queue_.size(); left > 0; --left) {
    delivery waiting = std::move(queue_.front());
    queue_.pop_front();
    if (waiting.group && wanted(waiting.group)) {
      queued_bytes_ -= waiting.what->size();
      into.push_back(std::move(waiting));
    } else {
      static_cast<void>(queue_.push_back(std::move(waiting)));  // room was just made
    }
  }
}

void outbox::trim() noexcept {
  window_.trim();
  queue_.trim();
  if (stored_) stored_->trim();
  if (aside_ && aside_->in_order.empty()) aside_.reset();
  passing_ = {};
}

}  // namespace nanolib
