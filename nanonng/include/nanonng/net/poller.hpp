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

 private:
  friend class poller;
};

enum class poller_kind : std::uint8_t { automatic, epoll, poll };

/// Level-triggered readiness. Thread: loop-confined.
class poller {
 public:
  poller() = default;
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;
  virtual ~poller() = default;

  /// Errors: sys (ENOMEM, ENOSPC: too many watches).
  /// `exclusive`: several pollers wait for the same descriptor and one of them is to be woken (a listener).
  [[nodiscard]] virtual nanolib::result<void> add(int descriptor, interest what, io_handler& handler,
                                                  bool exclusive = false) noexcept = 0;
  virtual void modify(int descriptor, interest what, io_handler& handler) noexcept = 0;
  virtual void remove(int descriptor, io_handler& handler) noexcept = 0;
  /// Waits for at most `timeout` (negative: without end) and calls the handlers. EINTR is no error.
  /// How many handlers were called.
  virtual std::size_t wait(nanolib::duration timeout) noexcept = 0;
  [[nodiscard]] virtual poller_kind kind() const noexcept = 0;
};

/// Errors: sys; ENOSYS when epoll is asked for where there is none. `automatic` takes epoll where there is one.
[[nodiscard]] nanolib::result<std::unique_ptr<poller>> make_poller(poller_kind kind) noexcept;

}  // namespace nanonng::net
