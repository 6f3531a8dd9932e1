#include "child_map.hpp"

#include <bit>
#include <memory>
#include <new>

#include "deferred.hpp"
#include "node.hpp"

namespace nanolib {

namespace {

/// Not 0, and of other bits than those that choose the slot.
[[nodiscard]] constexpr std::uint8_t tag_of(std::uint32_t hash) noexcept {
  return static_cast<std::uint8_t>(hash >> 24U | 0x80U);
}

[[nodiscard]] bool is_child(const level_node& node, std::string_view text, std::uint32_t hash) noexcept {
  return node.hash == hash && node.text() == text;
}

/// So that the children fill at most three quarters of it.
[[nodiscard]] std::uint32_t slots_for(std::uint32_t children) noexcept {
  return std::bit_ceil(children + children / 3 + 1);
}

}  // namespace

child_map::~child_map() { ::operator delete(table_in(word_.load(std::memory_order_relaxed))); }

child_map::table* child_map::table::create(std::uint32_t slots) {
  static_assert(sizeof(table) <= slots_at);
  void* memory = ::operator new(slots_at + slots * (sizeof(slot) + sizeof(tag)));
  auto* made = ::new (memory) table(slots);
  std::uninitialized_value_construct_n(made->slots(), slots);
  std::uninitialized_value_construct_n(made->tags(), slots);
  return made;
}

void child_map::table::add(level_node* child) noexcept {
  std::uint32_t at = child->hash & mask;
  while (slots()[at].load(std::memory_order_relaxed) != nullptr) at = (at + 1) & mask;
  if (tags()[at].load(std::memory_order_relaxed) == 0) ++used;
  ++live;
  // A reader that sees the tag before the child takes the slot for an erased one.
  tags()[at].store(tag_of(child->hash), std::memory_order_relaxed);
  slots()[at].store(child, std::memory_order_release);
}

level_node* child_map::find(std::string_view text, std::uint32_t hash) const noexcept {
  const std::uintptr_t word = word_.load(std::memory_order_acquire);
  if (word == 0) return nullptr;
  if (level_node* only = only_child(word)) return is_child(*only, text, hash) ? only : nullptr;
  const table& all = *table_in(word);
  const std::uint8_t wanted = tag_of(hash);
  for (std::uint32_t at = hash & all.mask;; at = (at + 1) & all.mask) {
    const std::uint8_t found = all.tags()[at].load(std::memory_order_relaxed);
    if (found == 0) return nullptr;
    if (found != wanted) continue;
    level_node* child = all.slots()[at].load(std::memory_order_acquire);
    if (child != nullptr && is_child(*child, text, hash)) return child;
  }
}

void child_map::copy_children(const table& from, table& to) noexcept {
  for (std::uint32_t i = 0; i <= from.mask; ++i) {
    if (level_node* child = from.slots()[i].load(std::memory_order_relaxed)) to.add(child);
  }
}

void child_map::insert(level_node* child, quiescence& readers) {
  const std::uintptr_t word = word_.load(std::memory_order_relaxed);
  if (word == 0) return publish(child);
  table* all = table_in(word);
  // A slot is always left whose tag is 0: it ends the searches for what is not there.
  if (all != nullptr && all->used + 1 <= all->mask - all->mask / 4) return all->add(child);
  table* bigger = table::create(slots_for(all == nullptr ? 2 : all->live + all->live / 4 + 1));
  if (all == nullptr) {
    bigger->add(only_child(word));
  } else {
    copy_children(*all, *bigger);
  }
  bigger->add(child);
  publish(bigger);
  if (all != nullptr) retire_memory(readers, all);
}

void child_map::erase(const level_node* child, quiescence& readers) noexcept {
  table* all = table_in(word_.load(std::memory_order_relaxed));
  if (all == nullptr) {
    word_.store(0, std::memory_order_release);
    return;
  }
  std::uint32_t at = child->hash & all->mask;
  while (all->slots()[at].load(std::memory_order_relaxed) != child) at = (at + 1) & all->mask;
  all->slots()[at].store(nullptr, std::memory_order_release);
  --all->live;
  if (all->live == 1) {
    for_each([this](level_node* last) { publish(last); });
    retire_memory(readers, all);
  } else if (all->live < all->mask / 8) {
    try {
      table* smaller = table::create(slots_for(all->live + all->live / 4 + 1));
      copy_children(*all, *smaller);
      publish(smaller);
      retire_memory(readers, all);
    } catch (const std::bad_alloc&) {
      return;  // the wide table serves as well
    }
  }
}

}  // namespace nanolib
