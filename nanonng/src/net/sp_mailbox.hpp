// The one place where nng's threads meet an event loop.
//
// A callback of nng appends an event and, if the loop has not been told yet, posts one item into its inbox; the loop takes
// all that has come together at one go. nng's threads do nothing else, so nothing of the loop's needs a lock. An owner that
// can do without the news for a while says how many events the loop is to be told of, and collects them when it likes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "nanolib/base/intrusive_ptr.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanonng/net/event_loop.hpp"
#include "nanonng/net/sp_message.hpp"

namespace nanonng::net {

/// Something that nng said.
struct sp_event {
  enum class kind : std::uint8_t { received, finished, peer_begins, peer_came, peer_went, dialed };
  kind what;
  std::uint32_t slot = 0;    ///< which of the owner's aios; which peer
  int error = 0;             ///< nng's
  std::uint32_t dialer = 0;  ///< dialed; peer_begins: who made the connection
  sp_message message{};
};

/// Who takes events. Thread: the loop's.
class sp_event_handler {
 public:
  virtual void on_event(sp_event& one) noexcept = 0;
  /// After the events of a batch.
  virtual void on_batch_end() noexcept {}

 protected:
  ~sp_event_handler() = default;
};

/// Owns: itself, by count. Thread: put() and count() from any; the rest on the loop.
class sp_mailbox {
 public:
  sp_mailbox(event_loop& loop, sp_event_handler& owner) noexcept : loop_(loop), owner_(&owner) {}
  sp_mailbox(const sp_mailbox&) = delete;
  sp_mailbox& operator=(const sp_mailbox&) = delete;

  /// Hands an event over. False: nobody takes it any more, or memory is short; what it carried is gone then.
  bool put(sp_event&& one) noexcept;
  /// The loop is told when this many events wait, and at once when they do; 1 is what it begins with. Thread: the loop's.
  void tell_at(std::size_t events) noexcept;
  static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
  /// Hands the owner the events that have come, without on_batch_end(). Thread: the loop's, not in on_event().
  void collect() noexcept;
  /// Nothing is taken any more, and the loop may go once nng's callbacks have returned.
  void close() noexcept;
  /// Thread: the loop's.
  [[nodiscard]] bool is_closed() const noexcept { return owner_ == nullptr; }

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 private:
  class item;
  ~sp_mailbox() = default;
  void post() NANOLIB_REQUIRES(mutex_);
  void deliver() noexcept;
  void hand_over() noexcept;

  mutable std::atomic<std::uint32_t> count_{1};
  event_loop& loop_;
  sp_event_handler* owner_;      // the loop's
  std::vector<sp_event> batch_;  // the loop's
  nanolib::mutex mutex_;
  std::vector<sp_event> events_ NANOLIB_GUARDED_BY(mutex_);
  std::size_t tell_at_ NANOLIB_GUARDED_BY(mutex_) = 1;
  bool posted_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool closed_ NANOLIB_GUARDED_BY(mutex_) = false;
};
using sp_mailbox_ptr = nanolib::intrusive_ptr<sp_mailbox>;

}  // namespace nanonng::net
