// Every bound of the broker, with its default. All of them finite, each with a counter that tells when it is met.
#pragma once

#include <cstdint>

#include "nanolib/base/time.hpp"

namespace nanomq::broker {

/// Immutable once a broker has been started with it.
struct limits {
  // Packets.
  std::uint32_t max_packet_size = 2U * 1024 * 1024;  ///< bytes, fixed header included
  std::uint32_t max_connect_size = 128U * 1024;      ///< bytes of a CONNECT
  std::uint32_t max_topic_size = 65'535;             ///< bytes
  std::uint32_t max_topic_levels = 200;
  std::uint32_t max_user_properties = 1'000;
  std::uint32_t max_properties_size = 64U * 1024;  ///< bytes
  std::uint32_t max_filters_per_subscribe = 1'000;

  // Per client.
  std::uint32_t max_subscriptions = 250'000;
  std::uint32_t max_subscription_bytes = 64U * 1024 * 1024;  ///< of all its filters' texts
  std::uint16_t receive_maximum = 1'024;  ///< QoS 1 and 2 messages that a client may have unacknowledged towards us
  std::uint16_t max_inflight = 4'096;     ///< the same from us to a client, if the client's own is not smaller
  std::uint32_t max_queue_messages = 10'000;
  std::uint64_t max_queue_bytes = 16U * 1024 * 1024;
  std::uint64_t max_output_bytes = 4U * 1024 * 1024;  ///< waiting in a connection's output; QoS 0 beyond it is dropped
  std::uint16_t max_topic_alias = 32;                 ///< each way
  std::uint16_t max_keepalive_s = 0;  ///< 0: what the client wants; else the most (Server Keep Alive, 5.0 only)
  std::uint32_t max_session_expiry_s = 365U * 24 * 3600;
  std::uint32_t max_will_delay_s = 7U * 24 * 3600;
  nanolib::duration connect_timeout{10'000};

  // In total.
  std::uint64_t max_retained_messages = 1'000'000;
  std::uint64_t max_retained_bytes = std::uint64_t{256} * 1024 * 1024;
  std::uint32_t max_sessions = 100'000;
  std::uint32_t max_sessions_per_user = 0;  ///< 0: as many as max_sessions
  std::uint32_t max_retained_per_user = 0;  ///< 0: as many as max_retained_messages
  std::uint32_t max_connections = 100'000;
  std::uint32_t max_connections_per_address = 0;               ///< 0: as many as max_connections
  std::uint32_t max_half_open_per_address = 0;                 ///< of them, without an answered CONNECT; 0: any number
  std::uint64_t max_unauthenticated_bytes = 4U * 1024 * 1024;  ///< input kept for all clients before their CONNECT
};

}  // namespace nanomq::broker
