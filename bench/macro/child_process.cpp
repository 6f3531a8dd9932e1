#include "child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace nanomq::bench {
namespace {

constexpr std::chrono::milliseconds time_to_stop{5000};
constexpr std::chrono::milliseconds between_looks{5};
constexpr int cannot_run = 127;

/// Runs in the child between fork() and exec(): system calls only.
[[noreturn]] void become(char* const* arguments, int log) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execvp(arguments[0], arguments);
  ::_exit(cannot_run);
}

}  // namespace

std::expected<child_process, std::string> child_process::start(const std::vector<std::string>& command,
                                                               const std::filesystem::path& log) {
  std::vector<std::string> owned = command;
  std::vector<char*> arguments;
  for (std::string& each : owned) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  if (owned.empty()) return std::unexpected("an empty command");

  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (output < 0) return std::unexpected(log.string() + ": " + std::strerror(errno));
  const pid_t number = ::fork();
  if (number == 0) become(arguments.data(), output);
  const int reason = errno;
  ::close(output);
  if (number < 0) return std::unexpected(std::string{"fork: "} + std::strerror(reason));
  return child_process{number};
}

bool child_process::wait(std::chrono::milliseconds longest) noexcept {
  const auto end = std::chrono::steady_clock::now() + longest;
  while (number_ != 0) {
    const pid_t ended = ::waitpid(number_, nullptr, WNOHANG);
    if (ended != 0) {
      number_ = 0;
    } else if (std::chrono::steady_clock::now() >= end) {
      return false;
    } else {
      ::poll(nullptr, 0, static_cast<int>(between_looks.count()));
    }
  }
  return true;
}

void child_process::stop() noexcept {
  if (number_ == 0) return;
  ::kill(number_, SIGTERM);
  if (wait(time_to_stop)) return;
  ::kill(number_, SIGKILL);
  ::waitpid(number_, nullptr, 0);
  number_ = 0;
}

}  // namespace nanomq::bench
