#include "document_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foreign_key.hpp"
#include "http_option.hpp"
#include "nanomq/config/sp_endpoint_option.hpp"
#include "nanomq/config/written_limits.hpp"
#include "webhook_option.hpp"

namespace nanomq::config {
namespace {

using kind = hocon_value::kind;

// A part of a key as it is written: "a.b" in quotes when it would be two parts otherwise.
std::string part(const std::string& name) {
  const bool plain = !name.empty() && name.find_first_of(". \"") == std::string::npos;
  return plain ? name : "\"" + name + "\"";
}

// Whatever is wrong is noted, and the rest is read on.
class reader {
 public:
  reader(const hocon_document& from, written_objects& objects, std::vector<std::string>& warnings,
         placed_faults& faults)
      : from_(from), objects_(objects), warnings_(warnings), faults_(faults) {}

  void read(const hocon_value& object, const std::string& path) {
    for (std::size_t i = 0; i < object.keys.size(); ++i) {
      const auto key = path.empty() ? part(object.keys[i].name) : path + "." + part(object.keys[i].name);
      read_one(key, object.keys[i].place, object.items[i]);
    }
  }

  [[nodiscard]] std::vector<file_setting> take() { return std::move(found_); }

 private:
  void refuse(const hocon_place& where, const std::string& key, std::string text) {
    faults_.push_back({where, key, std::move(text)});
  }

  void read_one(const std::string& key, const hocon_place& place, const hocon_value& value) {
    if (value.is == kind::object && (key == "auth.password" || key == "auth.acl")) {
      (key == "auth.acl" ? objects_.acl : objects_.passwords) = &value;
      return;
    }
    if (value.is == kind::object && takes_fields(key)) return read_fields_of(key, place, value);
    if (key == bans_key || (key == user_limits_key && value.is == kind::object)) {
      if (value.is != kind::null) (key == bans_key ? objects_.bans : objects_.user_limits) = &value;
      return;
    }
    if (const auto which = find_setting(key)) return read_option(*which, place, value);
    if (key == sp_endpoints_key) return;  // read_sp_endpoints()
    if (const auto* foreign = find_foreign_key(key)) return pass_over(*foreign, key, place, value);
    if (value.is == kind::object && !value.keys.empty()) return read(value, key);
    if (value.is != kind::object) refuse(place, key, unknown_key(key));
  }

  // {name = value} as ["name=value"].
  void read_fields_of(const std::string& key, const hocon_place& place, const hocon_value& value) {
    hocon_value list = value;
    list.is = kind::list;
    list.keys.clear();
    for (std::size_t i = 0; i < value.keys.size(); ++i) {
      hocon_value& item = list.items[i];
      if (item.is == kind::null) item.is = kind::text;
      if (item.is == kind::text) item.text.insert(0, value.keys[i].name + "=");
    }
    read_option(*find_setting(key), place, list);
  }

  void read_option(const setting& which, const hocon_place& place, const hocon_value& value) {
    if (value.is == kind::null) return;  // the default
    file_setting out{which, {value.is == kind::list, {}}, place, value.place};
    const auto key = which.key();
    const auto name = key + ": ";
    hocon_place at = value.place;
    std::string fault;
    const bool has_objects = read_webhook_objects(key, value, out.written, at, fault);
    if (!fault.empty()) return refuse(at, key, name + fault);
    if (!has_objects) out.written.is_list = value.is == kind::list;
    if (!has_objects && value.is == kind::object)
      return refuse(value.place, key, name + "takes a value, not an object");
    if (value.is == kind::text) out.written.items.push_back(value.text);
    for (const auto& item : value.items) {
      if (has_objects) break;
      if (item.is != kind::text) return refuse(item.place, key, name + "a list of texts, not of lists or objects");
      out.written.items.push_back(item.text);
    }
    const auto before = std::ranges::find(found_, which, &file_setting::which);
    if (before != found_.end()) {  // under its other name
      return refuse(place, key, key + " is set already in line " + std::to_string(before->key_place.line));
    }
    found_.push_back(std::move(out));
  }

  void pass_over(const foreign_key& foreign, const std::string& key, const hocon_place& place,
                 const hocon_value& value) {
    const bool allowed = !foreign.allowed.empty() && value.is == kind::text && value.text == foreign.allowed;
    const auto text = "'" + shown_key(key) + "'";
    if (!foreign.harmless && !allowed) {
      return refuse(place, key, text + " cannot be left out: " + std::string(foreign.why));
    }
    warnings_.push_back(from_.place(place) + ": " + text +
                        " has no meaning here: " + std::string(allowed ? "it is so anyhow" : foreign.why));
  }

  const hocon_document& from_;
  written_objects& objects_;
  std::vector<std::string>& warnings_;
  placed_faults& faults_;
  std::vector<file_setting> found_;
};

}  // namespace

namespace {

/// What people write at the front of a key, and what they mean.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> slips{{
    {"listener.tls", "listeners.ssl"},
    {"listeners.tls", "listeners.ssl"},
    {"listeners.mqtts", "listeners.ssl"},
    {"listeners.mqtt", "listeners.tcp"},
    {"listeners.websocket", "listeners.ws"},
    {"listener", "listeners"},
    {"tls", "listeners.ssl"},
    {"ssl", "listeners.ssl"},
    {"websocket", "listeners.ws"},
}};

// brdges.nng.push.a and bridges.ngn.push.a for bridges.nng.push.a; empty: nothing like it.
std::string nearest_sp_key(std::string_view key) {
  constexpr std::size_t few = 2;
  const auto first = std::min(key.find('.'), key.size());
  const auto end = std::min(key.find('.', std::min(first + 1, key.size())), key.size());
  if (end > sp_endpoints_key.size() + few || edit_distance(key.substr(0, end), sp_endpoints_key) > few) return {};
  return std::string(sp_endpoints_key) + shown_key(key.substr(end));
}

}  // namespace

std::string shown_key(std::string_view key) {
  constexpr std::size_t longest = 64;
  std::string out;
  for (const char c : key.substr(0, longest)) out += c > 0x20 && c < 0x7f ? c : '?';
  return key.size() > longest ? out + "..." : out;
}

std::string unknown_key(std::string_view key) {
  auto text = "unknown setting '" + shown_key(key) + "'";
  if (key == sp_endpoints_key || key.starts_with(std::string(sp_endpoints_key) + ".")) {
    return text + ": SP endpoints are written in a configuration file (nanomq broker start --print-config=sample)";
  }
  for (const auto& [slip, meant] : slips) {
    if (key == slip || (key.starts_with(slip) && key[slip.size()] == '.')) {
      return text + "; did you mean " + std::string(meant) + shown_key(key.substr(slip.size())) + "?";
    }
  }
  if (const auto* foreign = find_foreign_key(key)) return text + ": " + std::string(foreign->why);
  if (const auto meant = nearest_sp_key(key); !meant.empty()) return text + "; did you mean " + meant + "?";
  const auto nearest = nearest_key(key);
  const auto foreign = nearest_foreign_key(key);
  if (!foreign.empty() && (nearest.empty() || edit_distance(key, foreign) < edit_distance(key, nearest))) {
    return text + "; did you mean " + foreign +
           "? It has no meaning here: " + std::string(find_foreign_key(foreign)->why);
  }
  if (!nearest.empty()) text += "; did you mean " + nearest + "?";
  return text;
}

std::vector<file_setting> settings_of(const hocon_document& from, written_objects& objects,
                                      std::vector<std::string>& warnings, placed_faults& faults) {
  reader one(from, objects, warnings, faults);
  one.read(from.root, {});
  return one.take();
}

}  // namespace nanomq::config
