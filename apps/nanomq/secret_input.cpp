#include "secret_input.hpp"

#include <signal.h>
#include <sys/random.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace nanomq::program {
namespace {

using nanolib::error;
using nanolib::error_domain;

// Typed letters are not shown as long as this lives. Signals wait until they are shown again.
class silent_terminal {
 public:
  silent_terminal() noexcept {
    sigset_t held;
    ::sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP}) ::sigaddset(&held, signal);
    (void)::pthread_sigmask(SIG_BLOCK, &held, &signals_);
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~silent_terminal() {
    if (changed_) (void)::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    (void)::pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  }
  silent_terminal(const silent_terminal&) = delete;
  silent_terminal& operator=(const silent_terminal&) = delete;

 private:
  termios before_{};
  sigset_t signals_{};
  bool changed_ = false;
};

std::optional<std::string> prompted_line(const char* prompt) {
  const silent_terminal silent;
  (void)std::fputs(prompt, stderr);
  auto line = next_input_line();
  (void)std::fputs("\n", stderr);
  return line;
}

}  // namespace

std::optional<std::string> next_input_line() {
  std::string line;
  for (int c = 0; (c = std::getchar()) != EOF;) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }
  return line.empty() ? std::nullopt : std::optional(line);
}

nanolib::result<std::string> ask_password(bool twice, std::string& why) {
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  auto first = terminal ? prompted_line("Password: ") : next_input_line();
  if (!first || first->empty()) {
    why = "no password was given";
    return std::unexpected(error{error_domain::config, 0});
  }
  if (terminal && twice && prompted_line("The same again: ") != first) {
    why = "the two are not the same";
    return std::unexpected(error{error_domain::config, 0});
  }
  return *first;
}

nanolib::result<std::vector<std::byte>> random_bytes(std::size_t count, std::string& why) {
  std::vector<std::byte> out(count);
  if (::getrandom(out.data(), out.size(), 0) != static_cast<ssize_t>(count)) {
    const auto failure = nanolib::last_system_error();
    why = nanolib::describe(failure);
    return std::unexpected(failure);
  }
  return out;
}

}  // namespace nanomq::program
