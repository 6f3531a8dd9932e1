// Who wants which topics: one tree for all shards, read without a lock.
//
// Filters are stored level by level. A reader walks the tree while writers change it: what a reader may be looking at is
// replaced and retired through `quiescence`, never edited in place in a way that a reader could see half done. Writers
// take one lock. The cost of a match depends on the depth of the topic and on what matches, not on how many filters
// there are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/quiescence.hpp"
#include "nanolib/subscription/shared_group.hpp"
#include "nanolib/subscription/subscription.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanolib {

/// What match() found. Shape: keeps its memory between calls.
struct match_result {
  std::vector<subscription_match> plain;  ///< one entry for each matching filter of each subscriber, in no order
  std::vector<shared_group_ptr> shared;   ///< one entry for each matching shared subscription that has members

  void clear() noexcept {
    plain.clear();
    shared.clear();
  }
};

/// The subscriptions of all sessions of a broker. Thread: thread-safe; match() and group members only between two quiet
/// points of a reader that is online at the `quiescence` given. Shape: 64 bytes and the level's text per level that
/// no other filter shares, 9 to 24 bytes for its place among its siblings; a subscriber alone at its filter is in there,
/// each further one takes 8 to 24 bytes.
class subscription_tree {
 public:
  class node;
  /// Names a subscription's place as long as the subscription exists: what a session keeps instead of the text.
  using handle = node*;

  /// Shared subscriptions of one filter. Each of them is another copy of every message, and a subscriber may found as
  /// many as it knows names.
  static constexpr std::size_t most_shared_groups = 1000;

  struct subscribed {
    handle place = nullptr;
    bool existed = false;    ///< the same subscriber had this filter already; its options were replaced
    bool unchanged = false;  ///< and they were the same
  };

  explicit subscription_tree(quiescence& readers);
  subscription_tree(const subscription_tree&) = delete;
  subscription_tree& operator=(const subscription_tree&) = delete;
  ~subscription_tree();

  /// Adds a subscription or replaces its options at once (no message is missed in between [MQTT-3.8.4-3]).
  /// Errors: place is null when memory is short, or when the filter has `most_shared_groups` others already.
  subscribed subscribe(const topic_filter& filter, subscriber_id who, const subscription_options& options);
  /// Removes one. The handle that it had, or null when there was none.
  handle unsubscribe(const topic_filter& filter, subscriber_id who);
  /// Removes by handle (a session that ends). False when there was none.
  bool unsubscribe(handle place, subscriber_id who);

  /// The filter's text, $share prefix included, and what this subscriber asked for. For status, store and tests.
  [[nodiscard]] std::string filter_text(handle place) const;
  [[nodiscard]] subscription_options options(handle place, subscriber_id who) const;
  /// The members of a shared subscription; null when there is none.
  [[nodiscard]] shared_group_ptr group(const topic_filter& filter) const;

  /// Everything that matches a checked topic name. Lock-free. Appends to `out`. Iterative: the depth costs no stack.
  /// Shape: what the topic's levels and the filters' wildcards have in common is visited once.
  /// Spec: MQTT 5.0 §4.7, [MQTT-4.7.2-1].
  void match(std::string_view topic, match_result& out) const;

  /// Changes whenever a result of match() for this topic could change; what a cache of results is checked against.
  /// Shape: two atomic loads. (Filters that begin with a wildcard touch one number, others one of 256 chosen by
  /// the first level.)
  [[nodiscard]] std::uint64_t version(std::string_view topic) const noexcept;

  /// How many subscriptions there are.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace nanolib
