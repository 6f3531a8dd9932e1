#include "broker/recorder.hpp"

#include <new>

namespace nanomq::broker {

namespace {

/// Keys are drawn from the common number in blocks, so that shards do not contend for it.
constexpr nanolib::message_key key_block = 4096;

}  // namespace

nanolib::store_unit* recorder::unit() noexcept {
  if (attended_ != nullptr) return attended_;
  ++changes_;
  if (own_) return own_.get();
  try {
    own_ = nanolib::store_unit_ptr::adopt(new nanolib::store_unit(shard_, newest_ + 1, shards_));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
  ++newest_;
  shared_.units_under_way.fetch_add(1, std::memory_order_relaxed);
  return own_.get();
}

void recorder::record(nanolib::store_change what) noexcept {
  if (has_failed()) return;
  nanolib::store_unit* into = unit();
  // What cannot be written down cannot be acknowledged, nor anything that comes after it.
  if (into == nullptr || !into->part(shard_).add(std::move(what))) {
    broken_ = true;
    if (into != nullptr) into->refuse();  // it may be another shard's
  }
}

nanolib::queue_row_ptr recorder::put(nanolib::queue_row_content what) noexcept {
  const std::uint64_t size = what.what.what->size();
  nanolib::queue_row_ptr row = nanolib::queue_row::create(std::move(what));
  if (row && !broken_ && shared_.writer.state() == store_state::working && shared_.usage.try_add(size)) {
    nanolib::store_unit* into = unit();
    if (into != nullptr && into->part(shard_).add(nanolib::put_row{row})) {
      into->count_row();
      shared_.rows_put.fetch_add(1, std::memory_order_relaxed);
      return row;
    }
    shared_.usage.remove(1, size);
    broken_ = true;
  }
  if (attended_ == nullptr && !publishing_) return {};
  refuse();
  if (!row) return {};
  // As when the writer refuses it: it leaves the queue, and the account.
  shared_.usage.add(1, size);
  row->settle(nanolib::queue_row::state::refused);
  return row;
}

void recorder::refuse() noexcept {
  if (attended_ == nullptr && !publishing_) return;
  if (nanolib::store_unit* into = unit()) {
    into->refuse();
  } else {
    broken_ = true;
  }
}

void recorder::release(nanolib::session_key session, nanolib::queue_sequence sequence, std::uint64_t bytes) noexcept {
  shared_.usage.remove(0, bytes);
  record_own(nanolib::update_row{session, sequence, 0, nanolib::row_stage::released});
}

void recorder::remove(nanolib::session_key session, nanolib::queue_sequence sequence, const nanolib::queue_row_ptr& row,
                      std::uint64_t bytes) noexcept {
  shared_.usage.remove(1, bytes);
  if (row && (row->try_cancel() || row->is_refused())) return;
  record_own(nanolib::remove_row{session, sequence, {}});
}

void recorder::record_own(nanolib::store_change what) noexcept {
  nanolib::store_unit* const attended = std::exchange(attended_, nullptr);
  record(std::move(what));
  attended_ = attended;
}

void recorder::pass_on(nanolib::session_key session, nanolib::queue_sequence sequence, nanolib::queue_row_ptr row,
                       std::uint64_t bytes) noexcept {
  shared_.usage.remove(1, bytes);
  if (row && row->is_refused()) return;
  if (!row) {
    // The writer knows by the row that the removal is right only together with the new one.
    nanolib::queue_row_content content;
    content.session = session;
    content.sequence = sequence;
    row = nanolib::queue_row::create(std::move(content));
    if (!row) {
      broken_ = true;
      return;
    }
    row->settle(nanolib::queue_row::state::durable);
  }
  record(nanolib::remove_row{session, sequence, std::move(row)});
}

nanolib::message_key recorder::body_of(const nanolib::publication& what) noexcept {
  if (what.store_key != 0) return what.store_key;
  if (next_body_ == bodies_end_) {
    next_body_ = shared_.next_message.fetch_add(key_block, std::memory_order_relaxed);
    bodies_end_ = next_body_ + key_block;
  }
  what.store_key = next_body_++;
  return what.store_key;
}

nanolib::store_unit_ptr recorder::carry() noexcept {
  if (has_failed()) return {};
  nanolib::store_unit* carried = unit();
  if (carried == nullptr) {
    broken_ = true;
    return {};
  }
  carried->expect();
  return nanolib::store_unit_ptr::share(carried);
}

void recorder::finish(nanolib::store_unit_ptr done) noexcept {
  if (!done->finish()) return;
  shared_.writer.submit(std::move(done));
  shared_.units_under_way.fetch_sub(1, std::memory_order_relaxed);
}

void recorder::end_turn() noexcept {
  if (own_) finish(std::exchange(own_, nullptr));
}

}  // namespace nanomq::broker
