// What hooks and the webhook cost each message, beside a broker without any.
//
//   nanomq_bench_hooks [MESSAGES [BYTES [ROUNDS]]]
//
// One broker with one shard in this process for each row; ten publishers, each with a subscriber, as fast as a window of 64
// allows, QoS 0. Every row is run in every round, in turn, and its best round is shown. CPU is what the shard's thread used
// for each message; what the webhook's own threads and its endpoint use is not in it.
#include <dirent.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "endpoint.hpp"
#include "nanolib/base/log.hpp"
#include "nanomq/broker/broker.hpp"
#include "nanomq/tools/load_run.hpp"
#include "nanomq/webhook/webhook.hpp"

namespace nanomq::bench {
namespace {

using broker::hook_event;

constexpr std::uint32_t pairs = 10;

/// Wants to hear of messages, and does what the smallest useful hook does: it counts them.
class counting_hook final : public broker::hook {
 public:
  explicit counting_hook(std::string filter) : filter_(std::move(filter)) {}
  [[nodiscard]] std::vector<broker::hook_interest> interests() const override {
    return {{broker::events_of(hook_event::publish, hook_event::delivered), filter_}};
  }
  void on_publish(const broker::publish_event&) noexcept override { count_.fetch_add(1, std::memory_order_relaxed); }
  void on_delivered(const broker::delivery_event&) noexcept override { count_.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::string filter_;
  std::atomic<std::uint64_t> count_{0};
};

class no_log final : public nanolib::log {
  void write(const nanolib::log_event&) noexcept override {}
};

struct row {
  std::string name;
  std::function<broker::hook_set(webhook::webhook&)> hooks;
  double cpu_ns = std::numeric_limits<double>::max();
  double rate = 0;
  std::string told{};
};

// The ids of this process's threads.
std::set<std::string> threads() {
  std::set<std::string> all;
  DIR* const directory = ::opendir("/proc/self/task");
  if (directory == nullptr) return all;
  while (const dirent* const one = ::readdir(directory)) {
    if (one->d_name[0] != '.') all.emplace(one->d_name);
  }
  ::closedir(directory);
  return all;
}

// Nanoseconds on a processor. Spec: Linux, Documentation/scheduler/sched-stats.rst.
std::uint64_t cpu_ns(const std::string& thread) {
  std::FILE* const file = std::fopen(("/proc/self/task/" + thread + "/schedstat").c_str(), "re");
  if (file == nullptr) return 0;
  std::array<char, 64> text{};
  const auto size = std::fread(text.data(), 1, text.size(), file);
  std::fclose(file);
  std::uint64_t ns = 0;
  std::from_chars(text.data(), text.data() + size, ns);
  return ns;
}

broker::hook_set webhook_to(webhook::webhook& by, const endpoint& where, std::uint64_t room) {
  webhook::webhook_settings settings;
  settings.url = "http://127.0.0.1:" + std::to_string(where.port()) + "/events";
  settings.events = {{webhook::event_kind::message_publish}};
  settings.pool_size = 4;
  settings.batch_size = 100;
  settings.max_queue_messages = static_cast<std::uint32_t>(room);
  settings.max_queue_bytes = std::uint64_t{1} << 30U;
  settings.flush_timeout = nanolib::duration(0);
  std::string why;
  auto prepared = webhook::webhook::prepare(settings, why);
  if (!prepared || !by.change_to(std::move(*prepared))) std::exit(1);
  return by.hooks();
}

std::string figures_text(const broker::broker_figures& from) {
  std::string out;
  for (const auto& [name, value] : from.hooks) {
    if (name == "webhook/sent" || name == "webhook/dropped") out += "  " + name + " " + std::to_string(value);
  }
  return out;
}

tools::load_plan plan_for(const broker::broker& of, std::uint64_t messages, std::size_t size) {
  tools::load_plan plan;
  plan.kind = tools::load_kind::roundtrip;
  plan.target = tools::resolve(of.listeners().front().where).value().front();
  plan.clients = pairs;
  plan.connect_interval = std::chrono::nanoseconds(0);
  plan.message_interval = std::chrono::nanoseconds(0);
  plan.message.payload = tools::make_filler(size);
  plan.limit = messages;
  return plan;
}

// False: it could not be measured, and that has been said.
bool measure(row& into, std::uint64_t messages, std::size_t size) {
  static no_log log;
  webhook::webhook events(log, nanolib::system_clock());
  broker::broker_options options;
  options.listeners = {nanonng::net::endpoint{nanonng::net::endpoint::transport::tcp, "127.0.0.1", 0}};
  options.shards = 1;
  options.sys_interval = nanolib::duration(0);
  options.hooks = into.hooks(events);
  std::string why;
  auto opened = broker::broker::open(std::move(options), why);
  if (!opened) return std::fprintf(stderr, "%s\n", why.c_str()) < 0;
  const auto before = threads();
  if (!(*opened)->start()) return std::fprintf(stderr, "the broker does not start\n") < 0;
  auto shards = threads();
  for (const auto& one : before) shards.erase(one);
  const auto used = [&] {
    std::uint64_t all = 0;
    for (const auto& one : shards) all += cpu_ns(one);
    return all;
  };
  const auto plan = plan_for(**opened, messages, size);
  auto run = tools::load_run::create(plan);
  if (!run) return std::fprintf(stderr, "%s\n", run.error().c_str()) < 0;
  tools::load_observer nobody;
  const auto begun = used();
  const auto report = (*run)->run(nobody);
  const auto cost = static_cast<double>(used() - begun) / static_cast<double>(messages);
  if (!report.is_clean(plan)) return std::fprintf(stderr, "%s", summary(plan, report).c_str()) < 0;
  if (cost < into.cpu_ns) {
    into.cpu_ns = cost;
    into.told = figures_text((*opened)->figures());
  }
  into.rate = std::max(into.rate, report.received_rate());
  (*opened)->stop();
  events.stop();
  return true;
}

std::uint64_t number(int count, char** words, int at, std::uint64_t otherwise) {
  return count > at ? std::strtoull(words[at], nullptr, 10) : otherwise;
}

int run(int count, char** words) {
  const auto messages = number(count, words, 1, 200'000);
  const auto size = static_cast<std::size_t>(number(count, words, 2, 64));
  const auto rounds = number(count, words, 3, 5);
  const endpoint quick(true);
  const endpoint stuck(false);
  if (quick.port() == 0 || stuck.port() == 0) return 1;
  const auto counting = [](const char* filter) {
    return [filter](webhook::webhook&) { return broker::hook_set{std::make_shared<counting_hook>(filter)}; };
  };
  std::vector<row> rows{
      {"no hook", [](webhook::webhook&) { return broker::hook_set{}; }},
      {"a hook for another topic", counting("other/+/topic")},
      {"a hook that counts publish and delivered", counting("")},
      {"webhook, on_message_publish, room for all", [&](auto& by) { return webhook_to(by, quick, messages + 1); }},
      {"webhook, nobody answers and it is full", [&](auto& by) { return webhook_to(by, stuck, 1'000); }}};
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (row& one : rows) {
      if (!measure(one, messages, size)) return 1;
    }
  }
  for (const row& one : rows) {
    std::printf("%-42s %7.0f ns a message on the shard (x %.2f) %9.0f messages/s%s\n", one.name.c_str(), one.cpu_ns,
                one.cpu_ns / rows.front().cpu_ns, one.rate, one.told.c_str());
  }
  return 0;
}

}  // namespace
}  // namespace nanomq::bench

int main(int count, char** words) { return nanomq::bench::run(count, words); }
