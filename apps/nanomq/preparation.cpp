#include "preparation.hpp"

#include <chrono>
#include <utility>

#include "certificate_dates.hpp"
#include "nanomq/access/access_control.hpp"
#include "rule_warnings.hpp"
#include "secret_files.hpp"
#include "settings_warnings.hpp"
#include "sp_endpoints.hpp"

namespace nanomq::program {
namespace {

void note(preparation& into, std::string_view key, std::string why, exit_code code) {
  if (into.faults.empty()) into.code = code;
  into.faults.push_back({std::string(key), std::move(why)});
}

// What is configured beside the rights, and does not fit them.
void look_at(const access::access_control& rights, bool is_running, preparation& into) {
  if (rights.rules() != nullptr && into.is_sound("listeners.")) {
    for (auto& line : rule_warnings(rights.rules()->rules(), into.settings.broker.listeners))
      into.warnings.push_back(std::move(line));
  }
  if (!into.is_sound(config::sp_endpoints_key)) return;
  for (auto& line : sp_endpoints_without_rights(into.settings.sp_endpoints, rights)) {
    if (is_running) {  // and must be able to take them away at once
      into.warnings.push_back(std::move(line) + "; the broker would not start with this");
    } else {
      note(into, config::sp_endpoints_key, std::move(line), exit_code::usage);
    }
  }
}

}  // namespace

preparation prepare(const start_options& options, std::shared_ptr<access::worker_pool> workers, purpose what_for) {
  auto loaded = load_settings(options);
  preparation made;
  made.warnings = ineffective_settings(loaded.configuration, loaded.settings);
  for (auto& line : readable_secrets(loaded.settings)) made.warnings.push_back(std::move(line));
  if (what_for == purpose::use) {
    const auto now = std::chrono::floor<std::chrono::seconds>(nanolib::system_clock().wall_now());
    for (auto& date : certificate_dates(loaded.settings.broker.listeners, now)) {
      made.warnings.push_back(std::move(date.line));
    }
  }
  made.configuration = std::move(loaded.configuration);
  made.settings = std::move(loaded.settings);
  made.faults = std::move(loaded.faults);
  made.code = loaded.code;
  const config::settings& settings = made.settings;
  const bool is_running = static_cast<bool>(workers);
  if (!is_running) {
    workers = std::make_shared<access::worker_pool>(access::sensible_workers(), settings.access.most_waiting);
  }
  made.workers = std::move(workers);
  std::string why;
  if (made.is_sound("auth.")) {
    auto rights = access::open_access_control(settings.access, settings.allow_anonymous, made.workers, why);
    if (rights && *rights) look_at(**rights, is_running, made);
    if (rights) made.rights = std::move(*rights);
    if (!rights) note(made, "auth.", why, exit_code::usage);
  }
  if (made.is_sound("webhook.")) {
    auto events = webhook::webhook::prepare(settings.webhook, why);
    if (events) made.events = std::move(*events);
    if (!events) note(made, "webhook.", why, exit_code::usage);
  }
  if (what_for == purpose::use && made.is_good()) {
    auto log = program_log::prepare(settings.log, why);
    if (log) made.log = std::move(*log);
    if (!log) {
      const bool is_config = log.error().domain == nanolib::error_domain::config;
      note(made, "log.", why, is_config ? exit_code::usage : exit_code::failure);
    }
  }
  return made;
}

}  // namespace nanomq::program
