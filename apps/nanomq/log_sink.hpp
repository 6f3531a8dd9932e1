// The program's log: events of the libraries as lines on stderr, in a file or in syslog, through spdlog.
// A log that cannot be written never stops or delays the broker: the line is dropped and counted.
#pragma once

#include <memory>
#include <string>

#include "nanolib/base/log.hpp"
#include "nanolib/base/result.hpp"

namespace nanomq::program {

struct log_options {
  nanolib::log_level level = nanolib::log_level::warn;
  std::string file;  ///< empty: stderr, unless to_syslog
  bool to_syslog = false;
};

/// Errors: sys (the file cannot be opened for appending).
[[nodiscard]] nanolib::result<std::unique_ptr<nanolib::log>> open_log(const log_options& options);

}  // namespace nanomq::program
