// Which levels of events are compiled in: all of them. A build with another NANOMQ_LOG_FLOOR has its own of this file.
#pragma once

#include <cstdint>

namespace nanolib {

/// The place of the least level in log_level.
inline constexpr std::uint8_t log_floor_number = 0;

}  // namespace nanolib
