#include "load_program.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "client_options.hpp"
#include "load_screen.hpp"
#include "nanomq/tools/load_report.hpp"
#include "nanomq/tools/load_run.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::program {
namespace {

using manner = load_screen::manner;
using tools::text;

constexpr int ending[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<tools::load_run*> running{nullptr};

extern "C" void stop_running(int) {
  const int before = errno;
  if (auto* const run = running.load()) run->stop();
  errno = before;
}

/// While it lives, signals stop the run.
class stopping_by_signals {
 public:
  explicit stopping_by_signals(tools::load_run& run) noexcept {
    running.store(&run);
    struct sigaction action{};
    action.sa_handler = stop_running;
    action.sa_flags = SA_RESTART;
    for (const int each : ending) (void)::sigaction(each, &action, nullptr);
  }
  stopping_by_signals(const stopping_by_signals&) = delete;
  stopping_by_signals& operator=(const stopping_by_signals&) = delete;
  ~stopping_by_signals() {
    for (const int each : ending) (void)std::signal(each, SIG_DFL);
    running.store(nullptr);
  }
};

/// Raises the limit of open files as far as the system lets it. What is wrong, or empty.
std::string allow_descriptors(std::uint64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  if (limit.rlim_cur >= wanted) return {};
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min<rlim_t>(wanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted) return {};
  return text(
      "So many connections need %llu open files, and this process may have %llu. Raise the limit with `ulimit -n %llu` "
      "(as root: in /etc/security/limits.conf, or LimitNOFILE= of a service), or ask for fewer.",
      static_cast<unsigned long long>(wanted), static_cast<unsigned long long>(limit.rlim_max),
      static_cast<unsigned long long>(wanted));
}

void print(const std::string& text) {
  (void)std::fputs(text.c_str(), stdout);
  (void)std::fflush(stdout);
}

manner choose_manner(const load_command& command, int descriptor) {
  if (command.quiet) return manner::silent;
  const char* const terminal = std::getenv("TERM");
  const bool moves = ::isatty(descriptor) == 1 && terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
  if (moves) return manner::terminal;
  return command.json ? manner::silent : manner::plain;
}

load_exit status_of(const tools::load_plan& plan, const tools::load_report& report) {
  if (report.has_lost_messages(plan)) return load_exit::lost;
  return report.is_clean(plan) ? load_exit::clean : load_exit::failed;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> load_exit_status() {
  return {
      {"0", "Everything went as it was asked for"},
      {"1", "A wrong command line, or something that this build or this machine can not do"},
      {"2",
       "Connections failed or were lost, messages or filters were refused, or messages were not acknowledged; a "
       "roundtrip did not begin"},
      {"3", "Messages were lost, repeated, out of order or changed"},
  };
}

int run_load(const load_command& command, std::string_view verb) {
  auto plan = tools::make_plan(command.request);
  if (!plan) return refuse_usage(verb, plan.error());
  if (auto wrong = allow_descriptors(tools::descriptors_for(*plan)); !wrong.empty()) return refuse_usage(verb, wrong);
  auto run = tools::load_run::create(std::move(*plan));
  if (!run) return refuse_usage(verb, run.error());

  // With JSON the standard output is for that alone.
  const int descriptor = command.json ? STDERR_FILENO : STDOUT_FILENO;
  load_screen screen((*run)->plan(), choose_manner(command, descriptor), descriptor);
  tools::load_report report;
  {
    const stopping_by_signals signals(**run);
    report = (*run)->run(screen);
  }
  screen.finish();
  print(command.json ? tools::json((*run)->plan(), report) + "\n" : tools::summary((*run)->plan(), report));
  return static_cast<int>(status_of((*run)->plan(), report));
}

}  // namespace nanomq::program
