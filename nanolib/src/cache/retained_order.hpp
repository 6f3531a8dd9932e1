// The retained topics in their order, level by level.
//
// Messages live in numbered slots; here are only the numbers, sorted, in leaves of about a hundred. That is 6 bytes per
// message and one cache miss per comparison, where a tree of nodes has 48 and two. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "nanolib/message/message.hpp"

namespace nanolib {

/// Whether a topic comes before another: '/' before every other character, so that what is below a topic follows it.
[[nodiscard]] bool is_before(std::string_view left, std::string_view right) noexcept;

/// Sorted slot numbers.
class retained_order {
 public:
  using slots = std::deque<message_ptr>;

  struct position {
    std::size_t leaf = 0;
    std::size_t at = 0;
  };

  explicit retained_order(const slots& messages) noexcept : slots_(messages) {}

  /// The first topic that does not come before this text.
  [[nodiscard]] position lower_bound(std::string_view text) const noexcept;
  /// The first topic that comes after this text.
  [[nodiscard]] position upper_bound(std::string_view text) const noexcept;
  [[nodiscard]] bool is_end(position where) const noexcept { return where.leaf == leaves_.size(); }
  [[nodiscard]] std::uint32_t slot_at(position where) const noexcept { return leaves_[where.leaf]->numbers[where.at]; }
  [[nodiscard]] position next(position where) const noexcept;

  /// Adds a slot whose topic is not there yet. Errors: throws std::bad_alloc, then nothing was changed.
  void insert(std::uint32_t slot);
  /// Removes what is at a position.
  void erase(position where) noexcept;

 private:
  struct leaf {
    std::size_t count = 0;
    std::array<std::uint32_t, 126> numbers;
  };

  [[nodiscard]] std::string_view topic_of(std::uint32_t slot) const noexcept { return slots_[slot]->topic(); }
  /// The first position for whose topic `is_right(topic)` holds.
  template <class IsRight>
  [[nodiscard]] position first(IsRight is_right) const noexcept;
  void split(position& where);

  const slots& slots_;
  std::vector<std::unique_ptr<leaf>> leaves_;  ///< none of them empty
};

}  // namespace nanolib
