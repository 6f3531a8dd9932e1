// One asynchronous operation of a caller's nng_aio: begun, perhaps cancelled, finished once. Needs nng's public functions
// for providers only.
//
// nng hands a cancellation to us outside its locks, when the operation may be finished already and even the aio be used
// anew. So what nng gets to keep is a number, and a table says whether it still means an operation.
//
// nng_aio_defer() returns nothing, though it fails in two cases: the aio has a timeout of zero, or it was stopped since
// nng_aio_begin(). The operation would then never be cancelled. Asking nng to abort at once shows whether our function was
// taken; only then it is given in for good. What that cannot show is a stop between these last two steps, some ten
// nanoseconds: see nanonng/mqtt_client.h.
#pragma once

#include <nng/nng.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "nanolib/base/intrusive_ptr.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanonng/sdk/operation.hpp"

namespace nanonng::sdk::c {

class aio_operation;
using aio_operation_ptr = nanolib::intrusive_ptr<aio_operation>;

/// Ends an aio at once, with an error of the call that it was given to. Does nothing for NULL.
void refuse_aio(nng_aio* aio, int error) noexcept;

/// Owns: itself, by count. Thread: thread-safe.
class aio_operation {
 public:
  /// What is to be done when nng cancels: ask for the operation's end. On any thread, once, never under a lock of ours.
  using canceller = std::move_only_function<void() noexcept>;

  /// Takes over an aio for which nng_aio_begin() has said true. Null when there is nothing to do any more: the aio is
  /// finished then (a timeout of zero, want of memory).
  [[nodiscard]] static aio_operation_ptr take(nng_aio* aio) noexcept;
  aio_operation(const aio_operation&) = delete;
  aio_operation& operator=(const aio_operation&) = delete;

  /// From now on cancellation calls `how`; at once, if nng has asked meanwhile. A second call replaces the first.
  void on_cancel(canceller how) noexcept;
  /// What nng cancelled it with, or 0.
  [[nodiscard]] int cancelled_with() const noexcept { return cancelled_with_.load(std::memory_order_acquire); }
  /// Whether the caller is the one who finishes. Before outputs of the aio are set.
  [[nodiscard]] bool claim() noexcept { return !claimed_.exchange(true, std::memory_order_acq_rel); }
  /// Ends the aio; only after claim() said true. NNG_ECANCELED becomes what nng cancelled with.
  void finish(int result) noexcept;
  [[nodiscard]] nng_aio* aio() const noexcept { return aio_; }

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  explicit aio_operation(nng_aio* aio) noexcept : aio_(aio) {}
  ~aio_operation() = default;

  static void cancelled(nng_aio* aio, void* number, int error) noexcept;
  [[nodiscard]] bool install() noexcept;
  [[nodiscard]] bool takes_function() noexcept;
  void cancel(int error) noexcept;

  nng_aio* const aio_;
  std::uintptr_t number_ = 0;
  mutable std::atomic<std::uint32_t> count_{1};
  std::atomic<int> cancelled_with_{0};
  std::atomic<bool> claimed_{false};
  nanolib::mutex mutex_;
  canceller canceller_ NANOLIB_GUARDED_BY(mutex_);
};

/// Ends the aio with the operation, and cancels the operation with the aio. `store` gets the result just before the end,
/// on the thread of that end; it may set the aio's message and outputs, and returns the code to end with. It neither blocks
/// nor throws, and is called once. False when memory is short: the aio has ended then, and `store` is not called.
template <class Value, class Store>
[[nodiscard]] bool bind(const aio_operation_ptr& to, const operation<Value>& what, Store store) noexcept {
  try {
    to->on_cancel([what]() noexcept { what.cancel(); });
    what.then_inline(
        [to, store = std::move(store), state = what.shared_state()](const nanolib::result<Value>& ended) mutable {
          if (to->claim()) to->finish(store(to->aio(), ended, state->detail()));
        });
    return true;
  } catch (...) {
    what.cancel();
    if (to->claim()) to->finish(NNG_ENOMEM);
    return false;
  }
}

}  // namespace nanonng::sdk::c
