// What a store answers when it cannot do what was asked.
#pragma once

#include <cstdint>

#include "nanolib/base/result.hpp"

namespace nanolib {

/// What a store answers beside errno. Domain: error_domain::store.
enum class store_error : std::uint8_t {
  no_space = 1,  ///< disk, quota or file size limit is used up (or memory): nothing was changed, try again later
  failed,        ///< the store cannot be trusted any more (fsync or write failed, damage met): every later call says so
  in_use,        ///< another process has the directory
  newer_format,  ///< written by a newer version: refused, untouched
  foreign,       ///< the file is a database of something else: refused, untouched
  unsafe,        ///< a symbolic link, not ours, or open to others where it must not be
};
[[nodiscard]] constexpr error make_error(store_error code) noexcept {
  return {error_domain::store, static_cast<int>(code)};
}

}  // namespace nanolib
