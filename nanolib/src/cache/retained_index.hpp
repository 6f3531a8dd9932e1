// Finds the record of a topic by its hash.
//
// Sixty-four open-addressing tables instead of one, so that growing one of them among a million topics takes a fraction
// of a millisecond. They grow by a quarter: 10 to 12 bytes per topic. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace nanolib {

class retained_index {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  /// The record for which `is_it(record)` holds among those of this hash; `none` when there is none.
  template <class IsIt>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, IsIt is_it) const {
    const table& in = tables_[part_of(hash)];
    if (in.entries.empty()) return none;
    const std::uint32_t wanted = low(hash);
    for (std::size_t at = home(in, wanted); in.entries[at].record != none; at = following(in, at)) {
      if (in.entries[at].hash == wanted && is_it(in.entries[at].record)) return in.entries[at].record;
    }
    return none;
  }

  /// Errors: throws std::bad_alloc, then nothing was changed.
  void insert(std::uint64_t hash, std::uint32_t record);
  /// Removes a record that is there.
  void erase(std::uint64_t hash, std::uint32_t record) noexcept;
  /// Another record takes the place of one that is there.
  void replace(std::uint64_t hash, std::uint32_t record, std::uint32_t with) noexcept;

 private:
  struct entry {
    std::uint32_t hash = 0;
    std::uint32_t record = none;
  };
  struct table {
    std::vector<entry> entries;  ///< at most four fifths in use
    std::size_t used = 0;
  };

  [[nodiscard]] static std::size_t part_of(std::uint64_t hash) noexcept { return hash >> 58U; }
  [[nodiscard]] static std::uint32_t low(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash); }
  /// Where the search for a hash begins: any number of entries will do, not only powers of two.
  [[nodiscard]] static std::size_t home(const table& in, std::uint32_t hash) noexcept {
    return static_cast<std::size_t>(std::uint64_t{hash} * in.entries.size() >> 32U);
  }
  [[nodiscard]] static std::size_t following(const table& in, std::size_t at) noexcept {
    return at + 1 == in.entries.size() ? 0 : at + 1;
  }
  /// How many steps it is from one place to another.
  [[nodiscard]] static std::size_t steps(const table& in, std::size_t from, std::size_t to) noexcept {
    return to >= from ? to - from : to + in.entries.size() - from;
  }
  static void put(table& in, entry one) noexcept;
  [[nodiscard]] static std::size_t place_of(const table& in, std::uint64_t hash, std::uint32_t record) noexcept;

  std::array<table, 64> tables_;
};

}  // namespace nanolib
