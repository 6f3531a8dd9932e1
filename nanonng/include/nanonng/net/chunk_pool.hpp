// Output memory of a loop: chunks that connections borrow while they have something to send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nanonng::net {

/// A piece of output memory. `data` has `capacity` bytes.
struct chunk {
  chunk* next = nullptr;
  std::uint32_t capacity = 0;
  std::uint32_t begin = 0;  ///< first byte not yet sent
  std::uint32_t end = 0;    ///< first byte not yet filled
  std::byte data[];         // NOLINT: the bytes follow the header in one allocation
};

/// Keeps a bounded number of free chunks of two sizes. Thread: loop-confined.
class chunk_pool {
 public:
  static constexpr std::size_t small_size = 4096;   ///< whole allocation, header included
  static constexpr std::size_t large_size = 65536;  ///< for connections that fill a small one within a turn

  explicit chunk_pool(std::size_t keep_bytes = 2U * 1024 * 1024) noexcept;
  chunk_pool(const chunk_pool&) = delete;
  chunk_pool& operator=(const chunk_pool&) = delete;
  ~chunk_pool();

  /// A chunk with at least `wanted` bytes of room: small, large, or one of its own when even that is too little.
  /// Null when memory is short.
  [[nodiscard]] chunk* take(std::size_t wanted) noexcept;
  void give_back(chunk* piece) noexcept;
  /// Bytes lent out now.
  [[nodiscard]] std::size_t lent() const noexcept;
  // Private members are the implementation's choice.
};

}  // namespace nanonng::net
