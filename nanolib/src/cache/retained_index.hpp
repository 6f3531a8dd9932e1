// Finds the slot of a topic by its hash.
//
// Sixty-four open-addressing tables instead of one, so that growing one of them among a million topics takes a fraction
// of a millisecond. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace nanolib {

class retained_index {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  /// The slot for which `is_it(slot)` holds among those of this hash; `none` when there is none.
  template <class IsIt>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, IsIt is_it) const {
    const table& in = tables_[part_of(hash)];
    if (in.entries.empty()) return none;
    const std::size_t mask = in.entries.size() - 1;
    const std::uint32_t wanted = low(hash);
    for (std::size_t at = wanted & mask; in.entries[at].slot != none; at = (at + 1) & mask) {
      if (in.entries[at].hash == wanted && is_it(in.entries[at].slot)) return in.entries[at].slot;
    }
    return none;
  }

  /// Errors: throws std::bad_alloc, then nothing was changed.
  void insert(std::uint64_t hash, std::uint32_t slot);
  /// Removes a slot that is there.
  void erase(std::uint64_t hash, std::uint32_t slot) noexcept;

 private:
  struct entry {
    std::uint32_t hash = 0;
    std::uint32_t slot = none;
  };
  struct table {
    std::vector<entry> entries;  ///< a power of two of them, at most three quarters in use
    std::size_t used = 0;
  };

  [[nodiscard]] static std::size_t part_of(std::uint64_t hash) noexcept { return hash >> 58U; }
  [[nodiscard]] static std::uint32_t low(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash); }
  static void put(std::vector<entry>& entries, entry one) noexcept;

  std::array<table, 64> tables_;
};

}  // namespace nanolib
