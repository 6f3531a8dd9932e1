#include "retained_check.hpp"

#include <algorithm>
#include <string>

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;

// There is no sign for the end of what is retained. With everything in place this is enough to catch what should have
// been deleted; with something missing it is worth a longer wait.
constexpr auto quiet_when_content = 15ms;
constexpr auto shortest_quiet_when_not = 1s;

session_settings checker_settings() {
  session_settings made;
  made.client_id = "retained-check";
  made.expiry_s = 0;
  return made;
}

}  // namespace

retained_check::retained_check(cast& who)
    : cast_(who), client_(checker_settings(), *this), seen_(who.retained.topics()) {}

bool retained_check::look(client_loop& loop, clock::time_point until, std::chrono::milliseconds patience) {
  const auto quiet_when_not = std::max<std::chrono::milliseconds>(patience, shortest_quiet_when_not);
  if (!loop.open(client_, true)) return false;
  auto last = clock::now();
  for (;;) {
    const auto before = loop.last_input();
    loop.turn(1ms);
    const auto now = clock::now();
    if (loop.last_input() != before) last = now;
    if (ended_ || now >= until) break;
    const auto quiet = now - last;
    if (!subscribed_ || quiet < quiet_when_content) continue;
    if (!content() && quiet < quiet_when_not) continue;
    loop.cut(client_);
    for (retained_ledger::topic_id topic = 0; topic < seen_.size(); ++topic) cast_.retained.found(topic, seen_[topic]);
    return true;
  }
  loop.cut(client_);
  return false;
}

bool retained_check::content() const {
  for (retained_ledger::topic_id topic = 0; topic < seen_.size(); ++topic) {
    if (!cast_.retained.possible(topic, seen_[topic])) return false;
  }
  return true;
}

void retained_check::on_connected(session& which, bool session_present) {
  if (session_present) cast_.faults.add(fault::ghost_session, which.settings().client_id);
  static_cast<void>(which.subscribe(filter, {.qos = 1}));
}

void retained_check::on_message(session& which, const arrival& message) {
  if (!message.retain) return;
  const auto what = read_payload(message.payload, cast_.settings.payload);
  const bool known = what && cast_.messages.knows(*what) && cast_.streams[what->stream].kind == flow::retained &&
                     cast_.messages.settings(what->stream).topic == message.topic;
  if (!known) {
    cast_.faults.add(fault::changed, std::string{message.topic} + ", retained, to " + which.settings().client_id);
    return;
  }
  seen_[cast_.streams[what->stream].retained_topic] = what->sequence;
}

void retained_check::on_request_done(session& /*which*/, std::uint16_t /*identifier*/, mqtt::reason_code /*result*/) {
  subscribed_ = true;
}

void retained_check::on_violation(session& /*which*/, std::string_view what) {
  cast_.faults.add(fault::bad_packet, std::string{what} + " to the retained check");
}

void retained_check::on_dismissed(session& /*which*/, mqtt::reason_code why) {
  cast_.faults.add(fault::closed, "the retained check: " + std::string{name_of(why)});
}

void retained_check::on_closed(session& /*which*/, bool expected) {
  ended_ = true;
  if (!expected) cast_.faults.add(fault::closed, "the retained check");
}

}  // namespace nanomq::crash
