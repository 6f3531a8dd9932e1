// What all shards of a broker share: the subscription tree, the retained messages, the settings, and who is online.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "broker/address_counts.hpp"
#include "broker/address_watch.hpp"
#include "broker/durable_state.hpp"
#include "broker/hook_list.hpp"
#include "broker/rate_window.hpp"
#include "broker/retained_sources.hpp"
#include "broker/traffic_policy.hpp"
#include "broker/user_counts.hpp"
#include "nanolib/base/hash.hpp"
#include "nanolib/base/mutex.hpp"
#include "nanolib/base/quiescence.hpp"
#include "nanolib/cache/retained_store.hpp"
#include "nanolib/route/presence.hpp"
#include "nanolib/subscription/subscription_tree.hpp"
#include "nanomq/broker/broker.hpp"
#include "nanomq/broker/packet_traces.hpp"
#include "nanonng/net/handshake_pool.hpp"

namespace nanomq::broker {

class local_client;
class shard;

/// Thread: the members are thread-safe or immutable after the shards have been made.
struct commons {
  explicit commons(broker_options chosen);

  broker_options options;
  nanolib::log& log;
  nanolib::clock& clock;
  packet_traces traces;
  std::shared_ptr<const hook_list> hooks = std::make_shared<const hook_list>();  ///< that shards begin with
  nanolib::instant started;
  rate_window rates{started};
  nanolib::quiescence readers;
  nanolib::subscription_tree tree;
  nanolib::retained_store retained;
  retained_sources sources;
  nanolib::presence online;
  address_counts addresses;
  address_counts half_open;  ///< of them, those that are not in yet
  address_watch arrivals;
  ban_list bans;
  std::shared_ptr<traffic_policy> traffic;     ///< that the shards begin with
  std::atomic<std::uint32_t> max_connections;  ///< these two can change
  std::atomic<std::uint32_t> max_packet_size;
  std::atomic<std::uint32_t> connections{0};
  std::atomic<std::uint32_t> connections_peak{0};
  std::atomic<std::uint32_t> sessions{0};
  user_counts user_sessions;               ///< only where users have a bound on them
  std::unique_ptr<durable_state> durable;  ///< null: without a store
  std::vector<std::unique_ptr<shard>> shards;
  nanonng::net::handshake_pool handshakes;  ///< of all shards; goes before they do
  mutable nanolib::mutex locals_lock;
  std::vector<const local_client*> locals NANOLIB_GUARDED_BY(locals_lock);  ///< of all shards
};

/// The shard that a client id belongs to for the life of its session.
[[nodiscard]] inline std::uint32_t home_shard(std::uint64_t client_id_hash, std::size_t shards) noexcept {
  return static_cast<std::uint32_t>((client_id_hash >> 32U) % shards);
}

}  // namespace nanomq::broker
