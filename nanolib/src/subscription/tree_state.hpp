// What a subscription tree holds. Shared by its writers' half and its readers' half.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "nanolib/base/hash.hpp"
#include "nanolib/base/mutex.hpp"
#include "node.hpp"

namespace nanolib {

struct subscription_tree::state {
  explicit state(quiescence& quiet) noexcept : readers(quiet) {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state();

  quiescence& readers;
  const std::uint64_t seed = hash_seed();
  mutex writers;
  level_node root{nullptr};
  std::atomic<std::size_t> size{0};
  /// Filters by the first level, and those that begin with a wildcard.
  std::array<std::atomic<std::uint64_t>, 256> versions{};
  std::atomic<std::uint64_t> wildcard_version{0};

  [[nodiscard]] std::uint32_t hash(std::string_view level) const noexcept {
    return static_cast<std::uint32_t>(hash_text(level, seed));
  }
  [[nodiscard]] static std::size_t version_of(std::uint32_t first_level) noexcept { return first_level >> 8U & 0xFFU; }

  // All of these with the writers' lock held.
  [[nodiscard]] place_node* find_place(std::string_view filter) noexcept NANOLIB_REQUIRES(writers);
  [[nodiscard]] place_node* make_place(std::string_view filter, node*& deepest) NANOLIB_REQUIRES(writers);
  [[nodiscard]] level_node* make_level(level_node* above, std::string_view text, bool is_plus)
      NANOLIB_REQUIRES(writers);
  [[nodiscard]] static share_node* find_share(place_node& place, std::string_view group) noexcept;
  [[nodiscard]] share_node* make_share(place_node& place, const topic_filter& filter) NANOLIB_REQUIRES(writers);
  void unlink_share(share_node* share) noexcept NANOLIB_REQUIRES(writers);
  [[nodiscard]] bool remove_member(node* place, subscriber_id who) noexcept NANOLIB_REQUIRES(writers);
  /// Takes out a node that nothing needs any more, and those above it that were there for it alone.
  void prune(node* from) noexcept NANOLIB_REQUIRES(writers);
  /// The number to step for a change at a place, after the change is visible: whoever reads the new one sees it.
  [[nodiscard]] std::atomic<std::uint64_t>& version_at(const node* place) noexcept NANOLIB_REQUIRES(writers);
  static void step(std::atomic<std::uint64_t>& version) noexcept { version.fetch_add(1, std::memory_order_release); }
  /// The members at a place that a handle names.
  [[nodiscard]] static member_list& members_of(node* place) noexcept;
};

/// The text of a level, "+" and "#" included; nothing for the root.
[[nodiscard]] std::string_view text_of(const subscription_tree::node* place) noexcept;

}  // namespace nanolib
