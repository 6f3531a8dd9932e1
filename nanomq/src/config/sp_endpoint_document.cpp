// SP endpoints as they are shown: in force, in the sample file, in the reference.
#include <algorithm>
#include <string>

#include "sp_endpoint_row.hpp"

namespace nanomq::config {
namespace {

using nanomq::bridge::sp_framing;

constexpr std::string_view introduction =
    "SP sockets of nng and nanomsg inside the broker: bridges.nng.PROTOCOL.NAME, where PROTOCOL is pub, sub, push, "
    "pull, "
    "pair0, pair1, bus, req, rep, surveyor or respondent and NAME is yours. forwards say what goes out and "
    "subscription "
    "what comes in; both are lists.";

std::string with_origin(std::string line, const std::string& origin) {
  constexpr std::size_t column = 48;
  if (line.size() < column) line.append(column - line.size(), ' ');
  return line + "  # " + origin + "\n";
}

std::string print_rule(const sp_rule& rule, bool is_forward) {
  std::string out;
  for (const auto& row : sp_rule_rows()) {
    if (is_forward && !row.in_forwards) continue;
    out += (out.empty() ? "{" : ", ") + std::string(row.key) + " = " + print_value(row.type, row.get(rule));
  }
  return out + "}";
}

std::string word_of(sp_framing framing) { return framing == sp_framing::topic ? "topic" : "payload"; }

std::string print_rules(const sp_endpoint_setting& of, bool is_forward) {
  std::string out = "[";
  const auto add = [&](const sp_rule& rule) { out += (out.size() > 1 ? ", " : "") + print_rule(rule, is_forward); };
  if (is_forward) {
    for (const auto& one : of.options.forwards) {
      add({one.filter, one.topic, one.delimiter, word_of(one.framing), static_cast<std::uint8_t>(one.qos), false});
    }
  } else {
    for (const auto& one : of.options.subscriptions) {
      add({one.topic, one.prefix, one.delimiter, word_of(one.framing), static_cast<std::uint8_t>(one.qos), one.retain});
    }
  }
  return out + "]";
}

// "# " before every line, broken at spaces.
std::string comment(std::string_view text) {
  constexpr std::size_t width = 100;
  std::string out;
  while (!text.empty()) {
    auto end = text.size();
    if (end > width) end = text.rfind(' ', width);
    out += "# " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string about(value_type type, const value_range& range) {
  const auto what = print_range(type, range);
  return "(" + std::string(type_name(type)) + (what.empty() ? "" : ": " + what) + ")";
}

}  // namespace

std::string print_sp_endpoints(const std::vector<sp_endpoint_setting>& endpoints) {
  std::string out;
  for (const auto& one : endpoints) {
    auto key = std::string(sp_endpoints_key) + "." + one.options.name + ".";
    std::ranges::replace(key, '/', '.');
    for (const auto& row : sp_endpoint_rows()) {
      out += with_origin(key + std::string(row.key) + " = " + print_value(row.type, row.get(one)), one.origin);
    }
    out += with_origin(key + "forwards = " + print_rules(one, true), one.origin);
    out += with_origin(key + "subscription = " + print_rules(one, false), one.origin);
  }
  return out;
}

bool are_same(const std::vector<sp_endpoint_setting>& one, const std::vector<sp_endpoint_setting>& other) {
  const auto said = [](std::vector<sp_endpoint_setting> all) {
    for (auto& each : all) each.origin.clear();
    return print_sp_endpoints(all);
  };
  return said(one) == said(other);
}

std::string sp_endpoint_sample() {
  std::string out = "\n# ---- bridges ----\n\n" + comment(introduction);
  const sp_endpoint_setting defaults;
  for (const auto& row : sp_endpoint_rows()) {
    out += "\n" + comment(row.help) + comment(about(row.type, row.range));
    out += "#bridges.nng.pair0.line1." + std::string(row.key) + " = " + print_value(row.type, row.get(defaults)) + "\n";
  }
  out += "\n" + comment("What goes out, and what comes in. Each item has these keys:");
  for (const auto& row : sp_rule_rows()) {
    out += comment(std::string(row.key) + (row.in_forwards ? "" : ", in a subscription only") + ": " +
                   std::string(row.help) + " " + about(row.type, row.range));
  }
  out += "#bridges.nng.pair0.line1.forwards = [" + print_rule({.local_topic = "line1/commands"}, true) + "]\n";
  out += "#bridges.nng.pair0.line1.subscription = [" + print_rule({.local_topic = "line1/data"}, false) + "]\n";
  return out;
}

std::string sp_endpoint_reference() {
  std::string out =
      "\n## bridges\n\n" + std::string(introduction) +
      "\n[The manual](manual/sp.md) has pictures and recipes. These keys come from files only. Endpoints come, go and "
      "change while the broker runs.\n\n| key | type | default | accepted | |\n|---|---|---|---|---|\n";
  const sp_endpoint_setting defaults;
  const sp_rule rule;
  const auto add = [&](std::string_view prefix, std::string_view key, value_type type, const value_range& range,
                       const value& standard, std::string_view help) {
    out += "| `" + std::string(prefix) + std::string(key) + "` | " + std::string(type_name(type)) + " | `" +
           print_value(type, standard) + "` | " + print_range(type, range) + " | " + std::string(help) + " |\n";
  };
  for (const auto& row : sp_endpoint_rows()) add("", row.key, row.type, row.range, row.get(defaults), row.help);
  for (const auto& row : sp_rule_rows()) {
    add(row.in_forwards ? "forwards[], subscription[] " : "subscription[] ", row.key, row.type, row.range,
        row.get(rule), row.help);
  }
  return out;
}

}  // namespace nanomq::config
