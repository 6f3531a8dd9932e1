// What a way through MQTT costs SP programs, and whether nngproxy keeps up with a broker.
//
//   nanomq_bench_sp PATH_OF_NANOMQ [MESSAGES [BYTES [ROUNDS]]]
//
// Every row is run in every round; what is shown is the round in the middle, by messages per second. CPU is what was used for
// each message that arrived: by this program, which is both ends; by the proxies together; by the broker.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
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

/// Seconds of the processor, by whom.
struct cost {
  double ends = 0;
  double proxies = 0;
  double broker = 0;
};

struct outcome {
  measured flow{};
  cost used{};
  [[nodiscard]] double rate() const noexcept {
    return flow.seconds > 0 ? static_cast<double>(flow.arrived) / flow.seconds : 0;
  }
};

struct row {
  std::string name;
  std::function<std::optional<outcome>()> run;
  std::vector<outcome> rounds{};
};

double own_cpu_seconds() noexcept {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& one) {
    return static_cast<double>(one.tv_sec) + static_cast<double>(one.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

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
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(100);
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

/// Runs it and says what everybody used for it.
outcome watch(const running_broker& broker, const std::vector<const proxy*>& proxies,
              const std::function<measured()>& flow) {
  const auto now = [&] {
    cost used{.ends = own_cpu_seconds(), .proxies = 0, .broker = cpu_seconds(broker.process())};
    for (const proxy* each : proxies) used.proxies += each->cpu();
    return used;
  };
  const cost before = now();
  const measured got = flow();
  const cost after = now();
  return {got, {after.ends - before.ends, after.proxies - before.proxies, after.broker - before.broker}};
}

struct stage {
  std::string program;
  const running_broker& ours;
  const running_broker* theirs;
};

std::optional<outcome> through_proxies(const stage& at, const load& what, bool publish) {
  const auto directory = scratch_directory::create();
  if (!directory) return std::nullopt;
  const auto in = proxy::start(at.program, publish ? "sub0" : "pull0", at.ours.port(), directory->path());
  const auto out = proxy::start(at.program, publish ? "pub0" : "push0", at.ours.port(), directory->path());
  if (!in || !out) return std::nullopt;
  return watch(at.ours, {&*in, &*out}, [&] { return run_sp(what, publish, in->url(), out->url()); });
}

std::optional<outcome> through_one(const stage& at, const load& what, bool to_sp) {
  const auto directory = scratch_directory::create();
  if (!directory) return std::nullopt;
  const auto one = proxy::start(at.program, to_sp ? "push0" : "pull0", at.ours.port(), directory->path());
  if (!one) return std::nullopt;
  return watch(at.ours, {&*one}, [&] {
    return to_sp ? run_mqtt_to_sp(what, at.ours.port(), topic, one->url())
                 : run_sp_to_mqtt(what, one->url(), at.ours.port(), topic);
  });
}

enum class inside : std::uint8_t { both_ways, to_mqtt, to_sp };

/// SP sockets of the broker's own.
std::optional<outcome> through_endpoints(const stage& at, const load& what, inside which) {
  const std::string in = free_sp_url();
  const std::string out = free_sp_url();
  auto recipe = nanomq_recipe(at.program, "--shards 1 --conf {dir}/broker.conf");
  recipe.configuration = "bridges.nng.pull.in { listen = [\"" + in + "\"], subscription = [{local_topic = \"" + topic +
                         "\", qos = 0}] }\nbridges.nng.push.out { listen = [\"" + out +
                         "\"], forwards = [{local_topic = \"" + topic + "\", qos = 0}] }\n";
  auto broker = running_broker::start(recipe);
  if (!broker) return std::fprintf(stderr, "%s\n", broker.error().c_str()), std::nullopt;
  return watch(*broker, {}, [&] {
    if (which == inside::to_sp) return run_mqtt_to_sp(what, broker->port(), topic, out);
    if (which == inside::to_mqtt) return run_sp_to_mqtt(what, in, broker->port(), topic);
    return run_sp(what, false, in, out);
  });
}

std::vector<row> rows_for(const stage& at, const load& what) {
  load plain = what;
  plain.how = manner::plain;
  load open = what;
  open.window = 0;
  const auto alone = [&at](const load& how, bool publish) {
    return watch(at.ours, {}, [&] { return run_sp(how, publish, {}, {}); });
  };
  std::vector<row> rows{
      {"push -> pull, nng alone", [=] { return alone(what, false); }},
      {"push -> nngproxy -> nanomq -> nngproxy -> pull", [=, &at] { return through_proxies(at, what, false); }},
      {"push -> nngproxy -> nanomq -> MQTT", [=, &at] { return through_one(at, what, false); }},
      {"MQTT -> nanomq -> nngproxy -> pull", [=, &at] { return through_one(at, what, true); }},
      {"push -> nanomq itself -> pull", [=, &at] { return through_endpoints(at, what, inside::both_ways); }},
      {"push -> nanomq itself -> MQTT", [=, &at] { return through_endpoints(at, what, inside::to_mqtt); }},
      {"MQTT -> nanomq itself -> pull", [=, &at] { return through_endpoints(at, what, inside::to_sp); }},
      {"pub -> sub, nng alone", [=] { return alone(what, true); }},
      {"pub -> nngproxy -> nanomq -> nngproxy -> sub", [=, &at] { return through_proxies(at, what, true); }},
      {"plain push -> plain pull, nng alone", [=] { return alone(plain, false); }},
      {"plain push -> 2 nngproxy -> plain pull", [=, &at] { return through_proxies(at, plain, false); }},
      {"plain push -> nngproxy -> nanomq -> MQTT", [=, &at] { return through_one(at, plain, false); }},
      {"MQTT -> nanomq -> nngproxy -> plain pull", [=, &at] { return through_one(at, plain, true); }},
      {"the same, as fast as it can be published",
       [=, &at] {
         load both = plain;
         both.window = 0;
         return through_one(at, both, true);
       }},
      {"MQTT -> nanomq -> MQTT",
       [=, &at] { return watch(at.ours, {}, [&] { return run_mqtt(open, at.ours.port()); }); }}};
  if (at.theirs != nullptr) {
    rows.push_back({"MQTT -> mosquitto -> MQTT",
                    [=, &at] { return watch(*at.theirs, {}, [&] { return run_mqtt(open, at.theirs->port()); }); }});
  }
  return rows;
}

void print(const load& what, std::vector<row>& rows) {
  std::printf(
      "%zu messages of %zu bytes, QoS 0, %zu rounds\n\n%-48s %10s %9s   CPU us/message\n%-48s %10s %9s %7s %7s %7s\n",
      what.messages, what.size, rows.front().rounds.size(), "", "messages", "", "", "per second", "arrived", "ends",
      "proxies", "broker");
  for (row& one : rows) {
    std::ranges::sort(one.rounds, {}, &outcome::rate);
    const outcome& middle = one.rounds[one.rounds.size() / 2];
    const auto arrived = static_cast<double>(std::max<std::size_t>(middle.flow.arrived, 1));
    std::printf("%-48s %10.0f %8.1f%% %7.2f %7.2f %7.2f\n", one.name.c_str(), middle.rate(),
                100.0 * arrived / static_cast<double>(what.messages), middle.used.ends / arrived * 1e6,
                middle.used.proxies / arrived * 1e6, middle.used.broker / arrived * 1e6);
  }
}

int run(const std::string& program, const load& what, int rounds) {
  auto ours = running_broker::start(nanomq_recipe(program, "--shards 1"));
  if (!ours) return std::fprintf(stderr, "%s\n", ours.error().c_str()), 1;
  const auto mosquitto = find_program("mosquitto");
  std::optional<running_broker> theirs;
  if (!mosquitto.empty()) {
    if (auto made = running_broker::start(mosquitto_recipe(mosquitto))) theirs.emplace(std::move(*made));
  }
  const stage at{program, *ours, theirs ? &*theirs : nullptr};
  auto rows = rows_for(at, what);
  for (int round = 0; round < rounds; ++round) {
    for (row& each : rows) {
      const auto got = each.run();
      if (!got) return std::fprintf(stderr, "%s: does not run\n", each.name.c_str()), 1;
      each.rounds.push_back(*got);
    }
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
                            static_cast<int>(std::max(number(4, 3), 1UL)));
}
