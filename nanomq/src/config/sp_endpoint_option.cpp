#include "nanomq/config/sp_endpoint_option.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "document_reader.hpp"
#include "nanomq/config/option.hpp"
#include "sp_endpoint_row.hpp"

namespace nanomq::config {
namespace {

using nanolib::quality_of_service;
using nanomq::bridge::sp_framing;
using nanonng::net::sp_protocol;
using kind = hocon_value::kind;

constexpr std::array<std::string_view, 11> protocols{"pub", "sub", "push", "pull",     "pair0",     "pair1",
                                                     "bus", "req", "rep",  "surveyor", "respondent"};

bool is_name(std::string_view text) noexcept {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// The name among these that was probably meant, as what is said about it.
template <class Names>
std::string guess(std::string_view written, const Names& names) {
  constexpr std::size_t longest = 64;  // keeps the work small whatever is asked
  if (written.size() > longest) return {};
  std::string_view best;
  std::size_t least = 1 + std::max<std::size_t>(2, written.size() / 4);
  for (const std::string_view one : names) {
    const auto far = edit_distance(written, one);
    if (far >= least) continue;
    least = far;
    best = one;
  }
  return best.empty() ? std::string() : "; did you mean " + std::string(best) + "?";
}

// Whatever is wrong is noted, and the rest is read on.
class reader {
 public:
  reader(const hocon_document& from, placed_faults& faults) : from_(from), faults_(faults) {}

  void read(const hocon_value& all) {
    for (std::size_t i = 0; i < all.keys.size(); ++i) read_protocol(all.keys[i], all.items[i]);
  }
  [[nodiscard]] std::vector<sp_endpoint_setting> take() { return std::move(found_); }

 private:
  void refuse(const hocon_place& where, std::string text) {
    faults_.push_back({where, std::string(sp_endpoints_key), std::move(text)});
  }

  void read_protocol(const hocon_key& key, const hocon_value& all) {
    const auto path = std::string(sp_endpoints_key) + "." + key.name;
    const auto protocol = nanonng::net::sp_protocol_named(key.name);
    if (!protocol) {
      return refuse(key.place,
                    "'" + shown_key(path) + "': there is no such protocol of SP" + guess(key.name, protocols));
    }
    if (all.is == kind::null) return;
    if (all.is != kind::object) return refuse(all.place, path + ": takes endpoints by their names");
    for (std::size_t i = 0; i < all.keys.size(); ++i) {
      if (is_name(all.keys[i].name)) {
        read_endpoint(*protocol, key.name, all.keys[i], all.items[i]);
      } else {
        refuse(all.keys[i].place, path + ": a name has letters, digits, - and _, and 64 of them at most");
      }
    }
  }

  void read_endpoint(sp_protocol protocol, const std::string& word, const hocon_key& key, const hocon_value& value) {
    const auto path = std::string(sp_endpoints_key) + "." + word + "." + key.name;
    if (value.is == kind::null) return;
    if (value.is != kind::object) return refuse(value.place, path + ": takes an object");
    sp_endpoint_setting made;
    made.options.name = word + "/" + key.name;
    made.options.protocol = protocol;
    made.origin = from_.files[key.place.file] + ":" + std::to_string(key.place.line);
    for (std::size_t i = 0; i < value.keys.size(); ++i) read_key(made, word, path, value.keys[i], value.items[i]);
    found_.push_back(std::move(made));
  }

  void read_key(sp_endpoint_setting& into, const std::string& word, const std::string& path, const hocon_key& key,
                const hocon_value& value) {
    const auto full = path + "." + key.name;
    if (key.name == "forwards" || key.name == "subscription") {
      return read_rules(into, key.name == "forwards", full, value);
    }
    const std::string_view name = key.name == word + "_url" ? std::string_view("listen") : std::string_view(key.name);
    const auto row = std::ranges::find(sp_endpoint_rows(), name, &sp_endpoint_row::key);
    if (row == sp_endpoint_rows().end()) return refuse_key(key, full, names_of_endpoints());
    if (const auto parsed = parse(row->type, row->range, full, value)) row->set(into, *parsed);
  }

  void refuse_key(const hocon_key& key, const std::string& full, const std::vector<std::string_view>& names) {
    refuse(key.place, "unknown setting '" + shown_key(full) + "'" + guess(key.name, names));
  }

  static std::vector<std::string_view> names_of_endpoints() {
    std::vector<std::string_view> names{"forwards", "subscription"};
    for (const auto& row : sp_endpoint_rows()) names.push_back(row.key);
    return names;
  }

  static std::vector<std::string_view> names_of_rules(bool is_forward) {
    std::vector<std::string_view> names;
    for (const auto& row : sp_rule_rows()) {
      if (!is_forward || row.in_forwards) names.push_back(row.key);
    }
    return names;
  }

  void read_rules(sp_endpoint_setting& into, bool is_forward, const std::string& path, const hocon_value& all) {
    if (all.is == kind::null) return;
    if (all.is != kind::list) return refuse(all.place, path + ": takes a list of objects");
    for (const auto& item : all.items) {
      if (item.is != kind::object) {
        refuse(item.place, path + ": takes a list of objects");
        continue;
      }
      sp_rule rule;
      for (std::size_t i = 0; i < item.keys.size(); ++i) {
        const auto full = path + "." + item.keys[i].name;
        const auto row = std::ranges::find(sp_rule_rows(), item.keys[i].name, &sp_rule_row::key);
        if (row == sp_rule_rows().end() || (is_forward && !row->in_forwards)) {
          refuse_key(item.keys[i], full, names_of_rules(is_forward));
        } else if (const auto parsed = parse(row->type, row->range, full, item.items[i])) {
          row->set(rule, *parsed);
        }
      }
      add(into, is_forward, rule);
    }
  }

  static void add(sp_endpoint_setting& into, bool is_forward, const sp_rule& rule) {
    const auto protocol = into.options.protocol;
    const bool has_topics = protocol == sp_protocol::pub0 || protocol == sp_protocol::sub0;
    const bool in_front = rule.frame.empty() ? has_topics : rule.frame == "topic";
    const auto framing = in_front ? sp_framing::topic : sp_framing::payload;
    const auto qos = static_cast<quality_of_service>(rule.qos);
    if (is_forward) {
      into.options.forwards.push_back({.filter = rule.local_topic,
                                       .topic = rule.remote_topic,
                                       .delimiter = rule.delimiter,
                                       .framing = framing,
                                       .qos = qos});
    } else {
      into.options.subscriptions.push_back({.prefix = rule.remote_topic,
                                            .topic = rule.local_topic,
                                            .delimiter = rule.delimiter,
                                            .framing = framing,
                                            .qos = qos,
                                            .retain = rule.retain});
    }
  }

  // None for null, which leaves the default, and when it has refused.
  std::optional<value> parse(value_type type, const value_range& range, const std::string& full,
                             const hocon_value& from) {
    if (from.is == kind::null) return {};
    written_value written{from.is == kind::list, {}};
    bool good = from.is != kind::object;
    if (from.is == kind::text) written.items.push_back(from.text);
    for (const auto& item : from.items) {
      good = good && item.is == kind::text;
      written.items.push_back(item.text);
    }
    std::string fault = "takes a value";
    auto parsed = good ? parse_value(type, range, written, fault) : std::unexpected(nanolib::error{});
    if (parsed) return *std::move(parsed);
    refuse(from.place, full + ": " + fault);
    return {};
  }

  const hocon_document& from_;
  placed_faults& faults_;
  std::vector<sp_endpoint_setting> found_;
};

// The host of a URL of nng's, without brackets; empty: there is none, or it stands for all addresses.
std::string_view host_of(std::string_view url) noexcept {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  if (url.starts_with('[')) return url.substr(1, url.find(']') == url.npos ? url.npos : url.find(']') - 1);
  return url.substr(0, url.find_first_of(":/"));
}

bool is_reachable(std::string_view url) noexcept {
  if (url.starts_with("ipc:") || url.starts_with("inproc:") || url.starts_with("unix:") ||
      url.starts_with("abstract:")) {
    return false;
  }
  const auto host = host_of(url);
  return host != "localhost" && host != "::1" && !host.starts_with("127.");
}

// The first of the endpoints that shall be looked at.
template <class Wanted>
std::string first_reachable(const std::vector<sp_endpoint_setting>& endpoints, Wanted is_wanted) {
  for (const auto& one : endpoints) {
    if (!one.enable || !is_wanted(one)) continue;
    const auto found = std::ranges::find_if(one.options.listen, is_reachable);
    if (found != one.options.listen.end()) return *found;
  }
  return {};
}

}  // namespace

std::vector<sp_endpoint_setting> read_sp_endpoints(const hocon_document& from, placed_faults& faults) {
  reader one(from, faults);
  const auto* const bridges = from.root.find("bridges");
  const auto* const all = bridges == nullptr ? nullptr : bridges->find("nng");
  if (all == nullptr || all->is == kind::null) return {};
  if (all->is != kind::object) {
    const std::string key(sp_endpoints_key);
    faults.push_back({all->place, key, key + ": takes endpoints by protocol and name"});
    return {};
  }
  one.read(*all);
  return one.take();
}

std::string exposed_sp_url(const std::vector<sp_endpoint_setting>& endpoints, bool allow_anonymous) {
  if (allow_anonymous) return {};
  return first_reachable(endpoints, [](const auto& one) { return !one.allow_anonymous; });
}

std::string reachable_sp_url(const std::vector<sp_endpoint_setting>& endpoints) {
  return first_reachable(endpoints, [](const auto&) { return true; });
}

}  // namespace nanomq::config
