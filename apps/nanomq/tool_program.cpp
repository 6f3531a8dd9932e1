#include "tool_program.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string>

#include "nanolib/base/write_all.hpp"

namespace nanomq::program {
namespace {

constexpr std::array ending{SIGINT, SIGTERM, SIGHUP};

tools::run_control* running = nullptr;  // set while the handlers are

extern "C" void on_signal(int signal) { running->request_stop(signal); }
extern "C" void on_report_signal(int) { running->request_report(); }

// A terminal that somebody else has made not to block.
void wait_for_room(int descriptor) {
  pollfd room{descriptor, POLLOUT, 0};
  (void)::poll(&room, 1, -1);
}

}  // namespace

bool standard_output::write(std::string_view text) { return nanolib::write_all(STDOUT_FILENO, text, wait_for_room); }

void standard_output::complain(std::string_view line) {
  if (!quiet_) (void)nanolib::write_all(STDERR_FILENO, std::string(line) + "\n", wait_for_room);
}

int standard_output::descriptor() const noexcept { return STDOUT_FILENO; }

int run_tool(after_signal then, const std::function<int(tools::run_control& control)>& tool, report_signal reports) {
  tools::run_control control;
  if (const auto opened = control.open(); !opened) {
    (void)std::fprintf(stderr, "Error: %s\n", std::string(nanolib::describe(opened.error())).c_str());
    return 1;
  }
  running = &control;
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int one : ending) (void)::sigaction(one, &action, nullptr);
  struct sigaction report{};
  report.sa_handler = on_report_signal;
  report.sa_flags = SA_RESTART;
  if (reports == report_signal::usr1) (void)::sigaction(SIGUSR1, &report, nullptr);
  const int status = tool(control);
  for (const int one : ending) (void)std::signal(one, SIG_DFL);
  if (reports == report_signal::usr1) (void)std::signal(SIGUSR1, SIG_IGN);
  running = nullptr;
  const int stopped_by = control.stop_requested();
  if (stopped_by != 0 && then == after_signal::die) (void)std::raise(stopped_by);
  return status;
}

}  // namespace nanomq::program
