// Random bytes from the system. Private to the folder.
#pragma once

#include <cstddef>
#include <span>

namespace nanonng::net {

/// False when the system has none. Thread: any.
[[nodiscard]] bool fill_random(std::span<std::byte> into) noexcept;

}  // namespace nanonng::net
