#include <algorithm>

#include "erlang_term.hpp"
#include "nanomq/access/rule_reader.hpp"

namespace nanomq::access {
namespace {

using term = erlang_term;

// %c and %u as ${clientid} and ${username}.
std::string with_placeholders(std::string text) {
  for (std::size_t at = 0; (at = text.find('%', at)) != std::string::npos; ++at) {
    const char letter = at + 1 < text.size() ? text[at + 1] : '\0';
    if (letter == 'c') text.replace(at, 2, "${clientid}");
    if (letter == 'u') text.replace(at, 2, "${username}");
  }
  return text;
}

class reader {
 public:
  reader(const std::string& path, std::string& why) : path_(path), why_(why) {}

  bool refuse(const term& where, std::string_view what) {
    why_ = place(where) + ": " + std::string(what);
    return false;
  }

  // {allow | deny, WHO [, ACTION [, TOPICS]]}
  bool read(const term& from, rule& into) {
    if (from.is != term::kind::tuple || from.items.size() < 2 || from.items.size() > 4)
      return refuse(from, "a rule is {allow, WHO, ACTION, TOPICS}.");
    into.place = place(from);
    into.allow = from.items[0].is_atom("allow");
    if (!into.allow && !from.items[0].is_atom("deny")) return refuse(from.items[0], "expected allow or deny");
    if (!read_who(from.items[1], into.who)) return false;
    if (from.items.size() > 2 && !read_action(from.items[2], into)) return false;
    return from.items.size() < 4 || read_topics(from.items[3], into);
  }

 private:
  [[nodiscard]] std::string place(const term& where) const {
    return path_ + ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
  }

  bool read_who(const term& from, condition& into) {
    if (from.is_atom("all")) return true;
    if (from.is != term::kind::tuple || from.items.size() != 2 || from.items[0].is != term::kind::atom)
      return refuse(from,
                    "expected all, {user, \"…\"}, {clientid, \"…\"}, {ipaddr, \"…\"}, {'and', […]} or {'or', […]}");
    const auto& name = from.items[0].text;
    const auto& value = from.items[1];
    if (name == "and" || name == "or") return read_group(name == "and", value, into);
    if (name == "user" || name == "username") return read_name(condition::kind::user, value, into);
    if (name == "client" || name == "clientid") return read_name(condition::kind::client, value, into);
    if (name == "cert_common_name") return read_name(condition::kind::common_name, value, into);
    if (name == "listener") return read_name(condition::kind::listener, value, into);
    if (name == "ipaddr") return read_network(value, into);
    if (name == "ipaddrs" && value.is == term::kind::list && !value.items.empty()) {
      into.is = condition::kind::any_of;
      return std::ranges::all_of(value.items,
                                 [&](const term& one) { return read_network(one, into.parts.emplace_back()); });
    }
    return refuse(from, "this kind of condition is not known here");
  }

  bool read_group(bool all, const term& from, condition& into) {
    if (from.is != term::kind::list || from.items.empty()) return refuse(from, "expected a list of conditions");
    into.is = all ? condition::kind::all_of : condition::kind::any_of;
    return std::ranges::all_of(from.items, [&](const term& one) { return read_who(one, into.parts.emplace_back()); });
  }

  bool read_name(condition::kind is, const term& from, condition& into) {
    into.is = is;
    if (from.is_atom("all")) {
      into.is = condition::kind::anybody;
      return true;
    }
    const bool expression = from.is == term::kind::tuple && from.items.size() == 2 && from.items[0].is_atom("re");
    const auto& value = expression ? from.items[1] : from;
    if (value.is != term::kind::text || value.text.empty()) return refuse(from, "expected a name in double quotes");
    std::string_view text = value.text;
    if (expression) {
      // THREATS 69: what a name is compared with is never an expression.
      const bool whole = text.starts_with('^') && text.ends_with('$') && text.size() > 2;
      if (whole) text = text.substr(1, text.size() - 2);
      if (!whole || text.find_first_of("\\^$.|?*+()[]{}") != std::string_view::npos)
        return refuse(from, "there are no regular expressions here, but {re, \"^name$\"}");
    }
    into.text = text;
    return true;
  }

  bool read_network(const term& from, condition& into) {
    const auto where = parse_network(from.text);
    if (from.is != term::kind::text || !where)
      return refuse(from, "expected an address, or a network such as \"10.0.0.0/8\"");
    into.is = condition::kind::network;
    into.where = *where;
    return true;
  }

  bool read_action(const term& from, rule& into) {
    into.publish = !from.is_atom("subscribe");
    into.subscribe = !from.is_atom("publish");
    return !into.publish || !into.subscribe || from.is_atom("pubsub") || from.is_atom("all") ||
           refuse(from, "expected publish, subscribe or all");
  }

  bool read_topics(const term& from, rule& into) {
    if (from.is != term::kind::list || from.items.empty()) return refuse(from, "expected a list of topics");
    for (const auto& one : from.items) {
      const bool literal = one.is == term::kind::tuple && one.items.size() == 2 && one.items[0].is_atom("eq");
      const auto& value = literal ? one.items[1] : one;
      if (value.is != term::kind::text) return refuse(one, "expected a topic in double quotes, or {eq, \"…\"}");
      into.topics.push_back((literal ? "@" : "") + with_placeholders(value.text));
    }
    return true;
  }

  const std::string& path_;
  std::string& why_;
};

}  // namespace

nanolib::result<written_rules> read_emqx_rules(std::string_view text, const std::string& path, std::string& why) {
  const auto refused = std::unexpected(nanolib::error{nanolib::error_domain::config, 0});
  std::vector<term> terms;
  if (!read_erlang_terms(text, terms, why)) {
    why.insert(0, path + ":");
    return refused;
  }
  written_rules out;
  reader one(path, why);
  for (const auto& term : terms) {
    if (!one.read(term, out.rules.emplace_back())) return refused;
  }
  return out;
}

}  // namespace nanomq::access
