#include "nanolib/cache/store_unit.hpp"

namespace nanolib {

store_unit::store_unit(std::uint32_t opener, std::uint64_t number, std::size_t shards)
    : opener_(opener), number_(number), parts_(shards) {}

std::size_t store_unit::changes() const noexcept {
  std::size_t count = 0;
  for (const store_batch& part : parts_) count += part.changes().size();
  return count;
}

std::uint64_t store_unit::bytes() const noexcept {
  std::uint64_t size = 0;
  for (const store_batch& part : parts_) size += part.bytes();
  return size;
}

}  // namespace nanolib
