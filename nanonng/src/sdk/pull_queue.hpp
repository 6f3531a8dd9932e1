// Messages that wait to be taken, and receive() operations that wait for messages: never both.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <optional>

#include "nanolib/base/mutex.hpp"
#include "nanonng/sdk/message.hpp"
#include "nanonng/sdk/operation.hpp"
#include "outgoing_entry.hpp"

namespace nanonng::sdk {

class engine;

/// A receive() that waits.
class receive_request final : public operation_state<message> {
 public:
  explicit receive_request(engine& home) noexcept : home_(home) {}
  void abandon(nanolib::error why) noexcept override;

  deadline* expires = nullptr;  ///< the loop's

 private:
  ~receive_request() override = default;
  engine& home_;
};
using receive_request_ptr = nanolib::intrusive_ptr<receive_request>;

/// Thread: thread-safe. Its bounds are the incoming gate's.
class pull_queue {
 public:
  /// A message has come: for the oldest that waits, or for the queue. The request is for the caller to finish.
  [[nodiscard]] receive_request_ptr push(message&& which);
  /// The oldest message.
  [[nodiscard]] std::optional<message> take() noexcept;
  /// The oldest message, or else `who` waits; closed() refuses to wait.
  enum class waited : std::uint8_t { took, waits, refused };
  [[nodiscard]] waited take_or_wait(const receive_request_ptr& who, message& into);
  /// Who waits no more. False: a message is on its way to it.
  [[nodiscard]] bool withdraw(receive_request& who) noexcept;
  /// No message will come: those who wait, for the caller to finish.
  [[nodiscard]] std::deque<receive_request_ptr> close() noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  /// Somebody takes messages from here, or has subscribed without a handler.
  void use() noexcept { used_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool is_used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  mutable nanolib::mutex mutex_;
  std::deque<message> messages_ NANOLIB_GUARDED_BY(mutex_);
  std::deque<receive_request_ptr> waiting_ NANOLIB_GUARDED_BY(mutex_);
  bool closed_ NANOLIB_GUARDED_BY(mutex_) = false;
  std::atomic<bool> used_{false};
};

}  // namespace nanonng::sdk
