#include "receipts.hpp"

#include <atomic>
#include <utility>

namespace nanonng::sdk::c {

std::uint64_t receipts::add(const message& of) {
  static std::atomic<std::uint64_t> last{0};
  if (!of.body() || !of.body()->sink) return 0;
  owed oldest;  // let go of without the lock
  const nanolib::mutex_lock hold(mutex_);
  const std::uint64_t number = last.fetch_add(1, std::memory_order_relaxed) + 1;
  open_.emplace_hint(open_.end(), number, owed{of.body()->sink, of.body()->receipt});
  if (open_.size() > most) {
    oldest = std::move(open_.begin()->second);
    open_.erase(open_.begin());
  }
  return number;
}

bool receipts::acknowledge(std::uint64_t number, mqtt::reason_code reason) noexcept {
  owed which;
  {
    const nanolib::mutex_lock hold(mutex_);
    const auto found = open_.find(number);
    if (found == open_.end()) return false;
    which = std::move(found->second);
    open_.erase(found);
  }
  which.sink->acknowledge(which.receipt, reason);
  return true;
}

}  // namespace nanonng::sdk::c
