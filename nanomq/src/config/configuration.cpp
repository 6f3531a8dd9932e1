#include "nanomq/config/configuration.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include "document_reader.hpp"
#include "nanomq/config/hocon.hpp"
#include "nanomq/config/small_file.hpp"
#include "nanomq/config/written_limits.hpp"

namespace nanomq::config {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanolib::result;
using nanomq::broker::listener_kind;

constexpr std::size_t largest_file = 1024U * 1024;
constexpr std::size_t most_faults = 100;

std::unexpected<error> refuse() { return std::unexpected(error{error_domain::config, 0}); }

// What some know from NanoMQ and miss here; empty: nothing of that kind.
std::string_view missing_feature(std::string_view name) {
  constexpr std::string_view threads = "threads are set with NANOMQ_SYSTEM__SHARDS";
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> all{{
      {"NANOMQ_HTTP_SERVER_", "there is no HTTP server here yet"},
      {"NANOMQ_NUM_TASKQ_THREAD", threads},
      {"NANOMQ_MAX_TASKQ_THREAD", threads},
      {"NANOMQ_PARALLEL", threads},
      {"NANOMQ_CLIENT_MAX_PACKET_SIZE", "an MQTT 5 client says itself how large a packet it takes"},
      {"NANOMQ_QOS_DURATION", "messages are sent again when a client connects again, not while it is connected"},
      {"NANOMQ_MSG_PERSISTENCE", "messages are kept when NANOMQ_STORE__DIR names a directory"},
      {"NANOMQ_EXCHANGER_URL", "there is no exchange"},
      {"NANOMQ_VIN", "there is no exchange"},
  }};
  const auto found = std::ranges::find_if(
      all, [&](const auto& one) { return one.first.ends_with('_') ? name.starts_with(one.first) : name == one.first; });
  return found == all.end() ? std::string_view() : found->second;
}

// "; did you mean NANOMQ_LOG_LEVEL?", or nothing. Shape: names × length².
std::string variable_hint(std::string_view name, std::span<const std::string_view> others) {
  constexpr std::size_t longest = 64;  // keeps the work small whatever is asked
  if (name.size() > longest) return {};
  std::string best;
  std::size_t least = 1 + std::max<std::size_t>(2, name.size() / 10);
  const auto look = [&](std::string_view known) {
    const auto far = known.empty() ? least : edit_distance(name, known);
    if (far >= least) return;
    least = far;
    best = known;
  };
  for (const auto& row : options()) {
    look(row.environment);
    look(environment_name(row));
  }
  for (const auto& row : listener_variables()) look(row.name);
  for (const auto kind : {listener_kind::tcp, listener_kind::ssl, listener_kind::ws, listener_kind::wss}) {
    for (const auto& row : listener_rows()) {
      const auto key = listener_prefix(kind, {}) + std::string(row.key);
      if (find_listener_setting(key)) look(variable_of_key(key));
    }
  }
  for (const auto other : others) look(other);
  return best.empty() ? best : "; did you mean " + best + "?";
}

// A list alone, as it is written in a file: ["a", "b"].
result<written_value> read_list(std::string_view text, std::string& why) {
  std::string complaint;
  const auto read = read_hocon("list = " + std::string(text), "", complaint);
  const auto* list = read ? read->root.find("list") : nullptr;
  written_value out{true, {}};
  bool good = list != nullptr && list->is == hocon_value::kind::list && read->root.keys.size() == 1;
  for (std::size_t i = 0; good && i < list->items.size(); ++i) {
    good = list->items[i].is == hocon_value::kind::text;
    out.items.push_back(list->items[i].text);
  }
  if (good) return out;
  why = "not a list such as [\"a\", \"b\"]";
  return refuse();
}

// The text of an environment variable or of --set in the form that a file would give.
result<written_value> written_from(const setting& which, std::string_view text, std::string& why) {
  if (which.type() != value_type::list) return written_value{false, {std::string(text)}};
  // [::1]:1883 is an address.
  const bool is_address = text.size() > 1 && std::string_view(":0123456789abcdefABCDEF").contains(text[1]);
  if (text.starts_with('[') && !is_address) return read_list(text, why);
  if (text.empty()) return written_value{true, {""}};
  written_value out{true, {}};
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    out.items.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// What a file may include and look up: other files, and the environment of this process.
class this_machine final : public hocon_surroundings {
 public:
  result<std::string> read(const std::string& path, std::string& why) override {
    return read_small_file(path, largest_file, why);
  }
  std::optional<std::string> variable(const std::string& name) override {
    const char* const text = std::getenv(name.c_str());
    return text == nullptr ? std::nullopt : std::optional<std::string>(text);
  }
};

}  // namespace

std::string_view configuration::origin(std::string_view key) const noexcept {
  const auto found = origins_.find(key);
  return found == origins_.end() ? "default" : std::string_view(found->second);
}

result<void> configuration::store(const setting& which, const written_value& written, std::string_view origin,
                                  std::string& why) {
  const auto parsed = parse_value(which.type(), which.range(), written, why);
  if (!parsed || !which.set(values_, *parsed, why)) {
    why.insert(0, which.key() + ": ");
    return refuse();
  }
  origins_[which.key()] = origin;
  return {};
}

result<void> configuration::set(std::string_view key, const written_value& written, std::string_view origin,
                                std::string& why) {
  const auto which = find_setting(key);
  if (!which) why = unknown_key(key);
  if (which && store(*which, written, origin, why)) return {};
  note({std::string(key), why});
  return refuse();
}

void configuration::note(fault what) {
  if (faults_.size() < most_faults) faults_.push_back(std::move(what));
}

result<void> configuration::since(std::size_t first, std::string& why) const {
  if (faults_.size() == first) return {};
  why = faults_[first].text;
  return refuse();
}

result<void> configuration::read_file(const std::string& path, std::string& why) {
  const auto text = read_small_file(path, largest_file, why);
  if (!text) {
    why.insert(0, path + ": ");
    note({{}, why});
    return std::unexpected(text.error());
  }
  this_machine surroundings;
  const auto document = read_hocon(*text, path, surroundings, why);
  if (document) return store_all(*document, why);
  note({{}, why});
  return std::unexpected(document.error());
}

result<void> configuration::read_text(std::string_view text, const std::string& path, std::string& why) {
  const auto document = read_hocon(text, path, why);
  if (document) return store_all(*document, why);
  note({{}, why});
  return std::unexpected(document.error());
}

// Users and rules that stand in the file itself.
void configuration::store_access(const hocon_document& from, const written_objects& objects, placed_faults& faults) {
  std::string why;
  if (objects.passwords != nullptr) {
    std::string warning;
    auto users = access::password_file::read_plain(from, *objects.passwords, warning, why);
    if (!users) faults.push_back({objects.passwords->place, "auth.password", why, true});
    if (users && !warning.empty()) warnings_.push_back(std::move(warning));
    if (users) values_.access.written_passwords = std::make_shared<const access::password_file>(std::move(*users));
  }
  if (objects.acl != nullptr) {
    auto rules = access::read_hocon_rules(from, *objects.acl, why);
    if (!rules) faults.push_back({objects.acl->place, "auth.acl", why, true});
    if (rules) values_.access.written_acl = std::make_shared<const access::written_rules>(std::move(*rules));
  }
}

// Bans and limits of single users, which have no rows either.
void configuration::store_limits(const hocon_document& from, const written_objects& objects, placed_faults& faults) {
  std::string why;
  if (objects.bans != nullptr) {
    auto bans = read_bans(from, *objects.bans, nanolib::system_clock().wall_now(), why);
    if (!bans) faults.push_back({objects.bans->place, std::string(bans_key), why, true});
    if (bans) values_.broker.bans = *std::move(bans);
  }
  if (objects.user_limits != nullptr) {
    auto users = read_user_limits(from, *objects.user_limits, why);
    if (!users) faults.push_back({objects.user_limits->place, std::string(user_limits_key), why, true});
    if (users) values_.broker.traffic.users = *std::move(users);
  }
}

result<void> configuration::store_all(const hocon_document& from, std::string& why) {
  const auto first = faults_.size();
  written_objects objects;
  placed_faults faults;
  const auto found = settings_of(from, objects, warnings_, faults);
  auto endpoints = read_sp_endpoints(from, faults);
  if (!endpoints.empty()) values_.sp_endpoints = std::move(endpoints);
  store_access(from, objects, faults);
  store_limits(from, objects, faults);
  for (const auto& one : found) {
    const auto origin = from.files[one.key_place.file] + ":" + std::to_string(one.key_place.line);
    if (!store(one.which, one.written, origin, why)) faults.push_back({one.value_place, one.which.key(), why});
  }
  for (std::size_t i = 0; i < from.files.size(); ++i) {
    files_.push_back(from.files[i]);
    if (!from.speaks[i]) silent_files_.push_back(from.files[i]);
  }
  for (auto& one : in_order(from, std::move(faults))) note(std::move(one));
  return since(first, why);
}

result<void> configuration::read_environment(std::span<const char* const> variables, std::string& why) {
  const auto first = faults_.size();
  // The product's own names come after NanoMQ's for the same setting, so that they win.
  for (const bool own : {false, true}) {
    for (const std::string_view variable : variables) {
      const auto end = variable.find('=');
      const auto name = variable.substr(0, end);
      if (!name.starts_with("NANOMQ_") || end == std::string_view::npos) continue;
      if (end + 1 == variable.size()) continue;  // empty: as good as not set
      const auto which = find_variable(name, own);
      if (!which) {
        const bool known = !own || name.find("__") == std::string_view::npos;
        if (known) continue;
        const auto missing = missing_feature(name);
        const auto hint = variable_hint(name, {});
        note({std::string(name), shown_key(name) + ": no setting has this name" +
                                     (!missing.empty() ? "; " + std::string(missing)
                                      : !hint.empty()  ? hint
                                                       : "; see --print-config for those there are")});
        continue;
      }
      const auto written = written_from(*which, variable.substr(end + 1), why);
      if (!written || !store(*which, *written, name, why)) note({which->key(), std::string(name) + ": " + why});
    }
  }
  return since(first, why);
}

result<void> configuration::assign(std::string_view assignment, std::string& why) {
  const auto end = std::min(assignment.find('='), assignment.size());
  const auto key = assignment.substr(0, end);
  const auto which = find_setting(key);
  if (end == assignment.size()) {
    why = "'" + shown_key(assignment) + "' is not key=value";
  } else if (!which) {
    why = unknown_key(key);
  } else if (const auto written = written_from(*which, assignment.substr(end + 1), why); !written) {
    why.insert(0, which->key() + ": ");
  } else if (store(*which, *written, "command line", why)) {
    return {};
  }
  note({std::string(key), why});
  return refuse();
}

std::vector<std::string> unknown_variables(std::span<const char* const> variables,
                                           std::span<const std::string_view> others) {
  std::vector<std::string> lines;
  for (const std::string_view variable : variables) {
    const auto name = variable.substr(0, variable.find('='));
    if (!name.starts_with("NANOMQ_") || std::ranges::find(others, name) != others.end()) continue;
    if (find_variable(name, true) || find_variable(name, false)) continue;
    const auto missing = missing_feature(name);
    lines.push_back(
        shown_key(name) + " has no effect: " +
        (missing.empty() ? "no setting has this name" + variable_hint(name, others) : std::string(missing)));
  }
  return lines;
}

}  // namespace nanomq::config
