#include "foreign_key.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "nanomq/config/option.hpp"

namespace nanomq::config {
namespace {

constexpr bool harmless = true;
constexpr bool weakens = false;

constexpr std::string_view no_http = "there is no HTTP server here yet";
constexpr std::string_view no_bridges = "there are no bridges to other MQTT brokers here yet";
constexpr std::string_view threads = "threads are set with system.shards";
constexpr std::string_view no_ipc = "the broker is not controlled that way";
constexpr std::string_view not_repeated =
    "messages are sent again when a client connects again, not while it is connected";
constexpr std::string_view no_rules = "there is no rule engine here yet";

// Before their row, those that are more exact.
constexpr std::array table{
    foreign_key{"auth.cache", harmless, "what rules say is found out in less time than remembering it takes"},
    foreign_key{"authentication", weakens, "this is EMQX's; here it is auth.password_file"},
    foreign_key{"authorization", weakens, "this is EMQX's; here it is auth.acl_file"},
    foreign_key{"listeners.quic", harmless, "there is no QUIC here, so nothing listens there"},
    foreign_key{"http_server", harmless, no_http},
    foreign_key{"bridges.mqtt", harmless, no_bridges},
    foreign_key{"bridges.aws", harmless, no_bridges},
    foreign_key{"webhook.sync", harmless, "clients never wait for a webhook"},
    foreign_key{"webhook.ssl.enable", harmless, "whether TLS is used is said by the URL"},
    foreign_key{"webhook.ssl.fail_if_no_peer_cert", harmless, "an endpoint always shows a certificate"},
    foreign_key{"rules", harmless, no_rules},
    foreign_key{"preset", harmless, "sessions cannot be made before their clients connect"},
    foreign_key{"plugin", harmless, "there are no plugins"},
    foreign_key{"exchange_client", harmless, "there is no exchange"},
    foreign_key{"parquet", harmless, "there are no Parquet files"},
    foreign_key{"gateway", harmless, "there are no gateways"},
    foreign_key{"system.daemon", harmless, "start with --daemon"},
    foreign_key{"system.num_taskq_thread", harmless, threads},
    foreign_key{"system.max_taskq_thread", harmless, threads},
    foreign_key{"system.parallel", harmless, threads},
    foreign_key{"system.enable_ipc_internal", harmless, no_ipc},
    foreign_key{"system.hook_ipc_url", harmless, no_ipc},
    foreign_key{"system.cmd_ipc_url", harmless, no_ipc},
    foreign_key{"mqtt.retry_interval", harmless, not_repeated},
    foreign_key{"mqtt.batch_resend", harmless, not_repeated},
    foreign_key{"mqtt.keepalive_multiplier", harmless, "it is 1.5, as the standard says"},
    foreign_key{"mqtt.max_inflight_window", harmless, "it is called mqtt.max_inflight here"},
    foreign_key{"mqtt.max_awaiting_rel", harmless, "it is called mqtt.receive_maximum here"},
    foreign_key{"mqtt.await_rel_timeout", harmless,
                "a QoS 2 message waits for its PUBREL as long as its session lives"},
    foreign_key{"sqlite.enable", harmless, "a store is there when store.dir names its directory"},
    foreign_key{"sqlite.flush_mem_threshold", harmless, "leave it out, changes are written within milliseconds"},
    foreign_key{"sqlite.resend_interval", harmless,
                "leave it out, what waits is sent as soon as its client can take it"},
};

bool covers(std::string_view prefix, std::string_view key) {
  return key.starts_with(prefix) && (key.size() == prefix.size() || key[prefix.size()] == '.');
}

// The first parts of a key, as many as `like` has.
std::string_view first_parts(std::string_view key, std::string_view like) {
  std::size_t end = key.find('.');
  for (auto more = std::ranges::count(like, '.'); more > 0 && end != key.npos; --more) end = key.find('.', end + 1);
  return key.substr(0, end);
}

}  // namespace

const foreign_key* find_foreign_key(std::string_view key) noexcept {
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return covers(row.prefix, key); });
  return found == table.end() ? nullptr : &*found;
}

std::string nearest_foreign_key(std::string_view key) {
  constexpr std::size_t longest = 64;  // keeps the work small whatever is asked
  if (key.size() > longest) return {};
  std::string best;
  std::size_t least = key.size();
  for (const auto& row : table) {
    const auto front = first_parts(key, row.prefix);
    const auto far = edit_distance(front, row.prefix);
    if (far >= least || far > std::max<std::size_t>(1, row.prefix.size() / 6)) continue;
    least = far;
    best = std::string(row.prefix) + std::string(key.substr(front.size()));
  }
  return best;
}

}  // namespace nanomq::config
