#include "nanolib/subscription/member_list.hpp"

#include <bit>
#include <memory>
#include <new>

#include "deferred.hpp"

namespace nanolib {

namespace {

/// From here on looking through a list costs more than a table beside it.
constexpr std::uint32_t indexed_capacity = 31;

[[nodiscard]] constexpr std::uint32_t place_in_index(subscriber_id who, std::uint32_t mask) noexcept {
  // Subscribers of one shard differ in their low bits; the upper half of the product has mixed them all.
  return static_cast<std::uint32_t>(std::uint64_t{who} * 0x9E3779B97F4A7C15U >> 32U) & mask;
}

[[nodiscard]] constexpr subscriber_id who_is(std::uint64_t word) noexcept {
  return static_cast<subscriber_id>(word >> 32U);
}

}  // namespace

member_list::~member_list() {
  if (block* more = more_.load(std::memory_order_relaxed)) {
    std::destroy_at(more);
    ::operator delete(more);
  }
}

std::uint32_t member_list::count() const noexcept {
  const block* more = more_.load(std::memory_order_relaxed);
  return (first_.load(std::memory_order_relaxed) != 0 ? 1U : 0U) + (more != nullptr ? more->live : 0U);
}

member_list::entry* member_list::find_entry(subscriber_id who) const noexcept {
  const auto is_who = [who](const entry& word) { return who_is(word.load(std::memory_order_relaxed)) == who; };
  if (is_who(first_)) return const_cast<entry*>(&first_);
  block* more = more_.load(std::memory_order_relaxed);
  if (more == nullptr) return nullptr;
  entry* words = more->words();
  if (more->index_mask == 0) {
    const std::uint32_t used = more->used.load(std::memory_order_relaxed);
    for (std::uint32_t i = 0; i < used; ++i) {
      if (is_who(words[i])) return &words[i];
    }
    return nullptr;
  }
  const std::uint32_t* index = more->index();
  for (std::uint32_t at = place_in_index(who, more->index_mask); index[at] != 0; at = (at + 1) & more->index_mask) {
    if (is_who(words[index[at] - 1])) return &words[index[at] - 1];
  }
  return nullptr;
}

subscription_match member_list::find(subscriber_id who) const noexcept {
  const entry* found = find_entry(who);
  return found == nullptr ? subscription_match{} : unpack(found->load(std::memory_order_relaxed));
}

member_list::change member_list::set(const subscription_match& member, quiescence& readers) {
  const std::uint64_t word = pack(member);
  if (entry* found = find_entry(member.who)) {
    if (found->load(std::memory_order_relaxed) == word) return change::unchanged;
    found->store(word, std::memory_order_release);
    return change::replaced;
  }
  if (first_.load(std::memory_order_relaxed) == 0) {
    first_.store(word, std::memory_order_release);
  } else {
    append(word, readers);
  }
  return change::added;
}

void member_list::append(std::uint64_t word, quiescence& readers) {
  const block* more = more_.load(std::memory_order_relaxed);
  if (more == nullptr) {
    replace_block(1, readers);
  } else if (more->used.load(std::memory_order_relaxed) == more->capacity) {
    const bool is_mostly_live = more->live >= more->capacity - more->capacity / 4;
    replace_block(is_mostly_live ? 2 * more->capacity + 1 : more->capacity, readers);
  }
  block* to = more_.load(std::memory_order_relaxed);
  const std::uint32_t used = to->used.load(std::memory_order_relaxed);
  to->words()[used].store(word, std::memory_order_relaxed);
  if (to->index_mask != 0) {
    std::uint32_t at = place_in_index(who_is(word), to->index_mask);
    while (to->index()[at] != 0) at = (at + 1) & to->index_mask;
    to->index()[at] = used + 1;
  }
  ++to->live;
  to->used.store(used + 1, std::memory_order_release);
}

/// Moves the live entries to a new block of this capacity. Errors: throws std::bad_alloc, then nothing was changed.
void member_list::replace_block(std::uint32_t capacity, quiescence& readers) {
  const std::uint32_t index_size = capacity < indexed_capacity ? 0 : std::bit_ceil(2 * capacity);
  const std::size_t size = sizeof(block) + capacity * sizeof(entry) + index_size * sizeof(std::uint32_t);
  auto* to = ::new (::operator new(size)) block(capacity);
  std::uninitialized_value_construct_n(to->words(), capacity);
  if (index_size != 0) {
    to->index_mask = index_size - 1;
    std::uninitialized_value_construct_n(to->index(), index_size);
  }
  block* from = more_.load(std::memory_order_relaxed);
  const std::uint32_t used = from == nullptr ? 0 : from->used.load(std::memory_order_relaxed);
  std::uint32_t moved = 0;
  for (std::uint32_t i = 0; i < used; ++i) {
    const std::uint64_t word = from->words()[i].load(std::memory_order_relaxed);
    if (word == 0) continue;
    to->words()[moved].store(word, std::memory_order_relaxed);
    ++moved;
    if (index_size == 0) continue;
    std::uint32_t at = place_in_index(who_is(word), to->index_mask);
    while (to->index()[at] != 0) at = (at + 1) & to->index_mask;
    to->index()[at] = moved;
  }
  to->live = moved;
  to->used.store(moved, std::memory_order_relaxed);
  more_.store(to, std::memory_order_release);
  if (from != nullptr) retire_memory(readers, from);
}

bool member_list::remove(subscriber_id who, quiescence& readers) noexcept {
  entry* found = find_entry(who);
  if (who == nobody || found == nullptr) return false;
  found->store(0, std::memory_order_release);
  if (found == &first_) return true;
  block* more = more_.load(std::memory_order_relaxed);
  --more->live;
  if (more->live == 0) {
    more_.store(nullptr, std::memory_order_release);
    retire_memory(readers, more);
  } else if (more->capacity > 3 && more->live <= more->used.load(std::memory_order_relaxed) / 2) {
    std::uint32_t capacity = 1;
    while (capacity <= more->live) capacity = 2 * capacity + 1;
    try {
      replace_block(capacity, readers);
    } catch (const std::bad_alloc&) {
      return true;  // the gaps stay until there is memory to close them
    }
  }
  return true;
}

}  // namespace nanolib
