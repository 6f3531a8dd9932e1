// The outgoing bounds under the policy to block, for callers that cannot be blocked: their aios wait for room instead, in
// the order in which they came. (Under the other policies the C++ client's own queue decides, and everybody is let in.)
#pragma once

#include <cstddef>
#include <list>

#include "aio_operation.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanonng/mqtt_client.h"

namespace nanonng::sdk::c {

class client_entry;

/// Thread: thread-safe. Shape: a lock per message.
class send_gate {
 public:
  /// A message on its way in; it is the aio's.
  struct sender {
    aio_operation_ptr to;
    nmqtt_outcome* outcome = nullptr;
    std::size_t size = 0;
  };
  enum class verdict : std::uint8_t { go, wait, closed };

  /// Both bounds as large as they can be: lets everybody in.
  void set_bounds(std::size_t messages, std::size_t bytes) noexcept;
  /// With `go` its room is taken, until leave().
  [[nodiscard]] verdict enter(const sender& who);
  void leave(std::size_t size) noexcept;
  /// The next one that waits and has room now: room is taken for it.
  [[nodiscard]] bool next(sender& into) noexcept;
  /// Takes one out who waits. False when it does not wait (any more).
  [[nodiscard]] bool withdraw(const aio_operation* who) noexcept;
  /// Lets nobody in any more, and hands out who waits.
  [[nodiscard]] std::list<sender> close() noexcept;

 private:
  [[nodiscard]] bool has_room(std::size_t size) const noexcept NANOLIB_REQUIRES(mutex_);
  void take_room(std::size_t size) noexcept NANOLIB_REQUIRES(mutex_);

  nanolib::mutex mutex_;
  std::size_t most_messages_ NANOLIB_GUARDED_BY(mutex_) = SIZE_MAX;
  std::size_t most_bytes_ NANOLIB_GUARDED_BY(mutex_) = SIZE_MAX;
  std::size_t messages_ NANOLIB_GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ NANOLIB_GUARDED_BY(mutex_) = 0;
  std::list<sender> waiting_ NANOLIB_GUARDED_BY(mutex_);
  bool closed_ NANOLIB_GUARDED_BY(mutex_) = false;
};

}  // namespace nanonng::sdk::c
