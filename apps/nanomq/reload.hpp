// SIGHUP: everything is read and checked again, and only when all of it is good does anything change.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nanomq/access/worker_pool.hpp"
#include "nanomq/broker/broker.hpp"
#include "nanomq/config/settings.hpp"
#include "pid_file.hpp"
#include "program_log.hpp"
#include "start_options.hpp"

namespace nanomq::program {

/// What a reload came to, in lines for a person.
struct reload_report {
  bool refused = false;  ///< nothing has changed
  std::vector<std::string> lines;
};

/// What a running broker was configured with, and how that is exchanged. Thread: the main one.
class reloader {
 public:
  /// `running` is what the broker was opened with; the rest outlives the object.
  reloader(const start_options& options, config::settings running, std::shared_ptr<access::worker_pool> workers,
           broker::broker& of, program_log& log)
      : options_(options), running_(std::move(running)), workers_(std::move(workers)), broker_(of), log_(log) {}

  /// Reads configuration, certificates, users and rules, checks them, and changes the broker. What cannot change while it runs stays as
  /// it is and is named. Errors: the report's.
  [[nodiscard]] reload_report reload();
  /// Where the broker listens now, as URLs.
  [[nodiscard]] std::vector<std::string> places() const;

 private:
  [[nodiscard]] reload_report refuse(std::string why);

  const start_options& options_;
  config::settings running_;
  std::shared_ptr<access::worker_pool> workers_;
  broker::broker& broker_;
  program_log& log_;
};

/// The answer to SIGHUP, in the pid file: how many reloads have begun and ended, and what came of the last. `broker reload`
/// reads it there. Thread: the main one.
class reload_desk {
 public:
  using state = std::multimap<std::string, std::string>;
  reload_desk(reloader& of, std::optional<pid_file>& file, state before, nanolib::log& log)
      : reloader_(of), file_(file), state_(std::move(before)), log_(log) {}
  void on_hangup();

 private:
  void write(const state& more);

  reloader& reloader_;
  std::optional<pid_file>& file_;
  state state_;
  nanolib::log& log_;
  std::uint64_t begun_ = 0;
};

}  // namespace nanomq::program
