// Output memory of a loop: chunks that connections borrow while they have something to send.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nanonng::net {

/// A piece of output memory: this header and `capacity` bytes behind it, in one allocation.
struct chunk {
  static constexpr std::uint32_t none = UINT32_MAX;

  chunk* next = nullptr;
  std::uint32_t capacity = 0;
  std::uint32_t begin = 0;           ///< first byte not yet sent
  std::uint32_t end = 0;             ///< first byte not yet filled
  std::uint32_t first_slice = none;  ///< where the first slice record not yet sent lies (output_queue)
  std::uint32_t last_slice = none;
  std::uint32_t unused = 0;

  [[nodiscard]] std::byte* data() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
};

/// Keeps a bounded number of free chunks of two sizes. Thread: loop-confined.
class chunk_pool {
 public:
  static constexpr std::size_t small_size = 4096;   ///< whole allocation, header included
  static constexpr std::size_t large_size = 65536;  ///< for connections that fill a small one within a turn
  static constexpr std::size_t small_room = small_size - sizeof(chunk);
  static constexpr std::size_t large_room = large_size - sizeof(chunk);

  explicit chunk_pool(std::size_t keep_bytes = 2U * 1024 * 1024) noexcept : keep_bytes_(keep_bytes) {}
  chunk_pool(const chunk_pool&) = delete;
  chunk_pool& operator=(const chunk_pool&) = delete;
  ~chunk_pool();

  /// A chunk with at least `wanted` bytes of room: small, large, or one of its own when even that is too little.
  /// Null when memory is short.
  [[nodiscard]] chunk* take(std::size_t wanted) noexcept;
  void give_back(chunk* piece) noexcept;
  /// Bytes lent out now.
  [[nodiscard]] std::size_t lent() const noexcept { return lent_; }
  /// Bytes that lie free for the next borrower; at most `keep_bytes`.
  [[nodiscard]] std::size_t kept() const noexcept { return kept_; }

 private:
  std::size_t keep_bytes_;
  std::size_t kept_ = 0;
  std::size_t lent_ = 0;
  chunk* free_small_ = nullptr;
  chunk* free_large_ = nullptr;
};

}  // namespace nanonng::net
