#include "nanolib/cache/outbox.hpp"

#include <algorithm>

namespace nanolib {

namespace {

constexpr std::uint32_t identifiers = 65'535;
/// A window that spans more identifiers than this moves its oldest entry aside.
constexpr std::uint32_t longest_span = 32'768;

/// How far `to` lies behind `from` in the sequence 1, 2, …, 65535, 1, …
std::uint32_t distance(std::uint16_t from, std::uint16_t to) noexcept {
  return to >= from ? static_cast<std::uint32_t>(to - from) : to + identifiers - from;
}

std::uint16_t following(std::uint16_t identifier) noexcept {
  return identifier == identifiers ? std::uint16_t{1} : static_cast<std::uint16_t>(identifier + 1);
}

}  // namespace

void outbox::connect(std::uint16_t quota) noexcept {
  quota_ = quota;
  resume_at_ = 0;
  const auto rewind = [](entry& owed) {
    owed.counted = false;
    if (owed.at == stage::published) owed.at = stage::unsent;
  };
  for (entry& owed : laggards_) rewind(owed);
  for (std::size_t index = 0; index < window_.size(); ++index) rewind(window_[index]);
  resuming_ = inflight_ > 0;
}

void outbox::disconnect() noexcept {
  quota_ = 0;
  resuming_ = false;
}

bool outbox::is_laggard(std::uint16_t packet_identifier) const noexcept {
  return std::ranges::any_of(laggards_,
                             [&](const entry& owed) { return owed.packet_identifier == packet_identifier; });
}

// Keeps the span of the window short enough for identifiers to be unique, by moving the oldest entry aside.
bool outbox::make_room() noexcept {
  if (window_.size() < longest_span) return true;
  try {
    laggards_.push_back(std::move(window_.front()));
  } catch (...) {
    return false;
  }
  window_.pop_front();
  while (!window_.empty() && window_.front().at == stage::done) window_.pop_front();
  return true;
}

outbox::entry* outbox::enter(delivery&& what, stage at) noexcept {
  if (!make_room()) return nullptr;
  while (!laggards_.empty() && is_laggard(next_identifier_)) {
    // The hole keeps the arithmetic of find() right.
    entry hole;
    hole.packet_identifier = next_identifier_;
    hole.at = stage::done;
    if (!window_.empty() && !window_.push_back(std::move(hole))) return nullptr;
    next_identifier_ = following(next_identifier_);
  }
  entry fresh;
  fresh.what = std::move(what);
  fresh.packet_identifier = next_identifier_;
  fresh.at = at;
  if (!window_.push_back(std::move(fresh))) return nullptr;
  next_identifier_ = following(next_identifier_);
  ++inflight_;
  return &window_[window_.size() - 1];
}

std::uint16_t outbox::begin(delivery&& what) noexcept {
  entry* fresh = enter(std::move(what), stage::published);
  if (fresh == nullptr) return 0;
  fresh->counted = true;
  --quota_;
  return fresh->packet_identifier;
}

bool outbox::enqueue(delivery&& what) noexcept {
  const std::uint64_t size = what.what->size();
  if (queue_.size() >= limits_.maximum_messages || queued_bytes_ + size > limits_.maximum_bytes) return false;
  if (!queue_.push_back(std::move(what))) return false;
  queued_bytes_ += size;
  return true;
}

const outbox::entry* outbox::next(instant now) noexcept {
  while (!queue_.empty() && !resuming_) {
    delivery& first = queue_.front();
    const bool expired = first.what->expiry() <= now;
    if (!expired && quota_ == 0 && first.qos != quality_of_service::at_most_once) return nullptr;
    queued_bytes_ -= first.what->size();
    delivery taken = std::move(first);
    queue_.pop_front();
    if (expired) {
      ++expired_;
      continue;
    }
    if (taken.qos == quality_of_service::at_most_once) {
      passing_ = {};
      passing_.what = std::move(taken);
      return &passing_;
    }
    entry* fresh = enter(std::move(taken), stage::published);
    if (fresh == nullptr) return nullptr;
    fresh->counted = true;
      --quota_;
    return fresh;
  }
  return nullptr;
}

const outbox::entry* outbox::resume() noexcept {
  while (resuming_) {
    const std::size_t aside = laggards_.size();
    if (resume_at_ >= aside + window_.size()) {
      resuming_ = false;
      break;
    }
    entry& owed = resume_at_ < aside ? laggards_[resume_at_] : window_[resume_at_ - aside];
    if (owed.at == stage::unsent) {
      if (quota_ == 0) return nullptr;
      --quota_;
      owed.counted = true;
      owed.at = stage::published;
      owed.resent = true;
      ++resume_at_;
      return &owed;
    }
    ++resume_at_;
    if (owed.at == stage::released) return &owed;
  }
  return nullptr;
}

outbox::entry* outbox::find(std::uint16_t packet_identifier) noexcept {
  if (packet_identifier == 0) return nullptr;
  if (!window_.empty()) {
    const std::uint32_t index = distance(window_.front().packet_identifier, packet_identifier);
    if (index < window_.size()) {
      entry& found = window_[index];
      if (found.at != stage::done) return &found;
    }
  }
  for (entry& owed : laggards_) {
    if (owed.packet_identifier == packet_identifier) return &owed;
  }
  return nullptr;
}

void outbox::give_back_quota(entry& which) noexcept {
  if (!which.counted) return;
  which.counted = false;
  ++quota_;
}

void outbox::finish(entry& which) noexcept {
  give_back_quota(which);
  which.what = {};
  which.at = stage::done;
  --inflight_;
  std::uint32_t popped = 0;
  while (!window_.empty() && window_.front().at == stage::done) {
    window_.pop_front();
    ++popped;
  }
  const auto aside = static_cast<std::uint32_t>(laggards_.size());
  if (aside > 0) {
    const auto gone = std::ranges::remove_if(laggards_, [](const entry& owed) { return owed.at == stage::done; });
    const auto removed = static_cast<std::uint32_t>(gone.size());
    if (removed > 0 && resume_at_ > 0) resume_at_ -= std::min(resume_at_, removed);
    laggards_.erase(gone.begin(), gone.end());
  }
  if (resuming_) resume_at_ -= std::min(resume_at_, popped);
}

outbox::acknowledged outbox::on_puback(std::uint16_t packet_identifier) noexcept {
  entry* owed = find(packet_identifier);
  if (owed == nullptr) return acknowledged::unknown;
  // Also before it was sent again: the client may acknowledge what it got on its last connection.
  if (owed->what.qos != quality_of_service::at_least_once) return acknowledged::unexpected;
  finish(*owed);
  return acknowledged::done;
}

outbox::acknowledged outbox::on_pubrec(std::uint16_t packet_identifier, bool failed) noexcept {
  entry* owed = find(packet_identifier);
  if (owed == nullptr) return acknowledged::unknown;
  if (owed->what.qos != quality_of_service::exactly_once) return acknowledged::unexpected;
  if (failed) {
    if (owed->at == stage::released) return acknowledged::unexpected;
    finish(*owed);
    return acknowledged::done;
  }
  owed->at = stage::released;
  owed->what.what = {};
  owed->what.group = {};
  owed->what.identifiers = {};
  return acknowledged::done;
}

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

void outbox::take_shared(std::vector<delivery>& into) {
  const auto is_free = [](const entry& owed) {
    return owed.what.group && owed.what.what && owed.what.qos == quality_of_service::at_least_once &&
           owed.at != stage::done;
  };
  std::vector<std::uint16_t> taken;
  const auto take = [&](entry& owed) {
    if (!is_free(owed)) return;
    into.push_back(std::move(owed.what));
    taken.push_back(owed.packet_identifier);
  };
  for (entry& owed : laggards_) take(owed);
  for (std::size_t index = 0; index < window_.size(); ++index) take(window_[index]);
  for (const std::uint16_t identifier : taken) abandon(identifier);
  for (std::size_t left = queue_.size(); left > 0; --left) {
    delivery waiting = std::move(queue_.front());
    queue_.pop_front();
    if (waiting.group) {
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
  if (laggards_.empty()) std::vector<entry>().swap(laggards_);
  passing_ = {};
}

}  // namespace nanolib
