#include "nanomq/config/setting.hpp"

#include <algorithm>
#include <tuple>

#include "http_option.hpp"

namespace nanomq::config {
namespace {

using nanomq::broker::listener_kind;
using nanomq::broker::listener_options;

auto find_listener(auto& all, const listener_setting& of) {
  return std::ranges::find_if(all, [&](const auto& one) { return one.kind == of.kind && one.name == of.name; });
}

// NANOMQ_LISTENERS__SSL__BIND to listeners.ssl.bind
std::string key_of_variable(std::string_view name) {
  std::string out;
  for (std::string_view rest = name.substr(std::min<std::size_t>(7, name.size())); !rest.empty();) {
    const bool dot = rest.starts_with("__");
    const char c = rest.front();
    out += dot ? '.' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    rest.remove_prefix(dot ? 2 : 1);
  }
  return out;
}

}  // namespace

value setting::get(const settings& from) const {
  if (row_ != nullptr) return row_->get(from);
  const auto found = find_listener(from.broker.listeners, of_);
  listener_options absent;
  absent.kind = of_.kind;
  return of_.row->get(found != from.broker.listeners.end() ? *found : absent);
}

nanolib::result<void> setting::set(settings& into, const value& what, std::string& why) const {
  if (row_ != nullptr) return row_->set(into, what, why);
  auto found = find_listener(into.broker.listeners, of_);
  if (found != into.broker.listeners.end()) return of_.row->set(*found, what, why);
  listener_options fresh;
  fresh.kind = of_.kind;
  fresh.name = of_.name;
  if (const auto done = of_.row->set(fresh, what, why); !done) return done;
  into.broker.listeners.push_back(std::move(fresh));
  return {};
}

bool setting::is_in(const settings& which) const {
  return row_ != nullptr || find_listener(which.broker.listeners, of_) != which.broker.listeners.end();
}

std::string without_query(std::string_view url) {
  const auto query = url.find('?');
  return query == std::string_view::npos ? std::string(url) : std::string(url.substr(0, query)) + "?********";
}

std::string setting::shown(const settings& from) const {
  const auto now = get(from);
  if (row_ != nullptr && is_secret_list(row_->key)) {
    return print_value(type(), hidden_fields(row_->key, std::get<std::vector<std::string>>(now)));
  }
  if (row_ != nullptr && row_->key.ends_with("url") && std::holds_alternative<std::string>(now)) {
    return print_value(type(), without_query(std::get<std::string>(now)));
  }
  if (!secret()) return print_value(type(), now);
  if (const auto* const lines = std::get_if<std::vector<std::string>>(&now)) {
    auto names = *lines;
    for (auto& one : names) one.replace(std::min(one.find(':'), one.size()), std::string::npos, ": ********");
    return print_value(type(), names);
  }
  return std::get<std::string>(now).empty() ? "\"\"" : "\"********\"";
}

std::optional<setting> find_setting(std::string_view key) {
  if (const auto* const row = find_option(key)) return setting(*row);
  if (auto of = find_listener_setting(key)) return setting(std::move(*of));
  return {};
}

std::optional<setting> find_variable(std::string_view name, bool own) {
  if (!own) {
    for (const auto& row : options()) {
      if (!row.environment.empty() && name == row.environment) return setting(row);
    }
    const auto found = std::ranges::find(listener_variables(), name, &listener_variable::name);
    return found == listener_variables().end() ? std::nullopt : find_setting(found->key);
  }
  for (const auto& row : options()) {
    if (name == environment_name(row)) return setting(row);
  }
  auto of = find_listener_setting(key_of_variable(name));
  return of ? std::optional<setting>(std::move(*of)) : std::nullopt;
}

std::vector<setting> settings_in(const settings& what) {
  std::vector<listener_setting> listeners{{nullptr, listener_kind::tcp, {}}};
  for (const auto& one : what.broker.listeners) {
    if (one.kind != listener_kind::tcp || !one.name.empty()) listeners.push_back({nullptr, one.kind, one.name});
  }
  std::ranges::sort(listeners, [](const auto& one, const auto& other) {
    return std::tie(one.kind, one.name) < std::tie(other.kind, other.name);
  });
  std::vector<setting> all;
  for (const auto& one : listeners) {
    for (const auto& row : config::listener_rows()) {
      if ((row.kinds & (1U << static_cast<unsigned>(one.kind))) != 0) {
        all.emplace_back(listener_setting{&row, one.kind, one.name});
      }
    }
  }
  for (const auto& row : options()) all.emplace_back(row);
  return all;
}

std::vector<setting> changed_settings(const settings& before, const settings& after) {
  std::vector<setting> all = settings_in(after);
  for (auto& one : settings_in(before)) {
    if (!one.is_in(after)) all.push_back(std::move(one));
  }
  std::erase_if(all, [&](const setting& one) { return one.get(before) == one.get(after); });
  // A listener that only one of them names still has its defaults in the other: one line for each key.
  for (auto one = all.begin(); one != all.end();) {
    const bool again = std::any_of(all.begin(), one, [&](const setting& other) { return other.key() == one->key(); });
    one = again ? all.erase(one) : one + 1;
  }
  return all;
}

}  // namespace nanomq::config
