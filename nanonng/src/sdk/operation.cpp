// Waiting, continuing, finishing.
//
// Who waits and who finishes agree by Dekker's scheme, as loops and their inboxes do: the waiter sets `waited_for_` and then
// looks at the phase, the finisher sets the phase and then looks at `waited_for_`. So an operation that nobody waits for
// costs no lock, and none needs a condition variable of its own: a few are shared by all.
#include "nanonng/sdk/operation.hpp"

#include <array>
#include <condition_variable>
#include <memory>
#include <new>

#include "nanolib/base/mutex.hpp"

namespace nanonng::sdk {

namespace {

/// Where the waiters of some operations sleep.
struct waiting_room {
  nanolib::mutex mutex;
  std::condition_variable_any woken;
};

waiting_room& room_of(const operation_core& which) noexcept {
  static auto& rooms = *new std::array<waiting_room, 16>;  // lasts: threads may outlive main()
  return rooms[(reinterpret_cast<std::uintptr_t>(&which) >> 6U) % rooms.size()];
}

}  // namespace

struct operation_core::continuation {
  continuation* next = nullptr;
  job what;
  operation_host_ptr host;
  place where = place::callback_thread;

  /// Stands for "nothing can be attached any more". Never looked into.
  static continuation* closed() noexcept {
    static char mark;
    return reinterpret_cast<continuation*>(&mark);
  }
  static void dispatch(std::unique_ptr<continuation> which, const operation_core& of) {
    if (which->where == place::inline_ || !which->host) return which->what();
    auto kept = nanolib::intrusive_ptr<const operation_core>::share(&of);
    which->host->run([kept = std::move(kept), what = std::move(which->what)]() mutable { what(); });
  }
};

struct operation_core::remark {
  std::string detail;
  std::exception_ptr thrown;
};

operation_core::~operation_core() {
  const std::unique_ptr<remark> said(remark_);
  // One that was never finished: what is attached is not called.
  continuation* each = attached_.load(std::memory_order_relaxed);
  while (each != nullptr && each != continuation::closed()) {
    const std::unique_ptr<continuation> dropped(std::exchange(each, each->next));
  }
}

void operation_core::wait() const {
  if (done()) return;
  waiting_room& room = room_of(*this);
  const nanolib::mutex_lock held(room.mutex);
  waited_for_.store(true, std::memory_order_seq_cst);
  while (phase_.load(std::memory_order_seq_cst) != phase::done) room.woken.wait(room.mutex);
}

bool operation_core::wait_until(clock::time_point deadline) const {
  if (done()) return true;
  waiting_room& room = room_of(*this);
  const nanolib::mutex_lock held(room.mutex);
  waited_for_.store(true, std::memory_order_seq_cst);
  while (phase_.load(std::memory_order_seq_cst) != phase::done) {
    if (room.woken.wait_until(room.mutex, deadline) == std::cv_status::timeout) return done();
  }
  return true;
}

void operation_core::attach(job what, const operation_host_ptr& host, place where) {
  std::unique_ptr<continuation> made(new continuation{nullptr, std::move(what), host, where});
  continuation* newest = attached_.load(std::memory_order_acquire);
  while (newest != continuation::closed()) {
    made->next = newest;
    if (attached_.compare_exchange_weak(newest, made.get(), std::memory_order_acq_rel, std::memory_order_acquire)) {
      static_cast<void>(made.release());
      return;
    }
  }
  continuation::dispatch(std::move(made), *this);
}

std::string_view operation_core::detail() const noexcept {
  return remark_ != nullptr ? std::string_view(remark_->detail) : std::string_view();
}

std::exception_ptr operation_core::thrown() const noexcept { return remark_ != nullptr ? remark_->thrown : nullptr; }

bool operation_core::claim() noexcept {
  phase expected = phase::pending;
  return phase_.compare_exchange_strong(expected, phase::claimed, std::memory_order_acq_rel, std::memory_order_relaxed);
}

void operation_core::remember(std::string_view detail, std::exception_ptr thrown) noexcept {
  try {
    remark_ = new remark{std::string(detail), std::move(thrown)};
  } catch (const std::bad_alloc&) {
    remark_ = nullptr;  // the error itself is told all the same
  }
}

void operation_core::publish() noexcept {
  const nanolib::intrusive_ptr<operation_core> alive = nanolib::intrusive_ptr<operation_core>::share(this);
  phase_.store(phase::done, std::memory_order_seq_cst);
  continuation* newest = attached_.exchange(continuation::closed(), std::memory_order_acq_rel);
  if (waited_for_.load(std::memory_order_seq_cst)) {
    waiting_room& room = room_of(*this);
    const nanolib::mutex_lock held(room.mutex);
    room.woken.notify_all();
  }
  continuation* oldest = nullptr;
  while (newest != nullptr) {
    continuation* const each = std::exchange(newest, newest->next);
    each->next = std::exchange(oldest, each);
  }
  while (oldest != nullptr) {
    std::unique_ptr<continuation> each(std::exchange(oldest, oldest->next));
    continuation::dispatch(std::move(each), *this);
  }
}

}  // namespace nanonng::sdk
