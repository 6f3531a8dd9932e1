#include "nanolib/cache/unit_committer.hpp"

#include <new>
#include <unordered_set>

#include "change_backlog.hpp"
#include "nanolib/cache/unit_list.hpp"

namespace nanolib {

namespace {

using kind = unit_outcome::kind;

/// What is given up when there is no space: a message for which somebody waits, who can send it again; and a removal
/// that only a new row of the same unit makes right.
bool is_message(const store_change& one) noexcept {
  const auto* removal = std::get_if<remove_row>(&one);
  return std::holds_alternative<put_row>(one) || std::holds_alternative<put_unreleased>(one) ||
         (removal != nullptr && removal->row);
}

}  // namespace

struct unit_committer::inner {
  struct opener {
    std::uint64_t next = 1;     ///< the number that is taken up next
    unit_list early;            ///< units that are here before their turn
    std::uint64_t grouped = 0;  ///< the last one that was in a group
    std::uint64_t told = 0;     ///< the last one that is known to be durable
  };

  store& into;
  committer_limits limits;
  retained_source retained;
  std::vector<opener> openers;
  unit_list ready;
  std::size_t ready_changes = 0;
  std::uint64_t ready_bytes = 0;
  change_backlog backlog;
  store_state state = store_state::working;
  bool owes_outcomes = false;  ///< memory was too short to tell them
  committer_counts counts;

  // Of the group under way.
  unit_list group;
  store_batch batch;
  std::vector<queue_row_ptr> taken;
  std::vector<queue_row_ptr> passed_on;  ///< rows whose messages other rows of the group have taken over

  void run(const clock_reading& at, outcomes& told);
  void take_group() noexcept;
  void gather();
  void gather_change(const store_change& one, std::unordered_set<std::string_view>& topics);
  [[nodiscard]] change_retained newest(const change_retained& changed) const;
  void write_group(const clock_reading& at, outcomes& told);
  static void give_up_rows(const store_unit& unit) noexcept;
  void tell_refused(outcomes& told);
  void refuse_group(outcomes& told);
  void write_backlog(const clock_reading& at, outcomes& told);
  void write_removals(const clock_reading& at, outcomes& told);
  void fail(outcomes& told);
  void settle(queue_row::state outcome) noexcept;
  void end_group() noexcept;
  void tell_durable(outcomes& told);
};

unit_committer::unit_committer(store& into, std::size_t shards, const committer_limits& limits,
                               retained_source retained)
    : inner_(std::make_unique<inner>(into, limits, std::move(retained), std::vector<inner::opener>(shards))) {}

unit_committer::~unit_committer() = default;

void unit_committer::add(store_unit_ptr unit) noexcept {
  inner::opener& from = inner_->openers[unit->opener()];
  from.early.insert_by_number(std::move(unit));
  while (!from.early.is_empty() && from.early.first().number() == from.next) {
    inner_->ready_changes += from.early.first().changes();
    inner_->ready_bytes += from.early.first().bytes();
    inner_->ready.append(from.early.take_first());
    ++from.next;
  }
}

bool unit_committer::has_work() const noexcept {
  return !inner_->ready.is_empty() || inner_->state == store_state::full || inner_->owes_outcomes;
}

bool unit_committer::is_group_full() const noexcept {
  return inner_->ready_changes >= inner_->limits.changes || inner_->ready_bytes >= inner_->limits.bytes;
}

store_state unit_committer::state() const noexcept { return inner_->state; }

const committer_counts& unit_committer::counts() const noexcept {
  inner_->counts.backlog = inner_->backlog.size();
  return inner_->counts;
}

void unit_committer::commit(const clock_reading& at, outcomes& told) noexcept {
  try {
    inner_->run(at, told);
  } catch (...) {
    // Out of memory where nothing can be given up any more: what was told so far holds, and the rest never will.
    inner_->state = store_state::failed;
    inner_->owes_outcomes = true;
    inner_->settle(queue_row::state::refused);
    inner_->end_group();
  }
}

void unit_committer::inner::run(const clock_reading& at, outcomes& told) {
  if (state == store_state::failed) return fail(told);
  if (state == store_state::full) {
    while (!ready.is_empty()) {
      take_group();
      refuse_group(told);
    }
    return write_backlog(at, told);
  }
  take_group();
  try {
    gather();
  } catch (const std::bad_alloc&) {
    return refuse_group(told);
  }
  write_group(at, told);
}

void unit_committer::inner::take_group() noexcept {
  std::size_t changes = 0;
  std::uint64_t size = 0;
  while (!ready.is_empty()) {
    store_unit& next = ready.first();
    changes += next.changes();
    size += next.bytes();
    if (!group.is_empty() && (changes > limits.changes || size > limits.bytes)) break;
    ready_changes -= next.changes();
    ready_bytes -= next.bytes();
    openers[next.opener()].grouped = next.number();
    group.append(ready.take_first());
    ++counts.units;
  }
}

void unit_committer::inner::gather() {
  std::unordered_set<std::string_view> topics;
  group.for_each([&](const store_unit& unit) {
    if (unit.is_refused()) give_up_rows(unit);
    for (const store_batch& part : unit.parts()) {
      for (const store_change& one : part.changes()) {
        if (!unit.is_refused() || !is_message(one)) gather_change(one, topics);
      }
    }
  });
  // Behind all rows of the group: the row that was passed on may stand in a later unit than its removal.
  for (const queue_row_ptr& row : passed_on) {
    if (!batch.add(remove_row{row->content().session, row->content().sequence})) throw std::bad_alloc();
  }
}

void unit_committer::inner::gather_change(const store_change& one, std::unordered_set<std::string_view>& topics) {
  store_change written = one;
  if (const auto* put = std::get_if<put_row>(&one)) {
    taken.push_back(put->row);
    if (!put->row->try_take()) {
      taken.pop_back();
      ++counts.rows_cancelled;
      return;
    }
  } else if (const auto* removal = std::get_if<remove_row>(&one); removal != nullptr && removal->row) {
    return passed_on.push_back(removal->row);
  } else if (const auto* changed = std::get_if<change_retained>(&one)) {
    // The texts belong to the units of the group, and stay as long as it does.
    if (!topics.insert(changed->what->topic()).second) return;
    written = newest(*changed);
  }
  if (!batch.add(std::move(written))) throw std::bad_alloc();
}

change_retained unit_committer::inner::newest(const change_retained& changed) const {
  if (!retained) return changed;
  message_ptr now = retained(changed.what->topic());
  return now ? change_retained{std::move(now), false} : change_retained{changed.what, true};
}

void unit_committer::inner::write_group(const clock_reading& at, outcomes& told) {
  if (!batch.is_empty()) {
    const result<void> written = into.commit(batch, at);
    if (!written) {
      if (written.error() == make_error(store_error::no_space)) return refuse_group(told);
      return fail(told);
    }
    ++counts.commits;
    counts.changes += batch.changes().size();
  }
  settle(queue_row::state::durable);
  for (const queue_row_ptr& row : passed_on) static_cast<void>(row->try_cancel());
  tell_refused(told);
  end_group();
  tell_durable(told);
}

// Units of which a message could not be kept, whatever space there was.
void unit_committer::inner::tell_refused(outcomes& told) {
  group.for_each([&](const store_unit& unit) {
    if (!unit.is_refused()) return;
    ++counts.units_refused;
    told.push_back({unit.opener(), unit.number(), kind::refused});
  });
}

// Keeps the unit's rows from ever being written.
void unit_committer::inner::give_up_rows(const store_unit& unit) noexcept {
  for (const store_batch& part : unit.parts()) {
    for (const store_change& one : part.changes()) {
      const auto* put = std::get_if<put_row>(&one);
      if (put != nullptr && put->row->try_take()) put->row->settle(queue_row::state::refused);
    }
  }
}

// The messages of the group are given up, its other changes wait.
void unit_committer::inner::refuse_group(outcomes& told) {
  state = store_state::full;
  group.for_each([&](store_unit& unit) {
    give_up_rows(unit);
    bool refused = unit.is_refused();
    for (store_batch& part : unit.parts()) {
      for (store_change& one : part.changes()) {
        if (is_message(one)) {
          refused = true;
        } else {
          backlog.add(std::move(one));
        }
      }
    }
    if (!refused) return;
    ++counts.units_refused;
    told.push_back({unit.opener(), unit.number(), kind::refused});
  });
  settle(queue_row::state::refused);
  end_group();
}

void unit_committer::inner::write_backlog(const clock_reading& at, outcomes& told) {
  store_batch kept;
  try {
    kept = backlog.to_batch();
    for (store_change& one : kept.changes()) {
      if (auto* changed = std::get_if<change_retained>(&one)) *changed = newest(*changed);
    }
  } catch (const std::bad_alloc&) {
    return;  // the next attempt
  }
  const result<void> written = into.commit(kept, at);
  if (!written) {
    if (written.error() != make_error(store_error::no_space)) return fail(told);
    return write_removals(at, told);
  }
  ++counts.commits;
  counts.changes += kept.changes().size();
  backlog.clear();
  state = store_state::working;
  tell_durable(told);
}

// Everything at once needs more space than there is: what makes space goes first. Nobody is told before all is written.
void unit_committer::inner::write_removals(const clock_reading& at, outcomes& told) {
  for (;;) {
    store_batch some;
    try {
      some = backlog.removals(limits.changes);
    } catch (const std::bad_alloc&) {
      return;
    }
    if (some.is_empty()) return;
    const result<void> written = into.commit(some, at);
    if (!written) {
      if (written.error() != make_error(store_error::no_space)) fail(told);
      return;
    }
    ++counts.commits;
    counts.changes += some.changes().size();
    backlog.drop_removals(some.changes().size());
  }
}

void unit_committer::inner::fail(outcomes& told) {
  state = store_state::failed;
  settle(queue_row::state::refused);
  for (;;) {
    group.for_each([](const store_unit& unit) { give_up_rows(unit); });
    end_group();
    if (ready.is_empty()) break;
    take_group();
  }
  backlog.clear();
  for (std::uint32_t shard = 0; shard < openers.size(); ++shard) {
    opener& one = openers[shard];
    if (one.grouped == one.told) continue;
    told.push_back({shard, one.told + 1, kind::failed});
    one.told = one.grouped;
  }
  owes_outcomes = false;
}

void unit_committer::inner::settle(queue_row::state outcome) noexcept {
  for (const queue_row_ptr& row : taken) row->settle(outcome);
}

void unit_committer::inner::end_group() noexcept {
  batch.clear();
  taken.clear();
  passed_on.clear();
  while (!group.is_empty()) counts.rows += group.take_first()->rows();
}

void unit_committer::inner::tell_durable(outcomes& told) {
  for (std::uint32_t shard = 0; shard < openers.size(); ++shard) {
    opener& one = openers[shard];
    if (one.grouped == one.told) continue;
    one.told = one.grouped;
    told.push_back({shard, one.told, kind::durable});
  }
}

}  // namespace nanolib
