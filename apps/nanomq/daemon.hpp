// Going into the background: the parent waits until the broker listens, and ends with its exit code.
#pragma once

#include <optional>

#include "exit_code.hpp"
#include "nanolib/base/result.hpp"

namespace nanomq::program {

/// In the daemon: the way to tell the waiting parent. Owns: the pipe. When it goes without a report, the parent reports
/// a failure.
class daemon_parent {
 public:
  explicit daemon_parent(int pipe) noexcept : pipe_(pipe) {}
  daemon_parent(daemon_parent&& other) noexcept;
  daemon_parent& operator=(daemon_parent&&) = delete;
  ~daemon_parent();
  /// The parent ends with this. The daemon then has neither a terminal nor a working directory of its own.
  void report(exit_code code) noexcept;

 private:
  int pipe_;
};

/// Two forks and a session of its own. Comes back in the daemon only: the parent waits for the report and exits.
/// Thread: before any other thread is there.
/// Errors: sys (no process, no pipe).
[[nodiscard]] nanolib::result<daemon_parent> become_daemon();

/// Makes sure that descriptors 0 to 2 are open, so that no socket gets their number and is written to by mistake.
void open_standard_descriptors() noexcept;

}  // namespace nanomq::program
