// Who wants which topics: one tree for all shards, read without a lock.
//
// Filters are stored level by level. A reader walks the tree while writers change it: what a reader may be looking at is
// replaced and retired through `quiescence`, never edited in place in a way that a reader could see half done. Writers
// take one lock. The cost of a match depends on the depth of the topic and on what matches, not on how many filters
// there are.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/intrusive_ptr.hpp"
#include "nanolib/base/quiescence.hpp"
#include "nanolib/message/message.hpp"
#include "nanolib/topic/topic.hpp"

namespace nanolib {

/// What a subscriber asked for beside the filter. Retain handling acts at SUBSCRIBE only and is not kept.
/// Spec: MQTT 5.0 §3.8.3.1.
struct subscription_options {
  quality_of_service qos = quality_of_service::at_most_once;
  bool no_local = false;
  bool retain_as_published = false;
  std::uint32_t identifier = 0;  ///< 0: none; at most 268 435 455

  friend bool operator==(const subscription_options&, const subscription_options&) = default;
};

/// One subscription that matched.
struct subscription_match {
  subscriber_id who = nobody;
  subscription_options options;
};

/// The members of one shared subscription ($share/<group>/<filter>). Counted, because caches keep it across turns; its
/// members are read between two quiet points only. Thread: thread-safe.
class shared_group;
using shared_group_ptr = intrusive_ptr<const shared_group>;

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
/// points of a reader that is online at the `quiescence` given. Shape: about 100 bytes and the level's text per level
/// that no other filter shares, 8 bytes per subscription.
class subscription_tree {
 public:
  class node;
  /// Names a subscription's place as long as the subscription exists: what a session keeps instead of the text.
  using handle = node*;

  struct subscribed {
    handle place = nullptr;
    bool existed = false;  ///< the same subscriber had this filter already; its options were replaced
  };

  explicit subscription_tree(quiescence& readers);
  subscription_tree(const subscription_tree&) = delete;
  subscription_tree& operator=(const subscription_tree&) = delete;
  ~subscription_tree();

  /// Adds a subscription or replaces its options at once (no message is missed in between [MQTT-3.8.4-3]).
  /// Errors: place is null when memory is short.
  subscribed subscribe(const topic_filter& filter, subscriber_id who, const subscription_options& options);
  /// Removes one. The handle that it had, or null when there was none.
  handle unsubscribe(const topic_filter& filter, subscriber_id who);
  /// Removes by handle (a session that ends). False when there was none.
  bool unsubscribe(handle place, subscriber_id who);

  /// The filter's text, $share prefix included, and what this subscriber asked for. For status, store and tests.
  [[nodiscard]] std::string filter_text(handle place) const;
  [[nodiscard]] subscription_options options(handle place, subscriber_id who) const;

  /// Everything that matches a checked topic name. Lock-free. Appends to `out`.
  /// Spec: MQTT 5.0 §4.7, [MQTT-4.7.2-1].
  void match(std::string_view topic, match_result& out) const;

  /// Changes whenever a result of match() for this topic could change; what a cache of results is checked against.
  /// Shape: one or two atomic loads. (Filters that begin with a wildcard touch one number, others one of 256 chosen by
  /// the first level.)
  [[nodiscard]] std::uint64_t version(std::string_view topic) const noexcept;

  /// How many subscriptions there are.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Picks members of a shared subscription in turn.
class shared_group {
 public:
  /// The next member for which `usable(subscriber_id)` holds, in turn over all members and calls; nobody's id when there
  /// is none. Between two quiet points only. Shape: O(1) when most members are usable, O(members) at worst.
  template <class Usable>
  [[nodiscard]] subscription_match pick(Usable&& usable) const;

  void retain() const noexcept;
  void release() const noexcept;
};

}  // namespace nanolib
