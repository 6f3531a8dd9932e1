// A flow is a roundtrip of the load engine, watched by somebody who asks the kernel what the broker spends on it.
#include "flow_workload.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "nanomq/tools/load_run.hpp"
#include "nanomq/tools/process_figures.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::bench {

using tools::load_count;
using tools::load_phase;
using tools::load_plan;
using tools::load_report;
using tools::text;
using namespace std::chrono_literals;

namespace {

constexpr auto settling_time = 200ms;
constexpr auto sampling_interval = 250ms;
constexpr int unmeasured_share = 10;  // one part in

double microseconds(std::chrono::nanoseconds time) noexcept { return static_cast<double>(time.count()) / 1e3; }
double kibibytes(std::uint64_t bytes) noexcept { return static_cast<double>(bytes) / 1024; }
double seconds(std::chrono::nanoseconds time) noexcept { return static_cast<double>(time.count()) / 1e9; }

/// What the broker costs while messages flow.
class cost final : public tools::load_observer {
 public:
  cost(int process, bool samples_memory) : process_(process), samples_memory_(samples_memory) {
    if (samples_memory_) private_at_start_ = tools::private_bytes(process_);
  }

  [[nodiscard]] std::chrono::nanoseconds spent() const noexcept { return end_ - begin_; }
  [[nodiscard]] std::uint64_t private_at_start() const noexcept { return private_at_start_; }
  [[nodiscard]] std::uint64_t private_at_most() const noexcept { return std::max(private_at_most_, private_at_start_); }

 private:
  void on_phase(load_phase next) override {
    if (next == load_phase::flow) {
      std::this_thread::sleep_for(settling_time);
      begin_ = end_ = tools::processor_time(process_);
    }
    if (next == load_phase::finish) end_ = tools::processor_time(process_);
  }
  void on_progress(const tools::load_progress&) override {
    if (samples_memory_) private_at_most_ = std::max(private_at_most_, tools::private_bytes(process_));
  }

  int process_;
  bool samples_memory_;
  std::chrono::nanoseconds begin_{};
  std::chrono::nanoseconds end_{};
  std::uint64_t private_at_start_ = 0;
  std::uint64_t private_at_most_ = 0;
};

load_plan plan_for(const target& broker, const flow_shape& shape) {
  load_plan plan;
  plan.kind = tools::load_kind::roundtrip;
  plan.target = broker.address();
  plan.who.version = broker.version;
  plan.who.keep_alive_s = 0;  // an idle client must not be a busy one
  plan.pattern = shape.pattern;
  plan.clients =
      static_cast<std::uint32_t>(shape.pattern == tools::load_pattern::fan_out ? shape.subscribers : shape.publishers);
  plan.connect_interval = 0ns;
  plan.message.topic = tools::name_pattern("bench/flow/%i");
  plan.message.qos = plan.subscribe_qos = shape.qos;
  plan.message.payload = tools::make_filler(shape.payload);
  plan.window = shape.window;
  plan.duration = shape.duration;
  plan.message_interval = 0ns;
  if (shape.rate > 0) {
    plan.message_interval =
        std::chrono::nanoseconds{static_cast<std::int64_t>(1e9 * static_cast<double>(plan.publishers()) / shape.rate)};
    plan.warm_up = shape.duration / unmeasured_share;
    plan.duration = shape.duration - plan.warm_up;
  }
  return plan;
}

void add(std::string& to, const std::string& fault) { to += (to.empty() ? "" : "; ") + fault; }

std::string fault_of(const load_plan& plan, const load_report& report) {
  std::string out;
  for (const auto& [what, times] : report.failures.sorted()) add(out, describe(what));
  if (!report.refusal.empty()) add(out, report.refusal);
  const auto count = [&](load_count which) { return static_cast<unsigned long long>(report.totals[which]); };
  if (count(load_count::refused_filters) != 0) add(out, "the broker refused a subscription");
  if (count(load_count::refused) != 0) add(out, "the broker refused PUBLISH");
  if (count(load_count::changed) != 0) add(out, "a message came changed, with wrong flags, or was never sent");
  if (count(load_count::misdelivered) != 0) add(out, "a message came to the wrong subscriber");
  const tools::arrival_account& got = report.arrivals;
  if (got.missing + got.duplicates + got.reordered != 0 || count(load_count::received) == 0) {
    add(out, text("of %llu sent: %llu missing, %llu twice, %llu out of order", count(load_count::sent),
                  static_cast<unsigned long long>(got.missing), static_cast<unsigned long long>(got.duplicates),
                  static_cast<unsigned long long>(got.reordered)));
  }
  if (out.empty() && !report.is_clean(plan)) out = "messages without an acknowledgement";
  return out;
}

}  // namespace

measurement run_flow(const target& broker, const flow_shape& shape) {
  auto made = tools::load_run::create(plan_for(broker, shape));
  if (!made) return {.figures = {}, .fault = made.error(), .note = {}};
  cost watching(broker.process, shape.focus == flow_focus::memory);
  const load_report report = (*made)->run(watching, sampling_interval);

  const std::uint64_t received = report.totals[load_count::received];
  measurement out{.figures = {}, .fault = fault_of((*made)->plan(), report), .note = {}};
  if (shape.focus == flow_focus::latency) {
    out.figures = {{"median latency", "us", microseconds(report.latency.quantile(0.5))},
                   {"99 % latency", "us", microseconds(report.latency.quantile(0.99))},
                   {"99.9 % latency", "us", microseconds(report.latency.quantile(0.999))}};
  } else if (shape.focus == flow_focus::memory) {
    out.figures = {{"private at start", "KiB", kibibytes(watching.private_at_start())},
                   {"private under load", "KiB", kibibytes(watching.private_at_most())}};
  }
  out.figures.push_back({"CPU per delivery", "us",
                         microseconds(watching.spent()) / static_cast<double>(std::max<std::uint64_t>(received, 1))});
  out.note = text("%.0f deliveries/s, broker %.2f cores, load %.2f cores", report.received_rate(),
                  seconds(watching.spent()) / std::max(seconds(shape.duration), 1e-9), report.cores);
  return out;
}

}  // namespace nanomq::bench
