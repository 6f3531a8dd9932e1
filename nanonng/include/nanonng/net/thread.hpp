// Threads of the library.
#pragma once

#include <functional>
#include <thread>

#include "nanolib/base/result.hpp"

namespace nanonng::net {

/// Starts a thread that no signal is delivered to: signals belong to the program's own threads.
/// Errors: sys (EAGAIN).
[[nodiscard]] nanolib::result<std::thread> start_thread(std::move_only_function<void() noexcept> body) noexcept;

/// The calling thread computes from here on when others leave it time to: less of a processor that others want, and it
/// interrupts nobody. Where a system knows no priority of threads, nothing happens.
void yield_to_others() noexcept;

}  // namespace nanonng::net
