// Units one after the other, linked through themselves: nothing that can fail for lack of memory.
#pragma once

#include <cstddef>
#include <utility>

#include "nanolib/cache/store_unit.hpp"

namespace nanolib {

/// First in, first out; a unit is in one list at a time. Owns a reference to each. Thread: externally synchronised.
class unit_list {
 public:
  unit_list() noexcept = default;
  unit_list(const unit_list&) = delete;
  unit_list& operator=(const unit_list&) = delete;
  ~unit_list() {
    while (!is_empty()) static_cast<void>(take_first());
  }

  [[nodiscard]] bool is_empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] store_unit& first() noexcept { return *first_; }

  void append(store_unit_ptr unit) noexcept {
    unit->next_ = nullptr;
    store_unit** const place = last_ == nullptr ? &first_ : &last_->next_;
    last_ = unit.detach();
    *place = last_;
  }
  /// Before the first unit with a larger number.
  void insert_by_number(store_unit_ptr unit) noexcept {
    store_unit** place = &first_;
    while (*place != nullptr && (*place)->number() < unit->number()) place = &(*place)->next_;
    unit->next_ = *place;
    if (unit->next_ == nullptr) last_ = unit.get();
    *place = unit.detach();
  }
  [[nodiscard]] store_unit_ptr take_first() noexcept {
    store_unit* const taken = first_;
    first_ = std::exchange(taken->next_, nullptr);
    if (first_ == nullptr) last_ = nullptr;
    return store_unit_ptr::adopt(taken);
  }
  /// Everything, leaving this list empty.
  void move_into(unit_list& other) noexcept {
    while (!is_empty()) other.append(take_first());
  }
  template <class Visit>
  void for_each(Visit&& visit) {
    for (store_unit* one = first_; one != nullptr; one = one->next_) visit(*one);
  }

 private:
  store_unit* first_ = nullptr;
  store_unit* last_ = nullptr;
};

}  // namespace nanolib
