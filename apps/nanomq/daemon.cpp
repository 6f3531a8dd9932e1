#include "daemon.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace nanomq::program {
namespace {

[[noreturn]] void wait_for_report(int pipe, pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  unsigned char code = static_cast<unsigned char>(exit_code::failure);
  ssize_t got = 0;
  do {
    got = ::read(pipe, &code, 1);
  } while (got < 0 && errno == EINTR);
  ::_exit(got == 1 ? code : static_cast<int>(exit_code::failure));
}

}  // namespace

daemon_parent::daemon_parent(daemon_parent&& other) noexcept : pipe_(std::exchange(other.pipe_, -1)) {}

daemon_parent::~daemon_parent() {
  if (pipe_ >= 0) ::close(pipe_);
}

void daemon_parent::report(exit_code code) noexcept {
  if (pipe_ < 0) return;
  if (code == exit_code::ok) {
    if (const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC); nowhere >= 0) {
      for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, standard);
      if (nowhere > STDERR_FILENO) ::close(nowhere);
    }
    if (::chdir("/") != 0) return;  // the parent sees the pipe close without a report
  }
  const auto byte = static_cast<unsigned char>(code);
  // A parent that has been killed is nobody to tell.
  while (::write(pipe_, &byte, 1) < 0 && errno == EINTR) {
  }
  ::close(std::exchange(pipe_, -1));
}

nanolib::result<daemon_parent> become_daemon() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(nanolib::last_system_error());
  const auto child = ::fork();
  if (child < 0) {
    const auto failure = nanolib::last_system_error();
    ::close(ends[0]);
    ::close(ends[1]);
    return std::unexpected(failure);
  }
  if (child > 0) {
    ::close(ends[1]);
    wait_for_report(ends[0], child);
  }
  ::close(ends[0]);
  ::setsid();
  // The second fork: who does not lead a session never gets a terminal again.
  const auto grandchild = ::fork();
  if (grandchild != 0) ::_exit(grandchild < 0 ? 1 : 0);
  return daemon_parent(ends[1]);
}

void open_standard_descriptors() noexcept {
  for (;;) {
    const int descriptor = ::open("/dev/null", O_RDWR);
    if (descriptor < 0) return;
    if (descriptor > STDERR_FILENO) {
      ::close(descriptor);
      return;
    }
  }
}

}  // namespace nanomq::program
