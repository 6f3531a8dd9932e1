// What is remembered of the latest of very many: a table of fixed size in which the one that has not been seen for longest
// gives way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nanomq::broker {

/// By a keyed hash, so that nobody can choose who gives way to whom: eight places for each group of keys.
/// Shape: fixed, (24 bytes + Value) each; at() looks at eight. Thread: externally synchronised.
template <class Value>
class recent_table {
 public:
  /// `size` is rounded up to a power of two. Errors: throws std::bad_alloc.
  explicit recent_table(std::size_t size) {
    std::size_t groups = 1;
    while (groups * ways < size) groups *= 2;
    rows_.resize(groups * ways);
  }

  /// What is remembered of this key, made anew in place of another when there is nothing.
  [[nodiscard]] Value& at(std::uint64_t key) noexcept {
    row* const first = group_of(key);
    row* const found =
        std::find_if(first, first + ways, [&](const row& one) { return one.used != 0 && one.key == key; });
    row& here = found != first + ways ? *found : *std::min_element(first, first + ways, longest_ago);
    if (found == first + ways) here = {key, 0, Value{}};
    here.used = ++uses_;
    return here.value;
  }
  /// Null: nothing is remembered of it. Not counted as a use.
  [[nodiscard]] const Value* find(std::uint64_t key) const noexcept {
    const row* const first = rows_.data() + place(key);
    const row* const found =
        std::find_if(first, first + ways, [&](const row& one) { return one.used != 0 && one.key == key; });
    return found != first + ways ? &found->value : nullptr;
  }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

 private:
  static constexpr std::size_t ways = 8;
  struct row {
    std::uint64_t key = 0;
    std::uint64_t used = 0;  // 0: free
    Value value{};
  };
  static bool longest_ago(const row& one, const row& other) noexcept { return one.used < other.used; }
  [[nodiscard]] std::size_t place(std::uint64_t key) const noexcept {
    return static_cast<std::size_t>(key >> 3U) % (rows_.size() / ways) * ways;
  }
  [[nodiscard]] row* group_of(std::uint64_t key) noexcept { return rows_.data() + place(key); }

  std::vector<row> rows_;
  std::uint64_t uses_ = 0;
};

}  // namespace nanomq::broker
