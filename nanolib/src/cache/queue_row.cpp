#include "nanolib/cache/queue_row.hpp"

#include <new>

namespace nanolib {

queue_row_ptr queue_row::create(queue_row_content content) noexcept {
  return queue_row_ptr::adopt(new (std::nothrow) queue_row(std::move(content)));
}

bool queue_row::try_cancel() noexcept {
  state found = state::pending;
  if (state_.compare_exchange_strong(found, state::cancelled, std::memory_order_acq_rel)) return true;
  return found == state::cancelled || found == state::refused;
}

bool queue_row::try_take() noexcept {
  state found = state::pending;
  return state_.compare_exchange_strong(found, state::taken, std::memory_order_acq_rel);
}

}  // namespace nanolib
