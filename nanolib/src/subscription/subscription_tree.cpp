// The writers' half of the tree: one at a time, under one lock.
#include "nanolib/subscription/subscription_tree.hpp"

#include "tree_state.hpp"

namespace nanolib {

subscription_tree::subscription_tree(quiescence& readers) : state_(std::make_unique<state>(readers)) {}

subscription_tree::~subscription_tree() = default;

subscription_tree::subscribed subscription_tree::subscribe(const topic_filter& filter, subscriber_id who,
                                                           const subscription_options& options) {
  const mutex_lock lock(state_->writers);
  node* deepest = &state_->root;
  try {
    place_node* place = state_->make_place(filter.filter, deepest);
    deepest = place;
    if (filter.is_shared()) {
      share_node* share = state_->make_share(*place, filter);
      if (share == nullptr) return {};
      deepest = share;
    }
    // [MQTT-3.8.4-3]: options are replaced by one store, so that no message is missed.
    const auto change = state::members_of(deepest).set({who, options}, state_->readers);
    if (change != member_list::change::unchanged) state::step(state_->version_at(deepest));
    if (change == member_list::change::added) state_->size.fetch_add(1, std::memory_order_relaxed);
    return {deepest, change != member_list::change::added, change == member_list::change::unchanged};
  } catch (const std::bad_alloc&) {
    state_->prune(deepest);
    return {};
  }
}

subscription_tree::handle subscription_tree::unsubscribe(const topic_filter& filter, subscriber_id who) {
  const mutex_lock lock(state_->writers);
  place_node* place = state_->find_place(filter.filter);
  if (place == nullptr) return nullptr;
  node* at = place;
  if (filter.is_shared()) at = state::find_share(*place, filter.share_group);
  return state_->remove_member(at, who) ? at : nullptr;
}

bool subscription_tree::unsubscribe(handle place, subscriber_id who) {
  const mutex_lock lock(state_->writers);
  return state_->remove_member(place, who);
}

std::string subscription_tree::filter_text(handle place) const {
  const mutex_lock lock(state_->writers);
  std::string prefix;
  if (place->kind == node_kind::share) {
    prefix = "$share/" + static_cast<const share_node*>(place)->group->name_ + "/";
    place = place->parent;
  }
  std::vector<std::string_view> levels;
  for (const node* at = place; at != &state_->root; at = at->parent) levels.push_back(text_of(at));
  for (std::size_t i = levels.size(); i > 0; --i) {
    prefix += levels[i - 1];
    if (i > 1) prefix += '/';
  }
  return prefix;
}

subscription_options subscription_tree::options(handle place, subscriber_id who) const {
  const mutex_lock lock(state_->writers);
  return state::members_of(place).find(who).options;
}

shared_group_ptr subscription_tree::group(const topic_filter& filter) const {
  const mutex_lock lock(state_->writers);
  place_node* place = filter.is_shared() ? state_->find_place(filter.filter) : nullptr;
  const share_node* share = place == nullptr ? nullptr : state::find_share(*place, filter.share_group);
  return share == nullptr ? shared_group_ptr() : shared_group_ptr::share(share->group);
}

std::size_t subscription_tree::size() const noexcept { return state_->size.load(std::memory_order_relaxed); }

bool subscription_tree::state::remove_member(node* place, subscriber_id who) noexcept {
  if (place == nullptr || !members_of(place).remove(who, readers)) return false;
  size.fetch_sub(1, std::memory_order_relaxed);
  std::atomic<std::uint64_t>& version = version_at(place);
  prune(place);
  step(version);
  return true;
}

}  // namespace nanolib
