// The retained topics in their order, level by level.
//
// Messages are numbered records; here are only the numbers, sorted, in leaves of about a hundred. That is 4 to 6 bytes per
// message and one cache miss per comparison, where a tree of nodes has 48 and two. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "retained_records.hpp"

namespace nanolib {

/// Whether a topic comes before another: '/' before every other character, so that what is below a topic follows it.
[[nodiscard]] bool is_before(std::string_view left, std::string_view right) noexcept;

/// Sorted numbers of records.
class retained_order {
 public:
  struct position {
    std::size_t leaf = 0;
    std::size_t at = 0;
  };

  explicit retained_order(const retained_records& of) noexcept : records_(of) {}

  /// The first topic that does not come before this text.
  [[nodiscard]] position lower_bound(std::string_view text) const noexcept;
  /// The first topic that comes after this text.
  [[nodiscard]] position upper_bound(std::string_view text) const noexcept;
  [[nodiscard]] bool is_end(position where) const noexcept { return where.leaf == leaves_.size(); }
  [[nodiscard]] std::uint32_t number_at(position where) const noexcept {
    return leaves_[where.leaf]->numbers[where.at];
  }
  [[nodiscard]] position next(position where) const noexcept;

  /// Adds a record whose topic is not there yet. Errors: throws std::bad_alloc, then nothing was changed.
  void insert(std::uint32_t number);
  /// Removes what is at a position; the position of what came after it.
  position erase(position where) noexcept;
  /// Another record of the same topic takes the place of the one at a position.
  void replace(position where, std::uint32_t with) noexcept { leaves_[where.leaf]->numbers[where.at] = with; }
  /// The first position from this one on at which there is something, however much has changed since it was right.
  [[nodiscard]] position nearest(position where) const noexcept {
    if (where.leaf >= leaves_.size()) return {};
    return where.at < leaves_[where.leaf]->count ? where
                                                 : position{where.leaf + 1 == leaves_.size() ? 0 : where.leaf + 1, 0};
  }

 private:
  struct leaf {
    std::size_t count = 0;
    std::array<std::uint32_t, 126> numbers;
  };

  [[nodiscard]] std::string_view topic_of(std::uint32_t number) const noexcept { return records_.topic(number); }
  /// The first position for whose topic `is_right(topic)` holds.
  template <class IsRight>
  [[nodiscard]] position first(IsRight is_right) const noexcept;
  void split(position& where);

  const retained_records& records_;
  std::vector<std::unique_ptr<leaf>> leaves_;  ///< none of them empty
};

}  // namespace nanolib
