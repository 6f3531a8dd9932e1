#include "load_settings.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "machine_sizes.hpp"
#include "nanomq/config/share.hpp"
#include "sp_endpoints.hpp"

namespace nanomq::program {

std::string describe_exposed(const broker::listening& where) {
  return "refused: " + where.url() +
         " can be reached from other machines, directly or through a proxy (proxy_protocol), and clients need no "
         "authentication. Listen on 127.0.0.1, name a file "
         "of users (auth.password_file), require client certificates (listeners.ssl.verify_peer and "
         "fail_if_no_peer_cert), or say that anybody may connect: --allow-anonymous, or auth.allow_anonymous = true";
}

static std::string describe_exposed_sp(const std::string& url) {
  return "refused: " + url +
         " can be reached from other machines, and SP knows no authentication. Listen on 127.0.0.1 or ipc://, or say "
         "that anybody may connect: allow_anonymous = true in that endpoint of bridges.nng";
}

const broker::listening* exposed_listener(const std::vector<broker::listening>& places,
                                          const config::settings& settings) {
  if (settings.access.authenticates()) return nullptr;
  return config::exposed_listener(places, settings.broker.listeners, settings.allow_anonymous);
}

// A daemon has no console; syslog takes its place where nothing else is named.
static void leave_console(config::log_settings& log) {
  if (std::erase(log.to, config::log_place::console) > 0 && log.to.empty()) log.to = {config::log_place::syslog};
}

static bool complete_log(config::log_settings& log, const start_options& options, std::string& why) {
  if (options.daemon) leave_console(log);
  log.file = log.path();
  log.directory.clear();
  if (!make_absolute(log.file, options.directory, why)) return false;
  for (std::string* const socket : {&log.socket, &log.syslog_socket}) {
    for (const std::string_view scheme : {"ipc://", "unix://"}) {
      if (socket->starts_with(scheme)) socket->erase(0, scheme.size());
    }
    if (!socket->starts_with('@') && !make_absolute(*socket, options.directory, why)) return false;
  }
  return true;
}

bool config_is_sound(const std::vector<config::fault>& faults, std::string_view prefix) noexcept {
  return std::ranges::none_of(faults,
                              [&](const config::fault& one) { return one.key.empty() || one.key.starts_with(prefix); });
}

namespace {

using refusal = std::function<void(std::string_view key, std::string why)>;

// Paths from the root on, and sizes in bytes.
void complete(config::settings& settings, const start_options& options, const refusal& refuse) {
  std::string why;
  const auto need = [&](const nanolib::result<void>& done, std::string_view key) {
    if (!done) refuse(key, why);
  };
  for (std::string* const path :
       {&settings.broker.durability.directory, &settings.access.password_file, &settings.access.acl_file,
        &settings.webhook.ca_file, &settings.webhook.certificate_file, &settings.webhook.key_file,
        &settings.access.http.ca_file, &settings.access.http.certificate_file, &settings.access.http.key_file,
        &settings.access.tokens.secret_file, &settings.access.tokens.public_key_file,
        &settings.access.tokens.jwks_file}) {
    need(make_absolute(*path, options.directory, why), {});
  }
  for (auto& one : settings.sp_endpoints) {
    need(make_absolute(one.options.tls_ca_file, options.directory, why), config::sp_endpoints_key);
    need(make_absolute(one.options.tls_certificate_key_file, options.directory, why), config::sp_endpoints_key);
  }
  if (!complete_log(settings.log, options, why)) refuse("log.", why);
  need(make_absolute(settings.broker.listeners, options.directory, why), "listeners.");
  if (settings.control_socket != config::control_socket_beside_pid_file) {
    need(make_absolute(settings.control_socket, options.directory, why), "control.");
  }
  if (!config::has_shares(settings)) return;
  const auto resolved = config::resolve_shares(settings, find_machine_sizes(settings), why);
  need(resolved, why.substr(0, why.find(':')));
}

// "n.conf:3: ", where the first setting of this listener is from; nothing when all of it is default.
std::string place_of(const config::configuration& written, const broker::listener_options& one) {
  const auto prefix = config::listener_prefix(one.kind, one.name);
  for (const auto& row : config::listener_rows()) {
    if (const auto origin = written.origin(prefix + std::string(row.key)); origin != "default") {
      return std::string(origin);
    }
  }
  return "default";
}

// A listener without a name is called default where one is shown.
void check_names(const config::configuration& written, const config::settings& settings, const refusal& refuse) {
  const auto& all = settings.broker.listeners;
  for (auto one = all.begin(); one != all.end(); ++one) {
    const auto other = std::find_if(
        one + 1, all.end(), [&](const auto& each) { return each.enable && one->enable && each.id() == one->id(); });
    if (other == all.end()) continue;
    const auto named = [&](const broker::listener_options& of) {
      auto prefix = config::listener_prefix(of.kind, of.name);
      prefix.pop_back();
      return prefix + " (" + place_of(written, of) + ")";
    };
    refuse(config::listener_prefix(one->kind, one->name), named(*one) + " and " + named(*other) +
                                                              " are two listeners, and both are called " + one->id() +
                                                              ": give one another name, or write both as one");
  }
}

// What a log would be sent to has to be said.
void check_log(const config::configuration& written, const config::log_settings& log, const refusal& refuse) {
  const auto named = [&](std::string_view key) {
    const auto origin = written.origin(key);
    return (origin == "default" ? std::string() : std::string(origin) + ": ") + std::string(key);
  };
  if (log.goes_to(config::log_place::uds) && log.socket.empty()) {
    refuse("log.uds_addr", named("log.to") +
                               " has uds, but log.uds_addr does not say which socket: set it to a path, or take uds "
                               "out of log.to");
  }
  if (log.goes_to(config::log_place::syslog) && log.syslog_socket.empty()) {
    refuse("log.syslog_addr", named("log.syslog_addr") +
                                  " is empty, so that log.to with syslog leads nowhere: set it to the socket of "
                                  "syslog (/dev/log), or take syslog out of log.to");
  }
}

void check_listeners(const config::settings& settings, const refusal& refuse) {
  for (const auto& one : settings.broker.listeners) {
    if (!one.enable || !one.is_secure() || one.verify_peer) continue;
    const auto prefix = config::listener_prefix(one.kind, one.name);
    if (!one.tls.crl_file.empty()) {
      refuse(prefix, one.id() +
                         ": crlfile does nothing without verify_peer = true, so that revoked certificates would be "
                         "as good as none");
    }
    if (one.fail_if_no_peer_cert) {
      refuse(prefix, one.id() +
                         ": fail_if_no_peer_cert does nothing without verify_peer = true, so that everybody would "
                         "enter");
    }
  }
}

}  // namespace

loaded_settings load_settings(const start_options& options) {
  loaded_settings made;
  made.configuration = configure(options);
  made.faults = made.configuration.faults();
  const auto refuse = [&](std::string_view key, std::string why) {
    made.faults.push_back({std::string(key), std::move(why)});
  };
  config::settings& settings = made.settings;
  settings = made.configuration.values();
  settings.broker.listeners = config::effective_listeners(settings);
  settings.access.trusts_identities = std::ranges::any_of(settings.broker.listeners, [](const auto& one) {
    return one.enable && one.use_identity_as_username != broker::identity_source::none;
  });
  complete(settings, options, refuse);
  check_listeners(settings, refuse);
  check_names(made.configuration, settings, refuse);
  if (config_is_sound(made.faults, "log.")) check_log(made.configuration, settings.log, refuse);
  // What lacks a key that was written wrong is no second mistake.
  const bool sound = config_is_sound(made.faults, config::sp_endpoints_key);
  for (auto& why : sound ? sp_endpoint_faults(settings.sp_endpoints) : std::vector<std::string>()) {
    refuse(config::sp_endpoints_key, std::move(why));
  }
  if (!made.faults.empty()) {
    made.code = exit_code::usage;
    return made;
  }
  const auto places = config::places_of(settings.broker.listeners);
  if (const auto* exposed = exposed_listener(places, settings)) refuse("listeners.", describe_exposed(*exposed));
  if (const auto url = config::exposed_sp_url(settings.sp_endpoints, settings.allow_anonymous); !url.empty()) {
    refuse(config::sp_endpoints_key, describe_exposed_sp(url));
  }
  if (!made.faults.empty()) made.code = exit_code::unsafe;
  return made;
}

}  // namespace nanomq::program
