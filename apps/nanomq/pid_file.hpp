// The file that says which broker runs: its pid in the first line, then key=value lines for `status`.
// What counts is the lock on it (fcntl), held as long as the process lives: a file that a crash left behind is no obstacle.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "nanolib/base/result.hpp"

namespace nanomq::program {

/// Where the pid file is when nothing says otherwise: $XDG_RUNTIME_DIR/nanomq/nanomq.pid; without that variable
/// /run/nanomq/nanomq.pid for root and /tmp/nanomq-UID/nanomq.pid for everybody else.
[[nodiscard]] std::string default_pid_file();

/// Makes the directory of the default pid file, mode 0700.
/// Errors: sys; EPERM when it is there but a link, somebody else's or open to others.
[[nodiscard]] nanolib::result<void> make_pid_directory(const std::string& pid_file);

/// The lock and the file. Owns: both; the destructor removes the file and then lets go of the lock.
/// Thread: externally synchronised. Not inherited over fork().
class pid_file {
 public:
  /// Takes the file for this process and writes its pid into it.
  /// Errors: sys; EAGAIN when another process holds it (`holder` is its pid), ELOOP when it is a symbolic link.
  [[nodiscard]] static nanolib::result<pid_file> acquire(const std::string& path, pid_t& holder);
  pid_file(pid_file&& other) noexcept;
  pid_file& operator=(pid_file&&) = delete;
  ~pid_file();

  /// Writes these as the lines after the pid. Neither keys nor values contain a line end.
  [[nodiscard]] nanolib::result<void> write_state(const std::multimap<std::string, std::string>& state);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  pid_file(std::string path, int descriptor) noexcept;

  std::string path_;
  int descriptor_;
};

/// What a pid file says about the broker that holds it.
struct running_broker {
  pid_t pid = 0;
  bool is_whole = false;  ///< nobody was writing just then
  std::multimap<std::string, std::string> state;
};

/// The broker that holds this file.
/// Errors: sys; ESRCH when there is none (no file, or nobody holds it), EPERM when the file does not name its holder.
[[nodiscard]] nanolib::result<running_broker> find_running(const std::string& path);

}  // namespace nanomq::program
