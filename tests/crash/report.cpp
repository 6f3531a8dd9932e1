#include "report.hpp"

#include "nanomq/tools/text.hpp"

namespace nanomq::crash {
namespace {

using tools::text;

double milliseconds(std::chrono::nanoseconds value) { return std::chrono::duration<double, std::milli>(value).count(); }

/// What this share of a sorted list, which is not empty, does not exceed.
std::chrono::nanoseconds quantile(const std::vector<std::chrono::nanoseconds>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

double rate_of(const crash_result& result) {
  const double seconds = std::chrono::duration<double>(result.loaded).count();
  return seconds > 0 ? static_cast<double>(result.acknowledged_under_load) / seconds : 0;
}

unsigned long long shown(std::uint64_t value) { return value; }

}  // namespace

std::string json_text(std::string_view value) {
  std::string out{"\""};
  for (const char each : value) {
    if (each == '"' || each == '\\') {
      out += '\\';
      out += each;
    } else if (static_cast<unsigned char>(each) < 0x20) {
      out += text("\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(each)));
    } else {
      out += each;
    }
  }
  return out + '"';
}

std::string json_array(const std::vector<std::string>& elements) {
  std::string out{"["};
  for (const std::string& each : elements) {
    if (out.size() > 1) out += ',';
    out += each;
  }
  return out + ']';
}

json_object& json_object::raw(std::string_view name, std::string_view value) {
  if (!members_.empty()) members_ += ',';
  members_ += json_text(name) + ':' + std::string{value};
  return *this;
}

json_object& json_object::text(std::string_view name, std::string_view value) { return raw(name, json_text(value)); }

json_object& json_object::number(std::string_view name, double value) { return raw(name, tools::text("%.6g", value)); }

json_object& json_object::count(std::string_view name, std::uint64_t value) { return raw(name, std::to_string(value)); }

json_object& json_object::flag(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }

std::string in_milliseconds(std::chrono::nanoseconds value) { return text("%.1f ms", milliseconds(value)); }

std::string in_words(const crash_result& result) {
  std::string out = text("%s (%s)\n", result.broker.c_str(), result.about.c_str());
  out += text("  %u cycles, %u of them killed before it was ready; %llu connections\n", result.cycles,
              result.kills_before_ready, shown(result.connections));
  out += text("  %llu messages acknowledged (%.0f a second under load), %llu deliveries, %llu repeated with QoS 1\n",
              shown(result.acknowledged), rate_of(result), shown(result.delivered), shown(result.repeated));
  for (const auto& [why, times] : result.refused)
    out += text("  %llu messages refused: %s\n", shown(times), why.c_str());
  out += text("  %llu subscriptions and unsubscriptions acknowledged, %llu wills, %llu looks at what is retained\n",
              shown(result.requests), shown(result.wills), shown(result.retained_looks));
  if (!result.ready.empty()) {
    out += text("  from exec to ready: median %s, 99 %% within %s, longest %s\n",
                in_milliseconds(quantile(result.ready, 0.5)).c_str(),
                in_milliseconds(quantile(result.ready, 0.99)).c_str(), in_milliseconds(result.ready.back()).c_str());
  }
  if (result.abandoned) out += "  ABANDONED: " + *result.abandoned + '\n';
  if (result.flawless()) return out + "  nothing wrong\n";
  out += "  WRONG:";
  for (std::size_t at = 0; at < fault_kinds; ++at) {
    const auto kind = static_cast<fault>(at);
    if (result.faults.count(kind) == 0) continue;
    out += text(" %llu %.*s,", shown(result.faults.count(kind)), static_cast<int>(name_of(kind).size()),
                name_of(kind).data());
  }
  out.back() = '\n';
  for (const std::string& each : result.faults.examples()) out += "    " + each + '\n';
  return out;
}

std::string in_json(const crash_result& result, const crash_settings& settings) {
  json_object faults;
  for (std::size_t at = 0; at < fault_kinds; ++at) {
    faults.count(name_of(static_cast<fault>(at)), result.faults.count(static_cast<fault>(at)));
  }
  std::vector<std::string> examples;
  for (const std::string& each : result.faults.examples()) examples.push_back(json_text(each));
  json_object out;
  out.text("broker", result.broker).text("about", result.about).count("seed", settings.seed);
  out.count("cycles", result.cycles).count("killed_before_ready", result.kills_before_ready);
  out.count("connections", result.connections).count("published", result.published);
  out.count("acknowledged", result.acknowledged).number("acknowledged_per_second", rate_of(result));
  json_object refused;
  for (const auto& [why, times] : result.refused) refused.count(why, times);
  out.raw("refused", refused.str()).count("delivered", result.delivered).count("repeated_qos_1", result.repeated);
  out.count("subscription_requests", result.requests).count("wills", result.wills);
  out.count("retained_looks", result.retained_looks);
  if (!result.ready.empty()) {
    out.number("ready_ms_median", milliseconds(quantile(result.ready, 0.5)));
    out.number("ready_ms_p99", milliseconds(quantile(result.ready, 0.99)));
    out.number("ready_ms_longest", milliseconds(result.ready.back()));
  }
  out.raw("faults", faults.str()).raw("examples", json_array(examples));
  if (result.abandoned) out.text("abandoned", *result.abandoned);
  return out.flag("flawless", result.flawless()).str();
}

}  // namespace nanomq::crash
