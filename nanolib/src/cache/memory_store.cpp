#include "nanolib/cache/memory_store.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace nanolib {

namespace {

/// Deadlines are kept in civil time, as on disk.
struct kept_will {
  put_will as_put;
  wall_time due;
};

struct kept_row {
  queue_row_content content;
  row_stage stage = row_stage::owed;
  wall_time expiry;
};

struct kept_session {
  put_session as_put;
  wall_time ends;
  std::map<std::string, subscription_options, std::less<>> subscriptions;
  std::set<std::uint16_t> unreleased;
  std::map<queue_sequence, kept_row> queue;
  std::unique_ptr<kept_will> will;
};

struct kept_retained {
  message_ptr what;
  wall_time expiry;
};

constexpr wall_time wall_never = wall_time::max();

wall_time to_wall(instant when, const clock_reading& at) noexcept {
  return when == never ? wall_never : at.wall + (when - at.now);
}

instant to_instant(wall_time when, const clock_reading& at) noexcept {
  return when == wall_never ? never : at.now + (when - at.wall);
}

/// The same message with the deadline that it has on this clock.
message_ptr with_expiry(const message_ptr& what, instant expiry) {
  if (what->expiry() == expiry) return what;
  publication again(what);
  again.kept = {};
  again.expiry = expiry;
  message_ptr made = message::create(again);
  if (!made) throw std::bad_alloc();
  return made;
}

class memory_store final : public store {
 public:
  result<void> commit(const store_batch& changes, const clock_reading& at) noexcept override;
  result<bool> tidy() noexcept override { return false; }
  result<load_report> load(const clock_reading& at, store_visitor& into) override;
  result<queue_window> read_queue(session_key session, queue_sequence from, queue_sequence before,
                                  const window_limits& limits, const clock_reading& at) noexcept override;
  result<store_info> info() noexcept override;
  result<std::vector<std::string>> check() noexcept override { return std::vector<std::string>{}; }
  result<void> compact() noexcept override { return {}; }
  store_counts counts() const noexcept override { return counts_; }
  std::string complaint() const override { return {}; }

 private:
  using sessions = std::map<session_key, kept_session>;

  struct applier;

  static stored_row give_back(queue_sequence sequence, const kept_row& row);
  void visit_session(session_key key, const kept_session& one, const clock_reading& at, store_visitor& into) const;

  sessions sessions_;
  std::map<std::string, kept_retained, std::less<>> retained_;
  session_key last_session_ = 0;
  message_key last_message_ = 0;
  store_counts counts_;
};

struct memory_store::applier {
  memory_store& into;
  const clock_reading& at;

  kept_session* find(session_key key) const {
    const auto found = into.sessions_.find(key);
    return found == into.sessions_.end() ? nullptr : &found->second;
  }
  void operator()(const put_row& one) const {
    const queue_row_content& content = one.row->content();
    into.last_message_ = std::max(into.last_message_, content.message);
    kept_session* of = find(content.session);
    if (of == nullptr) return;
    of->queue[content.sequence] = {content, row_stage::owed, to_wall(content.what.what->expiry(), at)};
  }
  void operator()(const remove_row& one) const {
    if (kept_session* of = find(one.session)) of->queue.erase(one.sequence);
  }
  void operator()(const update_row& one) const {
    kept_session* of = find(one.session);
    if (of == nullptr) return;
    const auto found = of->queue.find(one.sequence);
    if (found == of->queue.end()) return;
    found->second.stage = one.stage;
    found->second.content.packet_identifier = one.packet_identifier;
  }
  void operator()(const put_unreleased& one) const {
    if (kept_session* of = find(one.session)) of->unreleased.insert(one.packet_identifier);
  }
  void operator()(const remove_unreleased& one) const {
    if (kept_session* of = find(one.session)) of->unreleased.erase(one.packet_identifier);
  }
  void operator()(const change_retained& one) const {
    if (one.removed) {
      const auto found = into.retained_.find(one.what->topic());
      if (found != into.retained_.end()) into.retained_.erase(found);
      return;
    }
    into.retained_.insert_or_assign(std::string(one.what->topic()),
                                    kept_retained{one.what, to_wall(one.what->expiry(), at)});
  }
  void operator()(const put_session& one) const {
    into.last_session_ = std::max(into.last_session_, one.key);
    kept_session& of = into.sessions_[one.key];
    of.as_put = one;
    of.ends = to_wall(one.ends, at);
  }
  void operator()(const remove_session& one) const { into.sessions_.erase(one.key); }
  void operator()(const put_subscription& one) const {
    if (kept_session* of = find(one.session)) of->subscriptions[one.filter] = one.options;
  }
  void operator()(const remove_subscription& one) const {
    if (kept_session* of = find(one.session)) of->subscriptions.erase(one.filter);
  }
  void operator()(const put_will& one) const {
    if (kept_session* of = find(one.session)) of->will = std::make_unique<kept_will>(one, to_wall(one.due, at));
  }
  void operator()(const remove_will& one) const {
    if (kept_session* of = find(one.session)) of->will.reset();
  }
};

result<void> memory_store::commit(const store_batch& changes, const clock_reading& at) noexcept {
  try {
    for (const store_change& one : changes.changes()) std::visit(applier{*this, at}, one);
  } catch (...) {
    return std::unexpected(make_error(store_error::failed));  // half applied
  }
  ++counts_.commits;
  counts_.changes += changes.changes().size();
  return {};
}

stored_row memory_store::give_back(queue_sequence sequence, const kept_row& row) {
  stored_row back;
  back.sequence = sequence;
  back.packet_identifier = row.content.packet_identifier == 0 ? identifier_of(sequence) : row.content.packet_identifier;
  back.stage = row.stage;
  back.what = row.content.what;
  back.bytes = back.what.what->size();
  if (back.what.group) {
    back.share = "$share/" + std::string(back.what.group->name()) + "/" + std::string(back.what.group->filter());
    back.what.group = {};
  }
  return back;
}

void memory_store::visit_session(session_key key, const kept_session& one, const clock_reading& at,
                                 store_visitor& into) const {
  for (const auto& [filter, options] : one.subscriptions) into.on_subscription(key, filter, options);
  for (const std::uint16_t identifier : one.unreleased) into.on_unreleased(key, identifier);
  if (one.will) {
    const put_will& will = one.will->as_put;
    into.on_will(key, {will.what, will.delay_s, will.expiry_s, will.expires, to_instant(one.will->due, at)});
  }
  if (one.queue.empty()) return;
  queue_extent extent{one.queue.begin()->first, one.queue.rbegin()->first, one.queue.size(), 0};
  for (const auto& [sequence, row] : one.queue) extent.bytes += row.content.what.what->size();
  into.on_queue(key, extent);
  for (const auto& [sequence, row] : one.queue) {
    if (row.stage == row_stage::owed && row.content.packet_identifier == 0) continue;
    stored_row exception = give_back(sequence, row);
    exception.what.what = {};
    into.on_exceptional_row(key, exception);
  }
}

result<load_report> memory_store::load(const clock_reading& at, store_visitor& into) {
  load_report report;
  for (const auto& [key, one] : sessions_) {
    into.on_session({key, one.as_put.client_id, one.as_put.user, one.as_put.expiry_s, one.as_put.connected,
                     to_instant(one.ends, at)});
    visit_session(key, one, at, into);
  }
  for (const auto& [topic, one] : retained_) {
    const instant expiry = to_instant(one.expiry, at);
    if (expiry <= at.now) {
      ++report.expired;
    } else {
      into.on_retained(with_expiry(one.what, expiry));
    }
  }
  report.next_session = last_session_ + 1;
  report.next_message = last_message_ + 1;
  return report;
}

result<queue_window> memory_store::read_queue(session_key session, queue_sequence from, queue_sequence before,
                                              const window_limits& limits, const clock_reading& at) noexcept {
  queue_window window;
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return window;
  const auto& queue = found->second.queue;
  try {
    std::uint64_t bytes = 0;
    for (auto row = queue.lower_bound(from); row != queue.end() && row->first < before; ++row) {
      stored_row back = give_back(row->first, row->second);
      if (window.rows.size() == limits.rows || limits.ends_before(bytes, limits.size_of(back))) {
        window.next = row->first;
        break;
      }
      bytes += limits.size_of(back);
      back.what.what = with_expiry(back.what.what, to_instant(row->second.expiry, at));
      window.rows.push_back(std::move(back));
    }
  } catch (...) {
    return std::unexpected(make_error(store_error::no_space));
  }
  return window;
}

result<store_info> memory_store::info() noexcept {
  try {
    store_info told;
    std::set<message_key> bodies;
    told.kind = "memory";
    told.sessions = sessions_.size();
    told.retained = retained_.size();
    for (const auto& [key, one] : sessions_) {
      told.subscriptions += one.subscriptions.size();
      told.unreleased += one.unreleased.size();
      told.wills += one.will ? 1 : 0;
      told.queue_rows += one.queue.size();
      for (const auto& [sequence, row] : one.queue) bodies.insert(row.content.message);
    }
    told.messages = bodies.size();
    return told;
  } catch (...) {
    return std::unexpected(make_error(store_error::no_space));
  }
}

}  // namespace

std::unique_ptr<store> open_memory_store() { return std::make_unique<memory_store>(); }

}  // namespace nanolib
