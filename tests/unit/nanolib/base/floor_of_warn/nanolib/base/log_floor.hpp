// What a build with NANOMQ_LOG_FLOOR=warn has in the place of nanolib's.
#pragma once

#include <cstdint>

namespace nanolib {

inline constexpr std::uint8_t log_floor_number = 3;

}  // namespace nanolib
