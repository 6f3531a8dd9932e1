// A file that is read whole: a configuration, rights, passwords.
#pragma once

#include <cstddef>
#include <string>

#include "nanolib/base/result.hpp"

namespace nanomq::config {

/// The contents of a regular file; a directory, a FIFO or a device is refused. Follows symbolic links. Does not wait.
/// Errors: sys or config; `why` says what is wrong, without the path.
[[nodiscard]] nanolib::result<std::string> read_small_file(const std::string& path, std::size_t largest,
                                                           std::string& why);

}  // namespace nanomq::config
