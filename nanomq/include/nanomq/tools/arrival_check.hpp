// What one subscriber got from one publisher, held against what was sent: each message once, in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace nanomq::tools {

/// Follows the sequence numbers of one stream. A number that comes late is told from one that comes again by the gaps
/// that are still open. Shape: one comparison for a message in order; memory only for open gaps, and for a bounded number
/// of them: what falls into a forgotten gap later counts as a repetition.
/// Thread: externally synchronised.
class arrival_check {
 public:
  static constexpr std::size_t most_gaps = 65'536;

  /// Numbers before `first` are not expected.
  explicit arrival_check(std::uint64_t first = 0) noexcept : first_(first), next_(first) {}

  void arrived(std::uint64_t sequence) {
    if (sequence != next_) return arrived_out_of_turn(sequence);
    ++next_;
  }
  /// The same for a number of which only the lower half is known: the one nearest to what is expected is meant.
  void arrived_short(std::uint32_t sequence) {
    const auto ahead = static_cast<std::int32_t>(sequence - static_cast<std::uint32_t>(next_));
    const std::uint64_t meant = next_ + static_cast<std::uint64_t>(std::int64_t{ahead});
    if (ahead < 0 && meant > next_) {  // before zero
      ++duplicates_;
    } else {
      arrived(meant);
    }
  }

  /// The number after the highest that has come.
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  /// How many of the numbers from the first up to `end` have not come.
  [[nodiscard]] std::uint64_t missing(std::uint64_t end) const noexcept;
  /// How many of those before the highest that has come have not come.
  [[nodiscard]] std::uint64_t missing() const noexcept { return missing(next_); }
  /// How many came after a higher number.
  [[nodiscard]] std::uint64_t reordered() const noexcept { return reordered_; }
  /// How many came more than once.
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }

 private:
  void arrived_out_of_turn(std::uint64_t sequence);
  void fill(std::uint64_t sequence);

  std::uint64_t first_;
  std::uint64_t next_;
  std::uint64_t reordered_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t forgotten_ = 0;                  // missing numbers in gaps that are not kept
  std::map<std::uint64_t, std::uint64_t> gaps_;  // first missing number -> first number after the gap
};

}  // namespace nanomq::tools
