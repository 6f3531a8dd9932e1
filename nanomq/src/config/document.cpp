#include "nanomq/config/document.hpp"

#include <algorithm>
#include <cstddef>

namespace nanomq::config {
namespace {

constexpr std::size_t text_width = 100;

std::string printed(const option& which, const settings& from) { return print_value(which.type, which.get(from)); }

std::string range_of(const option& which) {
  std::string out;
  if (which.type == value_type::text) {
    for (const char c : which.range.choices) out += c == '|' ? std::string(", ") : std::string(1, c);
  } else if (which.type == value_type::boolean) {
    out = "true, false";
  } else if (which.type != value_type::list && which.type != value_type::path) {
    out = print_value(which.type, which.range.least) + " to " + print_value(which.type, which.range.most);
  }
  return out;
}

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

}  // namespace

std::string print_configuration(const configuration& what) {
  std::string out;
  for (const auto& row : options()) {
    auto line = std::string(row.key) + " = " + printed(row, what.values());
    constexpr std::size_t origin_column = 48;
    if (line.size() < origin_column) line.append(origin_column - line.size(), ' ');
    out += line + "  # " + std::string(what.origin(row)) + "\n";
  }
  return out;
}

std::string sample_file() {
  std::string out =
      "# nanomq.conf: every setting of the broker, each with its default.\n"
      "# The format is HOCON. Remove the # in front of a key to change it; what is not set keeps its "
      "default.\n"
      "# Sizes: 512, 64KB, 2MB, 1GB (KB is 1024 bytes). Durations: 500ms, 10s, 5m, 2h, 7d. Lists: [\"a\", \"b\"].\n"
      "# The environment (NANOMQ_ and the key in upper case, `__` for dots) and the command line (--set key=value) "
      "come "
      "after\n# this file and win. An unknown key or a value out of range keeps the broker from starting.\n";
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
    if (const auto range = range_of(row); !range.empty()) about += ": " + range;
    out += comment("(" + about + ")");
    out += "#" + std::string(row.key) + " = " + printed(row, defaults) + "\n";
  }
  return out;
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
      "Sizes are bytes or `64KB`, `2MB`, `1GB` (KB is 1024 bytes), durations `500ms`, `10s`, `5m`, `2h`, `7d`. A file "
      "is\n"
      "HOCON: `key = value`, `group { key = value }`, `include \"FILE\"`, `#` and `//` comments, strings in double "
      "quotes, "
      "lists\n"
      "`[\"a\", \"b\"]`, substitutions `${key}`; [the manual](manual/broker.md) says more. No setting takes effect "
      "before the next start unless its row says so.\n";
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
           " | " + range_of(row) + " | " + cell(help);
    if (!row.alias.empty()) out += " Also called " + code(row.alias) + ".";
    if (!row.environment.empty()) out += " Environment also: " + code(row.environment) + ".";
    out += " |\n";
  }
  return out;
}

}  // namespace nanomq::config
