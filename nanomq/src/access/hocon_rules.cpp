#include "nanomq/access/rule_reader.hpp"

#include <algorithm>

namespace nanomq::access {
namespace {

using config::hocon_document;
using config::hocon_place;
using config::hocon_value;
using kind = hocon_value::kind;

constexpr std::size_t deepest_condition = 8;

class reader {
 public:
  reader(const hocon_document& from, std::string& why) : from_(from), why_(why) {}

  bool refuse(const hocon_place& where, const std::string& what) {
    why_ = from_.place(where) + ": " + what;
    return false;
  }

  // HOCON makes one object of them, in which the second one's keys are: a deny gone without a word.
  bool is_one(const hocon_value& from, const std::string& what) {
    return !from.merged || refuse(from.place, "two " + what + " without a comma between them: HOCON makes one of them");
  }

  bool read(const hocon_value& from, rule& into) {
    if (!is_one(from, "rules")) return false;
    if (from.is != kind::object) return refuse(from.place, "a rule is an object: {permit = allow, …}");
    into.place = from_.place(from.place);
    bool has_permit = false;
    std::vector<condition> all;
    for (std::size_t i = 0; i < from.keys.size(); ++i) {
      const auto& name = from.keys[i].name;
      const auto& value = from.items[i];
      if (name == "permit") {
        has_permit = true;
        if (!read_permit(value, into)) return false;
      } else if (name == "action") {
        if (!read_action(value, into)) return false;
      } else if (name == "topics") {
        if (!read_topics(value, into)) return false;
      } else if (!read_condition(from.keys[i].place, name, value, all, 0)) {
        return false;
      }
    }
    if (!has_permit) return refuse(from.place, "a rule without permit = allow or permit = deny");
    into.who = together(std::move(all));
    return true;
  }

 private:
  static condition together(std::vector<condition> all) {
    if (all.empty()) return {};
    if (all.size() == 1) return std::move(all.front());
    return {.is = condition::kind::all_of, .parts = std::move(all)};
  }

  bool read_permit(const hocon_value& value, rule& into) {
    into.allow = value.text == "allow";
    return into.allow || value.text == "deny" || refuse(value.place, "permit is allow or deny");
  }

  bool read_action(const hocon_value& value, rule& into) {
    into.publish = value.text != "subscribe";
    into.subscribe = value.text != "publish";
    return !into.publish || !into.subscribe || value.text == "pubsub" || value.text == "all" ||
           refuse(value.place, "action is publish, subscribe or pubsub");
  }

  bool read_topics(const hocon_value& value, rule& into) {
    if (value.is == kind::text) into.topics.push_back(value.text);
    for (const auto& topic : value.items) {
      if (topic.is != kind::text) return refuse(topic.place, "a topic is a text");
      into.topics.push_back(topic.text);
    }
    // No topic at all would be every topic.
    return (value.is != kind::object && !into.topics.empty()) || refuse(value.place, "topics is a list of topics");
  }

  bool read_condition(const hocon_place& place, const std::string& name, const hocon_value& value,
                      std::vector<condition>& into, std::size_t depth) {
    if (name == "and" || name == "or") return read_group(name, value, into, depth);
    if (name != "username" && name != "clientid" && name != "ipaddr" && name != "cert_common_name" &&
        name != "listener") {
      return refuse(place,
                    "unknown key in a rule; there are permit, action, topics, username, clientid, ipaddr, "
                    "cert_common_name, listener, and, or");
    }
    if (value.is != kind::text || value.text.empty()) return refuse(value.place, name + " is a text");
    condition out;
    if (name == "ipaddr") {
      const auto where = parse_network(value.text);
      if (!where) return refuse(value.place, "ipaddr is an address, or a network such as 10.0.0.0/8");
      out.is = condition::kind::network;
      out.where = *where;
    } else if (name == "cert_common_name") {
      out.is = condition::kind::common_name;
      out.text = value.text;
    } else if (name == "listener") {
      out.is = condition::kind::listener;
      out.text = listener_id(value.text);
    } else if (value.text != "#") {  // which is everybody
      out.is = name == "username" ? condition::kind::user : condition::kind::client;
      out.text = value.text;
    }
    into.push_back(std::move(out));
    return true;
  }

  bool read_group(const std::string& name, const hocon_value& value, std::vector<condition>& into, std::size_t depth) {
    if (depth >= deepest_condition) return refuse(value.place, "conditions are nested too deep");
    if (value.is != kind::list || value.items.empty())
      return refuse(value.place, name + " is a list of conditions: [{username = \"u\"}, {ipaddr = \"10.0.0.0/8\"}]");
    condition group{.is = name == "and" ? condition::kind::all_of : condition::kind::any_of};
    for (const auto& item : value.items) {
      std::vector<condition> all;
      if (item.is != kind::object || item.keys.empty()) return refuse(item.place, "a condition is an object");
      if (!is_one(item, "conditions")) return false;
      for (std::size_t i = 0; i < item.keys.size(); ++i) {
        if (!read_condition(item.keys[i].place, item.keys[i].name, item.items[i], all, depth + 1)) return false;
      }
      group.parts.push_back(together(std::move(all)));
    }
    into.push_back(std::move(group));
    return true;
  }

  const hocon_document& from_;
  std::string& why_;
};

std::unexpected<nanolib::error> refused() { return std::unexpected(nanolib::error{nanolib::error_domain::config, 0}); }

}  // namespace

nanolib::result<written_rules> read_hocon_rules(const hocon_document& from, const hocon_value& acl, std::string& why) {
  reader one(from, why);
  const auto* list = acl.find("rules");
  if (acl.is != kind::object || acl.keys.size() != 1 || list == nullptr || list->is != kind::list) {
    (void)one.refuse(acl.place, "access rules are written rules = [ … ]");
    return refused();
  }
  written_rules out;
  for (const auto& item : list->items) {
    if (!one.read(item, out.rules.emplace_back())) return refused();
  }
  return out;
}

nanolib::result<written_rules> read_rules(std::string_view text, const std::string& path, std::string& why) {
  auto rest = text;
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  std::string_view line;
  while (!rest.empty() && (line.empty() || line.starts_with('#') || line.starts_with('%') || line.starts_with("//"))) {
    const auto end = std::min(rest.find('\n'), rest.size());
    line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
  }
  for (const std::string_view word : {"user ", "topic ", "pattern ", "user\t", "topic\t", "pattern\t"}) {
    if (line.starts_with(word)) return read_mosquitto_rules(text, path, why);
  }
  if (rest.empty() && (line.empty() || line.starts_with('#') || line.starts_with('%') || line.starts_with("//"))) {
    why = path +
          ": no rule is in it, so that everything would be denied. It is refused because it looks like a file that was "
          "cut off: write rules = [{permit = deny}] if that is meant, or leave it out if there are to be no rules";
    return refused();
  }
  if (line.starts_with("{allow") || line.starts_with("{deny") || line.starts_with("{ allow") ||
      line.starts_with("{ deny"))
    return read_emqx_rules(text, path, why);
  const auto document = config::read_hocon(text, path, why);
  if (!document) return std::unexpected(document.error());
  const auto* at = &document->root;
  if (const auto* auth = at->find("auth")) at = auth;
  if (const auto* acl = at->find("acl")) at = acl;
  return read_hocon_rules(*document, *at, why);
}

}  // namespace nanomq::access
