// The readers' half of the tree: no lock, no write to anything shared but the counts of shared groups.
#include <array>

#include "tree_state.hpp"

namespace nanolib {

namespace {

/// A walk that is to be taken up again: what is left of the topic below a node.
struct pending {
  const level_node* at;
  const char* rest;
};

/// At most one entry per level of the filters stored, and only where a + and a text both go on.
class pending_stack {
 public:
  void push(pending walk) {
    if (size_ < first_.size()) {
      first_[size_] = walk;
    } else {
      more_.push_back(walk);
    }
    ++size_;
  }
  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }
  [[nodiscard]] pending pop() noexcept {
    if (--size_ < first_.size()) return first_[size_];
    const pending last = more_.back();
    more_.pop_back();
    return last;
  }

 private:
  std::array<pending, 16> first_;
  std::size_t size_ = 0;
  std::vector<pending> more_;
};

void collect(const place_node& place, match_result& out) {
  const member_list::view members(place.members);
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    const subscription_match member = members.at(i);
    if (member.who != nobody) out.plain.push_back(member);
  }
  if (share_list* shares = place.shares.load(std::memory_order_acquire)) {
    for (const share_node* share : *shares) out.shared.push_back(shared_group_ptr::share(share->group));
  }
}

}  // namespace

void subscription_tree::match(std::string_view topic, match_result& out) const {
  const char* const end = topic.data() + topic.size();
  const bool is_dollar = topic.starts_with('$');
  pending_stack later;
  pending walk{&state_->root, topic.data()};
  for (;;) {
    // [MQTT-4.7.2-1]: at the first level of a $ topic wildcards, shared or not, are passed over.
    const bool takes_wildcards = walk.rest != topic.data() || !is_dollar;
    const level_node* next = nullptr;
    if (takes_wildcards) {
      if (const place_node* multi = walk.at->multi.load(std::memory_order_acquire)) collect(*multi, out);
    }
    if (walk.rest == nullptr) {
      collect(*walk.at, out);
    } else {
      const std::string_view rest(walk.rest, static_cast<std::size_t>(end - walk.rest));
      const std::size_t slash = rest.find('/');
      const std::string_view level = rest.substr(0, slash);
      const char* below = slash == std::string_view::npos ? nullptr : walk.rest + slash + 1;
      // [MQTT-4.7.3-4]: a level is equal to itself and to nothing else.
      if (!walk.at->children.is_empty()) next = walk.at->children.find(level, state_->hash(level));
      const level_node* plus = takes_wildcards ? walk.at->plus.load(std::memory_order_acquire) : nullptr;
      if (plus != nullptr && next != nullptr) later.push({plus, below});
      if (next == nullptr) next = plus;
      if (next != nullptr) {
        walk = {next, below};
        continue;
      }
    }
    if (later.is_empty()) return;
    walk = later.pop();
  }
}

std::uint64_t subscription_tree::version(std::string_view topic) const noexcept {
  const std::uint32_t first = state_->hash(topic.substr(0, topic.find('/')));
  // Both only grow, so their sum stands still only when both do.
  return state_->versions[state::version_of(first)].load(std::memory_order_acquire) +
         state_->wildcard_version.load(std::memory_order_acquire);
}

}  // namespace nanolib
