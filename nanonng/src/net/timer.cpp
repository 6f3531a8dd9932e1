// The wheel: six levels of 64 slots, each level 64 times as coarse as the one below.
//
// A timer lies on the level of the highest group of six bits in which its tick differs from the tick reached, so every
// timer of a lower level comes before every one of a higher level, and the earliest slot is found with one bit scan.
// When time reaches a slot of a higher level, its timers are placed anew, lower down: at most five times each.
#include "nanonng/net/timer.hpp"

#include <algorithm>
#include <bit>

namespace nanonng::net {

namespace {

/// Ticks count from long before the first moment, so that a clock may be set back behind it.
constexpr nanolib::duration reach_back{std::int64_t{1} << 42U};

/// Unsigned: the way from the start to `never` is longer than a duration can say.
std::uint64_t since(nanolib::instant start, nanolib::instant time) noexcept {
  if (time <= start) return 0;
  return static_cast<std::uint64_t>(time.time_since_epoch().count()) -
         static_cast<std::uint64_t>(start.time_since_epoch().count());
}

void reset(timer_link& list) noexcept { list.next = list.previous = &list; }

void append(timer_link& list, timer_link& which) noexcept {
  which.next = &list;
  which.previous = list.previous;
  list.previous->next = &which;
  list.previous = &which;
}

void detach(timer_link& which) noexcept {
  which.previous->next = which.next;
  which.next->previous = which.previous;
  which.next = which.previous = nullptr;
}

/// Moves everything in `from` to the end of `to`.
void splice(timer_link& to, timer_link& from) noexcept {
  if (from.next == &from) return;
  from.next->previous = to.previous;
  to.previous->next = from.next;
  from.previous->next = &to;
  to.previous = from.previous;
  reset(from);
}

}  // namespace

void timer::cancel() noexcept {
  if (is_set()) wheel_->unlink(*this);
}

timer_wheel::timer_wheel(nanolib::instant start) noexcept
    : start_(start - reach_back), elapsed_(tick_before(start)), floor_(elapsed_) {
  reset(due_);
  for (timer_link& slot : slots_) reset(slot);
}

timer_wheel::~timer_wheel() {
  for (timer_link& slot : slots_) splice(due_, slot);
  while (due_.next != &due_) detach(*due_.next);
}

std::uint64_t timer_wheel::tick_before(nanolib::instant time) const noexcept {
  return since(start_, time) / static_cast<std::uint64_t>(resolution.count());
}

std::uint64_t timer_wheel::tick_at_or_after(nanolib::instant time) const noexcept {
  const auto unit = static_cast<std::uint64_t>(resolution.count());
  const std::uint64_t passed = since(start_, time);
  return passed / unit + (passed % unit != 0 ? 1 : 0);
}

void timer_wheel::set(timer& which, nanolib::instant deadline) noexcept {
  which.cancel();
  which.wheel_ = this;
  which.deadline_ = deadline;
  place(which);
  ++size_;
}

void timer_wheel::place(timer& which) noexcept {
  const std::uint64_t latest = elapsed_ + horizon;
  const std::uint64_t tick = std::min(std::max(tick_at_or_after(which.deadline_), floor_), latest);
  const std::uint64_t differing = (tick ^ elapsed_) | (slot_count - 1);
  const std::size_t highest_bit = 63U - static_cast<std::size_t>(std::countl_zero(differing));
  const std::size_t level = std::min(highest_bit / level_bits, level_count - 1);
  const std::size_t slot = (tick >> level * level_bits) & (slot_count - 1);
  append(slots_[level * slot_count + slot], which);
  occupied_[level] |= std::uint64_t{1} << slot;
}

void timer_wheel::unlink(timer& which) noexcept {
  const timer_link* const neighbour = which.next;
  detach(which);
  --size_;
  if (neighbour->next != neighbour || neighbour == &due_) return;
  const auto index = static_cast<std::size_t>(neighbour - slots_.data());
  occupied_[index / slot_count] &= ~(std::uint64_t{1} << index % slot_count);
}

timer_wheel::position timer_wheel::earliest() const noexcept {
  for (std::size_t level = 0; level < level_count; ++level) {
    if (occupied_[level] == 0) continue;
    const std::uint64_t here = elapsed_ >> level * level_bits;
    const auto current = static_cast<int>(here & (slot_count - 1));
    const auto distance = static_cast<std::uint64_t>(std::countr_zero(std::rotr(occupied_[level], current)));
    const std::uint64_t there = here + distance;
    return {level, there & (slot_count - 1), there << level * level_bits};
  }
  return {};
}

void timer_wheel::advance(nanolib::instant now) noexcept {
  const std::uint64_t target = tick_before(now);
  if (target < elapsed_) turn_back(target);
  // A timer set again by a callback waits for the next tick, or a callback that asks for "now" would never let go.
  floor_ = target + 1;
  for (position next = earliest(); next.level != level_count && next.tick <= target; next = earliest()) {
    elapsed_ = next.tick;
    run_slot(next, now);
  }
  elapsed_ = target;
  floor_ = target;
}

void timer_wheel::run_slot(const position& where, nanolib::instant now) noexcept {
  splice(due_, slots_[where.level * slot_count + where.slot]);
  occupied_[where.level] &= ~(std::uint64_t{1} << where.slot);
  while (due_.next != &due_) {
    timer& which = static_cast<timer&>(*due_.next);
    detach(which);
    if (which.deadline_ > now) {
      place(which);
      continue;
    }
    --size_;
    which.on_expiry_(which, now);
  }
}

void timer_wheel::turn_back(std::uint64_t tick) noexcept {
  elapsed_ = tick;
  floor_ = tick;
  for (timer_link& slot : slots_) splice(due_, slot);
  occupied_.fill(0);
  while (due_.next != &due_) {
    timer& which = static_cast<timer&>(*due_.next);
    detach(which);
    place(which);
  }
}

nanolib::duration timer_wheel::until_next(nanolib::instant now) const noexcept {
  const position next = earliest();
  if (next.level == level_count) return nanolib::duration(-1);
  const nanolib::instant when = start_ + resolution * static_cast<nanolib::duration::rep>(next.tick);
  return std::max(when - now, nanolib::duration(0));
}

}  // namespace nanonng::net
