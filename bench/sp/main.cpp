// What a way through MQTT costs SP programs, and whether nngproxy keeps up with a broker.
//
//   nanomq_bench_sp PATH_OF_NANOMQ [MESSAGES [BYTES [ROUNDS]]]
//
// Every row is run in every round; the best round is shown. CPU is what the process in question used for each message that
// arrived: of nngproxies all together, without the broker; of mosquitto and nanomq the broker.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "broker_recipe.hpp"
#include "child_process.hpp"
#include "flow.hpp"
#include "running_broker.hpp"

namespace nanomq::bench {
namespace {

constexpr const char* topic = "flow/sp";

struct row {
  std::string name;
  measured best{};
  double cpu_us = 0;
};

// User and system time of a process, in seconds. Spec: proc_pid_stat(5).
double cpu_seconds(int process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto end = text.rfind(')');
  if (end == std::string::npos) return 0;
  double ticks = 0;
  std::size_t at = end + 2;
  for (int field = 3; field <= 15 && at < text.size(); ++field) {
    const auto next = text.find(' ', at);
    if (field >= 14) ticks += std::atof(text.substr(at, next - at).c_str());
    at = next + 1;
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {(std::istreambuf_iterator<char>(file)), {}};
}

/// A nngproxy that listens, connected and subscribed.
class proxy {
 public:
  static std::optional<proxy> start(const std::string& program, const std::string& protocol, std::uint16_t port,
                                    const std::filesystem::path& directory) {
    const auto log = directory / protocol;
    auto made = child_process::start(
        {program, "nngproxy", protocol, "--mqtt_url", "mqtt-tcp://127.0.0.1:" + std::to_string(port), "-l",
         "tcp://127.0.0.1:0", "-t", topic, "-v"},
        log);
    if (!made) return std::nullopt;
    const bool subscribes = protocol == "push0" || protocol == "pub0";
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < until) {
      const auto text = contents(log);
      const auto at = text.find("Listening at ");
      if (at != std::string::npos && text.find(subscribes ? "Subscribed" : "Connected") != std::string::npos) {
        return proxy(std::move(*made), text.substr(at + 13, text.find('\n', at) - at - 13));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return std::nullopt;
  }
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] double cpu() const { return cpu_seconds(process_.number()); }

 private:
  proxy(child_process process, std::string url) : process_(std::move(process)), url_(std::move(url)) {}
  child_process process_;
  std::string url_;
};

void keep_best(row& into, const measured& got, double cpu) {
  if (got.arrived == 0 || got.seconds <= 0) return;
  const auto rate = [](const measured& one) { return static_cast<double>(one.arrived) / one.seconds; };
  if (into.best.arrived != 0 && rate(into.best) >= rate(got)) return;
  into.best = got;
  into.cpu_us = cpu / static_cast<double>(got.arrived) * 1e6;
}

bool run_through(const std::string& program, const load& what, bool publish, std::uint16_t port, row& into) {
  const auto directory = scratch_directory::create();
  if (!directory) return false;
  const auto in = proxy::start(program, publish ? "sub0" : "pull0", port, directory->path());
  const auto out = proxy::start(program, publish ? "pub0" : "push0", port, directory->path());
  if (!in || !out) return false;
  const double before = in->cpu() + out->cpu();
  const auto got = run_sp(what, publish, in->url(), out->url());
  keep_best(into, got, in->cpu() + out->cpu() - before);
  return true;
}

bool run_half(const std::string& program, const load& what, bool to_sp, std::uint16_t port, row& into) {
  const auto directory = scratch_directory::create();
  if (!directory) return false;
  const auto one = proxy::start(program, to_sp ? "push0" : "pull0", port, directory->path());
  if (!one) return false;
  const double before = one->cpu();
  const auto got =
      to_sp ? run_mqtt_to_sp(what, port, topic, one->url()) : run_sp_to_mqtt(what, one->url(), port, topic);
  keep_best(into, got, one->cpu() - before);
  return true;
}

void print(const load& what, const std::vector<row>& rows) {
  std::printf("%zu messages of %zu bytes, QoS 0\n\n%-44s %12s %10s %12s\n", what.messages, what.size, "", "messages/s",
              "arrived", "CPU us/msg");
  for (const row& one : rows) {
    const double rate = one.best.seconds > 0 ? static_cast<double>(one.best.arrived) / one.best.seconds : 0;
    std::printf("%-44s %12.0f %9.1f%% %12.2f\n", one.name.c_str(), rate,
                100.0 * static_cast<double>(one.best.arrived) / static_cast<double>(what.messages), one.cpu_us);
  }
}

int run(const std::string& program, const load& what, int rounds) {
  std::vector<row> rows{{"push -> pull, nng alone"},
                        {"push -> nngproxy -> nanomq -> nngproxy -> pull"},
                        {"pub -> sub, nng alone"},
                        {"pub -> nngproxy -> nanomq -> nngproxy -> sub"},
                        {"MQTT -> nanomq -> MQTT"},
                        {"MQTT -> mosquitto -> MQTT"},
                        {"MQTT -> nanomq -> nngproxy -> pull"},
                        {"push -> nngproxy -> nanomq -> MQTT"}};
  auto ours = running_broker::start(nanomq_recipe(program, "--shards 1"));
  if (!ours) return std::fprintf(stderr, "%s\n", ours.error().c_str()), 1;
  const auto mosquitto = find_program("mosquitto");
  std::optional<running_broker> theirs;
  if (!mosquitto.empty()) {
    if (auto made = running_broker::start(mosquitto_recipe(mosquitto))) theirs.emplace(std::move(*made));
  }
  for (int round = 0; round < rounds; ++round) {
    keep_best(rows[0], run_sp(what, false, {}, {}), 0);
    if (!run_through(program, what, false, ours->port(), rows[1]))
      return std::fprintf(stderr, "nngproxy does not run\n"), 1;
    keep_best(rows[2], run_sp(what, true, {}, {}), 0);
    if (!run_through(program, what, true, ours->port(), rows[3]))
      return std::fprintf(stderr, "nngproxy does not run\n"), 1;
    if (!run_half(program, what, true, ours->port(), rows[6]) || !run_half(program, what, false, ours->port(), rows[7]))
      return std::fprintf(stderr, "nngproxy does not run\n"), 1;
    double before = cpu_seconds(ours->process());
    auto got = run_mqtt(what, ours->port());
    keep_best(rows[4], got, cpu_seconds(ours->process()) - before);
    if (!theirs) continue;
    before = cpu_seconds(theirs->process());
    got = run_mqtt(what, theirs->port());
    keep_best(rows[5], got, cpu_seconds(theirs->process()) - before);
  }
  print(what, rows);
  return 0;
}

}  // namespace
}  // namespace nanomq::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: nanomq_bench_sp PATH_OF_NANOMQ [MESSAGES [BYTES [ROUNDS]]]\n");
    return 2;
  }
  const auto number = [&](int at, unsigned long otherwise) {
    return argc > at ? std::strtoul(argv[at], nullptr, 10) : otherwise;
  };
  return nanomq::bench::run(argv[1], {.messages = number(2, 200'000), .size = number(3, 64)},
                            static_cast<int>(number(4, 3)));
}
