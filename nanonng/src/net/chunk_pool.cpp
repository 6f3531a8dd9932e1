#include "nanonng/net/chunk_pool.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace nanonng::net {

static_assert(sizeof(chunk) % alignof(std::max_align_t) == 0, "what follows the header is aligned for records");

namespace {

void free_list(chunk* list) noexcept {
  while (list != nullptr) ::operator delete(std::exchange(list, list->next));
}

}  // namespace

chunk_pool::~chunk_pool() {
  free_list(free_small_);
  free_list(free_large_);
}

chunk* chunk_pool::take(std::size_t wanted) noexcept {
  if (wanted > UINT32_MAX - sizeof(chunk) - 16) return nullptr;
  const std::size_t size = wanted <= small_room   ? small_size
                           : wanted <= large_room ? large_size
                                                  : (wanted + sizeof(chunk) + 15) / 16 * 16;
  chunk*& list = size == small_size ? free_small_ : free_large_;
  void* memory = nullptr;
  if (size <= large_size && list != nullptr) {
    memory = std::exchange(list, list->next);
    kept_ -= size;
  } else {
    memory = ::operator new(size, std::nothrow);
    if (memory == nullptr) return nullptr;
  }
  lent_ += size;
  auto* const piece = std::construct_at(static_cast<chunk*>(memory));
  piece->capacity = static_cast<std::uint32_t>(size - sizeof(chunk));
  return piece;
}

void chunk_pool::give_back(chunk* piece) noexcept {
  const std::size_t size = piece->capacity + sizeof(chunk);
  lent_ -= size;
  const bool pooled = size == small_size || size == large_size;
  if (!pooled || kept_ + size > keep_bytes_) {
    ::operator delete(piece);
    return;
  }
  chunk*& list = size == small_size ? free_small_ : free_large_;
  piece->next = std::exchange(list, piece);
  kept_ += size;
}

}  // namespace nanonng::net
