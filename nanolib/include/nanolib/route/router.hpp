// From a topic to those who get the message: the subscription tree behind a small cache, one for each shard.
//
// A shard delivers to its own sessions only. Of the other shards a route says just which have recipients; each of them
// asks its own router again. So no pointer to a session ever crosses a shard.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/message/delivery.hpp"
#include "nanolib/message/message.hpp"
#include "nanolib/subscription/subscription_tree.hpp"

namespace nanolib {

/// Whom a recipient's entry is for, by publisher: No Local applies to the publisher's own messages only.
enum class audience : std::uint8_t { everyone, others_only, publisher_only };

/// One session that gets one copy: its overlapping subscriptions merged, at the highest of their QoS, with every
/// identifier. Spec: MQTT 5.0 §3.3.4 [MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4].
struct recipient {
  subscriber_id who = nobody;
  quality_of_service qos = quality_of_service::at_most_once;
  audience of = audience::everyone;
  bool retain_as_published = false;
  identifier_list_ptr identifiers;

  /// Whether a message of this publisher goes there.
  [[nodiscard]] bool takes_from(subscriber_id publisher) const noexcept {
    return of == audience::everyone || (of == audience::publisher_only) == (who == publisher);
  }
};

/// Where the messages of one topic go.
struct route {
  std::vector<recipient> local;           ///< on the router's own shard
  std::vector<shared_group_ptr> shared;   ///< of each, one member anywhere gets a copy
  std::array<std::uint64_t, 4> remote{};  ///< bit s: shard s has recipients of its own

  [[nodiscard]] bool reaches(std::uint32_t shard) const noexcept {
    return (remote[shard / 64] >> shard % 64 & 1U) != 0;
  }
  [[nodiscard]] bool is_empty() const noexcept {
    return local.empty() && shared.empty() && (remote[0] | remote[1] | remote[2] | remote[3]) == 0;
  }
};

/// Thread: loop-confined; its reader must be online at the tree's `quiescence`. Shape: 4096 routes at most, each with its
/// topic and its recipients; two-way, so that a lookup compares two hashes.
class router {
 public:
  router(const subscription_tree& tree, std::uint32_t shard);
  router(const router&) = delete;
  router& operator=(const router&) = delete;
  ~router();

  /// The route of a checked topic name. Valid until the next call. `hash` is hash_text(topic).
  /// Shape: a hit costs about 10 ns and no allocation; a miss one match in the tree.
  [[nodiscard]] const route& find(std::string_view topic, std::uint64_t hash);

  [[nodiscard]] std::uint64_t hits() const noexcept { return hits_; }
  [[nodiscard]] std::uint64_t misses() const noexcept { return misses_; }

 private:
  struct entry;

  void fill(entry& into, std::string_view topic);
  void merge(std::size_t begin, std::size_t end, route& into) const;

  const subscription_tree& tree_;
  std::uint32_t shard_;
  std::vector<std::unique_ptr<entry>> entries_;
  match_result found_;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
};

}  // namespace nanolib
