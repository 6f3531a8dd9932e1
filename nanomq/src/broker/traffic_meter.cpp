#include "broker/traffic_meter.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace nanomq::broker {

using nanolib::instant;

instant traffic_meter::scope::ready(instant now) const noexcept {
  return std::max(of->messages.ready(limit->messages, now), of->bytes.ready(limit->bytes, now));
}

void traffic_meter::add(std::shared_ptr<const rate_shapes> limit, std::shared_ptr<rate_buckets> of) noexcept {
  if (!limit || !limit->is_limited() || !of || count_ == scopes_.size()) return;
  scopes_[count_++] = {std::move(limit), std::move(of)};
}

traffic_meter::verdict traffic_meter::judge(nanolib::quality_of_service qos, instant now) noexcept {
  const bool can_be_dropped = qos == nanolib::quality_of_service::at_most_once;
  latest_ = can_be_dropped ? packet::publish_qos0 : packet::publish;
  verdict said = verdict::take;
  for (const scope& one : std::span(scopes_).first(count_)) {
    if (one.limit->action == rate_action::wait || one.ready(now) <= now) continue;
    if (one.limit->action == rate_action::disconnect) {
      said = verdict::disconnect;
    } else if (can_be_dropped) {
      said = std::max(said, verdict::drop);
    }
  }
  if (said == verdict::drop) latest_ = packet::dropped;
  return said;
}

// What the action is about need not wait: it is judged when it comes. Everything else does.
bool traffic_meter::waits_after(packet what, rate_action action) noexcept {
  if (action == rate_action::wait) return true;
  return what == packet::other || (what == packet::publish && action == rate_action::drop_qos0);
}

void traffic_meter::pay(std::size_t bytes, instant now) noexcept {
  const packet what = std::exchange(latest_, packet::other);
  if (what == packet::dropped) return;
  for (const scope& one : std::span(scopes_).first(count_)) {
    if (what != packet::other) one.of->messages.spend(one.limit->messages, 1, now);
    one.of->bytes.spend(one.limit->bytes, bytes, now);
    if (one.limit->action != rate_action::wait && waits_after(what, one.limit->action)) {
      held_until_ = std::max(held_until_, one.ready(now));
    }
  }
}

instant traffic_meter::ready(instant now) const noexcept {
  instant at = std::max(now, held_until_);
  for (const scope& one : std::span(scopes_).first(count_)) {
    if (one.limit->action == rate_action::wait) at = std::max(at, one.ready(now));
  }
  return at;
}

}  // namespace nanomq::broker
