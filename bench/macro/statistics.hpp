// The little arithmetic behind the table of ratios.
#pragma once

#include <optional>
#include <vector>

namespace nanomq::bench {

/// The middle value, or the mean of the two in the middle. Nothing when there are no samples.
[[nodiscard]] std::optional<double> median(std::vector<double> samples);

/// `ours / theirs`. Nothing when one is missing or the divisor is not above zero.
[[nodiscard]] std::optional<double> ratio(std::optional<double> ours, std::optional<double> theirs) noexcept;

/// The least of those that are there.
[[nodiscard]] std::optional<double> least(const std::vector<std::optional<double>>& values) noexcept;

}  // namespace nanomq::bench
