#include "aio_operation.hpp"

#include <array>
#include <new>
#include <unordered_map>

namespace nanonng::sdk::c {
namespace {

/// Which numbers mean an operation. Lives as long as the process, because nng's threads do.
class operation_table {
 public:
  static operation_table& instance() noexcept {
    static auto* const only = new operation_table;
    return *only;
  }

  [[nodiscard]] std::uintptr_t add(aio_operation_ptr what) {
    const std::uintptr_t number = next_.fetch_add(1, std::memory_order_relaxed);
    part& home = part_of(number);
    const nanolib::mutex_lock hold(home.mutex);
    home.operations.emplace(number, std::move(what));
    return number;
  }
  [[nodiscard]] aio_operation_ptr find(std::uintptr_t number) noexcept {
    part& home = part_of(number);
    const nanolib::mutex_lock hold(home.mutex);
    const auto found = home.operations.find(number);
    return found == home.operations.end() ? nullptr : found->second;
  }
  void remove(std::uintptr_t number) noexcept {
    part& home = part_of(number);
    aio_operation_ptr last;  // let go of without the lock
    const nanolib::mutex_lock hold(home.mutex);
    const auto found = home.operations.find(number);
    if (found == home.operations.end()) return;
    last = std::move(found->second);
    home.operations.erase(found);
  }

 private:
  struct part {
    nanolib::mutex mutex;
    std::unordered_map<std::uintptr_t, aio_operation_ptr> operations NANOLIB_GUARDED_BY(mutex);
  };
  [[nodiscard]] part& part_of(std::uintptr_t number) noexcept { return parts_[number % parts_.size()]; }

  std::array<part, 16> parts_;
  std::atomic<std::uintptr_t> next_{1};
};

/// The operation that this thread is asking nng about.
thread_local std::uintptr_t asked_about = 0;
thread_local bool answered = false;

}  // namespace

void refuse_aio(nng_aio* aio, int error) noexcept {
  if (aio != nullptr && nng_aio_begin(aio)) nng_aio_finish(aio, error);
}

aio_operation_ptr aio_operation::take(nng_aio* aio) noexcept {
  auto made = aio_operation_ptr::adopt(new (std::nothrow) aio_operation(aio));
  try {
    if (made) made->number_ = operation_table::instance().add(made);
  } catch (...) {
    made = nullptr;
  }
  if (!made) {
    nng_aio_finish(aio, NNG_ENOMEM);
    return nullptr;
  }
  if (made->install()) return made;
  if (made->claim()) {
    const int before = made->cancelled_with();
    made->finish(before != 0 ? before : NNG_ETIMEDOUT);
  }
  return nullptr;
}

bool aio_operation::install() noexcept {
  // Asked twice, because the first answer may have gone to somebody else: who cancels just now has taken our function and
  // will call it. A timeout of zero and a stop give no answer however often one asks.
  for (int asked = 0; asked < 2 && cancelled_with() == 0; ++asked) {
    if (!takes_function()) continue;
    nng_aio_defer(aio_, &aio_operation::cancelled, reinterpret_cast<void*>(number_));
    return true;
  }
  return false;
}

bool aio_operation::takes_function() noexcept {
  nng_aio_defer(aio_, &aio_operation::cancelled, reinterpret_cast<void*>(number_));
  asked_about = number_;
  answered = false;
  nng_aio_abort(aio_, NNG_ECANCELED);
  asked_about = 0;
  return answered;
}

void aio_operation::cancelled(nng_aio*, void* number, int error) noexcept {
  const auto which = reinterpret_cast<std::uintptr_t>(number);
  if (asked_about == which) {
    answered = true;
    return;
  }
  if (const aio_operation_ptr found = operation_table::instance().find(which)) found->cancel(error);
}

void aio_operation::cancel(int error) noexcept {
  int none = 0;
  if (error == 0) error = NNG_ECANCELED;
  if (!cancelled_with_.compare_exchange_strong(none, error, std::memory_order_acq_rel)) return;
  canceller how;
  {
    const nanolib::mutex_lock hold(mutex_);
    how = std::move(canceller_);
    canceller_ = nullptr;
  }
  if (how) how();
}

void aio_operation::on_cancel(canceller how) noexcept {
  {
    const nanolib::mutex_lock hold(mutex_);
    std::swap(canceller_, how);
    if (cancelled_with() == 0) return;
    // cancel() has been and may have found nothing: whoever empties canceller_ calls it.
    how = std::move(canceller_);
    canceller_ = nullptr;
  }
  if (how) how();
}

void aio_operation::finish(int result) noexcept {
  {
    // Captures of the canceller may own what owns this.
    canceller last;
    const nanolib::mutex_lock hold(mutex_);
    last = std::move(canceller_);
    canceller_ = nullptr;
  }
  const int with = cancelled_with();
  operation_table::instance().remove(number_);
  nng_aio_finish(aio_, result == NNG_ECANCELED && with != 0 ? with : result);
}

}  // namespace nanonng::sdk::c
