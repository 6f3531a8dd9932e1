#include "broker/traffic_policy.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "nanolib/base/hash.hpp"

namespace nanomq::broker {

namespace {

/// Users remembered at the most, those with clients aside.
constexpr std::size_t most_users = 100'000;

message_rates rates_of(const message_rates& of_each, const own_rates& own) {
  return {own.messages.value_or(of_each.messages), own.bytes.value_or(of_each.bytes),
          own.action.value_or(of_each.action)};
}

}  // namespace

std::size_t traffic_policy::text_hash::operator()(std::string_view text) const noexcept {
  return static_cast<std::size_t>(nanolib::hash_text(text));
}

traffic_policy::traffic_policy(const traffic_limits& from)
    : rates_(from.client),
      client_(std::make_shared<const rate_shapes>(from.client)),
      user_(std::make_shared<const rate_shapes>(from.user)) {
  for (const auto& [name, own] : from.users) {
    users_.emplace(name, std::make_shared<const rate_shapes>(rates_of(from.user, own)));
  }
}

std::unique_ptr<traffic_meter> traffic_policy::meter_for(const listener_profile& by, std::string_view user,
                                                         nanolib::instant now) {
  const own_rates& said = by.options.rates;
  const auto own = said.is_empty() ? client_ : std::make_shared<const rate_shapes>(rates_of(rates_, said));
  const auto of_user = shapes_of(user);
  const bool is_needed = own->is_limited() || (of_user && of_user->is_limited()) || by.total_rates;
  if (!is_needed) return nullptr;
  auto made = std::make_unique<traffic_meter>();
  if (own->is_limited()) made->add(own, std::make_shared<rate_buckets>());
  if (of_user && of_user->is_limited()) made->add(of_user, buckets_of(user, now));
  if (by.total_rates) made->add(by.total_rates, {by.counts, &by.counts->taken});
  return made;
}

// Who has no name is nobody's client.
std::shared_ptr<const rate_shapes> traffic_policy::shapes_of(std::string_view user) const noexcept {
  if (user.empty()) return nullptr;
  const auto found = users_.find(user);
  return found == users_.end() ? user_ : found->second;
}

std::shared_ptr<rate_buckets> traffic_policy::buckets_of(std::string_view user, nanolib::instant now) {
  const nanolib::mutex_lock lock(mutex_);
  const auto found = taken_.find(user);
  if (found != taken_.end()) return found->second;
  if (taken_.size() >= look_again_at_) forget_idle(now);
  return taken_.emplace(std::string(user), std::make_shared<rate_buckets>()).first->second;
}

// Of those without a client, the ones that a fresh bucket would do for; all of them when there are too many.
void traffic_policy::forget_idle(nanolib::instant now) {
  const bool too_many = taken_.size() >= most_users;
  std::erase_if(taken_,
                [&](const auto& one) { return one.second.use_count() == 1 && (too_many || one.second->is_full(now)); });
  look_again_at_ = std::clamp<std::size_t>(2 * taken_.size(), 1'024, std::max(most_users, taken_.size() + 1'024));
}

std::size_t traffic_policy::users() noexcept {
  const nanolib::mutex_lock lock(mutex_);
  return taken_.size();
}

}  // namespace nanomq::broker
