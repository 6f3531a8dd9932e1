#include "faults.hpp"

#include <numeric>

namespace nanomq::crash {
namespace {

constexpr std::array<std::string_view, fault_kinds> names = {
    "lost",
    "late",
    "duplicated",
    "reordered",
    "changed",
    "unexpected",
    "missing_retained",
    "wrong_retained",
    "undeleted_retained",
    "lost_session",
    "ghost_session",
    "lost_subscription",
    "wrong_options",
    "undone_unsubscription",
    "lost_will",
    "repeated_will",
    "undue_will",
    "unanswered",
    "closed",
    "bad_packet",
    "broker_died",
};

}  // namespace

std::string_view name_of(fault kind) noexcept { return names[static_cast<std::size_t>(kind)]; }

void fault_log::add(fault kind, std::string_view what, std::uint64_t times) {
  if (times == 0) return;
  const auto at = static_cast<std::size_t>(kind);
  counts_[at] += times;
  if (shown_[at] >= kept_examples) return;
  ++shown_[at];
  std::string line{name_of(kind)};
  line += ": ";
  line += what;
  if (times != 1) line += " (" + std::to_string(times) + " times)";
  examples_.push_back(std::move(line));
}

void fault_log::withdraw(fault kind) noexcept {
  std::uint64_t& count = counts_[static_cast<std::size_t>(kind)];
  if (count != 0) --count;
}

std::uint64_t fault_log::total() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace nanomq::crash
