// The outgoing queue and its bounds.
#include "outgoing_queue.hpp"

#include <utility>

namespace nanonng::sdk {

using place = outgoing_entry::place;

bool outgoing_queue::has_room(std::size_t size) const noexcept {
  // One message goes into an empty queue whatever its size: it could never be sent otherwise.
  return messages_ == 0 || (messages_ < bounds_.max_messages && bytes_ + size <= bounds_.max_bytes);
}

bool outgoing_queue::wait_for_room(std::size_t size, const patience& how) {
  ++waiting_;
  const auto settled = [&]() NANOLIB_REQUIRES(mutex_) { return is_closed_ || has_room(size) || (how.is_callback && reading_paused_); };
  bool in_time = true;
  while (!settled() && in_time) {
    if (how.until == operation_core::clock::time_point::max()) {
      room_made_.wait(mutex_);
    } else {
      in_time = room_made_.wait_until(mutex_, how.until) == std::cv_status::no_timeout;
    }
  }
  --waiting_;
  return settled();
}

/// Takes the oldest messages out until there is room for one more, or none is left.
void outgoing_queue::make_room(std::size_t size, entry_list& dropped) noexcept {
  outgoing_entry* each = entries_.first();
  while (each != nullptr && !has_room(size)) {
    outgoing_entry* const next = each->next;
    if (each->what == outgoing_entry::kind::publish) {
      entries_.unlink(*each);
      each->where = place::nowhere;
      each->counted = false;
      --messages_;
      bytes_ -= each->size();
      dropped.push_back(*each);
    }
    each = next;
  }
}

void outgoing_queue::enter(outgoing_entry& which, outcome& into) noexcept {
  which.operation().retain();
  which.where = place::queue;
  entries_.push_back(which);
  into.entered = true;
  into.tell_loop = std::exchange(loop_waits_, false);
}

outgoing_queue::outcome outgoing_queue::push(outgoing_entry& which, const patience& how) {
  outcome made;
  const std::size_t size = which.size();
  const nanolib::mutex_lock held(mutex_);
  if (!is_closed_ && !has_room(size)) {
    const bool waits = bounds_.policy == overflow_policy::block && how.may_wait;
    if (bounds_.policy == overflow_policy::drop_oldest) make_room(size, made.dropped);
    if (waits && !wait_for_room(size, how)) {
      made.refusal = errors::timed_out;
      return made;
    }
    if (!waits && !has_room(size)) {
      made.refusal = errors::queue_full;
      return made;
    }
  }
  if (is_closed_) {
    made.refusal = closed_;
    return made;
  }
  ++messages_;
  bytes_ += size;
  which.counted = true;
  enter(which, made);
  return made;
}

outgoing_queue::outcome outgoing_queue::push_other(outgoing_entry& which) {
  outcome made;
  const nanolib::mutex_lock held(mutex_);
  if (is_closed_ || entries_.size() >= 2 * bounds_.max_messages + 1'000) {
    made.refusal = is_closed_ ? closed_ : errors::queue_full;
    return made;
  }
  enter(which, made);
  return made;
}

void outgoing_queue::close(nanolib::error why) noexcept {
  const nanolib::mutex_lock held(mutex_);
  if (std::exchange(is_closed_, true)) return;
  closed_ = why;
  room_made_.notify_all();
}

entry_list outgoing_queue::take(std::size_t most, std::size_t window) noexcept {
  entry_list taken;
  const nanolib::mutex_lock held(mutex_);
  while (!entries_.empty() && taken.size() < most) {
    outgoing_entry& front = *entries_.first();
    if (front.uses_window && window-- == 0) break;
    entries_.unlink(front);
    front.where = place::hand;
    taken.push_back(front);
  }
  loop_waits_ = entries_.empty();
  return taken;
}

void outgoing_queue::put_back(entry_list&& rest) noexcept {
  if (rest.empty()) return;
  const nanolib::mutex_lock held(mutex_);
  entry_list front;
  while (outgoing_entry* const each = rest.pop_front()) front.push_front(*each);
  while (outgoing_entry* const each = front.pop_front()) {
    each->where = place::queue;
    entries_.push_front(*each);
  }
  loop_waits_ = false;
}

bool outgoing_queue::withdraw(outgoing_entry& which) noexcept {
  const nanolib::mutex_lock held(mutex_);
  if (which.where != place::queue) return false;
  entries_.unlink(which);
  which.where = place::nowhere;
  return true;
}

void outgoing_queue::release(std::size_t entries, std::size_t bytes) noexcept {
  const nanolib::mutex_lock held(mutex_);
  messages_ -= entries;
  bytes_ -= bytes;
  if (waiting_ != 0) room_made_.notify_all();
}

void outgoing_queue::pause_reading(bool paused) noexcept {
  const nanolib::mutex_lock held(mutex_);
  reading_paused_ = paused;
  if (waiting_ != 0) room_made_.notify_all();
}

outgoing_queue::figures outgoing_queue::size() const noexcept {
  const nanolib::mutex_lock held(mutex_);
  return {messages_, bytes_};
}

bool outgoing_queue::is_empty() const noexcept {
  const nanolib::mutex_lock held(mutex_);
  return entries_.empty();
}

}  // namespace nanonng::sdk
