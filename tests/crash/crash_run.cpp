#include "crash_run.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "retained_check.hpp"

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_start = 120s;
constexpr auto longest_assembly = 30s;
constexpr auto turn_length = 1ms;
constexpr auto longest_silence = 120ms;  // before a kill
constexpr auto beyond_ready = 10ms;      // how far after the usual time to ready an early kill may come
constexpr unsigned early_kill_one_in = 4;
constexpr unsigned everybody_one_in = 5;
constexpr unsigned turns_between_looks = 16;

}  // namespace

crash_run::crash_run(const recipe& how, const crash_settings& settings, broker_child& broker)
    : settings_(settings),
      broker_(broker),
      chance_(settings.seed),
      cast_(settings.who, books_),
      wills_(cast_, books_, settings.patience),
      traffic_(cast_, books_, wills_, settings.rate, chance_),
      loop_(broker.port()) {
  cast_.replaces_options = how.replaces_options;
  result_.broker = how.name;
  result_.about = how.about;
  books_.attach(cast_);
  books_.set_will_watch([this](const stamp& what) { wills_.arrived(what, clock::now()); });
}

crash_result crash_run::run() {
  const auto limit = clock::now() + settings_.time_limit;
  if (revive(false) && assemble_first()) {
    load(clock::now() + settings_.shortest_load);
    while (result_.cycles < settings_.cycles && clock::now() < limit && cycle(result_.cycles + 1)) ++result_.cycles;
    if (!result_.abandoned) end_life();
    if (!result_.abandoned && revive(false)) verify(true);
  }
  finish_result();
  return std::move(result_);
}

bool crash_run::start_and_wait(clock::time_point until) {
  if (const auto started = broker_.start(); !started) {
    result_.abandoned = started.error();
    return false;
  }
  if (!broker_.wait_until_ready(until)) return false;
  result_.ready.push_back(broker_.time_to_ready());
  traffic_.broker_ready(clock::now());
  return true;
}

bool crash_run::assemble_first() {
  const auto until = clock::now() + longest_assembly;
  while (!traffic_.assembled(true) && clock::now() < until && !died_)
    live(clock::now() + 5ms, {.everybody_online = true});
  if (traffic_.assembled(true)) return true;
  result_.abandoned = "the first connections and subscriptions were not answered";
  return false;
}

/// Ends a life and begins the next.
bool crash_run::cycle(unsigned number) {
  end_life();
  const bool early = settings_.how != ending::cut && chance_() % early_kill_one_in == 0;
  if (!revive(early)) return false;
  if (early) return true;
  if (chance_() % 2 == 0) look_at_retained(clock::now() + settings_.patience);
  if (number % settings_.verify_every == 0 || traffic_.backlog_is_long()) verify(false);
  load(clock::now() + between(settings_.shortest_load, settings_.longest_load));
  if (settings_.verbose && number % 10 == 0) {
    std::fprintf(stderr, "%s: cycle %u, %llu messages acknowledged, %llu faults\n", result_.broker.c_str(), number,
                 static_cast<unsigned long long>(cast_.messages.acknowledgements()),
                 static_cast<unsigned long long>(cast_.faults.total()));
  }
  return true;
}

/// The broker is there again, or, if it is to die early, has been for a moment.
bool crash_run::revive(bool early) {
  if (settings_.how == ending::cut && broker_.runs()) {
    traffic_.broker_ready(clock::now());
    return true;
  }
  const auto usual = broker_.time_to_ready();
  const auto until = clock::now() + (early ? between(0ns, 2 * usual + beyond_ready) : longest_start);
  if (!start_and_wait(until)) {
    if (result_.abandoned) return false;
    if (early && broker_.runs()) {
      ++result_.kills_before_ready;
      return true;
    }
    result_.abandoned = "the broker did not start: " + broker_.end_of_log();
    return false;
  }
  if (early) live(until, {.publishing = true, .churning = true});
  return true;
}

void crash_run::load(clock::time_point until) {
  const auto began = clock::now();
  const std::uint64_t before = cast_.messages.acknowledgements();
  const activity everything{
      .publishing = true,
      .churning = true,
      // A broker that is told to stop may publish wills or keep them: that is its policy.
      .leaving_wills = settings_.how != ending::terminate,
      // Those who stay away come now and then, to be interrupted while they fetch what has waited for them.
      .everybody_online = chance_() % everybody_one_in == 0};
  live(until - between(0ns, longest_silence), everything);
  traffic_.fall_silent();
  live(until, everything);
  result_.loaded += clock::now() - began;
  result_.acknowledged_under_load += cast_.messages.acknowledgements() - before;
}

void crash_run::end_life() {
  switch (settings_.how) {
    case ending::kill:
      broker_.end(SIGKILL);
      break;
    case ending::terminate:
      books_.set_dismissal_expected(true);
      if (!broker_.end(SIGTERM)) cast_.faults.add(fault::broker_died, "it did not end after SIGTERM");
      break;
    case ending::cut:
      break;
  }
  // What has been sent but not read is lost with some clients, as when their machine goes down too.
  for (member& each : cast_.members) {
    if (each.what != role::publisher && each.what != role::churner && chance_() % 3 == 0)
      each.client.set_answering(answering::deaf);
  }
  settings_.how == ending::cut ? loop_.cut_all() : loop_.drain();
  books_.set_dismissal_expected(false);
  wills_.connections_lost(clock::now());
  died_ = false;
}

void crash_run::live(clock::time_point until, const activity& what) {
  for (auto now = clock::now(); now < until && !died_; now = clock::now()) {
    traffic_.pump(loop_, now, what);
    loop_.turn(std::min<std::chrono::nanoseconds>(turn_length, until - now));
    if (++turns_ % turns_between_looks == 0 && !broker_.runs()) note_death();
  }
}

void crash_run::note_death() {
  died_ = true;
  cast_.faults.add(fault::broker_died, broker_.end_of_log());
}

void crash_run::look_at_retained(clock::time_point until) {
  if (retained_check{cast_}.look(loop_, until, settings_.patience)) ++result_.retained_looks;
}

std::chrono::nanoseconds crash_run::between(std::chrono::nanoseconds least, std::chrono::nanoseconds most) {
  return std::chrono::nanoseconds{
      std::uniform_int_distribution<std::int64_t>{least.count(), std::max(least, most).count()}(chance_)};
}

void crash_run::finish_result() {
  result_.published = cast_.messages.publications();
  result_.acknowledged = cast_.messages.acknowledgements();
  for (const auto& [why, times] : books_.refusals()) result_.refused.emplace(name_of(why), times);
  result_.delivered = cast_.messages.deliveries();
  result_.repeated = cast_.messages.allowed_repetitions();
  result_.requests = books_.requests_acknowledged();
  result_.connections = books_.connections();
  result_.wills = wills_.due();
  result_.faults = cast_.faults;
  std::ranges::sort(result_.ready);
}

}  // namespace nanomq::crash
