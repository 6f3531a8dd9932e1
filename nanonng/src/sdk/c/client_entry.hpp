// What a handle stands for: options until the start, the C++ client from then on.
#pragma once

#include <atomic>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "guard.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanonng/mqtt_client.h"
#include "nanonng/sdk/client.hpp"
#include "receipts.hpp"
#include "send_gate.hpp"

namespace nanonng::sdk::c {

/// What the callbacks of a client need, apart from the client: they may destroy it and are still running then.
/// Thread: externally synchronised before the start, immutable afterwards.
struct callback_book {
  nmqtt_client client{};
  nmqtt_event_cb on_connect = nullptr;
  void* on_connect_arg = nullptr;
  nmqtt_event_cb on_disconnect = nullptr;
  void* on_disconnect_arg = nullptr;
  nmqtt_auth_cb on_auth = nullptr;
  void* on_auth_arg = nullptr;
  nmqtt_auth_finish_cb on_auth_finish = nullptr;
  void* on_auth_finish_arg = nullptr;
  bool manual_ack = false;
  bool was_connected = false;  ///< the callback thread's
  receipts open_receipts;
  std::atomic<bool> is_over{false};  ///< closed: messages that still wait for a handler are passed over
  /// Held by the start: callbacks that come before its end wait for it, so that they find a client that is started.
  nanolib::mutex starting;
};

class client_entry;
using client_entry_ptr = std::shared_ptr<client_entry>;

/// Owns: everything of a client. Destroyed when it is closed and no call is under way any more. Thread: thread-safe.
class client_entry : public std::enable_shared_from_this<client_entry> {
 public:
  client_entry(std::uint32_t id, std::string url);

  /// Changes what `change(options, *this)` changes and returns its code. Errors: NNG_EBUSY after the start; the change's.
  template <class Change>
  [[nodiscard]] int configure(Change change) noexcept {
    const nanolib::mutex_lock hold(mutex_);
    if (started_) return NNG_EBUSY;
    try {
      return change(options_, *this);
    } catch (...) {
      return NNG_ENOMEM;
    }
  }
  /// Errors: NNG_ESTATE (twice), NNG_EINVAL, NNG_ENOMEM, what the system says.
  [[nodiscard]] int start() noexcept;
  /// The C++ client. Null before the start; lives as long as this.
  [[nodiscard]] client* running() noexcept { return ready_.load(std::memory_order_acquire) ? &*client_ : nullptr; }
  /// Why the last start failed, in words.
  [[nodiscard]] std::string fault() {
    const nanolib::mutex_lock hold(mutex_);
    return fault_;
  }
  /// What operations say when running() is null.
  [[nodiscard]] int why_not_running() noexcept;

  /// Refuses new operations and begins the end. Before the start: no operation to wait for.
  [[nodiscard]] operation<void> begin_end(const close_options& how);
  /// The end of that, and of callbacks, unless this is called from one. Blocks.
  void stop() noexcept;

  /// Publishes the message of an aio, as soon as there is room. Errors: in the aio.
  void publish(const aio_operation_ptr& to, nmqtt_outcome* outcome) noexcept;

  [[nodiscard]] callback_book& book() noexcept { return *book_; }
  [[nodiscard]] const std::shared_ptr<callback_book>& shared_book() const noexcept { return book_; }
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] nng_duration timeout() const noexcept { return timeout_.load(std::memory_order_relaxed); }
  void set_timeout(nng_duration limit) noexcept { timeout_.store(limit, std::memory_order_relaxed); }
  void set_policy(overflow_policy policy) noexcept { policy_ = policy; }

 private:
  [[nodiscard]] int open(client_options wanted, std::string& why);
  void send(const send_gate::sender& who) noexcept;
  void send_waiting() noexcept;
  void left(std::size_t size) noexcept;
  void wait_for_callbacks(client& of) noexcept;

  const std::string url_;
  const std::shared_ptr<callback_book> book_;
  std::atomic<nng_duration> timeout_{NNG_DURATION_INFINITE};
  overflow_policy policy_ = overflow_policy::block;
  send_gate gate_;
  std::atomic<std::uint32_t> asked_to_send_{0};

  nanolib::mutex mutex_;
  client_options options_ NANOLIB_GUARDED_BY(mutex_);
  bool started_ NANOLIB_GUARDED_BY(mutex_) = false;
  bool stopped_ NANOLIB_GUARDED_BY(mutex_) = false;
  std::string fault_ NANOLIB_GUARDED_BY(mutex_);
  std::atomic<bool> ready_{false};
  std::optional<client> client_;  ///< last, so that it goes first
};

/// What the C++ client is to call for a topic; empty when its messages go to the queue.
[[nodiscard]] message_handler handler_for(const std::shared_ptr<callback_book>& book, const nmqtt_topic& topic);

/// A copy of a message for C, with its receipt. Null when memory is short.
[[nodiscard]] nng_msg* hand_out(callback_book& book, const message& what) noexcept;

/// Sets on_state and the authenticator.
void set_callbacks(client_options& options, const std::shared_ptr<callback_book>& book);

}  // namespace nanonng::sdk::c
