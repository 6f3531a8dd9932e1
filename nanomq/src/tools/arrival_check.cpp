#include "nanomq/tools/arrival_check.hpp"

#include <iterator>

namespace nanomq::tools {

void arrival_check::arrived(std::uint64_t sequence) {
  if (sequence < next_) {
    fill(sequence);
    return;
  }
  if (sequence > next_) gaps_.emplace(next_, sequence);
  next_ = sequence + 1;
}

void arrival_check::fill(std::uint64_t sequence) {
  const auto after = gaps_.upper_bound(sequence);
  const auto gap = after == gaps_.begin() ? gaps_.end() : std::prev(after);
  if (gap == gaps_.end() || sequence >= gap->second) {
    ++duplicates_;
    return;
  }
  ++reordered_;
  const auto [first, end] = *gap;
  gaps_.erase(gap);
  if (first < sequence) gaps_.emplace(first, sequence);
  if (sequence + 1 < end) gaps_.emplace(sequence + 1, end);
}

std::uint64_t arrival_check::missing(std::uint64_t sent) const noexcept {
  std::uint64_t open = sent > next_ ? sent - next_ : 0;
  for (const auto& [first, end] : gaps_) open += end - first;
  return open;
}

}  // namespace nanomq::tools
