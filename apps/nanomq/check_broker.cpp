#include "check_broker.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "admission_text.hpp"
#include "certificate_dates.hpp"
#include "check_places.hpp"
#include "check_report.hpp"
#include "nanolib/cache/sqlite_store.hpp"
#include "nanomq/broker/check_listener.hpp"
#include "nanomq/config/ban_file.hpp"
#include "preparation.hpp"
#include "settings_warnings.hpp"
#include "short_text.hpp"

namespace nanomq::program {
namespace {

namespace fs = std::filesystem;

void add(std::vector<std::string>& into, std::vector<std::string> lines) {
  std::ranges::move(lines, std::back_inserter(into));
}

// A start only warns of them: it is clients who look.
void check_dates(const std::vector<broker::listener_options>& listeners, check_report& report) {
  const auto now = std::chrono::floor<std::chrono::seconds>(nanolib::system_clock().wall_now());
  for (auto& date : certificate_dates(listeners, now)) {
    (date.keeps_out ? report.errors : report.warnings).push_back(std::move(date.line));
  }
}

void check_store(const broker::durability_options& how, check_report& report) {
  if (how.directory.empty() || how.level == nanolib::durability::none) return;
  std::error_code failed;
  fs::path there = how.directory;
  std::string why;
  if (fs::exists(there, failed)) {
    if (!nanolib::check_store_directory(how.directory, why)) {
      // The broker may run as the user to whom it belongs.
      (::geteuid() == 0 ? report.warnings : report.errors).push_back("store.dir: " + why);
      return;
    }
  } else {  // a start makes one directory
    there = there.parent_path();
  }
  if (::access(there.c_str(), W_OK | X_OK) != 0) {
    report.errors.push_back("store.dir: " + there.string() + ": " +
                            std::string(nanolib::describe(nanolib::last_system_error())));
    return;
  }
  if (!config::ban_file(how.directory).load(why)) report.errors.push_back("store.dir: " + why);
  report.keeps = std::string("what was acknowledged (durability ") + std::string(broker::name_of(how.level)) +
                 "), in " + how.directory;
}

void check_log(const config::log_settings& log, check_report& report) {
  if (!log.goes_to(config::log_place::file)) return;
  const auto path = fs::path(log.path());
  const auto directory = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  std::error_code failed;
  if (fs::is_directory(path, failed) || (fs::exists(directory, failed) && !fs::is_directory(directory, failed))) {
    const auto& wrong = fs::is_directory(path, failed) ? path : directory;
    report.errors.push_back("log.file: " + wrong.string() + (&wrong == &path ? " is a directory" : " is no directory"));
    return;
  }
  const auto& asked = fs::exists(path, failed) ? path : directory;
  if (::access(asked.c_str(), W_OK) == 0) return;
  // The broker may run as somebody who may write there; what is not there is missing for everybody.
  auto& lines = errno == ENOENT ? report.errors : report.warnings;
  lines.push_back("log.file: " + asked.string() + ": " + std::string(nanolib::describe(nanolib::last_system_error())));
}

void check_listeners(const preparation& what, place_check& places_seen, check_report& report) {
  const auto& settings = what.settings;
  for (const auto& one : settings.broker.listeners) {
    const bool sound = what.is_sound(config::listener_prefix(one.kind, one.name));
    std::string why;
    if (one.enable && sound && !broker::check_listener(one, settings.broker.limits, why)) report.errors.push_back(why);
  }
  const auto places = config::places_of(settings.broker.listeners);
  if (places.empty()) report.errors.emplace_back("there is nothing to listen on: no listener is enabled");
  for (const auto& place : places) {
    const auto by = std::ranges::find(settings.broker.listeners, place.id, &broker::listener_options::id);
    if (by == settings.broker.listeners.end()) continue;
    places_seen.look_at(place, *by);
    // Who may enter can be told only when nothing that says so is wrong.
    const bool sound = what.is_sound("auth.") && what.is_sound(config::listener_prefix(by->kind, by->name));
    report.listeners.push_back({place.id, place.url(), by->is_secure(),
                                sound ? who_may_enter(*by, !config::is_far(place, settings.broker.listeners), settings)
                                      : std::string("cannot be told while the configuration is wrong")});
  }
}

void check_all(const preparation& what, check_report& report) {
  report.warnings = what.warnings;
  for (const auto& one : what.faults) report.errors.push_back(one.text);
  // A source that cannot be read at all may have said anything.
  if (std::ranges::any_of(what.faults, [](const config::fault& one) { return one.key.empty(); })) return;
  if (what.is_sound("mqtt.") && what.is_sound("limits."))
    add(report.warnings, contradicting_limits(what.configuration, what.settings));
  place_check places(report);
  check_listeners(what, places, report);
  for (const auto& one : what.settings.sp_endpoints) {
    if (one.enable && what.is_sound(config::sp_endpoints_key)) places.look_at(one);
  }
  if (what.is_sound("auth.")) report.rights = what_they_may_do(what.settings);
  if (what.is_sound("store.")) check_store(what.settings.broker.durability, report);
  if (what.is_sound("log.")) check_log(what.settings.log, report);
  const auto& control = what.settings.control_socket;
  const bool is_named = !control.empty() && control != config::control_socket_beside_pid_file;
  if (is_named && what.is_sound("control.")) (void)places.look_at_socket(control, "control.socket");
}

}  // namespace

std::vector<std::string> find_obstacles(const preparation& what) {
  check_report report;
  check_all(what, report);
  return std::move(report.errors);
}

exit_code check_broker(start_options options, const check_wishes& how) {
  check_report report;
  std::string why;
  auto code = exit_code::usage;
  if (!complete_from_environment(options, why)) {
    report.errors.push_back(why);
  } else {
    const auto what = prepare(options, nullptr, purpose::look);
    check_all(what, report);
    check_dates(what.settings.broker.listeners, report);
    if (!what.is_good()) code = what.code;
  }
  const auto text = how.as_json ? check_json(report) : check_text(report);
  (void)std::fputs(text.c_str(), stdout);
  (void)std::fflush(stdout);
  if (!report.errors.empty()) return code;
  return how.strict && !report.warnings.empty() ? exit_code::usage : exit_code::ok;
}

}  // namespace nanomq::program
