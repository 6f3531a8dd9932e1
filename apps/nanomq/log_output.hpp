// Where lines of the log go: the console, a file, a Unix socket, syslog.
//
// None of them ever waits, for a terminal, a pipe or a socket that nobody reads, and none ends the program. What cannot go out at
// once does not go out, and the caller counts it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "nanolib/base/log.hpp"
#include "nanolib/base/result.hpp"
#include "nanomq/config/log_settings.hpp"

namespace nanomq::program {

/// Longer lines are cut: so many bytes go into a pipe at once or not at all.
inline constexpr std::size_t longest_log_line = 4096;

/// Thread: externally synchronised.
class log_output {
 public:
  log_output() = default;
  log_output(const log_output&) = delete;
  log_output& operator=(const log_output&) = delete;
  virtual ~log_output() = default;

  /// A line, without its end. False: it is lost. Else it has gone out, or begun to.
  [[nodiscard]] virtual bool put(nanolib::log_level level, std::string_view line) noexcept = 0;
  /// Writes what is missing of the last line. False: something still is.
  [[nodiscard]] virtual bool finish() noexcept = 0;
};

/// Spec: RFC 5424 §6.2.1.
[[nodiscard]] constexpr int severity_of(nanolib::log_level level) noexcept {
  constexpr std::array severities{7, 7, 6, 4, 3, 2, 2};  // trace, debug, info, warn, error, fatal
  return severities[static_cast<std::size_t>(level)];
}

/// stderr. Where that is the journal of systemd, each line begins with its priority. Spec: sd-daemon(3), systemd.exec(5).
[[nodiscard]] std::unique_ptr<log_output> console_output();

struct log_file_options {
  std::string path;
  std::uint64_t rotation_size = 0;  ///< 0: it is never rotated
  std::uint32_t rotation_count = 1;
};
/// A file that is appended to and rotated: PATH becomes PATH.1, PATH.1 becomes PATH.2. Whatever else the path names (a pipe, a
/// device) is only written to. Errors: sys.
[[nodiscard]] nanolib::result<std::unique_ptr<log_output>> open_file_output(log_file_options options);

/// Lines to a Unix socket, stream or datagram, whichever it is. It need not be there yet: each line tries again.
/// Errors: config (the name is empty or too long).
[[nodiscard]] nanolib::result<std::unique_ptr<log_output>> make_socket_output(const std::string& name);

/// The same for syslog, with what it wants before a line. Spec: RFC 3164 §4.1 as syslog(3) writes it, or RFC 5424 §6.
[[nodiscard]] nanolib::result<std::unique_ptr<log_output>> make_syslog_output(const std::string& name,
                                                                              config::syslog_format format);

}  // namespace nanomq::program
