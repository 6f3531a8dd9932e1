// What a broker counts, at one moment: the source of $SYS/broker/… and of `nanomq broker status`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nanolib/base/time.hpp"
#include "nanomq/broker/listener.hpp"

namespace nanomq::broker {

/// A number under the name that it has in $SYS/broker/, or below a part of it.
struct named_figure {
  std::string_view name;
  std::uint64_t value = 0;
};

/// What moves through the broker: since the start, or per second.
template <class Number>
struct traffic_figures {
  Number messages_received{}, messages_sent{};  ///< packets of every kind
  Number publish_received{}, publish_sent{}, publish_dropped{};
  Number bytes_received{}, bytes_sent{};
  Number connections{};  ///< accepted
};

struct shard_figures {
  std::uint64_t connections = 0, sessions = 0;
  std::uint64_t queued_messages = 0, queued_bytes = 0;  ///< as counted at the last housekeeping
  std::uint64_t publish_received = 0, publish_sent = 0;
  std::uint64_t turns = 0;  ///< of its event loop, at the last housekeeping
};

/// One place where a listener listens. Connections and bound are the listener's, whichever of its places they came in by.
struct listener_figures {
  listening where;
  std::uint32_t connections = 0;
  std::uint32_t max_connections = 0;  ///< 0: none but the broker's
  bool secure = false;
};

/// What is on disk, and what it costs to keep it there.
struct store_figures {
  std::string_view durability, state;
  std::vector<named_figure> values;
};

/// A client in this process, an SP endpoint for example.
struct peer_figures {
  std::string name;  ///< "bridges/nng/line1"
  std::vector<std::pair<std::string, std::uint64_t>> values;
};

/// Shape: some kilobytes; made by walking shards, listeners and peers, not clients.
struct broker_figures {
  nanolib::duration uptime{0};
  std::uint64_t connected = 0, connected_peak = 0, max_connections = 0;
  std::uint64_t sessions = 0, max_sessions = 0, expired = 0;
  std::uint64_t subscriptions = 0;
  std::uint64_t retained_messages = 0, retained_bytes = 0;
  traffic_figures<std::uint64_t> traffic;
  std::uint64_t publish_bytes_received = 0, publish_bytes_sent = 0;
  /// Everything else that is counted: "dropped/queue_full", "errors/protocol", …
  std::vector<named_figure> others;
  traffic_figures<double> rates;  ///< per second, over `rates_over`
  nanolib::duration rates_over{0};
  std::vector<shard_figures> shards;
  std::vector<listener_figures> listeners;
  std::optional<store_figures> store;
  std::vector<peer_figures> peers;
  std::vector<std::pair<std::string, std::uint64_t>> hooks;   ///< what they count themselves: "webhook/sent"
  std::vector<std::pair<std::string, std::uint64_t>> access;  ///< and who is asked about rights: "http/requests"

  /// One of the others; 0 when there is none of that name.
  [[nodiscard]] std::uint64_t other(std::string_view name) const noexcept;
};

}  // namespace nanomq::broker
