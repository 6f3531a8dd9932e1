// Starts brokers one after the other, loads them, and says what each message cost them. See docs/manual/benchmarks.md.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <expected>
#include <filesystem>
#include <span>
#include <system_error>
#include <thread>

#include "catalogue.hpp"
#include "comparison.hpp"
#include "nanomq/tools/text.hpp"
#include "options.hpp"
#include "running_broker.hpp"

namespace nanomq::bench {

using tools::text;
namespace {

enum exit_status : int { verified = 0, wrong_usage = 1, unverified = 2 };

void say(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

std::string own_broker() {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  // build/<preset>/bench/macro/nanomq_bench_macro, and the broker at build/<preset>/nanomq
  const auto built = self.parent_path().parent_path().parent_path() / "nanomq";
  return std::filesystem::is_regular_file(built, failure) ? built.string() : find_program("nanomq");
}

/// Errors: one line for the user.
std::expected<std::vector<broker_recipe>, std::string> choose_brokers(const options& chosen) {
  std::vector<broker_recipe> brokers;
  const std::string ours = chosen.nanomq.empty() ? own_broker() : find_program(chosen.nanomq);
  if (ours.empty() && !chosen.nanomq.empty()) return std::unexpected("cannot run " + chosen.nanomq);
  if (!ours.empty()) brokers.push_back(nanomq_recipe(ours, chosen.nanomq_arguments));
  const std::string mosquitto = chosen.installed_peers ? find_program("mosquitto") : std::string{};
  if (!mosquitto.empty()) brokers.push_back(mosquitto_recipe(mosquitto));
  brokers.insert(brokers.end(), chosen.peers.begin(), chosen.peers.end());
  if (brokers.empty()) return std::unexpected("no broker found; name one with --nanomq or --peer");
  return brokers;
}

void describe(const options& chosen, const std::vector<broker_recipe>& brokers) {
  utsname machine{};
  ::uname(&machine);
  say(text("machine: %u cores, %s %s %s", std::thread::hardware_concurrency(), machine.sysname, machine.release,
           machine.machine));
  say(text("run: %u rounds, %.2f s each, scale %g, MQTT %s, brokers in turn", chosen.rounds,
           static_cast<double>(chosen.duration.count()) / 1000, chosen.scale,
           chosen.version == protocol_version::v5 ? "5.0" : "3.1.1"));
  for (const broker_recipe& each : brokers) {
    std::string command;
    for (const std::string& word : each.command) command += ' ' + word;
    say(each.name + " (" + version_of(each) + "):" + command);
    std::string settings = each.configuration;
    std::ranges::replace(settings, '\n', ';');
    if (!settings.empty()) say("  broker.conf: " + settings);
  }
}

/// Thousands of connections want descriptors, and a fixed rate wants timers that do not round.
void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_TIMERSLACK, 1);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

measurement run_once(const row& workload, const broker_recipe& recipe, protocol_version version) {
  const auto broker = running_broker::start(recipe);
  if (!broker) return {.figures = {}, .fault = broker.error(), .note = {}};
  return workload.run({.port = broker->port(), .process = broker->process(), .version = version});
}

/// The rows that --rows names. Errors: one line for the user.
std::expected<std::vector<row>, std::string> choose_rows(const options& chosen) {
  std::vector<row> all = make_rows(chosen.duration, chosen.scale);
  if (chosen.rows.empty()) return all;
  for (const std::string& name : chosen.rows) {
    if (std::ranges::find(all, name, &row::name) == all.end())
      return std::unexpected("no row " + name + "; see --list");
  }
  std::erase_if(all, [&](const row& each) { return std::ranges::find(chosen.rows, each.name) == chosen.rows.end(); });
  return all;
}

exit_status compare(const options& chosen, const std::vector<row>& rows, const std::vector<broker_recipe>& brokers) {
  describe(chosen, brokers);
  comparison results{rows, brokers};
  for (unsigned round = 0; round < chosen.rounds; ++round) {
    for (std::size_t at = 0; at < rows.size(); ++at) {
      for (std::size_t broker = 0; broker < brokers.size(); ++broker) {
        measurement result = run_once(rows[at], brokers[broker], chosen.version);
        say(text("round %u  %-10s %-12s ", round + 1, rows[at].name.c_str(), brokers[broker].name.c_str()) +
            summary(result));
        results.add(at, broker, std::move(result));
      }
    }
  }
  say('\n' + results.table());
  return results.verified() ? verified : unverified;
}

exit_status refuse(const std::string& why) {
  std::fprintf(stderr, "nanomq_bench_macro: %s\n", why.c_str());
  return wrong_usage;
}

exit_status run(std::span<char* const> arguments) {
  const auto chosen = parse_options(arguments);
  if (!chosen) return refuse(chosen.error());
  if (chosen->help) {
    std::fputs(std::string{usage()}.c_str(), stdout);
    return verified;
  }
  const auto rows = choose_rows(*chosen);
  if (!rows) return refuse(rows.error());
  if (chosen->list) {
    for (const row& each : *rows) say(text("%-10s %s", each.name.c_str(), each.description.c_str()));
    return verified;
  }
  const auto brokers = choose_brokers(*chosen);
  if (!brokers) return refuse(brokers.error());
  prepare_process();
  return compare(*chosen, *rows, *brokers);
}

}  // namespace
}  // namespace nanomq::bench

int main(int count, char** arguments) {
  return nanomq::bench::run(std::span<char* const>{arguments, static_cast<std::size_t>(count)}.subspan(1));
}
