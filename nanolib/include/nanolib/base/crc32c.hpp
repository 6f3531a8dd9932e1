// CRC-32C (Castagnoli): tells a record that was changed by accident. Not against anybody who wants to change it.
#pragma once

#include <cstdint>

#include "nanolib/base/bytes.hpp"

namespace nanolib {

/// Goes on from `before`, the checksum of what stands in front (0: nothing). Spec: RFC 3720 §12.1, appendix B.4.
/// Shape: about 1 ns per 2 bytes, tables of 8 KB.
[[nodiscard]] std::uint32_t crc32c(bytes data, std::uint32_t before = 0) noexcept;

}  // namespace nanolib
