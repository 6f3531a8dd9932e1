// Readiness of descriptors: epoll where there is one, poll() everywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"

namespace nanonng::net {

/// What a descriptor is waited for.
enum class interest : std::uint8_t { none = 0, read = 1, write = 2, read_write = 3 };

/// Receives readiness. Called by the loop's thread only. The object may remove itself from the poller, and others too:
/// no event of the same wait is delivered to what has been removed.
class io_handler {
 public:
  io_handler() = default;
  io_handler(const io_handler&) = delete;
  io_handler& operator=(const io_handler&) = delete;
  virtual ~io_handler() = default;
  /// There is something to read, or the peer has closed, or an error waits.
  virtual void on_readable() noexcept = 0;
  virtual void on_writable() noexcept {}
};

enum class poller_kind : std::uint8_t { automatic, epoll, poll };

/// How several waiters, or several waits, share a readiness.
enum class watch : std::uint8_t {
  level,      ///< told at every wait while it lasts
  exclusive,  ///< level, and of several pollers that wait for the descriptor one is woken (a listener)
  edge,       ///< told once each time it comes about; where that is not known (`poll`), level
};

/// Readiness of descriptors. A wait has two steps, so that the loop can do what is due after a sleep before any handler
/// runs. Thread: loop-confined.
class poller {
 public:
  poller() = default;
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;
  virtual ~poller() = default;

  /// Errors: sys (ENOMEM, ENOSPC: too many watches, EEXIST).
  [[nodiscard]] virtual nanolib::result<void> add(int descriptor, interest what, io_handler& handler,
                                                  watch how = watch::level) noexcept = 0;
  /// Changes what a descriptor added with watch::level is waited for.
  virtual void modify(int descriptor, interest what, io_handler& handler) noexcept = 0;
  /// Forgets a descriptor, before it is closed.
  virtual void remove(int descriptor, io_handler& handler) noexcept = 0;
  /// Waits for at most `timeout` (negative: without end) and remembers what is ready. EINTR is no error.
  /// How many descriptors are ready.
  virtual std::size_t wait(nanolib::duration timeout) noexcept = 0;
  /// Calls the handlers of what the last wait found. How many were called.
  virtual std::size_t dispatch() noexcept = 0;
  [[nodiscard]] virtual poller_kind kind() const noexcept = 0;
};

/// Errors: sys; ENOSYS when epoll is asked for where there is none. `automatic` takes epoll where there is one.
[[nodiscard]] nanolib::result<std::unique_ptr<poller>> make_poller(poller_kind kind) noexcept;

}  // namespace nanonng::net
