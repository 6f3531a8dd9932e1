#include "nanomq/config/sp_endpoint_option.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "document_reader.hpp"
#include "sp_endpoint_row.hpp"

namespace nanomq::config {
namespace {

using nanolib::quality_of_service;
using nanomq::bridge::sp_framing;
using nanonng::net::sp_protocol;
using kind = hocon_value::kind;

bool is_name(std::string_view text) noexcept {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// Each step answers whether it went well, and has said why when not.
class reader {
 public:
  reader(const hocon_document& from, std::string& why) : from_(from), why_(why) {}

  bool read(const hocon_value& all) {
    for (std::size_t i = 0; i < all.keys.size(); ++i) {
      if (!read_protocol(all.keys[i], all.items[i])) return false;
    }
    return true;
  }
  [[nodiscard]] std::vector<sp_endpoint_setting> take() { return std::move(found_); }

 private:
  bool refuse(const hocon_place& where, const std::string& text) {
    why_ = from_.place(where) + ": " + text;
    return false;
  }

  bool read_protocol(const hocon_key& key, const hocon_value& all) {
    const auto path = std::string(sp_endpoints_key) + "." + key.name;
    const auto protocol = nanonng::net::sp_protocol_named(key.name);
    if (!protocol) return refuse(key.place, "'" + shown_key(path) + "': there is no such protocol of SP");
    if (all.is == kind::null) return true;
    if (all.is != kind::object) return refuse(all.place, path + ": takes endpoints by their names");
    for (std::size_t i = 0; i < all.keys.size(); ++i) {
      if (!is_name(all.keys[i].name)) {
        return refuse(all.keys[i].place, path + ": a name has letters, digits, - and _, and 64 of them at most");
      }
      if (!read_endpoint(*protocol, key.name, all.keys[i], all.items[i])) return false;
    }
    return true;
  }

  bool read_endpoint(sp_protocol protocol, const std::string& word, const hocon_key& key, const hocon_value& value) {
    const auto path = std::string(sp_endpoints_key) + "." + word + "." + key.name;
    if (value.is == kind::null) return true;
    if (value.is != kind::object) return refuse(value.place, path + ": takes an object");
    sp_endpoint_setting made;
    made.options.name = word + "/" + key.name;
    made.options.protocol = protocol;
    made.origin = from_.files[key.place.file] + ":" + std::to_string(key.place.line);
    for (std::size_t i = 0; i < value.keys.size(); ++i) {
      if (!read_key(made, word, path, value.keys[i], value.items[i])) return false;
    }
    found_.push_back(std::move(made));
    return true;
  }

  bool read_key(sp_endpoint_setting& into, const std::string& word, const std::string& path, const hocon_key& key,
                const hocon_value& value) {
    const auto full = path + "." + key.name;
    if (key.name == "forwards" || key.name == "subscription") {
      return read_rules(into, key.name == "forwards", full, value);
    }
    const std::string_view name = key.name == word + "_url" ? std::string_view("listen") : std::string_view(key.name);
    const auto row = std::ranges::find(sp_endpoint_rows(), name, &sp_endpoint_row::key);
    if (row == sp_endpoint_rows().end()) return refuse(key.place, "unknown setting '" + shown_key(full) + "'");
    const auto parsed = parse(row->type, row->range, full, value);
    if (parsed) row->set(into, *parsed);
    return parsed.has_value() || value.is == kind::null;
  }

  bool read_rules(sp_endpoint_setting& into, bool is_forward, const std::string& path, const hocon_value& all) {
    if (all.is == kind::null) return true;
    if (all.is != kind::list) return refuse(all.place, path + ": takes a list of objects");
    for (const auto& item : all.items) {
      if (item.is != kind::object) return refuse(item.place, path + ": takes a list of objects");
      sp_rule rule;
      for (std::size_t i = 0; i < item.keys.size(); ++i) {
        const auto full = path + "." + item.keys[i].name;
        const auto row = std::ranges::find(sp_rule_rows(), item.keys[i].name, &sp_rule_row::key);
        if (row == sp_rule_rows().end() || (is_forward && !row->in_forwards)) {
          return refuse(item.keys[i].place, "unknown setting '" + shown_key(full) + "'");
        }
        const auto parsed = parse(row->type, row->range, full, item.items[i]);
        if (!parsed && item.items[i].is != kind::null) return false;
        if (parsed) row->set(rule, *parsed);
      }
      add(into, is_forward, rule);
    }
    return true;
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
  std::string& why_;
  std::vector<sp_endpoint_setting> found_;
};

// The host of a URL of nng's, without brackets; empty: there is none, or it stands for all addresses.
std::string_view host_of(std::string_view url) noexcept {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  if (url.starts_with('[')) return url.substr(1, url.find(']') == url.npos ? url.npos : url.find(']') - 1);
  return url.substr(0, url.find_first_of(":/"));
}

}  // namespace

nanolib::result<std::vector<sp_endpoint_setting>> read_sp_endpoints(const hocon_document& from, std::string& why) {
  reader one(from, why);
  const auto* const bridges = from.root.find("bridges");
  const auto* const all = bridges == nullptr ? nullptr : bridges->find("nng");
  if (all == nullptr || all->is == kind::null) return {};
  if (all->is != kind::object) {
    why = from.place(all->place) + ": " + std::string(sp_endpoints_key) + ": takes endpoints by protocol and name";
    return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  }
  if (!one.read(*all)) return std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  return one.take();
}

std::string exposed_sp_url(const std::vector<sp_endpoint_setting>& endpoints, bool allow_anonymous) {
  if (allow_anonymous) return {};
  for (const auto& one : endpoints) {
    if (!one.enable || one.allow_anonymous) continue;
    for (const auto& url : one.options.listen) {
      if (url.starts_with("ipc:") || url.starts_with("inproc:") || url.starts_with("unix:") ||
          url.starts_with("abstract:")) {
        continue;
      }
      const auto host = host_of(url);
      if (host != "localhost" && host != "::1" && !host.starts_with("127.")) return url;
    }
  }
  return {};
}

}  // namespace nanomq::config
