#include "retained_index.hpp"

#include <utility>

namespace nanolib {

void retained_index::put(table& in, entry one) noexcept {
  std::size_t at = home(in, one.hash);
  while (in.entries[at].record != none) at = following(in, at);
  in.entries[at] = one;
}

std::size_t retained_index::place_of(const table& in, std::uint64_t hash, std::uint32_t record) noexcept {
  std::size_t at = home(in, low(hash));
  while (in.entries[at].record != record) at = following(in, at);
  return at;
}

void retained_index::insert(std::uint64_t hash, std::uint32_t record) {
  table& in = tables_[part_of(hash)];
  if ((in.used + 1) * 5 > in.entries.size() * 4) {
    table bigger{std::vector<entry>(in.entries.size() + in.entries.size() / 4 + 4), in.used};
    for (const entry& one : in.entries) {
      if (one.record != none) put(bigger, one);
    }
    in = std::move(bigger);
  }
  put(in, {low(hash), record});
  ++in.used;
}

void retained_index::replace(std::uint64_t hash, std::uint32_t record, std::uint32_t with) noexcept {
  table& in = tables_[part_of(hash)];
  in.entries[place_of(in, hash, record)].record = with;
}

void retained_index::erase(std::uint64_t hash, std::uint32_t record) noexcept {
  table& in = tables_[part_of(hash)];
  std::size_t hole = place_of(in, hash, record);
  if (--in.used == 0) {
    in.entries = {};
    return;
  }
  // What follows moves up into the hole as long as that brings it no further forward than where its search begins.
  for (std::size_t at = following(in, hole); in.entries[at].record != none; at = following(in, at)) {
    if (steps(in, home(in, in.entries[at].hash), at) < steps(in, hole, at)) continue;
    in.entries[hole] = in.entries[at];
    hole = at;
  }
  in.entries[hole] = {};
}

}  // namespace nanolib
