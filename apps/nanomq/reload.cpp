#include "reload.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "load_settings.hpp"
#include "nanomq/access/access_control.hpp"
#include "nanomq/config/setting.hpp"
#include "nanomq/config/written_limits.hpp"
#include "settings_warnings.hpp"

namespace nanomq::program {

using nanolib::log_component;
using nanolib::log_level;

reload_report reloader::refuse(std::string why) {
  log_.event(log_component::config, log_level::error, "reload_refused", {{"why", why}});
  return {true, {std::move(why)}};
}

reload_report reloader::reload() {
  exit_code code = exit_code::ok;
  std::string why;
  auto loaded = load_settings(options_, code, why);
  if (!loaded) return refuse(std::move(why));
  reload_report report;
  for (const auto& line : ineffective_settings(*loaded)) report.lines.push_back("warning: " + line);
  config::settings next = std::move(loaded->settings);
  for (const auto& one : config::changed_settings(running_, next)) {
    const bool changes = one.reloadable() || !one.is_in(running_);
    report.lines.push_back((changes ? "changed: " : "needs a restart: ") + one.key() + " = " + one.shown(next));
    if (!changes && !one.set(next, one.get(running_), why)) return refuse(std::move(why));
  }
  if (!config::are_same(running_.sp_endpoints, next.sp_endpoints)) {
    report.lines.push_back("needs a restart: " + std::string(config::sp_endpoints_key));
    next.sp_endpoints = running_.sp_endpoints;
  }
  auto rights = access::open_access_control(next.access, next.allow_anonymous, workers_, why);
  if (!rights) return refuse(std::move(why));
  auto events = webhook::webhook::prepare(next.webhook, why);
  if (!events) return refuse(std::move(why));
  next.broker.access = std::move(*rights);
  const auto prepared = broker_.prepare(next.broker.listeners, why);
  if (!prepared) return refuse(std::move(why));
  // Once more with what was really bound: a name may have stood for any address.
  const auto places = (*prepared)->places();
  if (const auto* exposed = exposed_listener(places, next)) {
    return refuse(describe_exposed(*exposed));
  }
  auto log_outputs = program_log::prepare(next.log, why);
  if (!log_outputs) return refuse(std::move(why));
  // From here on nothing fails. Rights first: nobody enters through a new listener with old ones.
  if (next.broker.access || running_.broker.access) broker_.set_access(next.broker.access);
  if (next.access.authenticates() || next.access.has_rules()) {
    report.lines.emplace_back("users and rules have been read again");
  }
  change_limits(next.broker, report);
  for (auto& line : broker_.change_to(std::move(**prepared))) report.lines.push_back(std::move(line));
  change_webhook(std::move(*events), report);
  // Always, so that a file that was moved away is begun anew. Levels that were set at run time stay until others are
  // configured.
  log_.use(std::move(*log_outputs));
  if (next.log.levels != running_.log.levels) config::apply(next.log.levels, log_);
  running_ = std::move(next);
  if (report.lines.empty()) report.lines.emplace_back("nothing has changed");
  for (const auto& line : report.lines)
    log_.event(log_component::config, log_level::info, "reloaded", {{"what", line}});
  return report;
}

// Its events have been checked; what can still fail is a thread, and then the broker goes on without a webhook.
void reloader::change_webhook(webhook::prepared&& next, reload_report& report) {
  std::string why;
  if (const auto changed = webhook_.change_to(std::move(next)); !changed) {
    report.lines.push_back("there is no webhook: " + std::string(nanolib::describe(changed.error())));
  }
  if (!broker_.set_hooks(webhook_.hooks(), why)) report.lines.push_back(why);
}

void reloader::change_limits(broker::broker_options& next, reload_report& report) {
  const broker::broker_options& before = running_.broker;
  if (next.traffic != before.traffic) broker_.set_traffic(next.traffic);
  if (next.traffic.users != before.traffic.users) {
    report.lines.push_back("changed: " + std::string(config::user_limits_key));
  }
  next.bans = config::bans_after(before.bans, std::move(next.bans));
  if (config::are_same(before.bans, next.bans)) return;
  broker_.bans().set_configured(next.bans);
  broker_.review_bans();
  report.lines.push_back("changed: " + std::string(config::bans_key) + ", " + std::to_string(next.bans.size()) +
                         " of them");
}

std::vector<std::string> reloader::places() const {
  std::vector<std::string> urls;
  for (const auto& one : broker_.listeners()) urls.push_back(one.url());
  return urls;
}

std::string listening_status(const std::vector<std::string>& urls) {
  if (urls.empty()) return "Listening nowhere";
  return "Listening on " + urls.front() +
         (urls.size() > 1 ? " and " + std::to_string(urls.size() - 1) + " more" : std::string());
}

void reload_desk::announce(state what) {
  const nanolib::mutex_lock lock(one_at_a_time_);
  state_ = std::move(what);
  write({});
}

std::optional<reload_desk::last_reload> reload_desk::last() const {
  const nanolib::mutex_lock lock(one_at_a_time_);
  return last_;
}

reload_report reload_desk::reload() {
  const nanolib::mutex_lock lock(one_at_a_time_);
  const auto number = std::to_string(++begun_);
  // Before anything is read: whoever saw a smaller number knows that what he changed before is in.
  write({{"reload_begun", number}});
  manager_.reloading();
  reload_report report;
  try {
    report = reloader_.reload();
  } catch (const std::exception& failed) {
    report = {true, {std::string("not enough memory: ") + failed.what()}};
  }
  last_ = {nanolib::system_clock().wall_now(), report.refused,
           report.refused && !report.lines.empty() ? report.lines.front() : std::string()};
  state_.erase("listen");
  auto urls = reloader_.places();
  manager_.ready(listening_status(urls));
  for (auto& url : urls) state_.emplace("listen", std::move(url));
  state more{{"reload_begun", number}, {"reload_done", number}, {"reload_refused", report.refused ? "true" : "false"}};
  constexpr std::size_t most_lines = 200;
  for (std::size_t i = 0; i < std::min(report.lines.size(), most_lines); ++i) {
    std::string line = report.lines[i];
    for (auto& c : line) c = static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    more.emplace("reload", std::move(line));
  }
  write(more);
  return report;
}

void reload_desk::write(const state& more) {
  if (!file_) return;
  state all = state_;
  all.insert(more.begin(), more.end());
  if (const auto written = file_->write_state(all); !written) {
    log_.event(log_component::config, log_level::warn, "pid_file_not_written",
               {{"error", nanolib::describe(written.error())}});
  }
}

}  // namespace nanomq::program
