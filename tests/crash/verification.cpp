// The pause in which everybody is online and what was promised is looked for.
#include <algorithm>
#include <string>

#include "crash_run.hpp"

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;

constexpr activity quiet{.everybody_online = true};
constexpr auto time_for_late_copies = 300ms;
constexpr auto turn_length = 1ms;

}  // namespace

/// Until the condition holds, or the broker has said nothing for so long that it never will.
template <class Condition>
bool crash_run::settle(Condition condition, const activity& what) {
  const auto began = clock::now();
  while (!condition()) {
    const auto now = clock::now();
    if (died_ || now - std::max(began, loop_.last_input()) > settings_.patience) return false;
    live(now + turn_length, what);
  }
  return true;
}

void crash_run::verify(bool last) {
  collect_answers();
  settle([this] { return cast_.messages.outstanding() == 0; }, quiet);
  if (died_) return;
  give_up_outstanding();
  probe_subscriptions();
  if (died_) return;
  look_at_retained(clock::now() + 10 * settings_.patience);
  if (!last) return;
  await_wills();
  live(clock::now() + time_for_late_copies, quiet);
}

/// Everybody is there and everything that was sent is answered.
void crash_run::collect_answers() {
  const auto answered = [this] { return traffic_.assembled(true) && traffic_.under_way() == 0; };
  if (settle(answered, quiet) || died_) return;
  for (member& each : cast_.members) {
    if (!client_loop::is_open(each.client)) continue;
    const bool waits = !each.client.connected() || each.client.under_way() != 0;
    if (!waits) continue;
    cast_.faults.add(fault::unanswered, each.client.settings().client_id,
                     std::max<std::size_t>(1, each.client.under_way()));
    loop_.cut(each.client);
  }
  settle(answered, quiet);
}

void crash_run::give_up_outstanding() {
  for (ledger::tracker_id tracker = 0; tracker < cast_.messages.trackers(); ++tracker) cast_.messages.give_up(tracker);
}

/// One message by everybody: the trackers that did not get it, without counting that as lost.
std::vector<bool> crash_run::probe_once() {
  traffic_.probe();
  settle([this] { return !traffic_.probing() && traffic_.under_way() == 0 && cast_.messages.outstanding() == 0; },
         quiet);
  std::vector<bool> missing(cast_.messages.trackers());
  for (ledger::tracker_id tracker = 0; tracker < missing.size(); ++tracker) {
    missing[tracker] = cast_.messages.give_up(tracker, false) != 0;
  }
  return missing;
}

/// A subscription that brings nothing, twice, has been forgotten; what brings one of two has lost one.
void crash_run::probe_subscriptions() {
  const std::vector<bool> first = probe_once();
  if (died_) return;
  if (std::ranges::none_of(first, [](bool missing) { return missing; })) return;
  std::vector<bool> silent = probe_once();
  if (died_) return;
  for (ledger::tracker_id tracker = 0; tracker < silent.size(); ++tracker) {
    if (first[tracker] != silent[tracker])
      cast_.faults.add(fault::lost, "a probe on " + cast_.messages.settings(cast_.tracked[tracker]).topic);
    silent[tracker] = silent[tracker] && first[tracker];
  }
  report_forgotten(silent);
}

void crash_run::report_forgotten(const std::vector<bool>& silent) {
  bool group_counted = false;
  for (subscription& each : cast_.subscriptions) {
    if (std::ranges::none_of(each.trackers, [&](auto tracker) { return silent[tracker]; })) continue;
    books_.forgotten(each, !(each.shared && group_counted));
    group_counted = group_counted || each.shared;
  }
  settle([this] { return traffic_.assembled(true); }, quiet);
}

void crash_run::await_wills() {
  for (member& each : cast_.members) {
    if (each.what == role::testator) loop_.cut(each.client);
  }
  wills_.connections_lost(clock::now());
  while (!wills_.settled() && !died_) live(clock::now() + 5 * turn_length, quiet);
}

}  // namespace nanomq::crash
