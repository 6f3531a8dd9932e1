#include "broker/sys_topics.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "broker/local_client.hpp"
#include "broker/shard.hpp"

namespace nanomq::broker {

namespace {

constexpr std::array<double, 3> load_minutes = {1, 5, 15};
constexpr std::array<std::string_view, 3> load_names = {"1min", "5min", "15min"};

}  // namespace

/// The counters of all shards together.
struct sys_topics::totals {
  std::uint64_t connected = 0, sessions = 0, expired = 0, accepted = 0;
  std::uint64_t messages_received = 0, messages_sent = 0, bytes_received = 0, bytes_sent = 0;
  std::uint64_t publish_received = 0, publish_sent = 0, publish_dropped = 0;
  std::uint64_t publish_bytes_received = 0, publish_bytes_sent = 0;
  std::vector<std::pair<std::string_view, std::uint64_t>> others;
};

sys_topics::sys_topics(shard& at) : at_(at) {
  constexpr std::array<std::string_view, 8> names = {"messages/received", "messages/sent",   "publish/received",
                                                     "publish/sent",      "publish/dropped", "bytes/received",
                                                     "bytes/sent",        "connections"};
  for (std::size_t index = 0; index < names.size(); ++index) loads_[index].name = names[index];
  at_.loop().timers().set(timer_, at_.loop().now());
}

void sys_topics::on_timer(nanolib::instant now) noexcept {
  publish_all();
  at_.loop().timers().set(timer_, now + at_.shared().options.sys_interval);
}

sys_topics::totals sys_topics::sum() const {
  totals sums;
  std::uint64_t refused = 0, takeovers = 0, full = 0, slow = 0, expired = 0, large = 0, memory = 0, rights = 0;
  std::uint64_t protocol = 0, malformed = 0, keep_alive = 0, connect = 0, retained = 0, subscriptions = 0, sessions = 0;
  std::uint64_t too_large = 0, quota = 0, failed = 0, denied = 0, early = 0, wills = 0, exhausted = 0, shared = 0;
  std::uint64_t queued = 0, queued_bytes = 0, inflight = 0, handovers = 0, hits = 0, misses = 0, space = 0;
  std::uint64_t handshakes = 0, late_handshakes = 0, handshake_steps = 0, proxies = 0;
  for (const auto& one : at_.shared().shards) {
    const statistics& from = one->counts();
    sums.connected += from.connections_now.get();
    sums.sessions += from.sessions_now.get();
    sums.expired += from.sessions_expired.get();
    sums.accepted += from.connections_accepted.get();
    sums.messages_received += from.packets_received.get();
    sums.messages_sent += from.packets_sent.get();
    sums.bytes_received += from.bytes_received.get();
    sums.bytes_sent += from.bytes_sent.get();
    sums.publish_received += from.publish_received.get();
    sums.publish_sent += from.publish_sent.get();
    sums.publish_dropped += from.publish_dropped.get();
    sums.publish_bytes_received += from.publish_received_bytes.get();
    sums.publish_bytes_sent += from.publish_sent_bytes.get();
    refused += from.connections_refused.get();
    takeovers += from.takeovers.get();
    full += from.dropped_queue_full.get();
    slow += from.dropped_slow_reader.get();
    expired += from.dropped_expired.get();
    large += from.dropped_too_large.get();
    memory += from.dropped_no_memory.get();
    rights += from.dropped_no_rights.get();
    shared += from.dropped_offline_shared.get();
    space += from.dropped_no_space.get();
    protocol += from.protocol_errors.get();
    malformed += from.malformed_packets.get();
    keep_alive += from.keep_alive_timeouts.get();
    connect += from.connect_timeouts.get();
    retained += from.retained_refused.get();
    subscriptions += from.subscriptions_refused.get();
    sessions += from.sessions_refused.get();
    too_large += from.packets_too_large.get();
    quota += from.receive_maximum_exceeded.get();
    failed += from.authentications_failed.get();
    denied += from.rights_denied.get();
    early += from.unauthenticated_refused.get();
    handshakes += from.handshakes_failed.get();
    late_handshakes += from.handshake_timeouts.get();
    handshake_steps += from.handshake_steps.get();
    proxies += from.proxies_refused.get();
    wills += from.wills_sent.get();
    exhausted += from.descriptors_exhausted.get();
    queued += from.queued_messages.get();
    queued_bytes += from.queued_bytes.get();
    inflight += from.inflight_messages.get();
    handovers += from.handovers.get();
    hits += from.route_hits.get();
    misses += from.route_misses.get();
  }
  sums.others = {{"clients/refused", refused},
                 {"clients/takeovers", takeovers},
                 {"dropped/queue_full", full},
                 {"dropped/slow_reader", slow},
                 {"dropped/expired", expired},
                 {"dropped/too_large", large},
                 {"dropped/no_memory", memory},
                 {"dropped/no_rights", rights},
                 {"dropped/no_shared_member", shared},
                 {"dropped/no_space", space},
                 {"errors/protocol", protocol},
                 {"errors/malformed", malformed},
                 {"errors/packet_too_large", too_large},
                 {"errors/receive_maximum", quota},
                 {"errors/authentication", failed},
                 {"errors/rights_denied", denied},
                 {"errors/handshake", handshakes},
                 {"errors/proxy_refused", proxies},
                 {"handshakes/steps", handshake_steps},
                 {"timeouts/handshake", late_handshakes},
                 {"timeouts/keep_alive", keep_alive},
                 {"timeouts/connect", connect},
                 {"limits/retained_refused", retained},
                 {"limits/subscriptions_refused", subscriptions},
                 {"limits/sessions_refused", sessions},
                 {"limits/unauthenticated_refused", early},
                 {"limits/descriptors_exhausted", exhausted},
                 {"messages/inflight", inflight},
                 {"queues/messages", queued},
                 {"queues/bytes", queued_bytes},
                 {"routes/hits", hits},
                 {"routes/misses", misses},
                 {"clients/handed_over", handovers},
                 {"wills/sent", wills}};
  return sums;
}

void sys_topics::publish_all() noexcept {
  try {
    const totals sums = sum();
    commons& shared = at_.shared();
    if (!version_sent_) publish("version", "nanomq version " NANOMQ_VERSION);
    version_sent_ = true;
    const auto uptime = std::chrono::floor<std::chrono::seconds>(at_.now() - shared.started).count();
    publish("uptime", std::to_string(uptime) + " seconds");
    const std::uint64_t away = sums.sessions > sums.connected ? sums.sessions - sums.connected : 0;
    number("clients/total", sums.sessions);
    number("clients/connected", sums.connected);
    number("clients/active", sums.connected);
    number("clients/disconnected", away);
    number("clients/inactive", away);
    number("clients/maximum", shared.connections_peak.load(std::memory_order_relaxed));
    number("clients/expired", sums.expired);
    number("messages/received", sums.messages_received);
    number("messages/sent", sums.messages_sent);
    number("messages/stored", shared.retained.messages());
    const nanolib::store_usage* queues = shared.durable ? &shared.durable->usage : nullptr;
    number("store/messages/count", shared.retained.messages() + (queues != nullptr ? queues->messages() : 0));
    number("store/messages/bytes", shared.retained.bytes() + (queues != nullptr ? queues->bytes() : 0));
    number("retained messages/count", shared.retained.messages());
    number("subscriptions/count", shared.tree.size());
    number("publish/messages/received", sums.publish_received);
    number("publish/messages/sent", sums.publish_sent);
    number("publish/messages/dropped", sums.publish_dropped);
    number("publish/bytes/received", sums.publish_bytes_received);
    number("publish/bytes/sent", sums.publish_bytes_sent);
    number("bytes/received", sums.bytes_received);
    number("bytes/sent", sums.bytes_sent);
    for (const auto& [name, value] : sums.others) number(name, value);
    for (const auto& [name, value] : at_.rights().figures()) number("auth/" + std::string(name), value);
    publish_store();
    publish_peers();
    for (const auto& [name, value] : at_.hooks().figures()) number(name, value);
    publish_loads(sums, std::chrono::duration<double, std::ratio<60>>(shared.options.sys_interval).count());
  } catch (...) {
    at_.counts().dropped_no_memory.add();
  }
}

// What is on disk, and what it costs to keep it there.
void sys_topics::publish_store() {
  const durable_state* store = at_.shared().durable.get();
  publish("store/durability", store == nullptr ? "none" : name_of(store->options.level));
  if (store == nullptr) return;
  constexpr std::array<std::string_view, 3> states = {"working", "full", "failed"};
  publish("store/state", states[static_cast<std::size_t>(store->writer.state())]);
  const writer_statistics& counts = store->writer.counts();
  number("store/commits", counts.commits.get());
  number("store/changes", counts.changes.get());
  number("store/units", counts.units.get());
  number("store/units/refused", counts.units_refused.get());
  number("store/rows/cancelled", counts.rows_cancelled.get());
  number("store/rows/queued", store->usage.messages());
  number("store/rows/bytes", store->usage.bytes());
  number("store/bytes/written", counts.bytes_written.get());
  number("store/backlog", counts.backlog.get());
  number("store/commit/us_total", counts.commit_us_total.get());
  number("store/commit/us_longest", counts.commit_us_longest.get());
}

// Each below a name of its own: $SYS/broker/bridges/nng/line1/sent.
void sys_topics::publish_peers() {
  for (const local_client* one : at_.shared().locals) {
    const std::string& name = one->options().name;
    const local_client::figures& counts = one->counts();
    number(name + "/received", counts.received.get());
    number(name + "/received/bytes", counts.received_bytes.get());
    number(name + "/refused", counts.refused.get());
    number(name + "/sent", counts.sent.get());
    number(name + "/sent/bytes", counts.sent_bytes.get());
    number(name + "/dropped", counts.dropped.get());
    number(name + "/queued", counts.queued.get());
    for (const auto& [figure, value] : one->peer().figures()) number(name + "/" + std::string(figure), value);
  }
}

void sys_topics::publish_loads(const totals& sums, double minutes) {
  const std::array<std::uint64_t, 8> now = {sums.messages_received, sums.messages_sent,   sums.publish_received,
                                            sums.publish_sent,      sums.publish_dropped, sums.bytes_received,
                                            sums.bytes_sent,        sums.accepted};
  for (std::size_t index = 0; index < loads_.size(); ++index) {
    load& one = loads_[index];
    const double per_minute = static_cast<double>(now[index] - one.last) / minutes;
    one.last = now[index];
    for (std::size_t window = 0; window < load_minutes.size(); ++window) {
      const double weight = std::exp(-minutes / load_minutes[window]);
      one.mean[window] = per_minute + weight * (one.mean[window] - per_minute);
      char text[32];
      std::snprintf(text, sizeof text, "%.2f", one.mean[window]);
      std::string name = "load/";
      publish(name.append(one.name).append("/").append(load_names[window]), text);
    }
  }
}

void sys_topics::number(std::string_view name, std::uint64_t value) {
  char digits[24];
  publish(name, {digits, std::to_chars(digits, digits + sizeof digits, value).ptr});
}

void sys_topics::publish(std::string_view name, std::string_view value) {
  std::string topic = "$SYS/broker/";
  topic += name;
  nanolib::publication what;
  what.topic = topic;
  what.topic_hash = nanolib::hash_text(topic);
  what.payload = nanolib::as_bytes(value);
  what.qos = nanolib::quality_of_service::exactly_once;
  what.retain = true;
  at_.retain_own(what);
  if (at_.is_wanted(topic)) at_.publish(what);
}

}  // namespace nanomq::broker
