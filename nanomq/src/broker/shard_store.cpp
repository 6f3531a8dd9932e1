// What a shard does when there is a store: it writes down how its sessions change, and goes on with what waited for it.
#include <algorithm>
#include <limits>

#include "broker/client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

/// Rows read at once for a client that keeps up, and after a restart.
constexpr nanolib::window_limits window{512, 512U * 1024};

std::uint32_t at_most_32_bits(std::uint64_t count) noexcept {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX));
}

/// The outcome of a read, back on its shard.
class window_item final : public nanonng::net::inbox_item {
 public:
  using call = std::function<void(nanolib::result<nanolib::queue_window>)>;
  window_item(call then, nanolib::result<nanolib::queue_window> what)
      : then_(std::move(then)), what_(std::move(what)) {}
  void run() noexcept override { then_(std::move(what_)); }

 private:
  call then_;
  nanolib::result<nanolib::queue_window> what_;
};

}  // namespace

void shard::keep_in(durable_state& store) {
  recorder_ = std::make_unique<recorder>(store, number_, shared_.options.shards);
}

void shard::enter_store(session& which) noexcept {
  if (!which.is_kept()) {
    if (!which.outlives_connection() || recorder_->has_failed()) return;
    which.key = recorder_->new_session();
  }
  record_session(which);
  record_will(which);
}

void shard::record_session(session& which) noexcept {
  if (!which.is_kept()) return;
  try {
    recorder_->record(nanolib::put_session{which.key, which.client_id, std::string(which.user_name()), which.expiry_s,
                                           which.connected != nullptr, which.away ? which.away->ends : nanolib::never});
  } catch (const std::bad_alloc&) {
    recorder_->fail();
  }
}

void shard::record_will(session& which) noexcept {
  if (!which.is_kept() || !(which.last_will || which.will_is_stored)) return;
  which.will_is_stored = static_cast<bool>(which.last_will);
  if (!which.last_will) return recorder_->record(nanolib::remove_will{which.key});
  const will& last = *which.last_will;
  recorder_->record(nanolib::put_will{which.key, last.what, last.delay_s, last.expiry_s, last.expires,
                                      which.away ? which.away->will_due : nanolib::never});
}

void shard::forget_stored(session& which, bool leaves_estate) noexcept {
  if (which.outbox) {
    const auto [rows, size] = which.outbox->forget();
    shared_.durable->usage.remove(rows, size);
  } else if (which.resting) {
    shared_.durable->usage.remove(which.resting->rows, which.resting->bytes);
  }
  if (leaves_estate) return;
  recorder_->record(nanolib::remove_session{which.key});
  note_end(which);
}

// Until that is stored, a restart could bring the session back.
void shard::note_end(const session& which) noexcept {
  try {
    ends_.insert_or_assign(which.hash, recorder_->newest());
  } catch (const std::bad_alloc&) {
    recorder_->fail();
  }
}

std::uint64_t shard::end_of(std::uint64_t hash) const noexcept {
  const auto found = ends_.find(hash);
  return found == ends_.end() ? 0 : found->second;
}

// What is on disk for other members of shared subscriptions does not go with the session.
bool shard::leave_estate(session& which) noexcept {
  nanolib::outbox* owed = which.known_outbox(outbox_limits(which));
  nanolib::stored_queue* queue = owed != nullptr ? owed->stored() : nullptr;
  if (queue == nullptr || queue->disk_rows() == 0 || recorder_->has_failed()) return false;
  try {
    add_estate(which.key, queue->disk_range(), queue->disk_rows(), queue->disk_bytes());
    queue->leave_disk();
    recorder_->record(nanolib::put_session{which.key, {}, {}, 0, false, now()});
  } catch (const std::bad_alloc&) {
    return false;
  }
  note_end(which);
  estates_.back()->read();
  return true;
}

void shard::add_estate(nanolib::session_key key, const nanolib::queue_range& range, std::uint64_t rows,
                       std::uint64_t bytes) {
  estates_.push_back(std::make_unique<estate>(*this, key, range, rows, bytes));
}

// ---------------------------------------------------------------------------------------------------- restart

session* shard::restore(const nanolib::stored_session& from) {
  const std::uint64_t hash = nanolib::hash_text(from.client_id);
  session* made = sessions_.create(from.client_id, hash);
  if (made == nullptr) return nullptr;
  shared_.sessions.fetch_add(1, std::memory_order_relaxed);
  counts_.sessions_now.add();
  made->key = from.key;
  made->expiry_s = from.expiry_s;
  if (!from.user.empty()) made->user = std::make_unique<const std::string>(from.user);
  // Whatever their bound is now: what was kept is not thrown away.
  if (shared_.options.limits.max_sessions_per_user > 0 && !from.user.empty())
    made->is_counted = shared_.user_sessions.try_add(from.user, std::numeric_limits<std::uint32_t>::max());
  // Messages that were sent and not stored may have used the next identifiers.
  made->first_sequence = 1U + shared_.options.limits.max_inflight;
  return made;
}

void shard::restore_queue(session& which, const nanolib::queue_extent& extent) {
  which.first_sequence = extent.last + 1U + shared_.options.limits.max_inflight;
  // Whether they were sent, nobody knows.
  which.resting = std::make_unique<nanolib::resting_queue>(nanolib::resting_queue{
      .first = extent.first,
      .bytes = extent.bytes,
      .rows = at_most_32_bits(extent.rows),
      .sent =
          static_cast<std::uint16_t>(std::min<nanolib::queue_sequence>(extent.last + 1 - extent.first, UINT16_MAX))});
  shared_.durable->usage.add(extent.rows, extent.bytes);
}

// A client that was connected when the process ended is away from now on, and its will is due.
void shard::restore_absence(session& which, bool was_connected, nanolib::instant ends,
                            const nanolib::stored_will* kept) {
  which.away = std::make_unique<absence>(which);
  const auto forever = which.expiry_s == 0xFFFFFFFF;
  which.away->ends = !was_connected ? ends : forever ? nanolib::never : now() + std::chrono::seconds(which.expiry_s);
  if (kept != nullptr) {
    which.last_will = std::make_unique<will>(will{kept->what, kept->expiry_s, kept->delay_s, kept->expires});
    which.will_is_stored = true;
    which.away->will_due = kept->due == nanolib::never ? now() + std::chrono::seconds(kept->delay_s) : kept->due;
    // Written down, or the delay would begin anew with every restart, and the will never be sent.
    if (kept->due == nanolib::never) record_will(which);
  }
  set_session_timer(which);
}

// ---------------------------------------------------------------------------------------------------- the writer's news

void shard::hold_for(client& which) noexcept {
  if (std::exchange(which.holds, true)) return;
  try {
    holding_.push_back(&which);
  } catch (const std::bad_alloc&) {
    which.holds = false;
    recorder_->fail();
  }
}

void shard::on_settled(const std::vector<unit_outcome>& outcomes) noexcept {
  for (const unit_outcome& one : outcomes) {
    if (one.what == unit_outcome::kind::durable) {
      recorder_->settle(one.number);
    } else {
      on_refused(one.what == unit_outcome::kind::failed ? UINT64_MAX : one.number);
    }
  }
  std::erase_if(ends_, [this](const auto& one) { return recorder_->is_settled(one.second); });
  std::vector<client*> held;
  held.swap(holding_);
  for (client* which : held) {
    which->holds = false;
    which->release_held();
  }
  std::vector<nanolib::subscriber_id> waited;
  waited.swap(awaiting_);
  for (const nanolib::subscriber_id number : waited) {
    session* of = sessions_.at(nanolib::slot_of(number));
    if (of == nullptr || !of->awaits_store) continue;
    of->awaits_store = false;
    if (!of->outbox) continue;
    if (of->outbox->stored()->settle()) {
      await_store(*of);
    } else if (of->away) {
      rest_later(*of);
    }
    if (of->connected != nullptr) of->connected->go_on();
  }
  put_to_rest();
}

// When everything that was written down until now is stored, a read finds neither more nor less than what is owed.
void shard::rest_later(const session& which) noexcept {
  // The queue of shared subscriptions may be taken over by others at any time.
  if (!which.outbox || !which.is_kept() || which.shared_subscriptions > 0) return;
  try {
    drowsy_.push_back({which.number, which.key, recorder_->newest()});
  } catch (const std::bad_alloc&) {
    // It stays in memory.
  }
}

void shard::put_to_rest() noexcept {
  for (std::size_t left = drowsy_.size(); left > 0 && recorder_->is_settled(drowsy_.front().unit); --left) {
    const drowsy_session next = drowsy_.front();
    drowsy_.pop_front();
    session* of = sessions_.at(nanolib::slot_of(next.number));
    if (of == nullptr || of->key != next.key || !of->away || !of->outbox || recorder_->has_failed()) continue;
    nanolib::resting_queue rested;
    const auto state = of->outbox->try_rest(rested);
    if (state == nanolib::rest_state::later) rest_later(*of);
    if (state != nanolib::rest_state::possible) continue;
    if (rested.rows > 0) {
      of->resting.reset(new (std::nothrow) nanolib::resting_queue(rested));
      if (!of->resting) continue;
    }
    of->first_sequence = of->outbox->stored()->next_sequence();
    of->outbox.reset();
  }
}

// Whoever published with it is told; what was written down of it before is taken back.
void shard::on_refused(std::uint64_t unit) noexcept {
  const auto concerns = [unit](std::uint64_t other) { return unit == UINT64_MAX || other == unit; };
  std::vector<std::pair<client*, std::uint16_t>> refused;
  try {
    sessions_.for_each([&](session& one) {
      if (!one.receipts) return;
      std::erase_if(*one.receipts, [&](const session::receipt& kept) {
        if (recorder_->is_settled(kept.unit)) return true;
        if (!concerns(kept.unit)) return false;
        one.unreleased.erase(kept.packet_identifier);
        if (one.connected != nullptr) refused.emplace_back(one.connected, kept.packet_identifier);
        return true;
      });
    });
  } catch (const std::bad_alloc&) {
    recorder_->fail();
  }
  for (const auto& [which, identifier] : refused) which->refuse_receipt(identifier);
  // A client may leave here, but is freed only after the turn.
  for (std::size_t index = 0; index < holding_.size(); ++index) holding_[index]->refuse_held(unit);
}

void shard::await_store(session& which) noexcept {
  if (which.awaits_store || !which.outbox || !which.outbox->stored()->awaits()) return;
  try {
    awaiting_.push_back(which.number);
    which.awaits_store = true;
  } catch (const std::bad_alloc&) {
    recorder_->fail();
  }
}

// ---------------------------------------------------------------------------------------------------- reading back

void shard::read_ahead(session& which, bool head) noexcept {
  nanolib::stored_queue* queue = which.outbox ? which.outbox->stored() : nullptr;
  if (queue == nullptr || !(head || queue->wants_read())) return;
  const auto range = queue->begin_read();
  if (!range) return;
  nanolib::window_limits most = window;
  if (head) most = {shared_.options.limits.max_inflight, nanolib::outbox::stored_window_bytes, true};
  const nanolib::subscriber_id number = which.number;
  const nanolib::session_key key = which.key;
  shared_.durable->writer.read(key, range->from, range->before, most,
                               [this, number, key](nanolib::result<nanolib::queue_window> read) {
                                 loop_->post(std::make_unique<window_item>(
                                     [this, number, key](nanolib::result<nanolib::queue_window> arrived) {
                                       on_window(number, key, std::move(arrived));
                                     },
                                     std::move(read)));
                               });
}

void shard::read_estate(nanolib::session_key key, const nanolib::queue_range& range) noexcept {
  const auto arrived = [this, key](nanolib::result<nanolib::queue_window> read) { on_estate(key, std::move(read)); };
  shared_.durable->writer.read(key, range.from, range.before, window,
                               [this, arrived](nanolib::result<nanolib::queue_window> read) {
                                 loop_->post(std::make_unique<window_item>(arrived, std::move(read)));
                               });
}

// What cannot be read now is tried again after the next start.
void shard::on_estate(nanolib::session_key key, nanolib::result<nanolib::queue_window> read) noexcept {
  const auto found = std::ranges::find(estates_, key, [](const auto& one) { return one->key(); });
  if (found == estates_.end()) return;
  if (read && (*found)->on_window(*read)) return (*found)->read();
  if (read) (*found)->finish();
  estates_.erase(found);
}

void shard::on_window(nanolib::subscriber_id number, nanolib::session_key key,
                      nanolib::result<nanolib::queue_window> read) noexcept {
  ++heads_read_;  // whoever waits for this one looks again
  session* of = sessions_.at(nanolib::slot_of(number));
  if (of == nullptr || of->key != key || !of->outbox) return;
  if (!read) {
    of->outbox->stored()->fail_read();
    shared_.log.event(nanolib::log_component::store, nanolib::log_level::error, "queue_not_read",
                      {{"client", of->client_id}, {"error", nanolib::describe(read.error())}});
    return;
  }
  of->outbox->finish_read(*read, [this](std::string_view share) { return find_group(share); }, now());
  if (const std::uint64_t lost = of->outbox->stored()->take_lost(); lost > 0) {
    shared_.log.event(nanolib::log_component::store, nanolib::log_level::error, "queue_damaged",
                      {{"client", of->client_id}, {"messages", lost}});
  }
  if (of->outbox->stored()->settle()) await_store(*of);
  if (of->away) rest_later(*of);  // if nobody enters after all
  if (of->connected != nullptr) of->connected->go_on();
}

nanolib::shared_group_ptr shard::find_group(std::string_view share) noexcept {
  const limits& bounds = shared_.options.limits;
  const auto filter = nanolib::parse_topic_filter(share, {bounds.max_topic_size, bounds.max_topic_levels});
  return filter ? shared_.tree.group(*filter) : nanolib::shared_group_ptr();
}

}  // namespace nanomq::broker
