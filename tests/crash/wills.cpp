#include "wills.hpp"

#include <algorithm>
#include <string>

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;

constexpr auto settling = 100ms;
constexpr std::chrono::seconds delay{wills::delay_s};
// Brokers count delays in whole seconds, and begin in the middle of one.
constexpr auto rounding = 1s;
// How long a broker that is left in peace may take beyond the delay.
constexpr auto patience = 3s;

std::chrono::milliseconds between(std::chrono::milliseconds least, std::chrono::milliseconds most,
                                  wills::random& chance) {
  return std::chrono::milliseconds{std::uniform_int_distribution<std::int64_t>{least.count(), most.count()}(chance)};
}

}  // namespace

wills::wills(cast& who, bookkeeper& books) : cast_(who), books_(books) {
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

void wills::intend(testator& who, clock::time_point now, random& chance) {
  who.intent = static_cast<plan>(std::uniform_int_distribution<int>{0, 3}(chance));
  who.act_at = now + between(settling, 400ms, chance);
}

/// What the socket says.
void wills::follow_connection(testator& who, clock::time_point now, random& chance) {
  const session& client = cast_.members[who.member].client;
  const bool open = client_loop::is_open(client);
  switch (who.now) {
    case state::connecting:
    case state::returning:
      if (client.connected()) {
        enter(who, state::connected, now);
        intend(who, now, chance);
      } else if (!open) {
        enter(who, state::idle, now);
        who.previous.reset();
      }
      break;
    case state::connected:
      if (!open) {
        enter(who, state::waiting, now);
        who.gone_at = now;
      }
      break;
    case state::finishing:
      if (!open) enter(who, state::taken_back, now);
      break;
    default:
      break;
  }
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
  if (who.now == state::away) who.act_at = now + settling;
}

/// What has become certain.
void wills::conclude(testator& who, clock::time_point now) {
  const bool certain = now - who.since >= settling;
  if (who.now == state::connected && who.previous && certain) {
    cast_.messages.withdrawn({.stream = who.stream, .sequence = *who.previous});
    who.previous.reset();
  }
  if (who.now == state::taken_back && certain) {
    cast_.messages.withdrawn({.stream = who.stream, .sequence = who.will});
    enter(who, state::idle, now);
  }
  const bool overdue = now >= who.gone_at + delay + patience && now >= ready_at_ + patience;
  if (who.now == state::waiting && overdue) {
    ++due_;
    cast_.faults.add(fault::lost_will,
                     cast_.messages.settings(who.stream).topic + " number " + std::to_string(who.will));
    enter(who, state::idle, now);
  }
}

void wills::connections_lost(clock::time_point now) {
  for (testator& each : testators_) {
    const bool certain = now - each.since >= settling;
    if (each.now == state::idle || each.now == state::waiting) continue;
    const bool still_there = each.now == state::connected && certain;
    if (each.now == state::connected) each.gone_at = now;
    enter(each, still_there || each.now == state::away ? state::waiting : state::idle, now);
    each.previous.reset();
  }
}

void wills::arrived(const stamp& what, clock::time_point now) {
  const auto found = std::ranges::find(testators_, what.stream, &testator::stream);
  if (found == testators_.end() || found->will != what.sequence) return;
  const std::string words = cast_.messages.settings(what.stream).topic + " number " + std::to_string(what.sequence);
  if (found->now == state::connected || found->now == state::finishing)
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
