// What a connection has yet to send: bytes in chunks of the loop's pool, and slices of shared messages between them.
//
// A slice is a small record inside the chunk, at the place in the order where its bytes belong, so that a header and the
// payload behind it take one chunk however many there are. The pool is handed in by the caller: a queue is three words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "nanolib/base/bytes.hpp"
#include "nanolib/message/message.hpp"
#include "nanonng/net/chunk_pool.hpp"
#include "nanonng/net/stream.hpp"

namespace nanonng::net {

/// Shape: three words, no memory of its own while empty. Owns: its chunks and a reference to each message in it; clear()
/// before it is destroyed. Thread: loop-confined.
class output_queue {
 public:
  output_queue() = default;
  output_queue(const output_queue&) = delete;
  output_queue& operator=(const output_queue&) = delete;
  output_queue(output_queue&& other) noexcept
      : head_(std::exchange(other.head_, nullptr)),
        tail_(std::exchange(other.tail_, nullptr)),
        pending_(std::exchange(other.pending_, 0)) {}
  output_queue& operator=(output_queue&&) = delete;
  ~output_queue() = default;

  /// Contiguous room in the last chunk; null when it has not that much: grow() then.
  [[nodiscard]] std::byte* room(std::size_t size) noexcept {
    if (tail_ == nullptr || tail_->capacity - tail_->end < size) [[unlikely]]
      return nullptr;
    return tail_->data() + tail_->end;
  }
  /// Adds a chunk with at least `size` bytes of room. Null when memory is short.
  [[nodiscard]] std::byte* grow(std::size_t size, chunk_pool& pool) noexcept;
  /// Makes `size` bytes of the room last given part of the output.
  void commit(std::size_t size) noexcept {
    tail_->end += static_cast<std::uint32_t>(size);
    pending_ += size;
  }
  /// Appends a copy. False when memory is short; a part may have been appended.
  [[nodiscard]] bool append(nanolib::bytes data, chunk_pool& pool) noexcept;
  /// Appends bytes that `owner` keeps alive. False when memory is short.
  [[nodiscard]] bool append_slice(nanolib::message_ptr owner, nanolib::bytes data, chunk_pool& pool) noexcept;

  /// Bytes not yet sent.
  [[nodiscard]] std::size_t pending() const noexcept { return pending_; }

  /// Writes until all is sent (moved), the stream takes no more (would_block) or fails; `bytes` is what was sent in each
  /// case. Chunks go back to the pool as they are sent.
  [[nodiscard]] io_result send(stream& to, chunk_pool& pool) noexcept;
  /// Throws everything away.
  void clear(chunk_pool& pool) noexcept;

 private:
  struct slice;

  [[nodiscard]] static slice& slice_at(chunk& piece, std::uint32_t position) noexcept;
  [[nodiscard]] std::size_t gather(std::span<iovec> into, std::size_t& total) const noexcept;
  void consume(std::size_t size, chunk_pool& pool) noexcept;
  void drop_head(chunk_pool& pool) noexcept;

  chunk* head_ = nullptr;
  chunk* tail_ = nullptr;
  std::size_t pending_ = 0;
};

}  // namespace nanonng::net
