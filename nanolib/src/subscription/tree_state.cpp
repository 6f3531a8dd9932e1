// Making, finding and pruning the nodes of the tree.
#include "tree_state.hpp"

#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "deferred.hpp"

namespace nanolib {

namespace {

using node = subscription_tree::node;

void destroy(node* dead) noexcept {
  switch (dead->kind) {
    case node_kind::level:
      std::destroy_at(static_cast<level_node*>(dead));
      break;
    case node_kind::multi_level:
      std::destroy_at(static_cast<place_node*>(dead));
      break;
    case node_kind::share:
      std::destroy_at(static_cast<share_node*>(dead));
      break;
  }
  ::operator delete(dead);
}

[[nodiscard]] bool is_plus_of(const node* level) noexcept {
  return static_cast<const level_node*>(level->parent)->plus.load(std::memory_order_relaxed) == level;
}

}  // namespace

member_list& subscription_tree::state::members_of(node* place) noexcept {
  if (place->kind == node_kind::share) return static_cast<share_node*>(place)->group->members_;
  return static_cast<place_node*>(place)->members;
}

std::string_view text_of(const node* place) noexcept {
  if (place->kind == node_kind::multi_level) return "#";
  const auto* level = static_cast<const level_node*>(place);
  return level->parent != nullptr && is_plus_of(level) ? "+" : level->text();
}

/// No recursion and no memory of its own, whatever the depth: the dead are linked through their parent pointers.
subscription_tree::state::~state() {
  node* dead = nullptr;
  const auto add = [&dead](node* child) {
    if (child == nullptr) return;
    child->parent = std::exchange(dead, child);
  };
  const auto add_all_below = [&add](place_node* place) {
    if (share_list* shares = place->shares.load(std::memory_order_relaxed)) {
      for (share_node* share : *shares) add(share);
      ::operator delete(shares);
    }
    if (place->kind != node_kind::level) return;
    auto* level = static_cast<level_node*>(place);
    add(level->plus.load(std::memory_order_relaxed));
    add(level->multi.load(std::memory_order_relaxed));
    level->children.for_each(add);
  };
  add_all_below(&root);
  while (dead != nullptr) {
    node* next = std::exchange(dead, dead->parent);
    if (next->kind != node_kind::share) add_all_below(static_cast<place_node*>(next));
    destroy(next);
  }
}

/// Level by level, and a level byte by byte [MQTT-3.10.4-1] [MQTT-4.7.3-4].
place_node* subscription_tree::state::find_place(std::string_view filter) noexcept {
  level_node* at = &root;
  topic_levels levels(filter);
  std::string_view text;
  while (levels.next(text)) {
    if (text == "#") return at->multi.load(std::memory_order_relaxed);
    at = text == "+" ? at->plus.load(std::memory_order_relaxed) : at->children.find(text, hash(text));
    if (at == nullptr) return nullptr;
  }
  return at;
}

/// `deepest` follows, so that what was made can be pruned when memory ends on the way.
place_node* subscription_tree::state::make_place(std::string_view filter, node*& deepest) {
  level_node* at = &root;
  topic_levels levels(filter);
  std::string_view text;
  while (levels.next(text)) {
    if (text == "#") {
      place_node* multi = at->multi.load(std::memory_order_relaxed);
      if (multi == nullptr) {
        multi = ::new (::operator new(sizeof(place_node))) place_node(at, node_kind::multi_level);
        at->multi.store(multi, std::memory_order_release);
      }
      return multi;
    }
    const bool is_plus = text == "+";
    level_node* next = is_plus ? at->plus.load(std::memory_order_relaxed) : at->children.find(text, hash(text));
    if (next == nullptr) next = make_level(at, text, is_plus);
    deepest = at = next;
  }
  return at;
}

level_node* subscription_tree::state::make_level(level_node* above, std::string_view text, bool is_plus) {
  if (is_plus) text = {};
  void* memory = ::operator new(sizeof(level_node) + text.size());
  auto* made = ::new (memory) level_node(above);
  if (!text.empty()) std::memcpy(static_cast<std::byte*>(memory) + sizeof(level_node), text.data(), text.size());
  made->text_size = static_cast<std::uint16_t>(text.size());
  if (is_plus) {
    above->plus.store(made, std::memory_order_release);
    return made;
  }
  made->hash = hash(text);
  try {
    above->children.insert(made, readers);
  } catch (...) {
    destroy(made);
    throw;
  }
  return made;
}

share_node* subscription_tree::state::find_share(place_node& place, std::string_view group) noexcept {
  share_list* shares = place.shares.load(std::memory_order_relaxed);
  if (shares == nullptr) return nullptr;
  for (share_node* share : *shares) {
    if (share->group->name() == group) return share;
  }
  return nullptr;
}

/// Null when the place has as many as it may: each one more is looked for among them, and copies the list.
share_node* subscription_tree::state::make_share(place_node& place, const topic_filter& filter) {
  if (share_node* known = find_share(place, filter.share_group)) return known;
  share_list* from = place.shares.load(std::memory_order_relaxed);
  const std::size_t count = from == nullptr ? 0 : from->count;
  if (count >= most_shared_groups) return nullptr;
  const std::unique_ptr<shared_group, void (*)(shared_group*)> group(new shared_group(filter),
                                                                     [](shared_group* last) { last->release(); });
  void* node_memory = ::operator new(sizeof(share_node));
  void* list_memory = ::operator new(sizeof(share_list) + (count + 1) * sizeof(share_node*), std::nothrow);
  if (list_memory == nullptr) {
    ::operator delete(node_memory);
    throw std::bad_alloc();
  }
  group->retain();
  auto* made = ::new (node_memory) share_node(&place, group.get());
  auto* list = ::new (list_memory) share_list{count + 1};
  if (count != 0) std::memcpy(list->begin(), from->begin(), count * sizeof(share_node*));
  list->begin()[count] = made;
  place.shares.store(list, std::memory_order_release);
  if (from != nullptr) retire_memory(readers, from);
  return made;
}

void subscription_tree::state::unlink_share(share_node* share) noexcept {
  auto& place = *static_cast<place_node*>(share->parent);
  share_list* from = place.shares.load(std::memory_order_relaxed);
  share_list* list = nullptr;
  if (from->count > 1) {
    void* memory = ::operator new(sizeof(share_list) + (from->count - 1) * sizeof(share_node*), std::nothrow);
    if (memory == nullptr) return;  // an empty group stays linked; the next member finds it
    list = ::new (memory) share_list{from->count - 1};
    share_node** to = list->begin();
    for (share_node* other : *from) {
      if (other != share) *to++ = other;
    }
  }
  place.shares.store(list, std::memory_order_release);
  retire_memory(readers, from);
  retire_object(readers, static_cast<node*>(share), [](node* dead) { destroy(dead); });
}

void subscription_tree::state::prune(node* from) noexcept {
  if (from->kind == node_kind::share) {
    if (members_of(from).count() != 0) return;
    node* place = from->parent;
    unlink_share(static_cast<share_node*>(from));
    from = place;
  }
  while (from->parent != nullptr) {
    auto* above = static_cast<level_node*>(from->parent);
    if (from->kind == node_kind::multi_level) {
      if (!static_cast<place_node*>(from)->is_unused()) return;
      above->multi.store(nullptr, std::memory_order_release);
    } else {
      auto* level = static_cast<level_node*>(from);
      if (!level->is_empty()) return;
      if (is_plus_of(level)) {
        above->plus.store(nullptr, std::memory_order_release);
      } else {
        above->children.erase(level, readers);
      }
    }
    retire_object(readers, from, [](node* dead) { destroy(dead); });
    from = above;
  }
}

std::atomic<std::uint64_t>& subscription_tree::state::version_at(const node* place) noexcept {
  if (place->kind == node_kind::share) place = place->parent;
  while (place->parent != &root) place = place->parent;
  if (place->kind == node_kind::multi_level || is_plus_of(place)) return wildcard_version;
  return versions[version_of(place->hash)];
}

}  // namespace nanolib
