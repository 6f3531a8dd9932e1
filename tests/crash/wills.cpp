#include "wills.hpp"

#include <algorithm>
#include <string>

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;

// After a DISCONNECT.
constexpr auto settling = 500ms;
constexpr auto shortest_stay = 20ms;
constexpr auto longest_stay = 300ms;
constexpr std::chrono::seconds delay{wills::delay_s};
// Brokers count delays in whole seconds, and begin in the middle of one.
constexpr auto rounding = 1s;

std::chrono::milliseconds between(std::chrono::milliseconds least, std::chrono::milliseconds most,
                                  wills::random& chance) {
  return std::chrono::milliseconds{std::uniform_int_distribution<std::int64_t>{least.count(), most.count()}(chance)};
}

}  // namespace

wills::wills(cast& who, bookkeeper& books, std::chrono::milliseconds patience)
    : cast_(who), books_(books), patience_(patience) {
  for (std::size_t at = 0; at < who.members.size(); ++at) {
    if (who.members[at].what == role::testator)
      testators_.push_back({.member = at, .stream = who.members[at].streams.front()});
  }
}

void wills::enter(testator& who, state next, clock::time_point now) {
  who.now = next;
  who.since = now;
}

void wills::pump(client_loop& loop, clock::time_point now, bool may_begin, random& chance) {
  for (testator& each : testators_) {
    if (each.now == state::idle && may_begin && now >= each.act_at) leave_will(each, loop, now, true);
    follow_connection(each, now, chance);
    act(each, loop, now);
    conclude(each, now);
  }
}

void wills::leave_will(testator& who, client_loop& loop, clock::time_point now, bool clean_start) {
  member& client = cast_.members[who.member];
  if (!clean_start) who.previous = who.will;
  who.will = cast_.messages.sent(who.stream);
  const stamp what{.stream = who.stream, .sequence = who.will};
  const stream_settings& settings = cast_.messages.settings(who.stream);
  client.client.set_will(will_settings{.topic = settings.topic,
                                       .payload = make_payload(what, cast_.settings.payload),
                                       .qos = settings.qos,
                                       .delay_s = delay_s});
  books_.begins(client, clean_start);
  static_cast<void>(loop.open(client.client, clean_start));
  enter(who, clean_start ? state::connecting : state::returning, now);
}

/// What the socket says.
void wills::follow_connection(testator& who, clock::time_point now, random& chance) {
  const session& client = cast_.members[who.member].client;
  const bool open = client_loop::is_open(client);
  switch (who.now) {
    case state::connecting:
    case state::returning:
    case state::confirming:
      if (open) return confirm(who, now, chance);
      who.previous.reset();
      return enter(who, state::idle, now);
    case state::connected:
      if (open) return;
      who.gone_at = now;
      return enter(who, state::waiting, now);
    case state::finishing:
      if (!open) enter(who, state::taken_back, now);
      return;
    default:
      return;
  }
}

void wills::confirm(testator& who, clock::time_point now, random& chance) {
  member& client = cast_.members[who.member];
  subscription& own = cast_.subscriptions[client.subscriptions.front()];
  if (who.now != state::confirming) {
    if (!client.client.connected()) return;
    // Never the same, so that there is something to keep.
    books_.request(own, subscription_options{.qos = 1, .identifier = 1 + who.will});
    return enter(who, state::confirming, now);
  }
  if (own.request) return;
  if (who.previous) cast_.messages.withdrawn({.stream = who.stream, .sequence = *who.previous});
  who.previous.reset();
  who.intent = static_cast<plan>(std::uniform_int_distribution<int>{0, 3}(chance));
  who.act_at = now + between(shortest_stay, longest_stay, chance);
  enter(who, state::connected, now);
}

/// What the client does of its own accord.
void wills::act(testator& who, client_loop& loop, clock::time_point now) {
  session& client = cast_.members[who.member].client;
  if (now < who.act_at) return;
  if (who.now == state::away) return leave_will(who, loop, now, false);
  if (who.now != state::connected || who.intent == plan::stay) return;
  if (who.intent == plan::take_back) {
    loop.finish(client);
    return enter(who, state::finishing, now);
  }
  loop.cut(client);
  who.gone_at = now;
  enter(who, who.intent == plan::return_in_time ? state::away : state::waiting, now);
  if (who.now == state::away) who.act_at = now + shortest_stay;
}

/// What time tells.
void wills::conclude(testator& who, clock::time_point now) {
  if (who.now == state::taken_back && now - who.since >= settling) {
    cast_.messages.withdrawn({.stream = who.stream, .sequence = who.will});
    enter(who, state::idle, now);
  }
  // A broker may count the delay from its restart.
  const bool overdue = now >= std::max(who.gone_at, ready_at_) + delay + patience_;
  if (who.now == state::waiting && overdue) {
    ++due_;
    cast_.faults.add(fault::lost_will,
                     cast_.messages.settings(who.stream).topic + " number " + std::to_string(who.will));
    enter(who, state::idle, now);
  }
}

void wills::connections_lost(clock::time_point now) {
  for (testator& each : testators_) {
    if (each.now == state::idle || each.now == state::waiting) continue;
    if (each.now == state::connected) each.gone_at = now;
    enter(each, each.now == state::connected || each.now == state::away ? state::waiting : state::idle, now);
    each.previous.reset();
  }
}

void wills::arrived(const stamp& what, clock::time_point now) {
  const auto found = std::ranges::find(testators_, what.stream, &testator::stream);
  if (found == testators_.end() || found->will != what.sequence) return;
  const std::string words = cast_.messages.settings(what.stream).topic + " number " + std::to_string(what.sequence);
  if (found->now == state::confirming || found->now == state::connected || found->now == state::finishing)
    cast_.faults.add(fault::undue_will, words + " while its client was connected");
  if (found->now != state::waiting && found->now != state::away) return;
  if (now < found->gone_at + delay - rounding) cast_.faults.add(fault::undue_will, words + " before its delay");
  ++due_;
  enter(*found, state::idle, now);
}

bool wills::settled() const noexcept {
  return std::ranges::none_of(testators_, [](const testator& each) { return each.now == state::waiting; });
}

}  // namespace nanomq::crash
