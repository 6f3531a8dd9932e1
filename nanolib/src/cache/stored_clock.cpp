#include "stored_clock.hpp"

#include <algorithm>
#include <cstdlib>

namespace nanolib {

namespace {

constexpr std::int64_t tolerated_ms = 1'000;
/// A clock that is set back by no more than this is not taken for one that nobody has set.
constexpr std::chrono::minutes believed_behind{10};
constexpr std::int64_t noted_every_ms = 60'000;

}  // namespace

void stored_clock::begin(const clock_reading& at) noexcept {
  if (run_ == 0) {
    wall_time earliest = earliest_civil_time;
    if (!runs_.empty()) earliest = std::max(earliest, wall_time(duration(std::abs(runs_.rbegin()->second.seen))));
    began_ = {at.now, std::max(at.wall, earliest)};
    reckoned_ = {at.now, earliest};
    run_ = runs_.empty() ? 1 : runs_.rbegin()->first + 1;
  }
  if (!is_believed(at)) return;
  // What the runs that are to be set right reckoned with, had they gone on until now.
  const std::int64_t unknown = (civil(at) - (reckoned_.wall + (at.now - reckoned_.now))).count();
  for (auto run = runs_.rbegin(); run != runs_.rend() && run->second.seen < 0; ++run) {
    run->second = {run->second.offset + unknown, unknown - run->second.seen};
    corrected_[run->first] = run->second;
  }
}

bool stored_clock::is_believed(const clock_reading& at) const noexcept {
  return at.wall + believed_behind >= began_.wall + (at.now - began_.now);
}

wall_time stored_clock::civil(const clock_reading& at) const noexcept {
  return std::max(at.wall, began_.wall + (at.now - began_.now));
}

stored_clock::record stored_clock::present(const clock_reading& at) const noexcept {
  const std::int64_t now = civil(at).time_since_epoch().count();
  return {now - at.now.time_since_epoch().count(), is_believed(at) ? now : -now};
}

bool stored_clock::is_outdated(const clock_reading& at) const noexcept {
  const record now = present(at);
  return std::abs(now.offset - written_.offset) > tolerated_ms || std::abs(now.seen - written_.seen) > noted_every_ms;
}

instant stored_clock::to_instant(std::int64_t run, std::int64_t stored, const clock_reading& at) const noexcept {
  if (run == run_) return instant(duration(stored));
  const auto found = runs_.find(run);
  if (found == runs_.end()) return never;
  return at.now + (wall_time(duration(found->second.offset + stored)) - civil(at));
}

}  // namespace nanolib
