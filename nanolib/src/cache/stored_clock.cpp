#include "stored_clock.hpp"

#include <algorithm>
#include <cstdlib>

namespace nanolib {

namespace {

constexpr std::int64_t tolerated_ms = 1'000;
constexpr std::int64_t noted_every_ms = 60'000;

}  // namespace

void stored_clock::begin(const clock_reading& at) noexcept {
  if (run_ != 0) return;
  wall_time earliest = earliest_civil_time;
  if (!runs_.empty()) earliest = std::max(earliest, wall_time(duration(runs_.rbegin()->second.seen)));
  began_ = {at.now, std::max(at.wall, earliest)};
  run_ = runs_.empty() ? 1 : runs_.rbegin()->first + 1;
}

wall_time stored_clock::civil(const clock_reading& at) const noexcept {
  return std::max(at.wall, began_.wall + (at.now - began_.now));
}

stored_clock::record stored_clock::present(const clock_reading& at) const noexcept {
  const std::int64_t now = civil(at).time_since_epoch().count();
  return {now - at.now.time_since_epoch().count(), now};
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
