#include "residue.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace nanonng::net {

// malloc and not new: realloc moves large blocks by remapping them.
void residue_deleter::operator()(residue* bytes) const noexcept { std::free(bytes); }

residue_ptr make_residue(std::size_t capacity) noexcept {
  void* const memory = std::malloc(sizeof(residue) + capacity);
  if (memory == nullptr) return nullptr;
  return residue_ptr(std::construct_at(static_cast<residue*>(memory), residue{.capacity = capacity}));
}

bool grow_residue(residue_ptr& bytes, std::size_t at_least) noexcept {
  const std::size_t minimum = bytes->size + at_least;
  if (minimum <= bytes->capacity) return true;
  const std::size_t wished =
      bytes->needed > bytes->size + 1 ? std::min(bytes->needed, bytes->size * 2) : bytes->size * 2;
  const std::size_t capacity = std::max(minimum, wished);
  void* const memory = std::realloc(static_cast<void*>(bytes.get()), sizeof(residue) + capacity);
  if (memory == nullptr) return false;
  static_cast<void>(bytes.release());
  bytes.reset(static_cast<residue*>(memory));
  bytes->capacity = capacity;
  return true;
}

bool append_residue(residue_ptr& bytes, nanolib::bytes data) noexcept {
  if (!grow_residue(bytes, data.size())) return false;
  std::memcpy(bytes->data() + bytes->size, data.data(), data.size());
  bytes->size += data.size();
  return true;
}

}  // namespace nanonng::net
