// A level's children by their text: nothing, one child, or a table. Readers look without a lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "nanolib/base/quiescence.hpp"

namespace nanolib {

struct level_node;

/// Thread: writers externally synchronised; find() and after it the child between two quiet points.
/// Shape: one word for none or one child; else a table of 9 bytes a slot, at most three quarters full.
class child_map {
 public:
  child_map() noexcept = default;
  child_map(const child_map&) = delete;
  child_map& operator=(const child_map&) = delete;
  ~child_map();

  /// The child with this text, null when there is none.
  [[nodiscard]] level_node* find(std::string_view text, std::uint32_t hash) const noexcept;
  [[nodiscard]] bool is_empty() const noexcept { return word_.load(std::memory_order_relaxed) == 0; }

  /// Adds a child that is not there. Errors: throws std::bad_alloc, then nothing was changed.
  void insert(level_node* child, quiescence& readers);
  /// Removes a child that is there.
  void erase(const level_node* child, quiescence& readers) noexcept;

  /// Calls visit(level_node*) for each child. For the destruction of the tree.
  template <class Visit>
  void for_each(Visit visit) const {
    if (level_node* only = only_child(word_.load(std::memory_order_relaxed))) return visit(only);
    const table* all = table_in(word_.load(std::memory_order_relaxed));
    for (std::uint32_t i = 0; all != nullptr && i <= all->mask; ++i) {
      if (level_node* child = all->slots()[i].load(std::memory_order_relaxed)) visit(child);
    }
  }

 private:
  using slot = std::atomic<level_node*>;
  using tag = std::atomic<std::uint8_t>;

  /// Open addressing. A tag is 0 until its slot is first used and never again: what ends a search. An erased child
  /// leaves a null in the slot and its tag behind.
  struct table {
    std::uint32_t mask;
    std::uint32_t used = 0;  ///< slots whose tag is not 0
    std::uint32_t live = 0;

    explicit table(std::uint32_t slots) noexcept : mask(slots - 1) {}
    [[nodiscard]] slot* slots() noexcept { return reinterpret_cast<slot*>(reinterpret_cast<char*>(this) + slots_at); }
    [[nodiscard]] const slot* slots() const noexcept {
      return reinterpret_cast<const slot*>(reinterpret_cast<const char*>(this) + slots_at);
    }
    [[nodiscard]] tag* tags() noexcept { return reinterpret_cast<tag*>(slots() + mask + 1); }
    [[nodiscard]] const tag* tags() const noexcept { return reinterpret_cast<const tag*>(slots() + mask + 1); }

    static constexpr std::size_t slots_at = 16;
    [[nodiscard]] static table* create(std::uint32_t slots);
    void add(level_node* child) noexcept;
  };

  /// The lowest bit tells a child from a table.
  [[nodiscard]] static level_node* only_child(std::uintptr_t word) noexcept {
    return (word & 1U) != 0 ? reinterpret_cast<level_node*>(word & ~std::uintptr_t{1}) : nullptr;
  }
  [[nodiscard]] static table* table_in(std::uintptr_t word) noexcept {
    return (word & 1U) == 0 ? reinterpret_cast<table*>(word) : nullptr;
  }
  void publish(level_node* only) noexcept {
    word_.store(reinterpret_cast<std::uintptr_t>(only) | 1U, std::memory_order_release);
  }
  void publish(table* all) noexcept { word_.store(reinterpret_cast<std::uintptr_t>(all), std::memory_order_release); }
  static void copy_children(const table& from, table& to) noexcept;

  std::atomic<std::uintptr_t> word_{0};
};

}  // namespace nanolib
