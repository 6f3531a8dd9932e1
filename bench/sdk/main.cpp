// Runs each job with each library in a process of its own, and prints what a message costs the client.
//
//   nanomq_bench_sdk [--messages N] [--rounds N]
//
// Processor time is the figure to look at: it is the client's alone, all its threads together. Libraries take turns in each
// round, and medians are shown; `ratio` is processor time divided by that of the best library of others. Exit status 1 when a
// job was not done.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <vector>

#include "contender.hpp"
#include "counterpart.hpp"

namespace nanomq::bench::sdk {
namespace {

struct figures {
  double seconds = 0;
  double processor_seconds = 0;
  bool done = false;
};

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// The child's part: does the job and measures itself.
figures measure(const contender& who, const job& what) {
  figures made;
  const auto start = std::chrono::steady_clock::now();
  try {
    who.run(what);
    made.done = true;
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "%s: %s\n", who.name, failed.what());
  }
  made.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  made.processor_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
  return made;
}

figures run_once(const contender& who, job what) {
  const bool receives = what.kind == job_kind::receive_qos_0;
  counterpart server(receives ? what.messages : 0);
  what.port = server.port();
  int ends[2];
  if (::pipe(ends) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    const figures made = measure(who, what);
    [[maybe_unused]] const ssize_t told = ::write(ends[1], &made, sizeof made);
    ::_exit(0);
  }
  ::close(ends[1]);
  figures made;
  if (::read(ends[0], &made, sizeof made) != sizeof made) made.done = false;
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  if (!receives && made.done) made.done = server.received() == what.messages;
  return made;
}

/// A library's rounds of one job.
struct record {
  std::vector<figures> rounds;
  bool done = true;

  [[nodiscard]] double median(double figures::* which) const {
    std::vector<double> all;
    for (const figures& each : rounds) all.push_back(each.*which);
    std::ranges::sort(all);
    return all[all.size() / 2];
  }
};

/// The least processor time among the libraries of others; 0 when there are none.
double best_of_others(const std::vector<record>& records) {
  double best = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (contenders()[i].ours || !records[i].done) continue;
    const double its = records[i].median(&figures::processor_seconds);
    if (best == 0 || its < best) best = its;
  }
  return best;
}

void print(const char* name, const record& of, double count, double others) {
  if (!of.done) {
    std::printf("%-36s not done\n", name);
    return;
  }
  const double processor = of.median(&figures::processor_seconds);
  std::printf("%-36s %12.0f %12.0f %16.0f", name, count / of.median(&figures::seconds), processor * 1e9 / count,
              count / processor);
  if (others != 0) std::printf(" %8.2f", processor / others);
  std::printf("\n");
}

bool run_job(const char* title, const job& what, int rounds) {
  std::printf("\n%s, %zu messages\n%-36s %12s %12s %16s %8s\n", title, what.messages, "library", "messages/s",
              "ns/message", "messages/s/core", "ratio");
  std::vector<record> records(contenders().size());
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      records[i].rounds.push_back(run_once(contenders()[i], what));
      records[i].done &= records[i].rounds.back().done;
    }
  }
  bool fine = true;
  for (std::size_t i = 0; i < records.size(); ++i) {
    print(contenders()[i].name, records[i], static_cast<double>(what.messages), best_of_others(records));
    fine &= records[i].done;
  }
  std::fflush(stdout);
  return fine;
}

void tell_absent(std::string_view part_of_name, const char* package) {
  for (const contender& each : contenders()) {
    if (std::string_view(each.name).starts_with(part_of_name)) return;
  }
  std::printf("skipped: %s was not there when this was built (Debian: %s)\n", part_of_name.data(), package);
}

}  // namespace
}  // namespace nanomq::bench::sdk

int main(int count, char** arguments) {
  using namespace nanomq::bench::sdk;
  std::size_t messages = 1'000'000;
  int rounds = 3;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    if (name == "--messages") messages = std::strtoull(arguments[i + 1], nullptr, 10);
    if (name == "--rounds") rounds = std::atoi(arguments[i + 1]);
  }
  tell_absent("libmosquitto", "libmosquitto-dev");
  tell_absent("Paho C", "libpaho-mqtt-dev");
  job what{.messages = messages};
  bool fine = run_job("publish QoS 0", what, rounds);
  what.kind = job_kind::publish_qos_1;
  what.messages = messages / 4;
  what.window = 100;
  fine &= run_job("publish QoS 1", what, rounds);
  what.kind = job_kind::receive_qos_0;
  what.messages = messages;
  fine &= run_job("receive QoS 0", what, rounds);
  return fine ? 0 : 1;
}
