// A whole text to a descriptor.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace nanolib {

/// Writes all of `text`, in as many pieces as it takes; goes on after a signal, and waits for room, also where the descriptor
/// does not. For files, pipes and terminals. False, and why in errno: a part may be written then. Thread: any.
[[nodiscard]] inline bool write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      pollfd room{descriptor, POLLOUT, 0};
      (void)::poll(&room, 1, -1);
      continue;
    }
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace nanolib
