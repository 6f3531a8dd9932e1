#include "subscription_history.hpp"

#include <algorithm>
#include <ranges>

namespace nanomq::crash {
namespace {

bool explains(const subscription_options& options, const delivery_marks& seen) noexcept {
  if (options.no_local && seen.published_by_subscriber) return false;
  if (seen.qos != std::min(options.qos, seen.published_qos)) return false;
  if (seen.retain != (options.retain_as_published && seen.published_retain)) return false;
  if (options.identifier == 0) return seen.identifiers.empty();
  return seen.identifiers.size() == 1 && seen.identifiers.front() == options.identifier;
}

}  // namespace

void subscription_history::requested(subscription_state what) {
  if (epochs_.empty()) epochs_.push_back({.what = std::nullopt, .ended = open_end});
  epochs_.push_back({.what = what, .ended = open_end});
  certain_ = false;
}

void subscription_history::confirmed(tick now) {
  if (epochs_.empty()) return;
  for (epoch& each : std::span{epochs_}.first(epochs_.size() - 1) | std::views::reverse) {
    if (each.ended != open_end) break;
    each.ended = now;
  }
  certain_ = true;
}

void subscription_history::lost(tick now) {
  requested(std::nullopt);
  confirmed(now);
}

const subscription_state& subscription_history::current() const noexcept {
  static constexpr subscription_state none;
  return epochs_.empty() ? none : epochs_.back().what;
}

verdict subscription_history::judge(tick first_sent, const delivery_marks& seen) const noexcept {
  verdict found = verdict::not_subscribed;
  for (const epoch& each : epochs_ | std::views::reverse) {
    if (each.ended < first_sent) break;
    if (!each.what) continue;
    if (explains(*each.what, seen)) return verdict::right;
    found = verdict::wrong_options;
  }
  return found;
}

}  // namespace nanomq::crash
