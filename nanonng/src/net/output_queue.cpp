#include "nanonng/net/output_queue.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace nanonng::net {

/// Lies inside a chunk where the bytes of a message belong in the order of what is sent.
struct output_queue::slice {
  const nanolib::message* owner;
  const std::byte* data;
  std::size_t size;
  std::uint32_t run_end;  ///< where the plain bytes before this record end
  std::uint32_t next;     ///< the chunk's next record
};

namespace {

constexpr std::size_t record_alignment = 8;
constexpr std::size_t most_parts = 64;

}  // namespace

output_queue::slice& output_queue::slice_at(chunk& piece, std::uint32_t position) noexcept {
  return *std::launder(reinterpret_cast<slice*>(piece.data() + position));
}

std::byte* output_queue::grow(std::size_t size, chunk_pool& pool) noexcept {
  // Who fills a small chunk within a turn is likely to go on: the next one is large.
  chunk* const piece = pool.take(head_ == nullptr ? size : std::max(size, chunk_pool::large_room));
  if (piece == nullptr) return nullptr;
  if (head_ == nullptr) {
    head_ = piece;
  } else {
    tail_->next = piece;
  }
  tail_ = piece;
  return piece->data();
}

bool output_queue::append(nanolib::bytes data, chunk_pool& pool) noexcept {
  while (!data.empty()) {
    const std::size_t left = tail_ == nullptr ? 0 : tail_->capacity - tail_->end;
    if (left == 0) {
      if (grow(std::min(data.size(), chunk_pool::large_room), pool) == nullptr) return false;
      continue;
    }
    const std::size_t part = std::min(left, data.size());
    std::memcpy(tail_->data() + tail_->end, data.data(), part);
    commit(part);
    data = data.subspan(part);
  }
  return true;
}

bool output_queue::append_slice(nanolib::message_ptr owner, nanolib::bytes data, chunk_pool& pool) noexcept {
  if (data.empty()) return true;
  if (room(sizeof(slice) + record_alignment) == nullptr && grow(sizeof(slice) + record_alignment, pool) == nullptr) {
    return false;
  }
  const auto position = static_cast<std::uint32_t>((tail_->end + record_alignment - 1) & ~(record_alignment - 1));
  std::construct_at(reinterpret_cast<slice*>(tail_->data() + position),
                    slice{owner.detach(), data.data(), data.size(), tail_->end, chunk::none});
  if (tail_->first_slice == chunk::none) {
    tail_->first_slice = position;
  } else {
    slice_at(*tail_, tail_->last_slice).next = position;
  }
  tail_->last_slice = position;
  tail_->end = position + static_cast<std::uint32_t>(sizeof(slice));
  pending_ += data.size();
  return true;
}

std::size_t output_queue::gather(std::span<iovec> into, std::size_t& total) const noexcept {
  std::size_t count = 0;
  const auto add = [&](const std::byte* data, std::size_t size) {
    if (size == 0) return true;
    if (count == into.size()) return false;
    into[count++] = {const_cast<std::byte*>(data), size};
    total += size;
    return true;
  };
  for (chunk* piece = head_; piece != nullptr; piece = piece->next) {
    std::uint32_t position = piece->begin;
    for (std::uint32_t at = piece->first_slice; at != chunk::none;) {
      const slice& record = slice_at(*piece, at);
      if (!add(piece->data() + position, record.run_end - position)) return count;
      if (!add(record.data, record.size)) return count;
      position = at + static_cast<std::uint32_t>(sizeof(slice));
      at = record.next;
    }
    if (!add(piece->data() + position, piece->end - position)) return count;
  }
  return count;
}

void output_queue::drop_head(chunk_pool& pool) noexcept {
  chunk* const sent = std::exchange(head_, head_->next);
  if (head_ == nullptr) tail_ = nullptr;
  pool.give_back(sent);
}

void output_queue::consume(std::size_t size, chunk_pool& pool) noexcept {
  pending_ -= size;
  while (head_ != nullptr) {
    chunk& piece = *head_;
    const bool has_slice = piece.first_slice != chunk::none;
    const std::uint32_t run_end = has_slice ? slice_at(piece, piece.first_slice).run_end : piece.end;
    const auto run = std::min(size, static_cast<std::size_t>(run_end - piece.begin));
    piece.begin += static_cast<std::uint32_t>(run);
    size -= run;
    if (piece.begin != run_end) return;
    if (!has_slice) {
      drop_head(pool);
      continue;
    }
    slice& record = slice_at(piece, piece.first_slice);
    const std::size_t part = std::min(size, record.size);
    record.data += part;
    record.size -= part;
    size -= part;
    if (record.size != 0) return;
    record.owner->release();
    piece.begin = piece.first_slice + static_cast<std::uint32_t>(sizeof(slice));
    piece.first_slice = record.next;
  }
}

io_result output_queue::send(stream& to, chunk_pool& pool) noexcept {
  std::size_t sent = 0;
  for (;;) {
    std::array<iovec, most_parts> parts;
    std::size_t total = 0;
    const std::size_t count = gather(parts, total);
    if (count == 0) {
      consume(0, pool);
      return {io_result::outcome::moved, sent, {}};
    }
    const io_result result = to.write(std::span(parts.data(), count));
    if (result.what != io_result::outcome::moved) return {result.what, sent, result.error, result.hints};
    sent += result.bytes;
    consume(result.bytes, pool);
    // A short write says that the system is full, without asking once more.
    if (result.bytes < total) return {io_result::outcome::would_block, sent, {}, result.hints};
  }
}

void output_queue::clear(chunk_pool& pool) noexcept {
  while (head_ != nullptr) {
    for (std::uint32_t at = head_->first_slice; at != chunk::none;) {
      const slice& record = slice_at(*head_, at);
      record.owner->release();
      at = record.next;
    }
    drop_head(pool);
  }
  pending_ = 0;
}

}  // namespace nanonng::net
