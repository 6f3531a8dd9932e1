// Kills brokers under load and checks what they had promised. See docs/manual/testing.md.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "broker_child.hpp"
#include "crash_run.hpp"
#include "options.hpp"
#include "report.hpp"
#include "scale_run.hpp"
#include "throughput_run.hpp"

namespace nanomq::crash {
namespace {

enum exit_status : int { flawless = 0, wrong_usage = 1, flawed = 2 };

void say(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// One broker's part, in words or in JSON, and whether nothing was wrong.
struct part {
  std::string said;
  bool good = false;
};

part run_crashes(const recipe& how, const options& chosen, broker_child& broker) {
  crash_settings settings = chosen.crash;
  settings.who.eternal_wills = settings.how != ending::terminate;
  const crash_result result = crash_run{how, settings, broker}.run();
  return {.said = chosen.json ? in_json(result, settings) : in_words(result), .good = result.flawless()};
}

part run_throughput(const recipe& how, const options& chosen, broker_child& broker) {
  const throughput_settings settings{.duration = chosen.measured,
                                     .publishers = chosen.crash.who.publishers,
                                     .window = chosen.crash.who.window,
                                     .payload = chosen.crash.who.payload,
                                     .patience = chosen.crash.patience};
  const throughput_result result = measure_throughput(how, settings, broker);
  return {.said = chosen.json ? in_json(result) : in_words(result), .good = result.good()};
}

part run_scale(const recipe& how, const options& chosen, broker_child& broker) {
  scale_settings settings{.publishers = chosen.crash.who.publishers,
                          .payload = chosen.crash.who.payload,
                          .how = chosen.crash.how,
                          .time_limit = chosen.crash.time_limit,
                          .verbose = chosen.crash.verbose};
  const auto times = [&](std::uint32_t& count) {
    count = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(count * chosen.scale));
  };
  times(settings.sessions);
  times(settings.queued);
  times(settings.retained);
  const scale_result result = measure_scale(how, settings, broker);
  return {.said = chosen.json ? in_json(result) : in_words(result), .good = result.good()};
}

part run(const recipe& how, const options& chosen) {
  auto broker = broker_child::prepare(how);
  if (!broker) return {.said = how.name + ": " + broker.error() + '\n', .good = false};
  switch (chosen.what) {
    case mode::throughput:
      return run_throughput(how, chosen, *broker);
    case mode::scale:
      return run_scale(how, chosen, *broker);
    default:
      return run_crashes(how, chosen, *broker);
  }
}

exit_status run_all(const options& chosen) {
  std::vector<recipe> recipes;
  for (const std::string& name : chosen.brokers) {
    auto found = find_recipe({name, chosen.program, chosen.broker_arguments, chosen.durability});
    if (!found) {
      std::fprintf(stderr, "nanomq_crash_test: %s\n", found.error().c_str());
      return wrong_usage;
    }
    recipes.push_back(std::move(*found));
  }
  bool good = true;
  std::vector<std::string> objects;
  for (const recipe& each : recipes) {
    part done = run(each, chosen);
    good = good && done.good;
    chosen.json ? objects.push_back(std::move(done.said)) : say(done.said);
  }
  if (chosen.json) say(json_array(objects) + '\n');
  return good ? flawless : flawed;
}

void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_TIMERSLACK, 1);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

exit_status run(std::span<char* const> arguments) {
  const auto chosen = parse_options(arguments);
  if (!chosen) {
    std::fprintf(stderr, "nanomq_crash_test: %s\n", chosen.error().c_str());
    return wrong_usage;
  }
  if (chosen->what == mode::help) {
    say(std::string{usage()});
    return flawless;
  }
  prepare_process();
  return run_all(*chosen);
}

}  // namespace
}  // namespace nanomq::crash

int main(int count, char** arguments) {
  return nanomq::crash::run(std::span<char* const>{arguments, static_cast<std::size_t>(count)}.subspan(1));
}
