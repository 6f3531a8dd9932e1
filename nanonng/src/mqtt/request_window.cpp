#include "nanonng/mqtt/request_window.hpp"

#include <bit>
#include <new>
#include <utility>

namespace nanonng::mqtt {

namespace {

std::uint16_t following(std::uint16_t identifier) noexcept {
  return identifier == request_window::identifiers ? std::uint16_t{1} : static_cast<std::uint16_t>(identifier + 1);
}

/// Spread over the table, so that requests that stay for long don't stand in the way of those that pass. `capacity` is a
/// power of two.
std::uint32_t home(std::uint16_t identifier, std::uint32_t capacity) noexcept {
  const std::uint32_t spread = identifier * 0x9E3779B9U;
  return spread >> (32U - static_cast<unsigned>(std::bit_width(capacity - 1)));
}

}  // namespace

std::uint32_t request_window::place_of(std::uint16_t packet_identifier) const noexcept {
  std::uint32_t at = home(packet_identifier, capacity_);
  while (slots_[at].packet_identifier != 0 && slots_[at].packet_identifier != packet_identifier) {
    at = (at + 1) & (capacity_ - 1);
  }
  return at;
}

request_window::entry* request_window::find(std::uint16_t packet_identifier) noexcept {
  if (size_ == 0 || packet_identifier == 0) return nullptr;
  entry& found = slots_[place_of(packet_identifier)];
  return found.packet_identifier == 0 ? nullptr : &found;
}

bool request_window::grow() noexcept {
  const std::uint32_t wanted = capacity_ == 0 ? 4 : capacity_ * 2;
  std::unique_ptr<entry[]> larger(new (std::nothrow) entry[wanted]);
  if (!larger) return false;
  const std::unique_ptr<entry[]> old = std::exchange(slots_, std::move(larger));
  const std::uint32_t old_capacity = std::exchange(capacity_, wanted);
  for (std::uint32_t at = 0; at < old_capacity; ++at) {
    if (old[at].packet_identifier != 0) slots_[place_of(old[at].packet_identifier)] = old[at];
  }
  return true;
}

// [MQTT-2.2.1-3] [MQTT-4.3.2-1] [MQTT-4.3.3-1]
request_window::entry* request_window::enter(kind what, request_token token) noexcept {
  if (size_ == identifiers || ((size_ + 1) * 2 > capacity_ && !grow())) return nullptr;
  while (find(next_identifier_) != nullptr) next_identifier_ = following(next_identifier_);
  entry& fresh = slots_[place_of(next_identifier_)];
  fresh = entry();
  fresh.token = token;
  fresh.packet_identifier = next_identifier_;
  fresh.what = what;
  fresh.before = last_;
  if (last_ == 0) {
    first_ = next_identifier_;
  } else {
    find(last_)->behind = next_identifier_;
  }
  last_ = next_identifier_;
  next_identifier_ = following(next_identifier_);
  ++size_;
  return &fresh;
}

void request_window::erase(std::uint16_t packet_identifier) noexcept {
  std::uint32_t gap = place_of(packet_identifier);
  const entry& gone = slots_[gap];
  if (gone.before == 0) {
    first_ = gone.behind;
  } else {
    find(gone.before)->behind = gone.behind;
  }
  if (gone.behind == 0) {
    last_ = gone.before;
  } else {
    find(gone.behind)->before = gone.before;
  }
  // Linear probing without tombstones: what was pushed past the gap moves back into it.
  const std::uint32_t mask = capacity_ - 1;
  for (std::uint32_t next = (gap + 1) & mask; slots_[next].packet_identifier != 0; next = (next + 1) & mask) {
    const std::uint32_t wanted = home(slots_[next].packet_identifier, capacity_);
    if (((next - wanted) & mask) >= ((next - gap) & mask)) {
      slots_[gap] = slots_[next];
      gap = next;
    }
  }
  slots_[gap].packet_identifier = 0;
  --size_;
}

void request_window::trim() noexcept {
  if (size_ != 0) return;
  slots_.reset();
  capacity_ = 0;
}

}  // namespace nanonng::mqtt
