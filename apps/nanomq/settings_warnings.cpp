#include "settings_warnings.hpp"

#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "nanolib/base/log.hpp"

namespace nanomq::program {
namespace {

// "n.conf:12: limits.max_sessions = 5", or without a place when it is a default.
std::string placed(const loaded_settings& what, std::string_view key, std::uint64_t value) {
  const auto origin = what.configuration.origin(key);
  const std::string text = std::string(key) + " = " + std::to_string(value);
  return origin == "default" ? text + " (the default)" : std::string(origin) + ": " + text;
}

void add_log_warnings(const loaded_settings& what, std::vector<std::string>& into) {
  const auto& log = what.settings.log;
  for (const auto* const key : {"log.file", "log.dir"}) {
    if (what.configuration.origin(key) == "default" || log.goes_to(config::log_place::file)) continue;
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

}  // namespace

std::vector<std::string> ineffective_settings(const loaded_settings& what) {
  std::vector<std::string> out = ineffective_variables();
  for (const auto& line : what.configuration.warnings()) out.push_back(line);
  if (!what.settings.access.has_rules() && what.configuration.origin("auth.no_match") != "default") {
    out.emplace_back("auth.no_match has no effect without rules (auth.acl_file): who has entered may do everything");
  }
  add_log_warnings(what, out);
  return out;
}

std::vector<std::string> contradicting_limits(const loaded_settings& what) {
  std::vector<std::string> out;
  const auto& limits = what.settings.broker.limits;
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
    out.push_back(placed(what, one.key, one.value) + " is never reached: " + placed(what, one.bound_key, one.bound));
  }
  for (const auto& one : what.settings.broker.listeners) {
    if (!one.enable) continue;
    const auto check = [&](std::string_view name, std::uint64_t value, std::string_view bound_key,
                           std::uint64_t bound) {
      if (value <= bound) return;
      out.push_back(one.id() + ": " + std::string(name) + " = " + std::to_string(value) +
                    " is never reached: " + placed(what, bound_key, bound));
    };
    check("max_connections", one.max_connections, "limits.max_connections", limits.max_connections);
  }
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) == 0 && descriptors.rlim_max != RLIM_INFINITY &&
      descriptors.rlim_max <= limits.max_connections &&
      what.configuration.origin("limits.max_connections") != "default") {
    out.push_back(placed(what, "limits.max_connections", limits.max_connections) + " needs more descriptors than the " +
                  std::to_string(descriptors.rlim_max) + " that a process may have here (ulimit -n, LimitNOFILE)");
  }
  return out;
}

}  // namespace nanomq::program
