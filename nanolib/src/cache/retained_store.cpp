#include "nanolib/cache/retained_store.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <new>
#include <utility>
#include <vector>

#include "nanolib/base/hash.hpp"
#include "nanolib/base/mutex.hpp"
#include "retained_index.hpp"
#include "retained_order.hpp"
#include "retained_scan.hpp"

namespace nanolib {

struct retained_store::state {
  explicit state(const retained_limits& given) noexcept : limits(given) {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() = default;

  const retained_limits limits;
  mutable nanolib::mutex mutex;
  retained_order::slots slots;
  std::vector<std::uint32_t> free_slots
      NANOLIB_GUARDED_BY(mutex);  ///< has room for all slots, so that removing needs no memory
  retained_index index NANOLIB_GUARDED_BY(mutex);
  retained_order order NANOLIB_GUARDED_BY(mutex){slots};
  std::size_t expiring NANOLIB_GUARDED_BY(mutex) = 0;     ///< messages that will expire
  std::size_t expiry_scan NANOLIB_GUARDED_BY(mutex) = 0;  ///< the slot that remove_expired() looks at next
  std::atomic<std::uint64_t> messages{0};
  std::atomic<std::uint64_t> bytes{0};

  // All of these with the lock held.
  [[nodiscard]] std::uint32_t find_slot(std::string_view topic, std::uint64_t hash) const NANOLIB_REQUIRES(mutex) {
    return index.find(hash, [&](std::uint32_t slot) { return slots[slot]->topic() == topic; });
  }
  void count(const message& one, bool added) noexcept NANOLIB_REQUIRES(mutex) {
    const auto step = [added](auto& number, std::uint64_t amount) {
      const std::uint64_t before = number.load(std::memory_order_relaxed);
      number.store(added ? before + amount : before - amount, std::memory_order_relaxed);
    };
    step(messages, 1);
    step(bytes, one.size());
    if (one.expires()) expiring += added ? std::size_t{1} : SIZE_MAX;
  }
  [[nodiscard]] bool has_room(std::uint64_t size, const message* instead_of) const noexcept {
    const std::uint64_t kept = bytes.load(std::memory_order_relaxed) - (instead_of == nullptr ? 0 : instead_of->size());
    if (size > limits.maximum_bytes || kept > limits.maximum_bytes - size) return false;
    return instead_of != nullptr || messages.load(std::memory_order_relaxed) < limits.maximum_messages;
  }
  /// Errors: throws std::bad_alloc, then nothing was changed.
  void add(message_ptr added, std::uint64_t hash) NANOLIB_REQUIRES(mutex);
  /// What was there.
  message_ptr remove(std::uint32_t slot) noexcept NANOLIB_REQUIRES(mutex);
  /// One slice of a replay.
  void scan(retained_cursor& cursor, instant now, std::size_t most, std::vector<message_ptr>& found) const
      NANOLIB_REQUIRES(mutex);
};

void retained_store::state::add(message_ptr added, std::uint64_t hash) {
  if (free_slots.empty()) {
    if (free_slots.capacity() <= slots.size()) free_slots.reserve(slots.size() + slots.size() / 2 + 8);
    slots.emplace_back();
    free_slots.push_back(static_cast<std::uint32_t>(slots.size() - 1));
  }
  const std::uint32_t slot = free_slots.back();
  index.insert(hash, slot);
  slots[slot] = std::move(added);
  try {
    order.insert(slot);
  } catch (...) {
    index.erase(hash, slot);
    slots[slot] = nullptr;
    throw;
  }
  free_slots.pop_back();
  count(*slots[slot], true);
}

message_ptr retained_store::state::remove(std::uint32_t slot) noexcept {
  const std::string_view topic = slots[slot]->topic();
  count(*slots[slot], false);
  order.erase(order.lower_bound(topic));
  index.erase(hash_text(topic), slot);
  free_slots.push_back(slot);
  message_ptr removed = std::exchange(slots[slot], nullptr);
  if (messages.load(std::memory_order_relaxed) == 0) {  // a flood leaves no table behind
    slots.clear();
    free_slots.clear();
  }
  return removed;
}

void retained_store::state::scan(retained_cursor& cursor, instant now, std::size_t most,
                                 std::vector<message_ptr>& found) const {
  std::string key;
  const message* last = nullptr;
  auto at = cursor.started ? order.upper_bound(cursor.reached) : order.lower_bound(first_possible(cursor.filter));
  for (std::size_t looks = 0; !order.is_end(at) && found.size() < most && looks / 16 < most; ++looks) {
    const message_ptr& one = slots[order.slot_at(at)];
    last = one.get();
    const scan_verdict verdict = judge(cursor.filter, one->topic(), key);
    if (verdict == scan_verdict::finished) {
      cursor.finished = true;
      return;
    }
    if (verdict == scan_verdict::match && one->expiry() > now) found.push_back(one);
    at = verdict == scan_verdict::match ? order.next(at) : order.lower_bound(key);
  }
  if (order.is_end(at)) cursor.finished = true;
  if (last == nullptr) return;
  cursor.reached.assign(last->topic());
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
  const std::uint32_t slot = state_->find_slot(message.topic, hash);
  if (message.payload.empty()) {  // [MQTT-3.3.1-6] [MQTT-3.3.1-7]
    if (slot == retained_index::none) return stored::absent;
    replaced = state_->remove(slot);
    return stored::removed;
  }
  const nanolib::message* known = slot == retained_index::none ? nullptr : state_->slots[slot].get();
  if (!state_->has_room(size, known) || !message.keep()) return stored::full;
  if (known != nullptr) {  // [MQTT-3.3.1-5]
    state_->count(*known, false);
    replaced = std::exchange(state_->slots[slot], message.kept);
    state_->count(*message.kept, true);
    return stored::replaced;
  }
  try {
    state_->add(message.kept, hash);
  } catch (const std::bad_alloc&) {
    return stored::full;
  }
  return stored::added;
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
  const std::uint32_t slot = state_->find_slot(topic, hash);
  if (slot == retained_index::none || state_->slots[slot]->expiry() <= now) return {};
  return state_->slots[slot];
}

std::size_t retained_store::remove_expired(instant now, std::size_t most, std::vector<message_ptr>* freed) {
  const mutex_lock lock(state_->mutex);
  std::size_t count = 0;
  const std::size_t looks = std::min(most, state_->slots.size());
  for (std::size_t i = 0; i < looks && state_->expiring != 0; ++i) {
    if (state_->expiry_scan >= state_->slots.size()) state_->expiry_scan = 0;
    const auto slot = static_cast<std::uint32_t>(state_->expiry_scan++);
    if (!state_->slots[slot] || state_->slots[slot]->expiry() > now) continue;
    if (freed != nullptr) freed->push_back(state_->slots[slot]);
    (void)state_->remove(slot);
    ++count;
  }
  return count;
}

std::uint64_t retained_store::messages() const noexcept { return state_->messages.load(std::memory_order_relaxed); }

std::uint64_t retained_store::bytes() const noexcept { return state_->bytes.load(std::memory_order_relaxed); }

}  // namespace nanolib
