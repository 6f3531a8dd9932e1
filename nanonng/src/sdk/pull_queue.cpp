// The pull queue.
#include "pull_queue.hpp"

#include <algorithm>
#include <utility>

#include "engine.hpp"

namespace nanonng::sdk {

void receive_request::abandon(nanolib::error why) noexcept {
  home_.disarm(expires);
  // On its way to a message it is finished with that, not with an error: no message is lost.
  if (home_.pull.withdraw(*this)) finish(std::unexpected(why));
}

receive_request_ptr pull_queue::push(message&& which) {
  const nanolib::mutex_lock held(mutex_);
  if (waiting_.empty()) {
    messages_.push_back(std::move(which));
    return nullptr;
  }
  receive_request_ptr oldest = std::move(waiting_.front());
  waiting_.pop_front();
  return oldest;
}

std::optional<message> pull_queue::take() noexcept {
  use();
  const nanolib::mutex_lock held(mutex_);
  if (messages_.empty()) return std::nullopt;
  message oldest = std::move(messages_.front());
  messages_.pop_front();
  return oldest;
}

pull_queue::waited pull_queue::take_or_wait(const receive_request_ptr& who, message& into) {
  use();
  const nanolib::mutex_lock held(mutex_);
  if (!messages_.empty()) {
    into = std::move(messages_.front());
    messages_.pop_front();
    return waited::took;
  }
  if (closed_) return waited::refused;
  waiting_.push_back(who);
  return waited::waits;
}

bool pull_queue::withdraw(receive_request& who) noexcept {
  const nanolib::mutex_lock held(mutex_);
  return std::erase_if(waiting_, [&](const auto& each) { return each.get() == &who; }) != 0;
}

std::deque<receive_request_ptr> pull_queue::close() noexcept {
  const nanolib::mutex_lock held(mutex_);
  closed_ = true;
  return std::exchange(waiting_, {});
}

std::size_t pull_queue::size() const noexcept {
  const nanolib::mutex_lock held(mutex_);
  return messages_.size();
}

}  // namespace nanonng::sdk
