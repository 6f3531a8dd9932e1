#include "nanomq/tools/load_run.hpp"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "nanomq/tools/process_figures.hpp"

namespace nanomq::tools {

using namespace std::chrono_literals;

namespace {

/// Those that come a second time come right behind the others.
constexpr auto time_for_strays = 50ms;
/// Between the moment when a flow is let go and its first message.
constexpr auto head_start = 1ms;

moment clock_now() noexcept { return std::chrono::steady_clock::now(); }

std::uint64_t share_of(std::uint64_t all, std::uint64_t part, std::uint64_t parts) noexcept {
  return all / parts + (part < all % parts ? 1 : 0);
}

std::uint64_t progress_of(const load_totals& totals) noexcept {
  return totals[load_count::received] + totals[load_count::acknowledged] + totals[load_count::refused];
}

}  // namespace

double load_progress::rate(load_count which) const noexcept {
  const double seconds = std::chrono::duration<double>(interval).count();
  return seconds > 0 ? static_cast<double>(totals[which] - last[which]) / seconds : 0;
}

load_run::load_run(load_plan plan)
    : plan_(std::move(plan)),
      facts_{.run = static_cast<std::uint16_t>(std::random_device{}()),
             .clock = stamp_clock(clock_now(), std::chrono::system_clock::now())} {
  if (plan_.kind == load_kind::roundtrip || plan_.kind == load_kind::connect) plan_.wait_for_all = true;
}

load_run::~load_run() = default;

std::expected<std::unique_ptr<load_run>, std::string> load_run::create(load_plan plan) {
  if (const auto possible = check(plan); !possible) return std::unexpected(possible.error());
  std::unique_ptr<load_run> made(new load_run(std::move(plan)));
  auto overseer = nanonng::net::event_loop::create({});
  if (!overseer) return std::unexpected("no event loop: " + std::string{nanolib::describe(overseer.error())});
  made->overseer_ = std::move(*overseer);
  made->control_.overseer = made->overseer_.get();
  if (const auto ready = made->make_workers(); !ready) return std::unexpected(ready.error());
  return made;
}

std::expected<void, std::string> load_run::make_workers() {
  const unsigned count = plan_.useful_threads();
  std::uint64_t first = plan_.first_number;
  for (unsigned at = 0; at < count; ++at) {
    const auto part = [&](std::uint32_t all) { return static_cast<std::uint32_t>(share_of(all, at, count)); };
    load_share share{.first = first,
                     .publishers = part(plan_.publishers()),
                     .subscribers = part(plan_.subscribers()),
                     .others = plan_.kind == load_kind::connect ? part(plan_.clients) : 0,
                     .limit = share_of(plan_.limit, at, count),
                     .connect_interval = plan_.connect_interval * count,
                     .connect_offset = plan_.connect_interval * at,
                     .most_connecting = std::max(1U, part(plan_.most_connecting))};
    first += std::max({share.publishers, share.subscribers, share.others});
    auto made = load_worker::create(plan_, facts_, share, control_);
    if (!made) return std::unexpected(made.error());
    workers_.push_back(std::move(*made));
  }
  return {};
}

void load_run::stop() noexcept {
  stops_.fetch_add(1);
  overseer_->wake();
}

load_totals load_run::totals() const noexcept {
  load_totals sum;
  for (const auto& each : workers_) sum.add(each->counters());
  return sum;
}

load_run::mark load_run::mark_now() const {
  return {.when = clock_now(), .totals = totals(), .processor = own_processor_time()};
}

load_report load_run::run(load_observer& observer, std::chrono::milliseconds tick) {
  observer_ = &observer;
  begun_ = told_ = clock_now();
  {
    std::vector<std::jthread> threads;
    for (const auto& each : workers_) threads.emplace_back([worker = each.get()] { worker->run(); });
    if (!plan_.wait_for_all) enter(load_phase::flow);
    while (phase_ != load_phase::finish) {
      overseer_->turn(until_next(tick));
      for (load_phase before = phase_; watch(), phase_ != before;) before = phase_;
      tell_progress(observer, tick);
    }
  }
  return report();
}

void load_run::enter(load_phase next) {
  const moment now = clock_now();
  observer_->on_phase(next);
  phase_ = next;
  last_progress_ = now;
  if (next == load_phase::flow) {
    const moment start = clock_now() + head_start;
    measure_from_ = start + plan_.warm_up;
    flow_until_ = plan_.duration.count() == 0 ? moment::max() : measure_from_ + plan_.duration;
    control_.flow_from.store(start.time_since_epoch().count(), std::memory_order_relaxed);
    // Without a warm-up every message counts, those too that a window lets through before the first is due.
    const moment counted_from = plan_.warm_up.count() == 0 ? moment{} : measure_from_;
    control_.measure_from.store(counted_from.time_since_epoch().count(), std::memory_order_relaxed);
    if (plan_.warm_up.count() == 0) {
      measured_from_ = mark_now();
      is_measuring_ = true;
    }
  }
  if (next == load_phase::drain) {
    measured_until_ = mark_now();
    seen_ = progress_of(measured_until_.totals);
  }
  control_.phase.store(next, std::memory_order_release);
  for (const auto& each : workers_) each->wake();
}

void load_run::watch() {
  if (connected_ == moment{} && totals()[load_count::settled] >= plan_.connections()) connected_ = clock_now();
  const int stops = stops_.load();
  if (stops > 1) return enter(load_phase::finish);
  if (stops == 1 && phase_ == load_phase::connect) return enter(load_phase::finish);
  if (stops == 1 && phase_ == load_phase::flow) enter(load_phase::drain);
  switch (phase_) {
    case load_phase::connect:
      return watch_connecting();
    case load_phase::flow:
      return watch_flow();
    case load_phase::drain:
      return watch_drain();
    case load_phase::finish:
      return;
  }
}

void load_run::watch_connecting() {
  if (connected_ == moment{}) return;
  const load_totals now = totals();
  // Who is not there would be missed in every message.
  not_started_ =
      plan_.kind == load_kind::roundtrip && (now.open() < plan_.connections() || now[load_count::refused_filters] != 0);
  enter(not_started_ ? load_phase::finish : load_phase::flow);
}

bool load_run::nobody_is_left(const load_totals& now) const noexcept {
  return !plan_.reconnect && connected_ != moment{} && now.open() == 0;
}

/// Windows that stay full let nothing through any more: who waits for them would wait without end.
bool load_run::is_stalled(const load_totals& now, moment when) noexcept {
  const std::uint64_t progress = progress_of(now) + now[load_count::sent];
  const bool by_window = plan_.message_interval.count() == 0 && plan_.publishers() != 0;
  if (progress != seen_ || !by_window || connected_ == moment{}) {
    seen_ = progress;
    last_progress_ = when;
  }
  return when - last_progress_ >= plan_.patience;
}

void load_run::watch_flow() {
  const moment now = clock_now();
  if (!is_measuring_ && now >= measure_from_) {
    measured_from_ = mark_now();
    is_measuring_ = true;
  }
  const load_totals current = totals();
  const bool done = std::ranges::all_of(workers_, [](const auto& each) { return each->is_done(); });
  const bool over = now >= flow_until_ || done || nobody_is_left(current) || is_stalled(current, now);
  if (over) enter(load_phase::drain);
}

void load_run::watch_drain() {
  const moment now = clock_now();
  const load_totals current = totals();
  if (const auto progress = progress_of(current); progress != seen_) {
    seen_ = progress;
    last_progress_ = now;
  }
  if (strays_until_ == moment{}) {
    const bool drained = std::ranges::all_of(workers_, [](const auto& each) { return each->is_drained(); });
    if (!drained && now - last_progress_ < plan_.patience && !nobody_is_left(current)) return;
    // A run that ends with its messages is measured to the last of them.
    if (flow_until_ > now) measured_until_ = mark_now();
    strays_until_ = now + (plan_.kind == load_kind::roundtrip ? time_for_strays : 0ms);
  }
  if (now >= strays_until_) enter(load_phase::finish);
}

nanolib::duration load_run::until_next(std::chrono::nanoseconds tick) const noexcept {
  moment next = told_ + tick;
  if (phase_ == load_phase::flow) {
    next = std::min({next, is_measuring_ ? flow_until_ : measure_from_, last_progress_ + plan_.patience});
  }
  if (phase_ == load_phase::drain)
    next = std::min(next, strays_until_ == moment{} ? clock_now() + 20ms : strays_until_);
  const auto left = std::chrono::ceil<nanolib::duration>(next - clock_now());
  return std::clamp(left, nanolib::duration{0}, nanolib::duration{1000});
}

void load_run::tell_progress(load_observer& observer, std::chrono::nanoseconds tick) {
  const moment now = clock_now();
  if (now - told_ < tick) return;
  const load_totals current = totals();
  observer.on_progress({.phase = phase_,
                        .elapsed = now - begun_,
                        .interval = now - told_,
                        .totals = current,
                        .last = std::exchange(told_totals_, current)});
  told_ = now;
}

load_report load_run::report() const {
  load_report out;
  out.totals = totals();
  for (const auto& each : workers_) {
    const arrival_account part = each->receivers().account();
    out.arrivals.missing += part.missing;
    out.arrivals.duplicates += part.duplicates;
    out.arrivals.reordered += part.reordered;
    out.arrivals.streams += part.streams;
    out.failures.merge(each->failures());
    out.connecting.merge(each->connect_times());
    out.latency.merge(each->receivers().latencies());
    out.acknowledged.merge(each->publishers().acknowledgement_times());
    out.unanswered += each->publishers().unanswered();
    if (!each->publishers().refusal().empty()) out.refusal = each->publishers().refusal();
  }
  out.not_started = not_started_;
  if (connected_ != moment{}) out.connect_time = connected_ - begun_;
  if (!is_measuring_ || measured_until_.when <= measured_from_.when) return out;
  const auto grown = [&](load_count which) { return measured_until_.totals[which] - measured_from_.totals[which]; };
  out.measured = measured_until_.when - measured_from_.when;
  out.measured_sent = grown(load_count::sent);
  out.measured_received = grown(load_count::received);
  out.measured_bytes = grown(load_count::payload_received);
  const std::chrono::duration<double> busy = measured_until_.processor - measured_from_.processor;
  out.cores = busy / out.measured;
  return out;
}

}  // namespace nanomq::tools
