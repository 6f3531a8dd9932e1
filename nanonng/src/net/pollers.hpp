// The two ways to wait. Private to the folder.
#pragma once

#include <memory>

#include "nanonng/net/poller.hpp"

namespace nanonng::net {

/// Errors: sys; ENOSYS where the system has no epoll (another source file then).
[[nodiscard]] nanolib::result<std::unique_ptr<poller>> make_epoll_poller() noexcept;
/// Errors: sys (ENOMEM).
[[nodiscard]] nanolib::result<std::unique_ptr<poller>> make_poll_poller() noexcept;

/// A timeout as epoll_wait() and poll() take it.
[[nodiscard]] int timeout_for_wait(nanolib::duration timeout) noexcept;

}  // namespace nanonng::net
