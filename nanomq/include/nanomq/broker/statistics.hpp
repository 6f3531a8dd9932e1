// What a shard counts. One writer each; sums are made by whoever reads.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nanolib/base/counter.hpp"

namespace nanomq::broker {

/// Thread: written by its shard, read by any.
struct statistics {
  nanolib::counter connections_accepted, connections_refused, connections_now;
  nanolib::counter clients_admitted, clients_dismissed;
  nanolib::counter sessions_now, sessions_expired, takeovers, handovers;
  nanolib::counter packets_received, packets_sent, bytes_received, bytes_sent;
  nanolib::counter publish_received, publish_received_bytes, publish_sent, publish_sent_bytes;
  nanolib::counter publish_dropped;  ///< all of the drops below
  nanolib::counter dropped_queue_full, dropped_slow_reader, dropped_expired, dropped_too_large, dropped_no_memory;
  nanolib::counter dropped_no_rights, dropped_offline_shared, dropped_no_space;
  nanolib::counter queued_messages, queued_bytes, inflight_messages;  ///< as counted at the last housekeeping
  nanolib::counter retained_refused;                                  ///< the retained store was full
  nanolib::counter protocol_errors, malformed_packets, keep_alive_timeouts, connect_timeouts;
  nanolib::counter packets_too_large, receive_maximum_exceeded, subscriptions_refused, sessions_refused;
  nanolib::counter rights_denied, authentications_failed, unauthenticated_bytes, unauthenticated_refused;
  nanolib::counter dropped_over_rate, rate_waits, rate_disconnects;
  nanolib::counter connections_over_rate, logins_over_rate;
  nanolib::counter bans_refused;  ///< and those that a new ban has disconnected
  nanolib::counter flapping_bans;
  nanolib::counter handshakes_failed, handshake_timeouts, handshake_steps, proxies_refused;
  nanolib::counter wills_sent, descriptors_exhausted;
  nanolib::counter route_hits, route_misses;
  nanolib::counter logins_waiting, turns;  ///< as counted at the last housekeeping
};

}  // namespace nanomq::broker
