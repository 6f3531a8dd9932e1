#include "retained_index.hpp"

#include <algorithm>

namespace nanolib {

void retained_index::put(std::vector<entry>& entries, entry one) noexcept {
  const std::size_t mask = entries.size() - 1;
  std::size_t at = one.hash & mask;
  while (entries[at].slot != none) at = (at + 1) & mask;
  entries[at] = one;
}

void retained_index::insert(std::uint64_t hash, std::uint32_t slot) {
  table& in = tables_[part_of(hash)];
  if ((in.used + 1) * 4 > in.entries.size() * 3) {
    std::vector<entry> bigger(std::max<std::size_t>(4, in.entries.size() * 2));
    for (const entry& one : in.entries) {
      if (one.slot != none) put(bigger, one);
    }
    in.entries.swap(bigger);
  }
  put(in.entries, {low(hash), slot});
  ++in.used;
}

void retained_index::erase(std::uint64_t hash, std::uint32_t slot) noexcept {
  table& in = tables_[part_of(hash)];
  const std::size_t mask = in.entries.size() - 1;
  std::size_t hole = low(hash) & mask;
  while (in.entries[hole].slot != slot) hole = (hole + 1) & mask;
  --in.used;
  if (in.used == 0) {
    in.entries = {};
    return;
  }
  // What follows moves up into the hole as long as that brings it no further forward than where its search begins.
  for (std::size_t at = (hole + 1) & mask; in.entries[at].slot != none; at = (at + 1) & mask) {
    const std::size_t home = in.entries[at].hash & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    in.entries[hole] = in.entries[at];
    hole = at;
  }
  in.entries[hole] = {};
}

}  // namespace nanolib
