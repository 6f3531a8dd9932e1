#include "nanomq/config/document.hpp"

#include <algorithm>
#include <cstddef>

#include "nanomq/config/written_limits.hpp"

namespace nanomq::config {
namespace {

constexpr std::size_t text_width = 100;

std::string printed(const option& which, const settings& from) { return print_value(which.type, which.get(from)); }

std::string_view group_of(const option& which) { return which.key.substr(0, which.key.find('.')); }

// "# " before every line, broken at spaces.
std::string comment(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto end = text.size();
    if (end > text_width) {
      end = text.rfind(' ', text_width);
      if (end == std::string_view::npos) end = std::min(text.find(' '), text.size());
    }
    out += "# " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// What would end a cell of a table, or be taken for HTML.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '|') {
      out += "\\|";
    } else {
      out += c;
    }
  }
  return out;
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

// Which listeners have it: empty when all do.
std::string kinds_of(const listener_option& row) {
  std::string out;
  if (row.kinds == on_all) return out;
  for (unsigned kind = 0; kind < 4; ++kind) {
    if ((row.kinds & (1U << kind)) == 0) continue;
    out += (out.empty() ? "" : " and ") + std::string(broker::name_of(static_cast<broker::listener_kind>(kind)));
  }
  return out + " only.";
}

// What a listener has when nothing is said about it.
std::string printed_default(const listener_option& row) {
  return print_value(row.type, row.get(broker::listener_options()));
}

std::string listener_sample() {
  std::string out = "\n# ---- listeners ----\n\n";
  out += comment(
      "Listeners are of four kinds: tcp, ssl (TLS), ws (WebSocket) and wss (WebSocket over TLS). Each kind has one "
      "without a name and any number with names: listeners.ssl { bind = \"*:8883\" }, listeners.ssl.plant { bind = "
      "\"10.0.0.1:8884\" }. Without any there is a plain one for this machine only.");
  for (const auto& row : listener_rows()) {
    out += "\n" + comment(row.help);
    auto about = std::string(type_name(row.type));
    if (const auto range = print_range(row.type, row.range); !range.empty()) about += ": " + range;
    const auto kinds = kinds_of(row);
    out += comment("(" + about + ")" + (kinds.empty() ? "" : " " + kinds));
    const std::string_view kind = (row.kinds & on_tcp) != 0 ? "tcp" : (row.kinds & on_ssl) != 0 ? "ssl" : "ws";
    out += "#listeners." + std::string(kind) + "." + std::string(row.key) + " = " + printed_default(row) + "\n";
  }
  return out;
}

std::string listener_reference() {
  std::string out =
      "\n## listeners\n\n"
      "Listeners are of four kinds: `tcp`, `ssl` (TLS), `ws` (WebSocket) and `wss` (WebSocket over TLS). Each kind has "
      "one\n"
      "without a name, `listeners.ssl.bind`, and any number with names, `listeners.ssl.plant.bind`; each has all of "
      "these\n"
      "keys. Without any there is a plain one for this machine only. In the environment a listener's name is in small "
      "letters.\n\n"
      "| key | kinds | type | default | accepted | |\n|---|---|---|---|---|---|\n";
  for (const auto& row : listener_rows()) {
    auto kinds = kinds_of(row);
    kinds = kinds.empty() ? "all" : kinds.substr(0, kinds.size() - std::string_view(" only.").size());
    out += "| " + code(row.key) + " | " + kinds + " | " + std::string(type_name(row.type)) + " | " +
           code(printed_default(row)) + " | " + print_range(row.type, row.range) + " | " + cell(row.help) +
           (row.reloadable ? " Can be changed while the broker runs." : "") + " |\n";
  }
  out += "\nNanoMQ's variables for the same: ";
  for (const auto& one : listener_variables()) {
    out += (out.ends_with(": ") ? "" : ", ") + code(one.name) + " (" + code(one.key) + ")";
  }
  return out + ".\n";
}

}  // namespace

std::string print_configuration(const configuration& what) {
  std::string out;
  for (const auto& one : settings_in(what.values())) {
    auto line = one.key() + " = " + one.shown(what.values());
    constexpr std::size_t origin_column = 48;
    if (line.size() < origin_column) line.append(origin_column - line.size(), ' ');
    out += line + "  # " + std::string(what.origin(one.key())) + "\n";
  }
  const auto& of = what.values().broker;
  return out + print_written_limits(of.bans, of.traffic.users) + print_sp_endpoints(what.values().sp_endpoints);
}

std::string sample_file() {
  std::string out =
      std::string(
          "# nanomq.conf: every setting of the broker, each with its default.\n"
          "# The format is HOCON. Remove the # in front of a key to change it; what is not set keeps its "
          "default.\n"
          "# Sizes: 512, 64KB, 2MB, 1GB (KB is 1024 bytes). Durations: 500ms, 10s, 5m, 2h, 7d. Lists: [\"a\", \"b\"].\n"
          "# Rates: 100/s, 6000/m, 10/30s, of bytes 1MB/s; as much as one period allows may come at once. 0: no "
          "limit.\n"
          "# The environment (NANOMQ_ and the key in upper case, `__` for dots) and the command line (--set key=value) "
          "come "
          "after\n# this file and win. An unknown key or a value out of range keeps the broker from starting.\n") +
      listener_sample();
  std::string_view group;
  const settings defaults;
  for (const auto& row : options()) {
    out += "\n";
    if (group != group_of(row)) {
      group = group_of(row);
      out += "# ---- " + std::string(group) + " ----\n\n";
    }
    out += comment(row.help);
    if (!row.alias.empty()) out += comment("Also called " + std::string(row.alias) + ".");
    auto about = std::string(type_name(row.type));
    if (const auto range = print_range(row.type, row.range); !range.empty()) about += ": " + range;
    out += comment("(" + about + ")");
    out += "#" + std::string(row.key) + " = " + printed(row, defaults) + "\n";
  }
  return out + written_limits_sample() + sp_endpoint_sample();
}

std::string reference() {
  std::string out =
      "# Settings\n\n"
      "<!-- Made from the option table by `nanomq broker start --print-config=reference`; a test compares them. -->\n\n"
      "A setting is written in a file (`--conf`, see `etc/nanomq.conf`), in the environment (`NANOMQ_` and the key in "
      "upper\n"
      "case with `__` for the dots: `NANOMQ_MQTT__MAX_PACKET_SIZE`), or on the command line (`--set key=value`). The\n"
      "environment overrides the file, and the command line both. `nanomq broker start --print-config` shows what is "
      "in\n"
      "force and where it is from. Unknown keys, wrong units and values out of range are refused.\n\n"
      "Sizes are bytes or `64KB`, `2MB`, `1GB` (KB is 1024 bytes), durations `500ms`, `10s`, `5m`, `2h`, `7d`, rates "
      "`100/s`, `1MB/s`, `6000/m`. A "
      "file "
      "is\n"
      "HOCON: `key = value`, `group { key = value }`, `include \"FILE\"`, `#` and `//` comments, strings in double "
      "quotes, "
      "lists\n"
      "`[\"a\", \"b\"]`, substitutions `${key}`; [the manual](manual/broker.md) says more. No setting takes effect "
      "before the next start unless its row says so; those that say so are read again on SIGHUP and with `nanomq "
      "broker "
      "reload`.\n";
  out += listener_reference();
  std::string_view group;
  const settings defaults;
  for (const auto& row : options()) {
    if (group != group_of(row)) {
      group = group_of(row);
      out += "\n## " + std::string(group) + "\n\n| key | type | default | accepted | |\n|---|---|---|---|---|\n";
    }
    auto help = std::string(row.help);
    if (row.reloadable) help += " Can be changed while the broker runs.";
    out += "| " + code(row.key) + " | " + std::string(type_name(row.type)) + " | " + code(printed(row, defaults)) +
           " | " + print_range(row.type, row.range) + " | " + cell(help);
    if (!row.alias.empty()) out += " Also called " + code(row.alias) + ".";
    if (!row.environment.empty()) out += " Environment also: " + code(row.environment) + ".";
    out += " |\n";
  }
  return out + written_limits_reference() + sp_endpoint_reference();
}

}  // namespace nanomq::config
