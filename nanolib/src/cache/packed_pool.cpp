#include "packed_pool.hpp"

#include <cstring>
#include <new>

namespace nanolib {

void packed_pool::link(std::uint32_t number) noexcept {
  chunk& one = chunks_[number];
  std::uint32_t& first = with_room_[one.units];
  one.previous = nowhere;
  one.next = first;
  if (first != nowhere) chunks_[first].previous = number;
  first = number;
}

void packed_pool::unlink(std::uint32_t number) noexcept {
  chunk& one = chunks_[number];
  if (one.next != nowhere) chunks_[one.next].previous = one.previous;
  (one.previous != nowhere ? chunks_[one.previous].next : with_room_[one.units]) = one.next;
}

std::uint32_t packed_pool::add_chunk(std::uint16_t units) {
  auto memory = std::make_unique_for_overwrite<std::byte[]>(chunk_bytes);
  std::uint32_t number = free_place_;
  if (number == nowhere) {
    if (chunks_.size() == most_chunks) throw std::bad_alloc();
    number = static_cast<std::uint32_t>(chunks_.size());
    chunks_.emplace_back();
  } else {
    free_place_ = chunks_[number].next;
  }
  chunks_[number] = {.memory = std::move(memory), .units = units};
  link(number);
  return number;
}

packed_pool::handle packed_pool::allocate(std::size_t size) {
  const auto units = static_cast<std::uint16_t>((size + unit - 1) / unit);
  std::uint32_t number = with_room_[units];
  if (number == nowhere) number = add_chunk(units);
  chunk& from = chunks_[number];
  std::uint16_t at = from.first_free;
  if (at != no_unit) {
    std::memcpy(&from.first_free, from.memory.get() + at * unit, sizeof from.first_free);
  } else {
    at = from.untouched;
    from.untouched = static_cast<std::uint16_t>(at + units);
  }
  ++from.used;
  if (is_full(from)) unlink(number);
  return number * units_per_chunk + at;
}

void packed_pool::release(handle which) noexcept {
  const std::uint32_t number = which / units_per_chunk;
  chunk& from = chunks_[number];
  const bool was_full = is_full(from);
  const auto at = static_cast<std::uint16_t>(which % units_per_chunk);
  std::memcpy(from.memory.get() + at * unit, &from.first_free, sizeof from.first_free);
  from.first_free = at;
  if (was_full) link(number);
  if (--from.used > 0) return;
  unlink(number);
  from = {};
  from.next = free_place_;
  free_place_ = number;
}

void packed_pool::clear() noexcept {
  std::vector<chunk>().swap(chunks_);
  free_place_ = nowhere;
}

}  // namespace nanolib
