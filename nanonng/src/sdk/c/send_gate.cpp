#include "send_gate.hpp"

#include <algorithm>
#include <utility>

namespace nanonng::sdk::c {

void send_gate::set_bounds(std::size_t messages, std::size_t bytes) noexcept {
  const nanolib::mutex_lock hold(mutex_);
  most_messages_ = messages;
  most_bytes_ = bytes;
}

bool send_gate::has_room(std::size_t size) const noexcept {
  if (messages_ == 0) return true;  // also for one that is larger than the bound
  return messages_ < most_messages_ && bytes_ < most_bytes_ && size <= most_bytes_ - bytes_;
}

void send_gate::take_room(std::size_t size) noexcept {
  ++messages_;
  bytes_ += size;
}

send_gate::verdict send_gate::enter(const sender& who) {
  const nanolib::mutex_lock hold(mutex_);
  if (closed_) return verdict::closed;
  if (waiting_.empty() && has_room(who.size)) {
    take_room(who.size);
    return verdict::go;
  }
  waiting_.push_back(who);
  return verdict::wait;
}

void send_gate::leave(std::size_t size) noexcept {
  const nanolib::mutex_lock hold(mutex_);
  --messages_;
  bytes_ -= size;
}

bool send_gate::next(sender& into) noexcept {
  const nanolib::mutex_lock hold(mutex_);
  if (waiting_.empty() || !has_room(waiting_.front().size)) return false;
  into = std::move(waiting_.front());
  waiting_.pop_front();
  take_room(into.size);
  return true;
}

bool send_gate::withdraw(const aio_operation* who) noexcept {
  sender last;  // let go of without the lock
  const nanolib::mutex_lock hold(mutex_);
  const auto found = std::ranges::find(waiting_, who, [](const sender& each) { return each.to.get(); });
  if (found == waiting_.end()) return false;
  last = std::move(*found);
  waiting_.erase(found);
  return true;
}

std::list<send_gate::sender> send_gate::close() noexcept {
  const nanolib::mutex_lock hold(mutex_);
  closed_ = true;
  return std::exchange(waiting_, {});
}

}  // namespace nanonng::sdk::c
