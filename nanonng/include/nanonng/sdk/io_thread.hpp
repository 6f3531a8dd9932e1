// A thread with an event loop on it, on which any number of clients do their I/O.
#pragma once

#include <memory>

#include "nanolib/base/result.hpp"
#include "nanolib/base/visibility.hpp"
#include "nanonng/net/event_loop.hpp"

namespace nanonng::sdk {

namespace detail {
class turn_list;
}

/// Runs one event loop on one thread until the last owner lets go. Clients share ownership.
/// Thread: thread-safe; may be let go of on its own thread too, which then ends after the turn under way.
class NANOLIB_EXPORT io_thread {
 public:
  /// Errors: sys.
  [[nodiscard]] static nanolib::result<std::shared_ptr<io_thread>> create(
      const net::event_loop_options& options = {}) noexcept;
  /// The one that clients share that name none: made when it is first needed, and ended when nobody needs it any more.
  /// Errors: sys.
  [[nodiscard]] static nanolib::result<std::shared_ptr<io_thread>> shared() noexcept;

  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;
  ~io_thread();

  [[nodiscard]] net::event_loop& loop() const noexcept;
  [[nodiscard]] bool is_current() const noexcept;
  /// What clients have to do at the end of a turn. Thread: the loop's.
  [[nodiscard]] detail::turn_list& turns() const noexcept;

 private:
  struct state;
  explicit io_thread(std::shared_ptr<state> made) noexcept;

  std::shared_ptr<state> state_;
};

}  // namespace nanonng::sdk
