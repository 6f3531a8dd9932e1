#include "reload.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "descriptors.hpp"
#include "load_settings.hpp"
#include "nanomq/config/setting.hpp"
#include "nanomq/config/written_limits.hpp"
#include "sp_endpoints.hpp"

namespace nanomq::program {

using nanolib::log_component;
using nanolib::log_level;

reload_report reloader::refuse(std::vector<std::string> why) {
  for (const auto& line : why) log_.event(log_component::config, log_level::error, "reload_refused", {{"why", line}});
  return {true, std::move(why)};
}

// A file that says nothing any more is one that was cut off while it was edited, far more likely than a wish for every
// default, and defaults may let in whom it kept out.
std::vector<std::string> reloader::emptied_files(const config::configuration& next) const {
  std::vector<std::string> lines;
  for (const auto& file : next.silent_files()) {
    if (std::ranges::find(silent_files_, file) != silent_files_.end()) continue;
    lines.push_back(file +
                    ": nothing is set there any more, as if it had been cut off; a broker with defaults in its "
                    "place takes a restart");
  }
  return lines;
}

// A line for each setting that differs. What cannot change stays as it is in `next`.
std::vector<std::string> reloader::compare(config::settings& next) const {
  std::vector<std::string> lines;
  std::string why;
  for (const auto& one : config::changed_settings(running_, next)) {
    const bool changes = one.reloadable() || !one.is_in(running_);
    lines.push_back((changes ? "changed: " : "needs a restart: ") + one.key() + " = " + one.shown(next));
    // What was taken once is taken again.
    if (!changes) static_cast<void>(one.set(next, one.get(running_), why));
  }
  return lines;
}

reload_report reloader::reload() {
  auto made = prepare(options_, workers_, purpose::use);
  if (!made.is_good()) {
    std::vector<std::string> lines;
    for (auto& one : made.faults) lines.push_back(std::move(one.text));
    return refuse(std::move(lines));
  }
  if (auto lines = emptied_files(made.configuration); !lines.empty()) return refuse(std::move(lines));
  reload_report report;
  for (const auto& line : made.warnings) report.lines.push_back("warning: " + line);
  config::settings next = std::move(made.settings);
  std::ranges::move(compare(next), std::back_inserter(report.lines));
  next.broker.access = std::move(made.rights);
  std::string why;
  const auto listeners = broker_.prepare(next.broker.listeners, next.broker.limits, why);
  if (!listeners) return refuse({std::move(why)});
  // Once more with what was really bound: a name may have stood for any address.
  const auto places = (*listeners)->places();
  if (const auto* exposed = exposed_listener(places, next)) return refuse({describe_exposed(*exposed)});
  // From here on nothing fails but SP endpoints, which are told one by one. Rights first: nobody enters through a new
  // listener with old ones.
  if (next.broker.access || running_.broker.access) broker_.set_access(next.broker.access);
  if (next.access.authenticates() || next.access.has_rules()) {
    report.lines.emplace_back("users and rules have been read again");
  }
  workers_->set_most_waiting(next.access.most_waiting);
  change_limits(next.broker, report);
  for (auto& line : broker_.change_to(std::move(**listeners))) report.lines.push_back(std::move(line));
  change_webhook(std::move(made.events), report);
  auto endpoints = change_sp_endpoints(running_.sp_endpoints, next.sp_endpoints, broker_, log_);
  std::ranges::move(endpoints.lines, std::back_inserter(report.lines));
  report.incomplete = !endpoints.complete;
  next.sp_endpoints = std::move(endpoints.now);
  // Always, so that a file that was moved away is begun anew. Levels that were set at run time stay until others are
  // configured.
  log_.use(std::move(made.log));
  if (next.log.levels != running_.log.levels) config::apply(next.log.levels, log_);
  running_ = std::move(next);
  silent_files_ = made.configuration.silent_files();
  if (report.lines.size() == made.warnings.size()) report.lines.emplace_back("nothing has changed");
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
  auto limits = next.limits;
  limits.max_connections = room_for_connections(descriptor_limit(), limits.max_connections);
  broker_.set_limits(limits);
  if (next.limits.max_connections != before.limits.max_connections &&
      limits.max_connections != next.limits.max_connections) {
    report.lines.push_back("warning: there are descriptors for " + std::to_string(limits.max_connections) +
                           " connections only");
  }
  if (next.sys_interval != before.sys_interval) broker_.set_sys_interval(next.sys_interval);
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

std::vector<std::string> reloader::endpoints() const { return describe_sp_endpoints(running_.sp_endpoints); }

std::string listening_status(const std::vector<std::string>& urls) {
  if (urls.empty()) return "Listening nowhere";
  return "Listening on " + urls.front() +
         (urls.size() > 1 ? " and " + std::to_string(urls.size() - 1) + " more" : std::string());
}

void reload_desk::announce(state what) {
  const nanolib::mutex_lock lock(one_at_a_time_);
  state_ = std::move(what);
  show_places();
  write({});
}

// The pid file and the service manager hear it in one order, whichever thread is first.
void reload_desk::show_places() {
  auto urls = reloader_.places();
  manager_.ready(listening_status(urls));
  state_.erase("listen");
  for (auto& url : urls) state_.emplace("listen", std::move(url));
  state_.erase("bridge");
  for (auto& line : reloader_.endpoints()) state_.emplace("bridge", std::move(line));
}

std::optional<reload_desk::last_reload> reload_desk::last() const {
  const nanolib::mutex_lock lock(one_at_a_time_);
  return last_;
}

std::vector<std::string> reload_desk::endpoints() const {
  const nanolib::mutex_lock lock(one_at_a_time_);
  return reloader_.endpoints();
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
  show_places();
  state more{{"reload_begun", number},
             {"reload_done", number},
             {"reload_refused", report.refused ? "true" : "false"},
             {"reload_incomplete", report.incomplete ? "true" : "false"}};
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
