#include "status_report.hpp"

#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "nanomq/tools/text.hpp"
#include "short_text.hpp"

namespace nanomq::program {
namespace {

using nanolib::json_writer;

void number(json_writer& json, std::string_view name, std::uint64_t value) {
  json.number(name, static_cast<std::int64_t>(value));
}

void decimal(json_writer& json, std::string_view name, double value) {
  json.key(name);
  json.raw(tools::text("%.3f", value));
}

std::string member_name(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '/', '_');
  return out;
}

// "dropped/queue_full" and its like: an object for each first part.
void write_counters(json_writer& json, const std::vector<broker::named_figure>& all) {
  std::vector<std::string_view> groups;
  for (const auto& one : all) {
    const auto group = one.name.substr(0, one.name.find('/'));
    if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
  }
  json.key("counters");
  json.begin_object();
  for (const auto group : groups) {
    json.key(group);
    json.begin_object();
    for (const auto& one : all) {
      if (one.name.substr(0, one.name.find('/')) != group) continue;
      number(json, member_name(one.name.substr(group.size() + 1)), one.value);
    }
    json.end_object();
  }
  json.end_object();
}

template <class Number, class Write>
void write_traffic(const broker::traffic_figures<Number>& from, const Write& write) {
  write("messages_received", from.messages_received);
  write("messages_sent", from.messages_sent);
  write("publish_received", from.publish_received);
  write("publish_sent", from.publish_sent);
  write("publish_dropped", from.publish_dropped);
  write("bytes_received", from.bytes_received);
  write("bytes_sent", from.bytes_sent);
  write("connections", from.connections);
}

void write_places(json_writer& json, const broker::broker_figures& from) {
  json.key("listeners");
  json.begin_array();
  for (const auto& one : from.listeners) {
    json.begin_object();
    json.text("id", one.where.id);
    json.text("url", one.where.url());
    json.truth("tls", one.secure);
    number(json, "connections", one.connections);
    number(json, "max_connections", one.max_connections == 0 ? from.max_connections : one.max_connections);
    json.end_object();
  }
  json.end_array();
  json.key("shards");
  json.begin_array();
  for (const auto& one : from.shards) {
    json.begin_object();
    number(json, "connections", one.connections);
    number(json, "sessions", one.sessions);
    number(json, "queued_messages", one.queued_messages);
    number(json, "queued_bytes", one.queued_bytes);
    number(json, "publish_received", one.publish_received);
    number(json, "publish_sent", one.publish_sent);
    number(json, "turns", one.turns);
    json.end_object();
  }
  json.end_array();
}

void write_store(json_writer& json, const broker::broker_figures& from) {
  json.key("store");
  if (!from.store) return json.null();
  json.begin_object();
  json.text("durability", from.store->durability);
  json.text("state", from.store->state);
  for (const auto& one : from.store->values) number(json, member_name(one.name), one.value);
  json.end_object();
}

void write_peers(json_writer& json, const broker::broker_figures& from) {
  json.key("peers");
  json.begin_array();
  for (const auto& one : from.peers) {
    json.begin_object();
    json.text("name", one.name);
    for (const auto& [name, value] : one.values) number(json, member_name(name), value);
    json.end_object();
  }
  json.end_array();
  for (const auto& [of, figures] : {std::pair{"hooks", &from.hooks}, std::pair{"access", &from.access}}) {
    json.key(of);
    json.begin_object();
    for (const auto& [name, value] : *figures) number(json, member_name(name), value);
    json.end_object();
  }
}

void write_reload(json_writer& json, const status_report& what) {
  json.key("reload");
  if (!what.reload) return json.null();
  json.begin_object();
  json.number("at_ms", what.reload->when.time_since_epoch().count());
  json.truth("refused", what.reload->refused);
  if (what.reload->refused) json.text("why", what.reload->why);
  json.end_object();
}

// A line behind its label; nothing when there is nothing to say.
void line(std::string& out, std::string_view label, std::string_view text) {
  if (text.empty()) return;
  out.append(label).append(label.size() < 12 ? 12 - label.size() : 1, ' ').append(text).append("\n");
}

std::string listener_text(const broker::listener_figures& one) {
  auto text = one.where.url() + "  " + count_text(one.connections, "connection", "connections");
  if (one.max_connections != 0) text += " of " + std::to_string(one.max_connections);
  return text;
}

std::string clients_text(const broker::broker_figures& from) {
  // Local peers are clients without a connection, of which there is no peak.
  const auto local = std::min<std::uint64_t>(from.peers.size(), from.connected);
  const auto beside = local == 0 ? std::string() : " and " + count_text(local, "bridge", "bridges");
  return std::to_string(from.connected - local) + " connected (at most " + std::to_string(from.connected_peak) +
         " so far, " + std::to_string(from.max_connections) + " allowed)" + beside + ", " +
         count_text(from.sessions, "session", "sessions") + ", " +
         count_text(from.subscriptions, "subscription", "subscriptions");
}

std::string rates_text(const broker::broker_figures& from) {
  return rate_text(from.rates.publish_received) + "/s in, " + rate_text(from.rates.publish_sent) + "/s out, " +
         rate_text(from.rates.publish_dropped) + "/s dropped; " + bytes_text(from.rates.bytes_received) + "/s in, " +
         bytes_text(from.rates.bytes_sent) + "/s out";
}

// Those of a group that are not zero: "queue_full 3, expired 1".
std::string nonzero(const broker::broker_figures& from, std::string_view group) {
  std::string out;
  for (const auto& one : from.others) {
    if (one.value == 0 || !one.name.starts_with(group)) continue;
    out.append(out.empty() ? "" : ", ").append(one.name.substr(group.size())).append(" ");
    out += std::to_string(one.value);
  }
  return out;
}

using figure_list = std::vector<std::pair<std::string, std::uint64_t>>;

std::uint64_t value_of(const figure_list& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &figure_list::value_type::first);
  return found == all.end() ? 0 : found->second;
}

std::string webhook_text(const figure_list& from) {
  if (std::ranges::find(from, "webhook/sent", &figure_list::value_type::first) == from.end()) return {};
  const auto count = [&](std::string_view name) { return std::to_string(value_of(from, name)); };
  return count_text(value_of(from, "webhook/sent"), "event", "events") + " sent, " + count("webhook/queued") +
         " waiting (" + bytes_text(static_cast<double>(value_of(from, "webhook/queued/bytes"))) + "), " +
         count("webhook/failed") + " failed, " + count("webhook/dropped") + " dropped; " +
         count("webhook/posts/repeated") + " POSTs repeated";
}

std::string http_text(const figure_list& from) {
  if (from.empty()) return {};
  const auto count = [&](std::string_view name) { return std::to_string(value_of(from, name)); };
  return count_text(value_of(from, "http/requests"), "question", "questions") + " asked, " + count("http/failures") +
         " failed (" + count("http/timeouts") + " without answer in time), " + count("http/refused") +
         " found no room, " + count("http/cache/hits") + " answered from memory; " + count("http/waiting") +
         " waiting, " + count("http/running") + " under way";
}

std::string bans_text(const broker::broker_figures& from) {
  const auto now = from.other("bans/now");
  const auto refused = from.other("bans/refused");
  if (now == 0 && refused == 0) return {};
  return std::to_string(now) + " in force, " + std::to_string(refused) + " turned away or disconnected";
}

std::string store_text(const broker::broker_figures& from) {
  if (!from.store) return {};
  const auto value = [&](std::string_view name) {
    const auto& all = from.store->values;
    const auto found = std::ranges::find(all, name, &broker::named_figure::name);
    return found == all.end() ? 0 : found->value;
  };
  std::string out(from.store->durability);
  out.append(", ").append(from.store->state).append("; ");
  out += count_text(value("rows/queued"), "message queued", "messages queued") + ", " +
         bytes_text(static_cast<double>(value("bytes/written"))) + " written in " +
         count_text(value("commits"), "commit", "commits");
  if (value("commits") == 0) return out;
  const auto mean = static_cast<double>(value("commit/us_total")) / static_cast<double>(value("commits")) / 1000;
  return out + tools::text(" of %.1f ms (longest %.1f)", mean, static_cast<double>(value("commit/us_longest")) / 1000);
}

std::string shards_text(const broker::broker_figures& from) {
  std::string out = std::to_string(from.shards.size());
  if (from.shards.size() < 2) return out;
  std::string each;
  for (const auto& one : from.shards) each += (each.empty() ? "" : " + ") + std::to_string(one.connections);
  return out + ", connections " + each;
}

std::string reload_text(const status_report& what) {
  if (!what.reload) return {};
  const auto ago = std::chrono::floor<std::chrono::seconds>(what.now - what.reload->when).count();
  return time_text(std::max<std::int64_t>(ago, 0)) + " ago" +
         (what.reload->refused ? ", REFUSED: " + what.reload->why : "");
}

std::string peer_text(const broker::peer_figures& one) {
  std::string out = one.name + ":";
  for (const auto& [name, value] : one.values) {
    const bool always = name == "received" || name == "sent" || name == "dropped" || name == "peers";
    const bool is_trouble = name == "refused" || name == "withheld" || name == "denied_forwards" ||
                            name == "failed_dials" || name == "renewed_listeners";
    if (always || (is_trouble && value != 0)) out += " " + name + " " + std::to_string(value);
  }
  return out;
}

}  // namespace

void write_status(json_writer& json, const status_report& what) {
  const auto& from = what.figures;
  json.text("version", NANOMQ_VERSION);
  json.number("pid", ::getpid());
  number(json, "uptime_s", static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(from.uptime).count()));
  write_places(json, from);
  json.key("clients");
  json.begin_object();
  number(json, "connected", from.connected);
  number(json, "connected_peak", from.connected_peak);
  number(json, "max_connections", from.max_connections);
  number(json, "sessions", from.sessions);
  number(json, "max_sessions", from.max_sessions);
  number(json, "sessions_expired", from.expired);
  number(json, "subscriptions", from.subscriptions);
  json.end_object();
  json.key("retained");
  json.begin_object();
  number(json, "messages", from.retained_messages);
  number(json, "bytes", from.retained_bytes);
  json.end_object();
  json.key("rates");
  json.begin_object();
  decimal(json, "over_s", std::chrono::duration<double>(from.rates_over).count());
  write_traffic(from.rates, [&](std::string_view name, double value) { decimal(json, name, value); });
  json.end_object();
  json.key("traffic");
  json.begin_object();
  write_traffic(from.traffic, [&](std::string_view name, std::uint64_t value) { number(json, name, value); });
  number(json, "publish_bytes_received", from.publish_bytes_received);
  number(json, "publish_bytes_sent", from.publish_bytes_sent);
  json.end_object();
  write_counters(json, from.others);
  json.key("memory");
  json.begin_object();
  number(json, "resident_bytes", what.resident_bytes);
  json.end_object();
  write_store(json, from);
  write_peers(json, from);
  json.text("keeps", what.facts.keeps);
  json.text("attention", what.facts.trouble);
  write_reload(json, what);
}

std::string status_text(const status_report& what) {
  const auto& from = what.figures;
  std::string out = "nanomq " NANOMQ_VERSION " is running, pid " + std::to_string(::getpid()) + "\n";
  for (const auto& one : from.listeners) line(out, "listens on", listener_text(one));
  for (const auto& one : what.facts.bridges) line(out, "bridge", one);
  for (const auto& one : from.peers) line(out, "", peer_text(one));
  line(out, "clients", clients_text(from));
  line(out, "messages", rates_text(from));
  line(out, "waiting",
       count_text(from.other("queues/messages"), "message", "messages") + " (" +
           bytes_text(static_cast<double>(from.other("queues/bytes"))) + "), " +
           std::to_string(from.other("messages/inflight")) + " in flight");
  line(out, "retained",
       count_text(from.retained_messages, "message", "messages") + " (" +
           bytes_text(static_cast<double>(from.retained_bytes)) + ")");
  line(out, "logins",
       std::to_string(from.other("clients/admitted")) + " admitted, " + std::to_string(from.other("clients/refused")) +
           " refused, " + std::to_string(from.other("logins/waiting")) + " waiting");
  line(out, "bans", bans_text(from));
  line(out, "http_auth", http_text(from.access));
  line(out, "webhook", webhook_text(from.hooks));
  line(out, "dropped", nonzero(from, "dropped/"));
  line(out, "errors", nonzero(from, "errors/"));
  line(out, "timeouts", nonzero(from, "timeouts/"));
  line(out, "limits", nonzero(from, "limits/"));
  line(out, "store", store_text(from));
  line(out, "keeps", what.facts.keeps.empty() ? "nothing across a restart" : what.facts.keeps);
  line(out, "ATTENTION", what.facts.trouble);
  line(out, "memory", bytes_text(static_cast<double>(what.resident_bytes)) + " resident");
  line(out, "shards", shards_text(from));
  line(out, "reloaded", reload_text(what));
  line(out, "uptime", time_text(std::chrono::floor<std::chrono::seconds>(from.uptime).count()));
  return out;
}

}  // namespace nanomq::program
