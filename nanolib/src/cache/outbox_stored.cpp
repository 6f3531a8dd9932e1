// The outbox of a session that is in the store: its window follows the sequences of the rows.
#include "nanolib/cache/outbox.hpp"

namespace nanolib {

namespace {

/// Identifiers that must not be in use twice, and what find() can tell apart.
constexpr queue_sequence longest_span = outbox::identifiers;

}  // namespace

bool outbox::has_stored_room() const noexcept {
  return stored_->messages() == 0 && (window_.empty() || stored_->next_sequence() - base_ < longest_span);
}

queue_sequence outbox::sequence_of(const entry& which) noexcept {
  const std::uint32_t first = window_.front().packet_identifier;
  return base_ + (std::uint32_t{which.packet_identifier} + identifiers - first) % identifiers;
}

// Under the identifier that follows from its sequence, which no exchange uses as long as the window is shorter than the
// round of identifiers [MQTT-2.2.1-4]. Null: it has to wait, or memory is short.
outbox::entry* outbox::enter_stored(const stored_message& what, stage at) noexcept {
  if (window_.empty()) base_ = what.sequence;
  if (what.sequence - base_ >= longest_span) return nullptr;
  while (base_ + window_.size() < what.sequence) {
    entry gap;
    gap.packet_identifier = identifier_of(base_ + window_.size());
    gap.at = stage::done;
    if (!window_.push_back(std::move(gap))) return nullptr;
  }
  entry fresh;
  fresh.what = what.what;
  fresh.packet_identifier = identifier_of(what.sequence);
  fresh.at = at;
  fresh.resent = what.again;
  fresh.kept = what.kept;
  fresh.row = what.row;
  if (!window_.push_back(std::move(fresh))) return nullptr;
  ++inflight_;
  if (what.what.what) kept_bytes_ += what.what.what->size();
  return &window_[window_.size() - 1];
}

const outbox::entry* outbox::next_stored(instant now, expiry_watch* watch) noexcept {
  while (!resuming_) {
    stored_message* first = stored_->front(now, watch);
    if (first == nullptr) return nullptr;
    const bool released = first->stage == row_stage::released;
    if (!released && (quota_ == 0 || kept_bytes_ >= most_in_window())) return nullptr;  // [MQTT-4.9.0-2]
    entry* fresh = enter_stored(*first, released ? stage::released : stage::published);
    if (fresh == nullptr) return nullptr;
    stored_->pop();
    if (released) return fresh;
    fresh->counted = true;
    --quota_;
    return fresh;
  }
  return nullptr;
}

void outbox::finish_read(queue_window& window, const group_finder& find, instant now) noexcept {
  if (!stored_->finish_read(window, find)) return;
  // What may have been on its way is in the window from the beginning: the client may answer before it is sent again.
  // Where nobody knows whether it was, what has expired since is not sent [MQTT-3.3.2-5].
  const instant expired = stored_->sent_is_known() ? instant::min() : now;
  for (stored_message* first = nullptr; (first = stored_->front(expired)) != nullptr && first->again;) {
    const bool released = first->stage == row_stage::released;
    if (enter_stored(*first, released ? stage::released : stage::unsent) == nullptr) return;
    stored_->pop();
  }
}

void outbox::forget_row(entry& which) noexcept {
  stored_->journal().remove(stored_->session(), sequence_of(which), which.row,
                            which.what.what ? which.what.what->size() : 0);
  which.kept = false;
  which.row = {};
}

rest_state outbox::try_rest(resting_queue& rested) noexcept {
  rested = {};
  for (std::size_t index = 0; index < window_.size(); ++index) {
    const entry& owed = window_[index];
    if (owed.at == stage::done) continue;
    if (!owed.kept || (owed.row && owed.row->is_refused())) return rest_state::not_kept;
    if (owed.row && !owed.row->is_durable()) return rest_state::later;
    if (rested.first == 0)
      rested = {.first = base_ + index, .sent = static_cast<std::uint16_t>(window_.size() - index)};
    ++rested.rows;
    if (owed.what.what) rested.bytes += owed.what.what->size();
  }
  return stored_->try_rest(rested);
}

std::pair<std::uint64_t, std::uint64_t> outbox::forget() noexcept {
  if (!stored_) return {};
  auto [rows, size] = stored_->forget();
  for (std::size_t index = 0; index < window_.size(); ++index) {
    entry& owed = window_[index];
    if (!owed.kept) continue;
    if (owed.row) static_cast<void>(owed.row->try_cancel());
    owed.kept = false;
    ++rows;
    if (owed.what.what) size += owed.what.what->size();
  }
  return {rows, size};
}

void outbox::take_stored(const std::function<bool(const shared_group_ptr&)>& wanted, std::vector<delivery>& into) {
  std::vector<std::uint16_t> taken;
  for (std::size_t index = 0; index < window_.size(); ++index) {
    entry& owed = window_[index];
    if (owed.at == stage::done || !owed.what.group || !owed.what.what ||
        owed.what.qos != quality_of_service::at_least_once || !wanted(owed.what.group)) {
      continue;
    }
    into.push_back(owed.what);
    taken.push_back(owed.packet_identifier);
    if (owed.kept) {
      stored_->journal().pass_on(stored_->session(), base_ + index, owed.row, owed.what.what->size());
    }
    owed.kept = false;
  }
  for (const std::uint16_t identifier : taken) abandon(identifier);
  stored_->take_out([&](stored_message& one) {
    if (!one.what.group || !one.what.what || !wanted(one.what.group)) return false;
    into.push_back(one.what);
    if (one.kept) stored_->journal().pass_on(stored_->session(), one.sequence, one.row, one.what.what->size());
    return true;
  });
}

}  // namespace nanolib
