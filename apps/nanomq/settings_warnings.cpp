#include "settings_warnings.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "nanolib/base/log.hpp"
#include "nanomq/config/option.hpp"
#include "start_options.hpp"

namespace nanomq::program {
namespace {

// "n.conf:12: limits.max_sessions = 5", or without a place when it is a default.
std::string placed(const config::configuration& written, std::string_view key, std::uint64_t value) {
  const auto origin = written.origin(key);
  const std::string text = std::string(key) + " = " + std::to_string(value);
  return origin == "default" ? text + " (the default)" : std::string(origin) + ": " + text;
}

void add_log_warnings(const config::configuration& written, const config::settings& settings,
                      std::vector<std::string>& into) {
  const auto& log = settings.log;
  for (const auto* const key : {"log.file", "log.dir"}) {
    if (written.origin(key) == "default" || log.goes_to(config::log_place::file)) continue;
    into.push_back(std::string(key) + " has no effect: log.to does not contain file");
  }
  for (const auto which : nanolib::log_component_names) {
    const auto level = log.levels.of(*nanolib::find_log_component(which));
    if (level >= nanolib::log_floor) continue;
    into.push_back("this program has been built without events below " +
                   std::string(nanolib::name_of(nanolib::log_floor)));
    return;
  }
}

// The first setting below `prefix` that is not the default; empty: none.
std::string first_written(const config::configuration& written, std::string_view prefix) {
  for (const auto& row : config::options()) {
    if (row.key.starts_with(prefix) && written.origin(row.key) != "default") return std::string(row.key);
  }
  return {};
}

void add_access_warnings(const config::configuration& written, const access::access_settings& access,
                         std::vector<std::string>& into) {
  const auto is_written = [&](std::string_view key) { return written.origin(key) != "default"; };
  if (!access.has_rules() && is_written("auth.no_match")) {
    into.emplace_back("auth.no_match has no effect without rules (auth.acl_file): who has entered may do everything");
  }
  if (!access.has_rules() && !access.http.authorizes() && access.tokens.algorithms.empty() &&
      is_written("auth.deny_action")) {
    into.emplace_back(
        "auth.deny_action has no effect: there are no rules (auth.acl_file) and nobody is asked "
        "(auth.http_auth.acl_req), so that nothing is denied but to publish under $");
  }
  if (access.password_file.empty() && !access.written_passwords && is_written("auth.scram.enable") &&
      access.offers_scram) {
    into.emplace_back("auth.scram.enable has no effect without users (auth.password_file)");
  }
  if (const auto key = first_written(written, "auth.http_auth."); !access.http.is_used() && !key.empty()) {
    into.push_back(key + " has no effect: no URL of auth.http_auth is set, so that nobody is asked");
  }
  if (const auto key = first_written(written, "auth.http_auth.tls.");
      access.http.is_used() && !access.http.is_secure() && !key.empty()) {
    into.push_back(key + " has no effect: no URL of auth.http_auth is https://");
  }
}

// They cannot wait for an answer as clients can.
void add_endpoint_warnings(const config::settings& settings, std::vector<std::string>& into) {
  const auto enabled = std::ranges::find(settings.sp_endpoints, true, &config::sp_endpoint_setting::enable);
  if (!settings.access.http.authorizes() || enabled == settings.sp_endpoints.end()) return;
  into.push_back(enabled->origin +
                 ": auth.http_auth.acl_req is not asked about SP endpoints: rules decide what they may do, and what no "
                 "rule is about auth.no_match");
}

void add_webhook_warnings(const config::configuration& written, const webhook::webhook_settings& hook,
                          std::vector<std::string>& into) {
  if (!hook.enable) return;
  if (!hook.url.empty() && hook.events.empty()) {
    into.emplace_back("webhook.url has no effect: webhook.events names no event to send there");
  } else if (hook.url.empty() && !hook.events.empty()) {
    into.emplace_back("webhook.events has no effect: webhook.url does not say where to send them");
  }
  if (const auto key = first_written(written, "webhook.ssl."); hook.url.starts_with("http://") && !key.empty()) {
    into.push_back(key + " has no effect: webhook.url is no https://");
  }
}

// What a browser puts into the header: scheme://host, with a port where it is not the usual one; or "null".
bool is_origin(std::string_view text) {
  const auto scheme = text.find("://");
  if (text == "null") return true;
  if (scheme == std::string_view::npos || scheme == 0) return false;
  const auto host = text.substr(scheme + 3);
  return !host.empty() && host.find_first_of("/?#@* ,") == std::string_view::npos;
}

void add_listener_warnings(const broker::listener_options& one, std::vector<std::string>& into) {
  if (!one.enable) return;
  if (!one.proxy_trusted.empty() && !one.proxy_protocol) {
    into.push_back(one.id() + ": proxy_trusted has no effect without proxy_protocol = true");
  }
  for (const auto& origin : one.origins) {
    if (is_origin(origin)) continue;
    into.push_back(one.id() + ": origins: no page has the origin \"" + origin +
                   "\": they are as in https://example.com" +
                   (origin == "*" ? "; without origins every page may connect" : ""));
  }
}

}  // namespace

std::vector<std::string> ineffective_settings(const config::configuration& written, const config::settings& settings) {
  std::vector<std::string> out = ineffective_variables();
  for (const auto& line : written.warnings()) out.push_back(line);
  add_access_warnings(written, settings.access, out);
  add_endpoint_warnings(settings, out);
  add_webhook_warnings(written, settings.webhook, out);
  if (!settings.broker.traffic.users.empty() && !settings.access.authenticates()) {
    out.emplace_back("limits.users has no effect: nobody checks who clients are (auth.password_file, auth.jwt, ...)");
  }
  for (const auto& one : settings.broker.listeners) add_listener_warnings(one, out);
  add_log_warnings(written, settings, out);
  return out;
}

std::vector<std::string> contradicting_limits(const config::configuration& written, const config::settings& settings) {
  std::vector<std::string> out;
  const auto& limits = settings.broker.limits;
  struct pair {
    std::string_view key;
    std::uint64_t value;
    std::string_view bound_key;
    std::uint64_t bound;
  };
  const std::array pairs{
      pair{"limits.max_connect_size", limits.max_connect_size, "mqtt.max_packet_size", limits.max_packet_size},
      pair{"mqtt.max_properties_size", limits.max_properties_size, "mqtt.max_packet_size", limits.max_packet_size},
      pair{"limits.max_connections", limits.max_connections, "limits.max_sessions", limits.max_sessions},
      pair{"limits.max_connections_per_address", limits.max_connections_per_address, "limits.max_connections",
           limits.max_connections},
  };
  for (const auto& one : pairs) {
    if (one.value <= one.bound) continue;
    out.push_back(placed(written, one.key, one.value) +
                  " is never reached: " + placed(written, one.bound_key, one.bound));
  }
  for (const auto& one : settings.broker.listeners) {
    if (!one.enable) continue;
    const auto check = [&](std::string_view name, std::uint64_t value, std::string_view bound_key,
                           std::uint64_t bound) {
      if (value <= bound) return;
      out.push_back(one.id() + ": " + std::string(name) + " = " + std::to_string(value) +
                    " is never reached: " + placed(written, bound_key, bound));
    };
    check("max_connections", one.max_connections, "limits.max_connections", limits.max_connections);
  }
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0 && descriptors.rlim_max != RLIM_INFINITY &&
      descriptors.rlim_max <= limits.max_connections && written.origin("limits.max_connections") != "default") {
    out.push_back(placed(written, "limits.max_connections", limits.max_connections) +
                  " needs more descriptors than the " + std::to_string(descriptors.rlim_max) +
                  " that a process may have here (ulimit -n, LimitNOFILE)");
  }
  return out;
}

}  // namespace nanomq::program
