#include "nanomq/tools/load_publishers.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace nanomq::tools {

using nanolib::quality_of_service;
using nanonng::mqtt::request_token;

namespace {

/// Output of one client from here on is left to the system before there is more: a larger heap of it would only be memory.
constexpr std::size_t most_unsent = 64U * 1024;
/// Messages of one client in a row: the others have their turn, and what arrives is read.
constexpr int most_in_a_row = 256;

// A message above QoS 0 is known by its number and its time: it can be made once more from its token.
request_token token_of(const stamp& what) noexcept { return request_token{what.sequence} << 32U | what.ticks; }

shared_payload bytes_of(const std::string& text) {
  std::vector<std::byte> made(text.size());
  if (!text.empty()) std::memcpy(made.data(), text.data(), text.size());
  return std::make_shared<const std::vector<std::byte>>(std::move(made));
}

std::int64_t unix_ms_now() noexcept {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

load_publishers::load_publishers(const load_plan& plan, const load_run_facts& facts, load_counters& counters,
                                 std::uint64_t limit)
    : plan_(plan),
      facts_(facts),
      counters_(counters),
      limit_(limit),
      differs_by_message_(plan.message.topic.differs_by_message() ||
                          (plan.message.text && plan.message.text->differs_by_message())),
      schedule_(plan.message_interval) {
  if (plan.kind == load_kind::roundtrip && plan.pattern == load_pattern::fan_out) copies_ = plan.subscribers();
}

publish_template load_publishers::make_message(const std::string& client_identifier, std::uint64_t number,
                                               std::uint64_t sequence, std::int64_t unix_ms) const {
  const load_message& message = plan_.message;
  std::string user_name;
  if (plan_.who.user_name) user_name = plan_.who.user_name->expand({.client_identifier = {}, .client = number});
  // In a fan all have one topic.
  const bool fan = plan_.kind == load_kind::roundtrip && plan_.pattern != load_pattern::pairs;
  const pattern_values values{.client_identifier = fan ? std::string_view{} : client_identifier,
                              .user_name = user_name,
                              .client = fan ? 0 : number,
                              .sequence = sequence,
                              .unix_ms = unix_ms};
  publish_shape shape{.topic = message.topic.expand(values), .qos = message.qos, .retain = message.retain};
  shape.stamped = message.stamped && !message.text && message.payload->size() >= stamp::size;
  shape.properties = message.properties;
  shape.payload = message.text ? bytes_of(message.text->expand(values)) : message.payload;
  return {plan_.who.version, std::move(shape)};
}

void load_publishers::add(load_client& client, std::string client_identifier, std::uint64_t number) {
  auto message = make_message(client_identifier, number, 0, 0);
  publishers_.push_back({.client = &client,
                         .message = std::move(message),
                         .client_identifier = std::move(client_identifier),
                         .number = number});
}

void load_publishers::begin(moment start_at) {
  running_ = true;
  const auto step = plan_.message_interval / static_cast<std::int64_t>(std::max<std::size_t>(publishers_.size(), 1));
  for (sender& each : publishers_) {
    if (each.is_open) start(each, start_at + step * index_of(each));
  }
}

void load_publishers::start(sender& which, moment due) {
  which.has_begun = true;
  if (by_window()) {
    mark_ready(which);
  } else {
    schedule_.add(index_of(which), due);
  }
}

void load_publishers::opened(std::uint32_t number, moment now) {
  sender& which = publishers_[number];
  which.is_open = true;
  if (const auto verdict = which.client->check(which.message); verdict.is_refusal()) {
    refusal_ = verdict.why;
    which.is_open = false;
    return;
  }
  send_again(which);
  if (!running_) return;
  if (!which.has_begun) return start(which, now);
  skip_missed(which, now);
  mark_ready(which);
}

/// What was due while there was no connection is not sent in a heap afterwards: no device does that.
void load_publishers::skip_missed(sender& which, moment now) noexcept {
  if (by_window() || !which.is_kept_back || which.due >= now) return;
  const auto missed = (now - which.due) / plan_.message_interval + 1;
  which.due += plan_.message_interval * missed;
  counters_[load_count::skipped].add(static_cast<std::uint64_t>(missed));
}

void load_publishers::mark_ready(sender& which) {
  if (which.is_ready || !(by_window() || which.is_kept_back)) return;
  which.is_ready = true;
  ready_.push_back(index_of(which));
}

bool load_publishers::has_room(const sender& from) const noexcept {
  if (!from.is_open || from.client->is_blocked() || from.client->unsent() >= most_unsent) return false;
  if (plan_.message.qos != quality_of_service::at_most_once && from.client->unanswered() >= plan_.window) return false;
  if (plan_.kind != load_kind::roundtrip || !by_window()) return true;
  return from.sent * copies_ - from.delivered < std::uint64_t{plan_.window} * copies_;
}

bool load_publishers::pump(moment now) {
  if (!running_ || is_done()) return false;
  const bool more = pump_ready(now);
  if (!by_window()) pump_due(now);
  return more && !is_done();
}

bool load_publishers::pump_ready(moment now) {
  std::swap(ready_, looked_at_);
  for (const std::uint32_t index : looked_at_) {
    sender& each = publishers_[index];
    each.is_ready = false;
    if (!each.is_open) continue;
    if (!by_window()) {
      if (has_room(each)) {
        each.is_kept_back = false;
        schedule_.add(index, each.due);
      } else if (!each.client->is_blocked() && each.client->unsent() >= most_unsent) {
        mark_ready(each);
      }
      continue;
    }
    for (int sent = 0; sent < most_in_a_row && has_room(each) && !is_done(); ++sent) {
      if (!send(each, now)) break;
    }
    // What the window lets through is sent as soon as the system has taken what there is.
    const bool only_full = each.is_open && !each.client->is_blocked() && each.client->unsent() >= most_unsent;
    if (only_full || has_room(each)) mark_ready(each);
  }
  looked_at_.clear();
  return !ready_.empty();
}

void load_publishers::pump_due(moment now) {
  while (const auto entry = schedule_.take_due(now)) {
    if (is_done()) return;
    sender& each = publishers_[entry->publisher];
    if (has_room(each) && send(each, entry->due)) {
      schedule_.next(*entry);
    } else {
      keep_back(each, entry->due);
    }
  }
}

void load_publishers::keep_back(sender& which, moment due) noexcept {
  which.is_kept_back = true;
  which.due = due;
  // Blocked, or out of window: drained() or completed() will tell. Only full: the end of the turn changes that.
  if (which.is_open && !which.client->is_blocked() && which.client->unsent() >= most_unsent) mark_ready(which);
}

bool load_publishers::send(sender& from, moment due) {
  const stamp what{.run = facts_.run,
                   .publisher = static_cast<std::uint32_t>(from.number),
                   .sequence = static_cast<std::uint32_t>(from.sent),
                   .ticks = facts_.clock.ticks(due)};
  const auto outcome =
      differs_by_message_
          ? from.client->publish(make_message(from.client_identifier, from.number, from.sent, unix_ms_now()), what,
                                 token_of(what))
          : from.client->publish(from.message, what, token_of(what));
  if (outcome == load_client::sending::wait) return false;
  if (outcome == load_client::sending::refused) {
    counters_[load_count::refused].add();
    from.is_open = false;
    return false;
  }
  ++from.sent;
  ++sent_;
  counters_[load_count::sent].add();
  return true;
}

/// The connection is a new one: what the session still owes the broker goes first.
void load_publishers::send_again(sender& from) {
  nanonng::mqtt::owed_publish owed;
  while (from.client->next_owed(owed)) {
    if (owed.what == nanonng::mqtt::owed_publish::kind::completed) {
      counters_[load_count::acknowledged].add();
      continue;
    }
    const stamp what{.run = facts_.run,
                     .publisher = static_cast<std::uint32_t>(from.number),
                     .sequence = static_cast<std::uint32_t>(owed.token >> 32U),
                     .ticks = static_cast<std::uint32_t>(owed.token & 0xFFFFFFFFU)};
    if (from.client->publish_again(from.message, what, owed) == load_client::sending::wait) return;
  }
}

void load_publishers::completed(std::uint32_t number, request_token token, nanonng::mqtt::reason_code reason,
                                moment arrived) {
  sender& which = publishers_[number];
  counters_[is_error(reason) ? load_count::refused : load_count::acknowledged].add();
  const auto taken = facts_.clock.since(static_cast<std::uint32_t>(token & 0xFFFFFFFFU), arrived);
  if (arrived - taken >= measure_from_) acknowledged_.record(taken);
  send_again(which);
  mark_ready(which);
}

std::optional<moment> load_publishers::next_due() const noexcept {
  if (!running_ || by_window() || is_done()) return std::nullopt;
  return schedule_.next_due();
}

std::uint64_t load_publishers::unanswered() const noexcept {
  std::uint64_t open = 0;
  for (const sender& each : publishers_) open += each.client->unanswered();
  return open;
}

std::uint64_t load_publishers::outstanding() const noexcept {
  std::uint64_t open = 0;
  for (const sender& each : publishers_) {
    if (each.is_open) open += each.client->unanswered() + (each.client->unsent() != 0 ? 1 : 0);
    if (plan_.kind == load_kind::roundtrip) {
      const std::uint64_t expected = each.sent * copies_;
      open += expected - std::min(expected, each.delivered);
    }
  }
  return open;
}

}  // namespace nanomq::tools
