// The broker as a whole: its shards and their threads, its listeners, and how it begins and ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nanolib/base/log.hpp"
#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanolib/cache/store.hpp"
#include "nanomq/broker/access.hpp"
#include "nanomq/broker/ban_list.hpp"
#include "nanomq/broker/client_list.hpp"
#include "nanomq/broker/durability.hpp"
#include "nanomq/broker/figures.hpp"
#include "nanomq/broker/hooks.hpp"
#include "nanomq/broker/limits.hpp"
#include "nanomq/broker/listener.hpp"
#include "nanomq/broker/listener_set.hpp"
#include "nanomq/broker/local_peer.hpp"
#include "nanomq/broker/traffic_limits.hpp"
#include "nanonng/net/poller.hpp"

namespace nanomq::broker {

struct broker_options {
  std::vector<listener_options> listeners;  ///< none: a plain one with its defaults
  std::uint32_t shards = 0;                 ///< 0: one per core; at most 255
  std::uint32_t handshake_threads = 2;      ///< for those of TLS; 0: the event loops do them, a step a turn
  nanonng::net::poller_kind poller = nanonng::net::poller_kind::automatic;
  broker::limits limits;
  traffic_limits traffic;
  std::vector<ban> bans;                   ///< from the start on, whatever their source
  durability_options durability;           ///< used when there is a store
  nanolib::duration sys_interval{10'000};  ///< of $SYS/broker/…; 0: not published
  /// Bytes on their way from one shard to another above which the publishers to it wait.
  std::uint64_t lane_high_water = 4U * 1024 * 1024;
  bool client_status_events = true;              ///< $SYS/brokers/client_status/<id>
  nanolib::duration stop_timeout{4'000};         ///< how long a stop waits for slow readers
  nanolib::log* log = nullptr;                   ///< null: keeps nothing
  nanolib::clock* clock = nullptr;               ///< null: the machine's
  std::shared_ptr<const broker::access> access;  ///< null: open_access()
  hook_set hooks;                                ///< who is told of what happens
};

struct commons;
class packet_traces;

/// Thread: start(), set_access(), set_hooks() and stop() from one thread (not a shard's); the rest from any.
class broker {
 public:
  /// Opens every listener and creates the shards; nothing runs yet.
  /// Errors: sys of the listener that failed (`why` names it), ENOMEM; config (what a hook wants).
  /// With a store the broker keeps what it acknowledges: what the store holds is there again on return.
  /// `store` is taken over, unless the call fails before it is used (a listener). Errors: store.
  [[nodiscard]] static nanolib::result<std::unique_ptr<broker>> open(broker_options options, std::string& why,
                                                                     std::unique_ptr<nanolib::store>&& store = nullptr);
  broker(const broker&) = delete;
  broker& operator=(const broker&) = delete;
  /// Stops first if it runs.
  ~broker();

  /// Adds a client that lives in this process. While the broker runs its shard's thread opens it, and this waits for that.
  /// Errors: config (its client id is another's who is there, a subscription is no filter or not allowed), sys (ENOMEM), and
  /// the peer's own; `why` is one line, and nothing is left of the peer. Thread: the one that calls start() and stop().
  [[nodiscard]] nanolib::result<void> attach(local_peer_options options, std::unique_ptr<local_peer> peer,
                                             std::string& why);
  /// Ends the local peers of these names, all at a time: they are told to stop, get a second to bring away what they have been
  /// sent, and are gone on return, their sessions too. What still waited for them is lost, and logged. How many there were.
  /// Thread: the one that calls start() and stop(), between the two. Errors: throws std::bad_alloc.
  std::size_t detach(const std::vector<std::string>& names);
  /// Starts one thread per shard.
  /// Errors: sys (no thread could be made).
  [[nodiscard]] nanolib::result<void> start();
  /// Refuses new connections, sends wills no more than the standard asks, tells MQTT 5 clients 0x8B, flushes what can be
  /// flushed within stop_timeout, and ends the threads. Thread: any but a shard's; idempotent.
  void stop() noexcept;

  /// Other rights from here on: on return every shard asks `rights` and nobody asks the ones before. Subscriptions stay, but
  /// what their clients may not read any more does not reach them; clients that may not be there any more are
  /// disconnected; logins under way are asked about anew. Null: open_access(). Thread: the one that calls start() and
  /// stop(). Errors: throws std::bad_alloc.
  void set_access(std::shared_ptr<const access> rights);

  /// Other rates and the like, for clients that are there as well. Thread: as set_access(). Errors: throws std::bad_alloc.
  void set_traffic(const traffic_limits& to);
  /// Of these the numbers that are not the listeners': max_connections, which holds for those who come afterwards, and
  /// max_packet_size for local peers. Thread: any.
  void set_limits(const limits& to) noexcept;
  /// How often $SYS/broker/ is published; 0: not any more. Thread: any, until stop(). Errors: throws std::bad_alloc.
  void set_sys_interval(nanolib::duration to);
  /// Who may not come in. After a change of it, review_bans(). Thread: any.
  [[nodiscard]] ban_list& bans() noexcept;
  /// Clients that are there and banned are disconnected. Thread: any. Errors: throws std::bad_alloc.
  void review_bans();
  /// Other hooks from here on: on return no shard calls those before that are not among them. What was sent before anybody
  /// wanted to know what is acknowledged may be acknowledged without a word.
  /// Thread: the one that calls start() and stop(). Errors: config, with `why`, and nothing has changed; throws
  /// std::bad_alloc.
  [[nodiscard]] nanolib::result<void> set_hooks(const hook_set& all, std::string& why);

  /// Other listeners, or the same with other settings and certificates read again, ready to be used: nothing has changed
  /// for clients yet, and nothing does if it is thrown away. `bounds`: what clients who come in then are held to where their
  /// listener says nothing else. Errors: config, sys, with `why`. Thread: the one that calls start() and stop().
  [[nodiscard]] nanolib::result<std::unique_ptr<listener_set>> prepare(const std::vector<listener_options>& wanted,
                                                                       const limits& bounds, std::string& why) const;
  /// Uses them from here on. Connections stay as they are, those of a listener that is gone too; sockets that stay get their
  /// new options, as far as the system lets them. A line for each change. Thread: as prepare(). Errors: throws std::bad_alloc.
  std::vector<std::string> change_to(listener_set&& prepared);

  /// Everything that is counted, at one moment. Thread: any. Errors: throws std::bad_alloc.
  [[nodiscard]] broker_figures figures() const;
  /// Who is there. Waits until every shard has answered in a turn of its own, five seconds at most.
  /// Shape: walks all sessions, copies `limit` rows a shard. Thread: any but a shard's, between start() and stop().
  /// Errors: throws std::bad_alloc.
  [[nodiscard]] client_list clients(const client_query& what) const;
  /// Disconnects a client; its session stays as it would otherwise. Thread, errors: as clients().
  dismissal dismiss(const std::string& client_id);

  /// Where it listens, with the ports that were chosen. Thread: as prepare().
  [[nodiscard]] std::vector<listening> listeners() const;
  [[nodiscard]] std::uint32_t shards() const noexcept;
  /// Traces of packets. Thread: any, as long as the broker is there.
  [[nodiscard]] packet_traces& traces() noexcept;
  /// Whether every shard's loop has turned since the last call; true the first time. For a watchdog, which calls it now and
  /// then: a loop that is stuck has not. Thread: the one that calls start().
  [[nodiscard]] bool is_turning() noexcept;

 private:
  struct state;
  static void flush(commons& shared) noexcept;
  explicit broker(std::unique_ptr<state> made) noexcept;
  std::unique_ptr<state> state_;
};

}  // namespace nanomq::broker
