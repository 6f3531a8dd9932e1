#include "broker/retained_sources.hpp"

#include <limits>

namespace nanomq::broker {

using stored = nanolib::retained_store::stored;

retained_source::retained_source(const principal& who)
    : client_id_(who.client_id),
      user_name_(who.user_name),
      address_(who.address),
      listener_(who.listener),
      has_own_rights_(who.is_superuser || (who.brought != nullptr && who.brought->has_rules())) {
  if (who.identity != nullptr) identity_ = std::make_unique<const nanonng::net::tls_identity>(*who.identity);
}

principal retained_source::who() const noexcept {
  principal made{client_id_, user_name_, address_, listener_};
  made.identity = identity_.get();
  return made;
}

stored retained_sources::store(nanolib::retained_store& kept, const nanolib::publication& what,
                               const retained_source_ptr& by, std::uint32_t most) {
  if (!by && !is_used()) return kept.store(what);
  const nanolib::mutex_lock lock(mutex_);
  const auto before = by_topic_.find(what.topic);
  if (what.payload.empty() || !by) {
    const stored done = kept.store(what);
    if (done != stored::full) erase(what.topic);
    return done;
  }
  const std::string& user = by->user_name();
  const bool is_same = before != by_topic_.end() && before->second->user_name() == user;
  const bool is_counted = !is_same && !user.empty();
  if (is_counted && !users_.try_add(user, most == 0 ? std::numeric_limits<std::uint32_t>::max() : most))
    return stored::full;
  try {
    // Made beforehand: what is kept is never without its source.
    const auto at = before != by_topic_.end() ? before : by_topic_.emplace(std::string(what.topic), nullptr).first;
    const stored done = kept.store(what);
    if (done == stored::full) {
      if (is_counted) users_.remove(user);
      if (!at->second) by_topic_.erase(at);
      return done;
    }
    if (at->second && !is_same) uncount(*at->second);
    at->second = by;
    used_.store(true, std::memory_order_relaxed);
    return done;
  } catch (const std::bad_alloc&) {
    if (is_counted) users_.remove(user);
    throw;
  }
}

retained_source_ptr retained_sources::of(std::string_view topic) const noexcept {
  if (!is_used()) return {};
  const nanolib::mutex_lock lock(mutex_);
  const auto found = by_topic_.find(topic);
  return found == by_topic_.end() ? nullptr : found->second;
}

void retained_sources::forget(const nanolib::retained_store& kept, std::string_view topic) noexcept {
  const nanolib::mutex_lock lock(mutex_);
  try {
    if (!kept.find(topic)) erase(topic);
  } catch (const std::bad_alloc&) {
    // The next message under this topic takes its place.
  }
}

void retained_sources::erase(std::string_view topic) noexcept {
  const auto found = by_topic_.find(topic);
  if (found == by_topic_.end()) return;
  uncount(*found->second);
  by_topic_.erase(found);
}

void retained_sources::uncount(const retained_source& one) noexcept {
  if (!one.user_name().empty()) users_.remove(one.user_name());
}

}  // namespace nanomq::broker
