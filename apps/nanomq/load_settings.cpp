#include "load_settings.hpp"

#include <algorithm>
#include <utility>

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

std::optional<loaded_settings> load_settings(const start_options& options, exit_code& code, std::string& why) {
  code = exit_code::usage;
  auto configuration = configure(options, why);
  if (!configuration) return {};
  auto settings = configuration->values();
  settings.broker.listeners = config::effective_listeners(settings);
  settings.access.trusts_identities = std::ranges::any_of(settings.broker.listeners, [](const auto& one) {
    return one.enable && one.use_identity_as_username != broker::identity_source::none;
  });
  if (!make_absolute(settings.broker.durability.directory, options.directory, why) ||
      !make_absolute(settings.access.password_file, options.directory, why) ||
      !make_absolute(settings.webhook.ca_file, options.directory, why) ||
      !make_absolute(settings.webhook.certificate_file, options.directory, why) ||
      !make_absolute(settings.webhook.key_file, options.directory, why) ||
      !make_absolute(settings.access.http.ca_file, options.directory, why) ||
      !make_absolute(settings.access.http.certificate_file, options.directory, why) ||
      !make_absolute(settings.access.http.key_file, options.directory, why) ||
      !make_absolute(settings.access.acl_file, options.directory, why) ||
      !make_absolute(settings.access.tokens.secret_file, options.directory, why) ||
      !make_absolute(settings.access.tokens.public_key_file, options.directory, why) ||
      !make_absolute(settings.access.tokens.jwks_file, options.directory, why) ||
      !complete_log(settings.log, options, why) || !make_absolute(settings.broker.listeners, options.directory, why)) {
    return {};
  }
  if (settings.control_socket != config::control_socket_beside_pid_file &&
      !make_absolute(settings.control_socket, options.directory, why)) {
    return {};
  }
  for (const auto& one : settings.broker.listeners) {
    if (!one.enable || !one.is_secure() || one.verify_peer) continue;
    if (!one.tls.crl_file.empty()) {
      why = one.id() +
            ": crlfile does nothing without verify_peer = true, so that revoked certificates would be as good as none";
      return {};
    }
    if (!one.fail_if_no_peer_cert) continue;
    why = one.id() + ": fail_if_no_peer_cert does nothing without verify_peer = true, so that everybody would enter";
    return {};
  }
  const auto places = config::places_of(settings.broker.listeners);
  if (const auto* exposed = exposed_listener(places, settings)) {
    why = describe_exposed(*exposed);
    code = exit_code::unsafe;
    return {};
  }
  if (!check_sp_endpoints(settings.sp_endpoints, why)) return {};
  if (const auto url = config::exposed_sp_url(settings.sp_endpoints, settings.allow_anonymous); !url.empty()) {
    why = describe_exposed_sp(url);
    code = exit_code::unsafe;
    return {};
  }
  code = exit_code::ok;
  return loaded_settings{std::move(*configuration), std::move(settings)};
}

}  // namespace nanomq::program
