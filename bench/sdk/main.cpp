// Runs each job with each library in a process of its own, and prints what a message costs the client.
//
//   nanomq_bench_sdk [--messages N] [--rounds N]
//
// Processor time is the figure to look at: it is the client's alone, all its threads together. The best of the rounds
// counts. Exit status 1 when a job was not done.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

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

bool run_job(const char* title, const job& what, int rounds) {
  std::printf("\n%s, %zu messages\n%-38s %14s %14s %16s\n", title, what.messages, "library", "messages/s",
              "ns CPU/message", "messages/s/core");
  bool fine = true;
  for (const contender& who : contenders()) {
    figures best;
    for (int round = 0; round < rounds; ++round) {
      const figures made = run_once(who, what);
      if (made.done && (!best.done || made.processor_seconds < best.processor_seconds)) best = made;
    }
    fine &= best.done;
    const auto count = static_cast<double>(what.messages);
    if (best.done) {
      std::printf("%-38s %14.0f %14.0f %16.0f\n", who.name, count / best.seconds, best.processor_seconds * 1e9 / count,
                  count / best.processor_seconds);
    } else {
      std::printf("%-38s not done\n", who.name);
    }
    std::fflush(stdout);
  }
  return fine;
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
  job what{.messages = messages};
  bool fine = run_job("publish QoS 0", what, rounds);
  what.kind = job_kind::publish_qos_1;
  what.messages = messages / 4;
  fine &= run_job("publish QoS 1", what, rounds);
  what.kind = job_kind::receive_qos_0;
  what.messages = messages;
  fine &= run_job("receive QoS 0", what, rounds);
  return fine ? 0 : 1;
}
