// Small blocks of memory without a header each, named by 32-bit numbers.
//
// Chunks of 4 KB hold blocks of one size each, in steps of four bytes. A chunk whose last block is released goes back to
// the system. Blocks never move. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace nanolib {

/// Shape: 28 bytes per chunk beside the blocks; allocate and release O(1). At most 16 GB.
class packed_pool {
 public:
  /// Names a block as long as it is allocated.
  using handle = std::uint32_t;

  static constexpr std::size_t largest = 512;

  packed_pool() noexcept { with_room_.fill(nowhere); }

  /// A block of at least `size` bytes, from 1 to `largest`. Errors: throws std::bad_alloc, then nothing was changed.
  [[nodiscard]] handle allocate(std::size_t size);
  void release(handle which) noexcept;
  [[nodiscard]] std::byte* at(handle which) const noexcept {
    return chunks_[which / units_per_chunk].memory.get() + (which % units_per_chunk) * unit;
  }
  /// Bytes that the block has room for.
  [[nodiscard]] std::size_t size(handle which) const noexcept { return chunks_[which / units_per_chunk].units * unit; }
  /// Gives everything back. No block may be allocated.
  void clear() noexcept;

 private:
  static constexpr std::size_t unit = 4;
  static constexpr std::size_t chunk_bytes = 4096;
  static constexpr std::uint32_t units_per_chunk = chunk_bytes / unit;
  static constexpr std::uint32_t nowhere = UINT32_MAX;
  static constexpr std::uint32_t most_chunks = UINT32_MAX / units_per_chunk;
  static constexpr std::uint16_t no_unit = UINT16_MAX;

  struct chunk {
    std::unique_ptr<std::byte[]> memory;  ///< null: this place is free
    std::uint32_t next = nowhere;         ///< in the list of its size's chunks with room, or of free places
    std::uint32_t previous = nowhere;
    std::uint16_t units = 0;             ///< of a block
    std::uint16_t used = 0;              ///< blocks
    std::uint16_t first_free = no_unit;  ///< the unit where the first released block begins; each names the next
    std::uint16_t untouched = 0;         ///< the unit from which on no block has been made yet
  };

  [[nodiscard]] std::uint32_t add_chunk(std::uint16_t units);
  void link(std::uint32_t number) noexcept;
  void unlink(std::uint32_t number) noexcept;
  [[nodiscard]] static bool is_full(const chunk& one) noexcept {
    return one.first_free == no_unit && one.untouched + one.units > static_cast<int>(units_per_chunk);
  }

  std::vector<chunk> chunks_;
  std::uint32_t free_place_ = nowhere;
  std::array<std::uint32_t, largest / unit + 1> with_room_;  ///< by units of a block: the first of the list
};

}  // namespace nanolib
