// What one subscriber got from one publisher, held against what was sent: each message once, in order.
#pragma once

#include <cstdint>
#include <map>

namespace nanomq::tools {

/// Follows the sequence numbers of one stream, which begin at zero. A number that comes late is told from one that
/// comes again by the gaps that are still open. Shape: one comparison for a message in order; memory only for open gaps.
/// Thread: externally synchronised.
class arrival_check {
 public:
  void arrived(std::uint64_t sequence);

  /// How many of the first `sent` numbers have not come.
  [[nodiscard]] std::uint64_t missing(std::uint64_t sent) const noexcept;
  /// How many came after a higher number.
  [[nodiscard]] std::uint64_t reordered() const noexcept { return reordered_; }
  /// How many came more than once.
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }

 private:
  void fill(std::uint64_t sequence);

  std::uint64_t next_ = 0;
  std::uint64_t reordered_ = 0;
  std::uint64_t duplicates_ = 0;
  std::map<std::uint64_t, std::uint64_t> gaps_;  // first missing number -> first number after the gap
};

}  // namespace nanomq::tools
