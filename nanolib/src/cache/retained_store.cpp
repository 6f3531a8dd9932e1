#include "nanolib/cache/retained_store.hpp"

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>
#include <vector>

#include "nanolib/base/hash.hpp"
#include "nanolib/base/mutex.hpp"
#include "retained_index.hpp"
#include "retained_order.hpp"
#include "retained_records.hpp"
#include "retained_scan.hpp"

namespace nanolib {

struct retained_store::state {
  explicit state(const retained_limits& given) noexcept : limits(given) {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() {
    for (auto at = order.nearest({}); !order.is_end(at); at = order.next(at)) (void)records.remove(order.number_at(at));
  }

  const retained_limits limits;
  mutable nanolib::mutex mutex;
  retained_records records;
  retained_index index NANOLIB_GUARDED_BY(mutex);
  retained_order order NANOLIB_GUARDED_BY(mutex){records};
  std::size_t expiring NANOLIB_GUARDED_BY(mutex) = 0;              ///< messages that will expire
  retained_order::position expiry_scan NANOLIB_GUARDED_BY(mutex);  ///< what remove_expired() looks at next
  std::atomic<std::uint64_t> messages{0};
  std::atomic<std::uint64_t> bytes{0};

  // All of these with the lock held.
  [[nodiscard]] std::uint32_t find_record(std::string_view topic, std::uint64_t hash) const NANOLIB_REQUIRES(mutex) {
    return index.find(hash, [&](std::uint32_t record) { return records.topic(record) == topic; });
  }
  void count(std::uint32_t record, bool added) noexcept NANOLIB_REQUIRES(mutex) {
    const auto step = [added](auto& number, std::uint64_t amount) {
      const std::uint64_t before = number.load(std::memory_order_relaxed);
      number.store(added ? before + amount : before - amount, std::memory_order_relaxed);
    };
    step(messages, 1);
    step(bytes, records.size(record));
    if (records.expiry(record) != never) expiring += added ? std::size_t{1} : SIZE_MAX;
  }
  [[nodiscard]] bool has_room(std::uint64_t size, std::uint32_t instead_of) const noexcept {
    const bool is_new = instead_of == retained_index::none;
    const std::uint64_t kept = bytes.load(std::memory_order_relaxed) - (is_new ? 0 : records.size(instead_of));
    if (size > limits.maximum_bytes || kept > limits.maximum_bytes - size) return false;
    return !is_new || messages.load(std::memory_order_relaxed) < limits.maximum_messages;
  }
  /// Errors: throws std::bad_alloc, then nothing was changed.
  void add(const publication& added, std::uint64_t hash) NANOLIB_REQUIRES(mutex);
  /// What was there, if it was shared. Errors: throws std::bad_alloc, then nothing was changed.
  message_ptr replace(std::uint32_t record, const publication& with, std::uint64_t hash) NANOLIB_REQUIRES(mutex);
  /// What was there, if it was shared; `at` becomes the place of what came after it.
  message_ptr remove(retained_order::position& at) noexcept NANOLIB_REQUIRES(mutex);
  /// One slice of a replay.
  void scan(retained_cursor& cursor, instant now, std::size_t most, std::vector<message_ptr>& found) const
      NANOLIB_REQUIRES(mutex);
};

void retained_store::state::add(const publication& added, std::uint64_t hash) {
  const std::uint32_t record = records.add(added);
  try {
    index.insert(hash, record);
    try {
      order.insert(record);
    } catch (...) {
      index.erase(hash, record);
      throw;
    }
  } catch (...) {
    (void)records.remove(record);
    throw;
  }
  count(record, true);
}

message_ptr retained_store::state::replace(std::uint32_t record, const publication& with, std::uint64_t hash) {
  message_ptr replaced;
  const std::uint64_t size = records.size(record);
  const bool expired = records.expiry(record) != never;
  if (records.try_replace(record, with, replaced)) {
    bytes.fetch_sub(size, std::memory_order_relaxed);
    messages.fetch_sub(1, std::memory_order_relaxed);
    if (expired) --expiring;
    count(record, true);
    return replaced;
  }
  const std::uint32_t fresh = records.add(with);
  count(record, false);
  order.replace(order.lower_bound(with.topic), fresh);
  index.replace(hash, record, fresh);
  count(fresh, true);
  return records.remove(record);
}

message_ptr retained_store::state::remove(retained_order::position& at) noexcept {
  const std::uint32_t record = order.number_at(at);
  count(record, false);
  index.erase(hash_text(records.topic(record)), record);
  at = order.erase(at);
  message_ptr removed = records.remove(record);
  if (messages.load(std::memory_order_relaxed) == 0) records.clear();  // a flood leaves nothing behind
  return removed;
}

void retained_store::state::scan(retained_cursor& cursor, instant now, std::size_t most,
                                 std::vector<message_ptr>& found) const {
  std::string key;
  std::uint32_t last = retained_index::none;
  auto at = cursor.started ? order.upper_bound(cursor.reached) : order.lower_bound(first_possible(cursor.filter));
  for (std::size_t looks = 0; !order.is_end(at) && found.size() < most && looks / 16 < most; ++looks) {
    last = order.number_at(at);
    const scan_verdict verdict = judge(cursor.filter, records.topic(last), key);
    if (verdict == scan_verdict::finished) {
      cursor.finished = true;
      return;
    }
    if (verdict == scan_verdict::match && records.expiry(last) > now) found.push_back(records.get(last));
    at = verdict == scan_verdict::match ? order.next(at) : order.lower_bound(key);
  }
  if (order.is_end(at)) cursor.finished = true;
  if (last == retained_index::none) return;
  cursor.reached.assign(records.topic(last));
  cursor.started = true;
}

retained_store::retained_store(const retained_limits& limits) : state_(std::make_unique<state>(limits)) {}

retained_store::~retained_store() = default;

retained_store::stored retained_store::store(const publication& message) {
  const std::uint64_t hash = hash_text(message.topic);
  const std::uint64_t size =
      sizeof(nanolib::message) + message.topic.size() + message.properties.size() + message.payload.size();
  message_ptr replaced;  // released after the lock
  const mutex_lock lock(state_->mutex);
  const std::uint32_t record = state_->find_record(message.topic, hash);
  const bool is_new = record == retained_index::none;
  if (message.payload.empty()) {  // [MQTT-3.3.1-6] [MQTT-3.3.1-7]
    if (is_new) return stored::absent;
    auto at = state_->order.lower_bound(message.topic);
    replaced = state_->remove(at);
    return stored::removed;
  }
  if (!state_->has_room(size, record)) return stored::full;
  try {
    if (is_new) {
      state_->add(message, hash);
    } else {
      replaced = state_->replace(record, message, hash);  // [MQTT-3.3.1-5]
    }
  } catch (const std::bad_alloc&) {
    return stored::full;
  }
  return is_new ? stored::added : stored::replaced;
}

std::size_t retained_store::replay(retained_cursor& cursor, instant now, std::size_t most,
                                   const std::function<void(const message_ptr&)>& visit) const {
  if (cursor.finished || most == 0) return 0;
  std::vector<message_ptr> found;
  if (first_possible(cursor.filter).size() == cursor.filter.size()) {
    if (message_ptr only = find(cursor.filter, now)) found.push_back(std::move(only));
    cursor.finished = true;
  } else {
    const mutex_lock lock(state_->mutex);
    state_->scan(cursor, now, most, found);
  }
  for (const message_ptr& one : found) visit(one);
  return found.size();
}

message_ptr retained_store::find(std::string_view topic, instant now) const {
  const std::uint64_t hash = hash_text(topic);
  const mutex_lock lock(state_->mutex);
  const std::uint32_t record = state_->find_record(topic, hash);
  if (record == retained_index::none || state_->records.expiry(record) <= now) return {};
  return state_->records.get(record);
}

std::size_t retained_store::remove_expired(instant now, std::size_t most, std::vector<message_ptr>* freed) {
  const mutex_lock lock(state_->mutex);
  std::size_t count = 0;
  retained_order::position& at = state_->expiry_scan;
  const std::size_t looks = std::min<std::size_t>(most, messages());
  for (std::size_t i = 0; i < looks && state_->expiring != 0; ++i) {
    at = state_->order.nearest(at);
    const std::uint32_t record = state_->order.number_at(at);
    if (state_->records.expiry(record) > now) {
      at = state_->order.next(at);
      continue;
    }
    if (freed != nullptr) freed->push_back(state_->records.get(record));
    (void)state_->remove(at);
    ++count;
  }
  return count;
}

std::uint64_t retained_store::messages() const noexcept { return state_->messages.load(std::memory_order_relaxed); }

std::uint64_t retained_store::bytes() const noexcept { return state_->bytes.load(std::memory_order_relaxed); }

}  // namespace nanolib
