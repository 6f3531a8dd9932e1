#include "start_options.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <span>
#include <string_view>

#include "pid_file.hpp"

namespace nanomq::program {
namespace {

constexpr std::string_view from_command_line = "command line";
constexpr const char* conf_variable = "NANOMQ_CONF_PATH";
constexpr const char* pid_file_variable = "NANOMQ_PID_FILE";
constexpr const char* daemon_variable = "NANOMQ_DAEMON";

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

std::span<const char* const> environment() {
  std::size_t count = 0;
  while (environ[count] != nullptr) ++count;
  return {environ, count};
}

// --url by the kind of listener that its scheme stands for; what has none, or an unknown one, goes to the plain ones.
std::map<std::string, std::vector<std::string>> bind_keys(const std::vector<std::string>& urls) {
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& url : urls) {
    const auto kind = config::kind_of_url(url).value_or(broker::listener_kind::tcp);
    out[config::listener_prefix(kind, {}) + "bind"].push_back(url);
  }
  return out;
}

}  // namespace

nanolib::result<void> make_absolute(std::string& path, std::string& why) {
  if (path.empty() || path.front() == '/') return {};
  std::error_code failed;
  const auto whole = std::filesystem::absolute(path, failed);
  if (failed) {
    why = path + ": where this is cannot be told: " + failed.message();
    return std::unexpected(nanolib::error{nanolib::error_domain::sys, failed.value()});
  }
  path = whole.string();
  return {};
}

nanolib::result<void> make_absolute(std::string& path, const std::string& directory, std::string& why) {
  if (path.empty() || path.front() == '/' || directory.empty()) return make_absolute(path, why);
  path = directory + (directory.ends_with('/') ? "" : "/") + path;
  return {};
}

nanolib::result<void> complete_from_environment(start_options& options, std::string& why) {
  if (options.conf.empty()) options.conf = variable(conf_variable);
  if (options.pid_file.empty()) options.pid_file = variable(pid_file_variable);
  const auto daemon = variable(daemon_variable);
  if (daemon == "true" || daemon == "1") {
    options.daemon = true;
  } else if (!daemon.empty() && daemon != "false" && daemon != "0") {
    why = "NANOMQ_DAEMON: it is neither true nor false";
    return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  }
  return {};
}

std::vector<std::string> ineffective_variables() {
  return config::unknown_variables(environment(),
                                   std::array<std::string_view, 3>{conf_variable, pid_file_variable, daemon_variable});
}

nanolib::result<void> make_absolute(start_options& options, std::string& why) {
  std::error_code failed;
  options.directory = std::filesystem::current_path(failed).string();
  for (std::string* path : {&options.pid_file, &options.log_file, &options.conf}) {
    if (const auto done = make_absolute(*path, why); !done) return done;
  }
  return {};
}

nanolib::result<void> make_absolute(std::vector<broker::listener_options>& listeners, const std::string& directory,
                                    std::string& why) {
  for (auto& one : listeners) {
    std::vector<std::string*> files{&one.certificate.certificate_file,
                                    &one.certificate.key_file,
                                    &one.tls.ca_file,
                                    &one.tls.ca_directory,
                                    &one.tls.crl_file,
                                    &one.tls.psk_file};
    for (auto& more : one.more_certificates) files.insert(files.end(), {&more.certificate_file, &more.key_file});
    for (std::string* file : files) {
      if (const auto done = make_absolute(*file, directory, why); !done) return done;
    }
    for (auto& where : one.bind) {
      if (where.kind != nanonng::net::endpoint::transport::unix_socket) continue;
      if (const auto done = make_absolute(where.host, directory, why); !done) return done;
      // The longer path may be too long.
      if (const auto checked = nanonng::net::parse_endpoint(where.url(), why); !checked) {
        return std::unexpected(checked.error());
      }
    }
  }
  return {};
}

config::configuration configure(const start_options& options) {
  config::configuration out;
  std::string why;  // is among the faults
  if (!options.conf.empty()) (void)out.read_file(options.conf, why);
  (void)out.read_environment(environment(), why);
  for (const auto& assignment : options.assignments) (void)out.assign(assignment, why);
  const auto set = [&](std::string_view key, const config::written_value& written) {
    (void)out.set(key, written, from_command_line, why);
  };
  const auto flag = [&](std::string_view key, const std::string& text) {
    if (!text.empty()) set(key, {false, {text}});
  };
  flag("system.shards", options.shards);
  flag("system.poller", options.poller);
  flag("log.level", options.log_level);
  if (!options.log_file.empty()) set("log.to", {true, {"file"}});
  auto log_file = options.log_file;  // wherever log.dir is
  if (!make_absolute(log_file, options.directory, why)) out.note({"log.file", why});
  flag("log.file", log_file);
  if (options.to_syslog) set("log.to", {true, {"syslog"}});
  flag("auth.allow_anonymous", options.allow_anonymous ? "true" : "");
  for (const auto& [key, urls] : bind_keys(options.urls)) set(key, {true, urls});
  flag("listeners.ssl.cacertfile", options.ca_file);
  flag("listeners.ssl.certfile", options.certificate);
  flag("listeners.ssl.keyfile", options.key);
  flag("listeners.ssl.key_password", options.key_password);
  flag("listeners.ssl.verify_peer", options.verify_peer ? "true" : "");
  flag("listeners.ssl.fail_if_no_peer_cert", options.fail_if_no_peer_cert ? "true" : "");
  return out;
}

std::string pid_file_to_take(const start_options& options, const config::configuration& configuration) {
  if (!options.pid_file.empty()) return options.pid_file;
  const bool own_listeners = std::ranges::any_of(std::array{"tcp", "ssl", "ws", "wss"}, [&](const char* kind) {
    return configuration.origin("listeners." + std::string(kind) + ".bind") == from_command_line;
  });
  return options.daemon || !own_listeners ? default_pid_file() : std::string();
}

}  // namespace nanomq::program
