#include "statistics.hpp"

#include <algorithm>
#include <cstddef>

namespace nanomq::bench {

std::optional<double> median(std::vector<double> samples) {
  if (samples.empty()) return std::nullopt;
  std::ranges::sort(samples);
  const std::size_t middle = samples.size() / 2;
  if (samples.size() % 2 == 1) return samples[middle];
  return (samples[middle - 1] + samples[middle]) / 2;
}

std::optional<double> ratio(std::optional<double> ours, std::optional<double> theirs) noexcept {
  if (!ours || !theirs || !(*theirs > 0)) return std::nullopt;
  return *ours / *theirs;
}

std::optional<double> least(const std::vector<std::optional<double>>& values) noexcept {
  std::optional<double> found;
  for (const auto& value : values) {
    if (value && (!found || *value < *found)) found = value;
  }
  return found;
}

}  // namespace nanomq::bench
