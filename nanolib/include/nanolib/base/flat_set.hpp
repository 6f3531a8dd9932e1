// A small set of integers or pointers in one array: 16 bytes while empty, no node per element.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace nanolib {

/// A set by open addressing; Key{} stands for a free slot and cannot be an element. Thread: externally synchronised.
/// Shape: 16 bytes while empty, then a table of at least twice its size; all operations O(1) on average.
template <class Key>
class flat_set {
 public:
  enum class inserted : std::uint8_t { fresh, present, no_memory };

  [[nodiscard]] inserted insert(Key key) noexcept {
    if (contains(key)) return inserted::present;
    if ((size_ + 1) * 2 > capacity_ && !grow()) return inserted::no_memory;
    place(key);
    ++size_;
    return inserted::fresh;
  }

  /// Whether it was there.
  bool erase(Key key) noexcept {
    if (size_ == 0 || key == Key{}) return false;
    std::uint32_t gap = home(key);
    while (slots_[gap] != key) {
      if (slots_[gap] == Key{}) return false;
      gap = following(gap);
    }
    // Linear probing without tombstones: what was pushed past the gap moves back into it.
    for (std::uint32_t next = following(gap); slots_[next] != Key{}; next = following(next)) {
      const std::uint32_t wanted = home(slots_[next]);
      if (((next - wanted) & mask()) >= ((next - gap) & mask())) {
        slots_[gap] = slots_[next];
        gap = next;
      }
    }
    slots_[gap] = Key{};
    --size_;
    return true;
  }

  [[nodiscard]] bool contains(Key key) const noexcept {
    if (size_ == 0) return false;
    for (std::uint32_t at = home(key); slots_[at] != Key{}; at = following(at)) {
      if (slots_[at] == key) return true;
    }
    return false;
  }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::uint32_t at = 0; at < capacity_; ++at) {
      if (slots_[at] != Key{}) visit(slots_[at]);
    }
  }

  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

  void clear() noexcept {
    slots_.reset();
    capacity_ = 0;
    size_ = 0;
  }
  /// Gives the table of an empty set back.
  void trim() noexcept {
    if (size_ == 0) clear();
  }

 private:
  [[nodiscard]] std::uint32_t mask() const noexcept { return capacity_ - 1; }
  [[nodiscard]] std::uint32_t following(std::uint32_t at) const noexcept { return (at + 1) & mask(); }
  [[nodiscard]] std::uint32_t home(Key key) const noexcept {
    std::uint64_t bits = 0;
    if constexpr (std::is_pointer_v<Key>) {
      bits = reinterpret_cast<std::uintptr_t>(key);
    } else {
      bits = static_cast<std::uint64_t>(key);
    }
    return static_cast<std::uint32_t>(bits * 0x9E3779B97F4A7C15U >> 32U) & mask();
  }
  void place(Key key) noexcept {
    std::uint32_t at = home(key);
    while (slots_[at] != Key{}) at = following(at);
    slots_[at] = key;
  }
  bool grow() noexcept {
    // One element fits into the smallest block that an allocator has.
    constexpr std::uint32_t first = sizeof(Key) >= 8 ? 2 : 4;
    const std::uint32_t wanted = capacity_ == 0 ? first : capacity_ * 2;
    std::unique_ptr<Key[]> larger(new (std::nothrow) Key[wanted]());
    if (!larger) return false;
    const std::unique_ptr<Key[]> old = std::exchange(slots_, std::move(larger));
    const std::uint32_t old_capacity = std::exchange(capacity_, wanted);
    for (std::uint32_t at = 0; at < old_capacity; ++at) {
      if (old[at] != Key{}) place(old[at]);
    }
    return true;
  }

  std::unique_ptr<Key[]> slots_;
  std::uint32_t capacity_ = 0;
  std::uint32_t size_ = 0;
};

/// The packet identifiers of QoS 2 messages that have arrived and are not released yet. Spec: MQTT 5.0 §4.3.3.
using identifier_set = flat_set<std::uint16_t>;

}  // namespace nanolib
