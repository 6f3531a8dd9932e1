#include "start_broker.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>

#include "banner.hpp"
#include "check_broker.hpp"
#include "control_commands.hpp"
#include "control_socket.hpp"
#include "daemon.hpp"
#include "descriptors.hpp"
#include "housekeeping.hpp"
#include "load_settings.hpp"
#include "nanomq/broker/broker.hpp"
#include "nanomq/config/ban_file.hpp"
#include "nanomq/config/document.hpp"
#include "nanomq/webhook/webhook.hpp"
#include "open_store.hpp"
#include "pid_file.hpp"
#include "preparation.hpp"
#include "program_log.hpp"
#include "reload.hpp"
#include "running_broker.hpp"
#include "sp_endpoints.hpp"
#include "stop_signals.hpp"

namespace nanomq::program {
namespace {

using nanolib::error_domain;
using nanolib::log_component;
using nanolib::log_level;

void print(const std::string& text) {
  // Somebody who has stopped reading is no reason to stop working.
  (void)std::fputs(text.c_str(), stdout);
  (void)std::fflush(stdout);
}

exit_code print_configuration(const start_options& options) {
  if (options.print == "sample") {
    print(config::sample_file());
  } else if (options.print == "reference") {
    print(config::reference());
  } else if (options.print != "true") {
    complain("--print-config takes nothing, =sample or =reference");
    return exit_code::usage;
  } else {
    const auto configuration = configure(options);
    for (const auto& one : configuration.faults()) complain(one.text);
    if (!configuration.faults().empty()) return exit_code::usage;
    for (const auto& line : configuration.warnings()) complain("warning: " + line);
    print(config::print_configuration(configuration));
  }
  return exit_code::ok;
}

exit_code exit_code_of(const nanolib::error& failure) {
  if (failure.domain == error_domain::config) return exit_code::usage;
  if (failure.domain == error_domain::store) {
    return failure == nanolib::make_error(nanolib::store_error::in_use) ? exit_code::already_running
                                                                        : exit_code::failure;
  }
  return failure.code == EADDRINUSE ? exit_code::already_running : exit_code::failure;
}

// Takes the pid file, or says why not. Nothing in `into` when the broker runs without one.
exit_code take_pid_file(const start_options& options, const config::configuration& configuration,
                        std::optional<pid_file>& into) {
  const auto path = pid_file_to_take(options, configuration);
  if (path.empty()) return exit_code::ok;
  pid_t holder = 0;
  const bool is_default = path == default_pid_file();
  auto made = is_default ? make_pid_directory(path) : nanolib::result<void>();
  auto taken = made ? pid_file::acquire(path, holder) : std::unexpected(made.error());
  if (taken) {
    into.emplace(std::move(*taken));
    return exit_code::ok;
  }
  const auto& failure = taken.error();
  if (failure.code == EAGAIN) {
    complain("a broker runs already, pid " + std::to_string(holder) + ", pid file " + path +
             "; a second one needs a --pid-file of its own");
    return exit_code::already_running;
  }
  const bool unwritable = failure.code == EACCES || failure.code == EROFS || failure.code == ENOENT;
  const auto text = failure.code == ELOOP ? "it is a symbolic link" : std::string(nanolib::describe(failure));
  if (unwritable && !options.daemon && is_default) {
    complain("warning: no pid file " + path + " (" + text + "); stop and status will not find this broker");
    return exit_code::ok;
  }
  complain("cannot take the pid file " + path + ": " + text);
  return exit_code::failure;
}

std::multimap<std::string, std::string> state_of(const broker::broker& running, const kept_store& store) {
  const auto now = nanolib::system_clock().now().time_since_epoch().count();
  std::multimap<std::string, std::string> state{
      {"version", NANOMQ_VERSION}, {"shards", std::to_string(running.shards())}, {"started_ms", std::to_string(now)}};
  if (!store.keeps.empty()) state.emplace("keeps", store.keeps);
  if (!store.trouble.empty()) state.emplace("attention", store.trouble);
  return state;
}

// A number that somebody has set and cannot have deserves a warning; the default is only a bound.
void warn_about_descriptors(nanolib::log& log, rlim_t descriptors, const config::configuration& configuration) {
  const auto wanted = configuration.values().broker.limits.max_connections;
  if (descriptors == RLIM_INFINITY || descriptors > wanted) return;
  const bool asked_for = configuration.origin("limits.max_connections") != "default";
  log.event(log_component::program, asked_for ? log_level::warn : log_level::info, "descriptors_limited",
            {{"descriptors", descriptors}, {"max_connections", wanted}});
}

// What a start needs, read and checked before anything is begun or stopped.
struct prepared {
  start_options options;
  preparation all;
  std::unique_ptr<program_log> log;
};

// A broker that is open, and what belongs to it.
struct opened_broker {
  broker::broker& broker;
  webhook::webhook& events;
  const kept_store& store;
  config::ban_file& bans;
  std::optional<pid_file>& file;
  const stop_signals& signals;
};

bool admits_anybody(const std::vector<broker::listening>& listeners, const config::settings& settings) {
  // What is far and asks for nothing was allowed to: else the broker would not be here.
  if (settings.access.authenticates()) return settings.allow_anonymous;
  return std::ranges::any_of(listeners, [&](const auto& place) {
    const auto by = std::ranges::find(settings.broker.listeners, place.id, &broker::listener_options::id);
    const bool asks = by != settings.broker.listeners.end() && by->authenticates();
    return !asks && config::is_far(place, settings.broker.listeners);
  });
}

void announce(const opened_broker& of, const std::vector<broker::listening>& listeners,
              const config::settings& settings, nanolib::log& log) {
  print(banner({.listeners = listeners,
                .shards = of.broker.shards(),
                .admits_anybody = admits_anybody(listeners, settings),
                .authenticates = settings.access.authenticates(),
                .has_rules = settings.access.has_rules(),
                .keeps = of.store.keeps,
                .trouble = of.store.trouble,
                .users = users_of(settings.access),
                .demands = demands_of(settings.broker.listeners),
                .endpoints = describe_sp_endpoints(settings.sp_endpoints),
                .reachable_sp = config::reachable_sp_url(settings.sp_endpoints)}));
  for (const auto& one : listeners) {
    log.event(log_component::program, log_level::info, "listening", {{"listener", one.id}, {"url", one.url()}});
  }
}

// From the open listeners to the end.
exit_code run(const opened_broker& of, const prepared& what, std::optional<daemon_parent>& parent) {
  const auto manager = service_manager::from_environment();
  broker::broker& running = of.broker;
  program_log& log = *what.log;
  const config::settings& settings = what.all.settings;
  // Once more with what was really bound: a name may have stood for any address.
  const auto listeners = running.listeners();
  if (const auto* exposed = exposed_listener(listeners, settings)) {
    complain(describe_exposed(*exposed));
    return exit_code::unsafe;
  }
  if (const auto started = running.start(); !started) {
    complain("cannot start: " + std::string(nanolib::describe(started.error())));
    return exit_code::failure;
  }
  reloader reloads(what.options, what.all, running, of.events, log);
  reload_desk desk(reloads, of.file, manager, log);
  admin::control_server control;
  add_control_commands(control, {running, desk, log, of.bans, {{}, of.store.keeps, of.store.trouble}});
  auto state = state_of(running, of.store);
  auto control_at = control_path(settings, of.file);
  std::string trouble;
  const auto opened = open_control(control, settings, control_at, log, trouble);
  if (opened != exit_code::ok) return opened;
  if (!control_at.empty()) state.emplace("control", control_at);
  if (!trouble.empty()) state.emplace("attention", std::move(trouble));
  desk.announce(std::move(state));
  announce(of, listeners, settings, log);
  if (parent) parent->report(exit_code::ok);

  housekeeping house(manager, [&running] { return running.is_turning(); }, [&log] { log.keep_house(); });
  const int which = of.signals.wait([&desk] { (void)desk.reload(); }, house.interval(), [&house] { house.beat(); });
  manager.stopping();
  log.event(log_component::program, log_level::info, "stopping", {{"signal", which == SIGTERM ? "SIGTERM" : "SIGINT"}});
  of.signals.end_at_once_on_the_next();
  control.stop();
  running.stop();
  of.events.stop();
  log.event(log_component::program, log_level::info, "stopped");
  return exit_code::ok;
}

exit_code prepare(start_options options, std::optional<prepared>& into) {
  // CLI11 knows of this for the spelling that it shows only.
  if (options.to_syslog && !options.log_file.empty()) {
    complain("--syslog excludes --log-file");
    return exit_code::usage;
  }
  auto all = prepare(options, nullptr, purpose::use);
  for (const auto& line : all.warnings) complain("warning: " + line);
  for (const auto& one : all.faults) complain(one.text);
  if (!all.is_good()) return all.code;
  if (std::string why; !make_absolute(options, why)) {
    complain(why);
    return exit_code::usage;
  }
  all.settings.broker.access = all.rights;
  auto log = std::make_unique<program_log>(all.settings.log.levels);
  log->use(std::move(all.log));
  into = prepared{std::move(options), std::move(all), std::move(log)};
  return exit_code::ok;
}

// Those that somebody has added in an earlier run. False: nobody is let in who could be among them.
bool add_kept_bans(config::ban_file& from, std::vector<broker::ban>& to) {
  std::string why;
  auto kept = from.load(why);
  if (!kept) {
    complain("the bans that are kept cannot be read: " + why);
    return false;
  }
  std::ranges::move(*kept, std::back_inserter(to));
  return true;
}

exit_code open_and_run(const prepared& what, std::optional<daemon_parent>& parent) {
  const auto descriptors = raise_descriptor_limit();
  const stop_signals signals;
  std::optional<pid_file> file;
  if (const auto code = take_pid_file(what.options, what.all.configuration, file); code != exit_code::ok) return code;
  warn_about_descriptors(*what.log, descriptors, what.all.configuration);

  auto broker_options = what.all.settings.broker;
  broker_options.log = what.log.get();
  broker_options.limits.max_connections = room_for_connections(descriptors, broker_options.limits.max_connections);
  std::string why;
  kept_store store;
  if (const auto kept = open_store(broker_options.durability, *what.log, store, why); !kept) {
    complain(why);
    return exit_code_of(kept.error());
  }
  config::ban_file bans(store.held ? what.all.settings.broker.durability.directory : std::string());
  // Nothing that a restart would mend.
  if (!add_kept_bans(bans, broker_options.bans)) return exit_code::usage;
  // Before the broker, which calls its hooks until it has stopped.
  webhook::webhook events(*what.log, nanolib::system_clock());
  if (const auto ready = events.change_to(webhook::prepared(what.all.events)); !ready) {
    complain("cannot start the webhook: " + std::string(nanolib::describe(ready.error())));
    return exit_code::failure;
  }
  broker_options.hooks = events.hooks();
  const auto opened = broker::broker::open(std::move(broker_options), why, std::move(store.held));
  if (!opened) {
    if (why.empty()) why = "cannot listen: " + std::string(nanolib::describe(opened.error()));
    const auto& failure = opened.error();
    const bool tcp = why.find("unix://") == std::string::npos;
    const bool by_address = tcp && failure.domain == error_domain::sys &&
                            (failure.code == EADDRINUSE || failure.code == EADDRNOTAVAIL || failure.code == EACCES);
    complain(why + (by_address ? "; --url HOST:PORT listens elsewhere" : ""));
    return exit_code_of(failure);
  }
  if (const auto left_out = (*opened)->bans().refused(); left_out > 0) {
    complain("warning: " + std::to_string(left_out) + " bans found no room: there may be " +
             std::to_string(broker::ban_list::most_bans) + ", with 4 MB of text");
  }
  if (const auto done = attach_sp_endpoints(what.all.settings.sp_endpoints, **opened, *what.log, why); !done) {
    complain(why);
    return exit_code_of(done.error());
  }
  return run({**opened, events, store, bans, file, signals}, what, parent);
}

// What goes into the background has no terminal any more, so that now is the time to say it.
void warn_about_lost_log(const config::log_settings& log) {
  std::string missing;
  for (const auto place : log.to) {
    const auto& socket = place == config::log_place::uds ? log.socket : log.syslog_socket;
    if (place == config::log_place::file || socket.starts_with('@') || ::access(socket.c_str(), F_OK) == 0) return;
    missing += (missing.empty() ? "nobody listens at " : " or ") + socket;
  }
  complain("warning: in the background nobody will hear of what happens: " +
           (missing.empty() ? "log.to is empty" : missing) + "; --log-file FILE writes it to a file");
}

exit_code run_prepared(const prepared& what) {
  std::optional<daemon_parent> parent;
  if (what.options.daemon) {
    warn_about_lost_log(what.all.settings.log);
    auto child = become_daemon();
    if (!child) {
      complain("cannot go into the background: " + std::string(nanolib::describe(child.error())));
      return exit_code::failure;
    }
    parent.emplace(std::move(*child));
  }
  const auto code = open_and_run(what, parent);
  if (parent) parent->report(code);
  return code;
}

}  // namespace

void complain(const std::string& text) {
  // One line, whatever a file or an argument brought into it.
  auto line = "nanomq: " + text;
  for (auto& c : line) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  (void)std::fputs((line + "\n").c_str(), stderr);
}

exit_code start_broker(start_options options) {
  std::string why;
  if (!complete_from_environment(options, why)) {
    complain(why);
    return exit_code::usage;
  }
  if (!options.print.empty()) return print_configuration(options);
  std::optional<prepared> what;
  const auto code = prepare(std::move(options), what);
  return code == exit_code::ok ? run_prepared(*what) : code;
}

exit_code restart_broker(start_options options) {
  std::string why;
  if (!complete_from_environment(options, why)) {
    complain(why);
    return exit_code::usage;
  }
  if (!options.print.empty()) return print_configuration(options);
  options.pid_file = pid_file_meant(options.pid_file);
  std::optional<prepared> what;
  auto code = prepare(std::move(options), what);
  // What a start would stumble over must not stop the one that runs.
  const auto obstacles = code == exit_code::ok ? find_obstacles(what->all) : std::vector<std::string>();
  for (const auto& line : obstacles) complain(line);
  if (!obstacles.empty()) return exit_code::usage;
  if (code == exit_code::ok) code = stop_if_running(what->options.pid_file);
  return code == exit_code::ok ? run_prepared(*what) : code;
}

}  // namespace nanomq::program
