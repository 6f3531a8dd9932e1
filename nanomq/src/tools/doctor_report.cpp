// What was found, as a table and as JSON.
#include <algorithm>
#include <array>
#include <utility>

#include "nanolib/base/json_writer.hpp"
#include "nanomq/tools/doctor.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::tools {
namespace {

constexpr std::array states{"yes", "no", "limit", "unknown", "broken", "denied"};
/// For a terminal: green, yellow, none, none, red.
constexpr std::array colours{"\x1b[32m", "\x1b[33m", "", "", "\x1b[31m", "\x1b[33m"};

/// What came from the broker does not get to talk to the terminal.
std::string printable(const std::string& text) {
  std::string out;
  for (const char each : text) out += static_cast<unsigned char>(each) < 0x20 || each == 0x7F ? '?' : each;
  return out;
}

/// "yes", "no", the number, "?", "not permitted" or "BROKEN".
std::string shown(const finding& what) {
  const std::string value = printable(what.value);
  if (what.state == finding::kind::limit) return value;
  if (what.state == finding::kind::unknown) return "?";
  if (what.state == finding::kind::denied) return "not permitted";
  if (what.state == finding::kind::broken) return value.empty() ? "BROKEN" : "BROKEN, " + value;
  const std::string word = states[std::to_underlying(what.state)];
  return value.empty() ? word : word + ", " + value;
}

}  // namespace

std::string table(const doctor_report& report, bool colour) {
  std::string out = printable(report.url) + '\n';
  std::string_view group;
  for (const finding& each : report.findings) {
    if (each.group != group) out += '\n' + each.group + '\n';
    group = each.group;
    const char* const on = colour ? colours[std::to_underlying(each.state)] : "";
    const char* const off = *on == '\0' ? "" : "\x1b[0m";
    out += text("  %-26s %s%s%s", each.name.c_str(), on, shown(each).c_str(), off);
    if (!each.remark.empty()) out += "  (" + printable(each.remark) + ')';
    out += '\n';
  }
  return out;
}

std::string json(const doctor_report& report) {
  std::string out;
  nanolib::json_writer writer(out);
  writer.begin_object();
  writer.text("url", report.url);
  writer.truth("connected", report.connected);
  writer.truth("broken", report.has_broken());
  writer.key("findings");
  writer.begin_array();
  for (const finding& each : report.findings) {
    writer.begin_object();
    writer.text("group", each.group);
    writer.text("name", each.name);
    writer.text("state", states[std::to_underlying(each.state)]);
    if (!each.value.empty()) writer.text("value", each.value);
    if (!each.remark.empty()) writer.text("remark", each.remark);
    writer.end_object();
  }
  writer.end_array();
  writer.key("round_trip_us");
  if (report.round_trips.count() == 0) {
    writer.null();
  } else {
    writer.begin_object();
    for (const auto& [name, share] : {std::pair{"p50", 0.5}, std::pair{"p99", 0.99}, std::pair{"max", 1.0}}) {
      const std::chrono::duration<double, std::micro> taken = report.round_trips.quantile(share);
      writer.key(name);
      writer.raw(text("%.3f", taken.count()));
    }
    writer.end_object();
  }
  writer.end_object();
  return out;
}

}  // namespace nanomq::tools
