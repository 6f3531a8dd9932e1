// A reload, by SIGHUP or over the control socket: everything is read and checked again, and only when all of it is good does anything change.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nanolib/base/mutex.hpp"
#include "nanolib/base/time.hpp"
#include "nanomq/broker/broker.hpp"
#include "nanomq/config/settings.hpp"
#include "nanomq/webhook/webhook.hpp"
#include "pid_file.hpp"
#include "preparation.hpp"
#include "program_log.hpp"
#include "service_manager.hpp"
#include "start_options.hpp"

namespace nanomq::program {

/// What a reload came to, in lines for a person.
struct reload_report {
  bool refused = false;  ///< nothing has changed
  std::vector<std::string> lines;
  bool incomplete = false;  ///< an SP endpoint could not be opened; all else has changed
};

/// What a running broker was configured with, and how that is exchanged. Thread: externally synchronised.
class reloader {
 public:
  /// `with` is what the broker was opened with; the rest outlives the object.
  reloader(const start_options& options, const preparation& with, broker::broker& of, webhook::webhook& events,
           program_log& log)
      : options_(options),
        running_(with.settings),
        silent_files_(with.configuration.silent_files()),
        workers_(with.workers),
        broker_(of),
        webhook_(events),
        log_(log) {}

  /// Reads configuration, certificates, users and rules, checks them, and changes the broker. What cannot change while it runs stays as
  /// it is and is named. Errors: the report's.
  [[nodiscard]] reload_report reload();
  /// What holds now.
  [[nodiscard]] const config::settings& running() const noexcept { return running_; }
  /// Where the broker listens now, as URLs.
  [[nodiscard]] std::vector<std::string> places() const;
  /// The SP endpoints that there are now, a line for each.
  [[nodiscard]] std::vector<std::string> endpoints() const;

 private:
  [[nodiscard]] reload_report refuse(std::vector<std::string> why);
  [[nodiscard]] std::vector<std::string> emptied_files(const config::configuration& next) const;
  [[nodiscard]] std::vector<std::string> compare(config::settings& next) const;
  void change_limits(broker::broker_options& next, reload_report& report);
  void change_webhook(webhook::prepared&& next, reload_report& report);

  const start_options& options_;
  config::settings running_;
  std::vector<std::string> silent_files_;
  std::shared_ptr<access::worker_pool> workers_;
  broker::broker& broker_;
  webhook::webhook& webhook_;
  program_log& log_;
};

/// Where a broker listens, as the service manager shows it.
[[nodiscard]] std::string listening_status(const std::vector<std::string>& urls);

/// The answer to SIGHUP, in the pid file: how many reloads have begun and ended, and what came of the last. `broker reload`
/// reads it there, or asks over the control socket. Thread: any, until the broker stops.
class reload_desk {
 public:
  using state = std::multimap<std::string, std::string>;
  /// When the last reload has ended, and what came of it.
  struct last_reload {
    nanolib::wall_time when{};
    bool refused = false;
    std::string why;  ///< of a refusal
  };

  reload_desk(reloader& of, std::optional<pid_file>& file, const service_manager& manager, nanolib::log& log)
      : reloader_(of), file_(file), manager_(manager), log_(log) {}
  /// The broker is ready. What the pid file says from here on, besides where it listens and reloads. A reload may have come before.
  void announce(state what);
  [[nodiscard]] reload_report reload();
  /// The SP endpoints that there are now, a line for each.
  [[nodiscard]] std::vector<std::string> endpoints() const;
  /// None: there has been none.
  [[nodiscard]] std::optional<last_reload> last() const;

 private:
  void show_places() NANOLIB_REQUIRES(one_at_a_time_);
  void write(const state& more) NANOLIB_REQUIRES(one_at_a_time_);

  reloader& reloader_ NANOLIB_GUARDED_BY(one_at_a_time_);
  std::optional<pid_file>& file_ NANOLIB_GUARDED_BY(one_at_a_time_);
  const service_manager& manager_;
  nanolib::log& log_;
  mutable nanolib::mutex one_at_a_time_;
  state state_ NANOLIB_GUARDED_BY(one_at_a_time_);
  std::uint64_t begun_ NANOLIB_GUARDED_BY(one_at_a_time_) = 0;
  std::optional<last_reload> last_ NANOLIB_GUARDED_BY(one_at_a_time_);
};

}  // namespace nanomq::program
