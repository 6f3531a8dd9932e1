// How another thread ends a loop's sleep. Private to the folder.
#pragma once

#include <memory>

#include "nanonng/net/poller.hpp"

namespace nanonng::net {

/// A descriptor that becomes readable. It has nothing to do when it is: being awake is all.
class wakeup : public io_handler {
 public:
  /// What the poller waits on, and how.
  [[nodiscard]] virtual int descriptor() const noexcept = 0;
  [[nodiscard]] virtual watch how() const noexcept = 0;
  /// Thread: any, and signal handlers.
  virtual void signal() noexcept = 0;
};

/// An eventfd that is never read: each write is an edge of its own, which saves a system call for each wake-up. Only for
/// pollers that know watch::edge. Errors: sys; ENOSYS where there is none (another source file then).
[[nodiscard]] nanolib::result<std::unique_ptr<wakeup>> make_event_wakeup() noexcept;
/// A pipe. Errors: sys.
[[nodiscard]] nanolib::result<std::unique_ptr<wakeup>> make_pipe_wakeup() noexcept;

}  // namespace nanonng::net
