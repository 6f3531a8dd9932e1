// The nodes of the subscription tree. Not part of the interface: handles point at them, that is all.
//
// A level has a node, so has a # below it, and so has every shared subscription at either. What a reader follows is
// atomic; the rest does not change after a node has been linked. `parent` and the children's counts are the writers'.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "child_map.hpp"
#include "nanolib/subscription/member_list.hpp"
#include "nanolib/subscription/subscription_tree.hpp"

namespace nanolib {

enum class node_kind : std::uint8_t { level, multi_level, share };

class subscription_tree::node {
 public:
  node(node* above, node_kind which) noexcept : parent(above), kind(which) {}
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  node* parent;
  std::uint32_t hash = 0;       ///< of a level's text
  std::uint16_t text_size = 0;  ///< of a level
  const node_kind kind;
};

struct share_node;

/// The shared subscriptions of a place: replaced as a whole. Behind it are `count` pointers.
struct share_list {
  std::size_t count;

  [[nodiscard]] share_node** begin() noexcept { return reinterpret_cast<share_node**>(this + 1); }
  [[nodiscard]] share_node** end() noexcept { return begin() + count; }
};

/// Where a filter can end: a level, or the # below it.
struct place_node : subscription_tree::node {
  using node::node;

  member_list members;
  std::atomic<share_list*> shares{nullptr};

  [[nodiscard]] bool is_unused() const noexcept {
    return members.count() == 0 && shares.load(std::memory_order_relaxed) == nullptr;
  }
};

/// One level of filters; its text is behind it. Shape: 64 bytes and the text.
struct level_node : place_node {
  explicit level_node(node* above) noexcept : place_node(above, node_kind::level) {}

  child_map children;                       ///< by text, without the wildcards
  std::atomic<level_node*> plus{nullptr};   ///< what goes on with +
  std::atomic<place_node*> multi{nullptr};  ///< # below here

  [[nodiscard]] std::string_view text() const noexcept { return {reinterpret_cast<const char*>(this + 1), text_size}; }
  [[nodiscard]] bool is_empty() const noexcept {
    return is_unused() && children.is_empty() && plus.load(std::memory_order_relaxed) == nullptr &&
           multi.load(std::memory_order_relaxed) == nullptr;
  }
};

/// A shared subscription at a place.
struct share_node : subscription_tree::node {
  share_node(node* above, shared_group* counted) noexcept : node(above, node_kind::share), group(counted) {}
  ~share_node() { group->release(); }

  shared_group* group;
};

}  // namespace nanolib
