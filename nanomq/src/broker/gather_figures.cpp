#include "broker/gather_figures.hpp"

#include <algorithm>
#include <array>

#include "broker/commons.hpp"
#include "broker/local_client.hpp"
#include "broker/shard.hpp"
#include "nanomq/broker/statistics.hpp"

namespace nanomq::broker {
namespace {

using count = nanolib::counter statistics::*;

std::uint64_t total(const commons& of, count which) noexcept {
  std::uint64_t sum = 0;
  for (const auto& one : of.shards) sum += (one->counts().*which).get();
  return sum;
}

struct named_count {
  std::string_view name;
  count which;
};

/// What is summed over the shards and shown as it is; a new counter is a row here.
constexpr std::array other_counts{
    named_count{"clients/refused", &statistics::connections_refused},
    named_count{"clients/takeovers", &statistics::takeovers},
    named_count{"clients/handed_over", &statistics::handovers},
    named_count{"clients/admitted", &statistics::clients_admitted},
    named_count{"clients/dismissed", &statistics::clients_dismissed},
    named_count{"logins/waiting", &statistics::logins_waiting},
    named_count{"dropped/queue_full", &statistics::dropped_queue_full},
    named_count{"dropped/slow_reader", &statistics::dropped_slow_reader},
    named_count{"dropped/expired", &statistics::dropped_expired},
    named_count{"dropped/too_large", &statistics::dropped_too_large},
    named_count{"dropped/no_memory", &statistics::dropped_no_memory},
    named_count{"dropped/no_rights", &statistics::dropped_no_rights},
    named_count{"dropped/no_shared_member", &statistics::dropped_offline_shared},
    named_count{"dropped/no_space", &statistics::dropped_no_space},
    named_count{"dropped/over_rate", &statistics::dropped_over_rate},
    named_count{"errors/protocol", &statistics::protocol_errors},
    named_count{"errors/malformed", &statistics::malformed_packets},
    named_count{"errors/packet_too_large", &statistics::packets_too_large},
    named_count{"errors/receive_maximum", &statistics::receive_maximum_exceeded},
    named_count{"errors/authentication", &statistics::authentications_failed},
    named_count{"errors/rights_denied", &statistics::rights_denied},
    named_count{"errors/handshake", &statistics::handshakes_failed},
    named_count{"errors/proxy_refused", &statistics::proxies_refused},
    named_count{"handshakes/steps", &statistics::handshake_steps},
    named_count{"limits/handshakes_refused", &statistics::handshakes_refused},
    named_count{"limits/handshake_rate", &statistics::handshakes_limited},
    named_count{"limits/half_open_refused", &statistics::half_open_refused},
    named_count{"limits/newcomers_evicted", &statistics::newcomers_evicted},
    named_count{"timeouts/handshake", &statistics::handshake_timeouts},
    named_count{"timeouts/keep_alive", &statistics::keep_alive_timeouts},
    named_count{"timeouts/connect", &statistics::connect_timeouts},
    named_count{"limits/retained_refused", &statistics::retained_refused},
    named_count{"limits/subscriptions_refused", &statistics::subscriptions_refused},
    named_count{"limits/sessions_refused", &statistics::sessions_refused},
    named_count{"limits/unauthenticated_refused", &statistics::unauthenticated_refused},
    named_count{"queues/unauthenticated_bytes", &statistics::unauthenticated_bytes},
    named_count{"limits/descriptors_exhausted", &statistics::descriptors_exhausted},
    named_count{"limits/rate_waits", &statistics::rate_waits},
    named_count{"limits/rate_disconnects", &statistics::rate_disconnects},
    named_count{"limits/connections_over_rate", &statistics::connections_over_rate},
    named_count{"limits/logins_over_rate", &statistics::logins_over_rate},
    named_count{"bans/refused", &statistics::bans_refused},
    named_count{"bans/flapping", &statistics::flapping_bans},
    named_count{"messages/inflight", &statistics::inflight_messages},
    named_count{"queues/messages", &statistics::queued_messages},
    named_count{"queues/bytes", &statistics::queued_bytes},
    named_count{"routes/hits", &statistics::route_hits},
    named_count{"routes/misses", &statistics::route_misses},
    named_count{"wills/sent", &statistics::wills_sent},
};

shard_figures figures_of(const statistics& from) noexcept {
  return {.connections = from.connections_now.get(),
          .sessions = from.sessions_now.get(),
          .queued_messages = from.queued_messages.get(),
          .queued_bytes = from.queued_bytes.get(),
          .publish_received = from.publish_received.get(),
          .publish_sent = from.publish_sent.get(),
          .turns = from.turns.get()};
}

store_figures figures_of(const durable_state& store) {
  constexpr std::array<std::string_view, 3> states = {"working", "full", "failed"};
  const writer_statistics& counts = store.writer.counts();
  return {.durability = name_of(store.options.level),
          .state = states[static_cast<std::size_t>(store.writer.state())],
          .values = {{"commits", counts.commits.get()},
                     {"changes", counts.changes.get()},
                     {"units", counts.units.get()},
                     {"units/refused", counts.units_refused.get()},
                     {"rows/cancelled", counts.rows_cancelled.get()},
                     {"rows/queued", store.usage.messages()},
                     {"rows/bytes", store.usage.bytes()},
                     {"bytes/written", counts.bytes_written.get()},
                     {"backlog", counts.backlog.get()},
                     {"commit/us_total", counts.commit_us_total.get()},
                     {"commit/us_longest", counts.commit_us_longest.get()}}};
}

peer_figures figures_of(const local_client& peer) {
  const local_client::figures& counts = peer.counts();
  peer_figures out{.name = peer.options().name,
                   .values = {{"received", counts.received.get()},
                              {"received/bytes", counts.received_bytes.get()},
                              {"refused", counts.refused.get()},
                              {"sent", counts.sent.get()},
                              {"sent/bytes", counts.sent_bytes.get()},
                              {"dropped", counts.dropped.get()},
                              {"queued", counts.queued.get()},
                              {"withheld", counts.withheld.get()},
                              {"denied_forwards", counts.denied_subscriptions.get()}}};
  for (const auto& [name, value] : peer.peer().figures()) out.values.emplace_back(name, value);
  return out;
}

}  // namespace

traffic_figures<std::uint64_t> sum_traffic(const commons& of) noexcept {
  return {.messages_received = total(of, &statistics::packets_received),
          .messages_sent = total(of, &statistics::packets_sent),
          .publish_received = total(of, &statistics::publish_received),
          .publish_sent = total(of, &statistics::publish_sent),
          .publish_dropped = total(of, &statistics::publish_dropped),
          .bytes_received = total(of, &statistics::bytes_received),
          .bytes_sent = total(of, &statistics::bytes_sent),
          .connections = total(of, &statistics::connections_accepted)};
}

broker_figures gather_figures(const commons& of) {
  broker_figures out;
  const auto now = of.clock.now();
  out.uptime = now - of.started;
  out.connected = total(of, &statistics::connections_now);
  out.connected_peak = of.connections_peak.load(std::memory_order_relaxed);
  out.max_connections = of.max_connections.load(std::memory_order_relaxed);
  out.sessions = total(of, &statistics::sessions_now);
  out.max_sessions = of.options.limits.max_sessions;
  out.expired = total(of, &statistics::sessions_expired);
  out.subscriptions = of.tree.size();
  out.retained_messages = of.retained.messages();
  out.retained_bytes = of.retained.bytes();
  out.traffic = sum_traffic(of);
  out.publish_bytes_received = total(of, &statistics::publish_received_bytes);
  out.publish_bytes_sent = total(of, &statistics::publish_sent_bytes);
  for (const auto& row : other_counts) out.others.push_back({row.name, total(of, row.which)});
  out.others.push_back({"bans/now", of.bans.size()});
  out.others.push_back({"bans/no_room", of.bans.refused()});
  out.rates = of.rates.rates(now, out.traffic, out.rates_over);
  for (const auto& one : of.shards) out.shards.push_back(figures_of(one->counts()));
  if (of.durable) out.store = figures_of(*of.durable);
  const nanolib::mutex_lock lock(of.locals_lock);
  for (const local_client* one : of.locals) out.peers.push_back(figures_of(*one));
  return out;
}

std::uint64_t broker_figures::other(std::string_view name) const noexcept {
  const auto found = std::ranges::find(others, name, &named_figure::name);
  return found == others.end() ? 0 : found->value;
}

}  // namespace nanomq::broker
