#include "nanomq/tools/arrival_check.hpp"

#include <iterator>

namespace nanomq::tools {

void arrival_check::arrived_out_of_turn(std::uint64_t sequence) {
  if (sequence < next_) return fill(sequence);
  if (gaps_.size() >= most_gaps) {
    const auto oldest = gaps_.begin();
    forgotten_ += oldest->second - oldest->first;
    gaps_.erase(oldest);
  }
  gaps_.emplace(next_, sequence);
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

std::uint64_t arrival_check::missing(std::uint64_t end) const noexcept {
  std::uint64_t open = forgotten_ + (end > next_ ? end - next_ : 0);
  for (const auto& [first, behind] : gaps_) open += behind - first;
  return open;
}

}  // namespace nanomq::tools
