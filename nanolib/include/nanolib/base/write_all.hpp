// A whole text to a descriptor.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace nanolib {

/// Writes all of `text`, in as many pieces as it takes; goes on after a signal. For files, pipes and terminals; for such that
/// may not block, `wait_for_room` waits. False, and why in errno: a part may be written then. Thread: any.
[[nodiscard]] inline bool write_all(int descriptor, std::string_view text,
                                    void (*wait_for_room)(int descriptor) = nullptr) noexcept {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN && wait_for_room != nullptr) {
      wait_for_room(descriptor);
      continue;
    }
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace nanolib
