#include "nanomq/tools/load_report.hpp"

#include <array>
#include <utility>

#include "nanolib/base/json_writer.hpp"
#include "nanomq/tools/text.hpp"

namespace nanomq::tools {
namespace {

using std::chrono::nanoseconds;

double seconds(nanoseconds time) noexcept { return std::chrono::duration<double>(time).count(); }
double microseconds(nanoseconds time) noexcept { return std::chrono::duration<double, std::micro>(time).count(); }

double rate(std::uint64_t count, nanoseconds time) noexcept {
  return time.count() > 0 ? static_cast<double>(count) / seconds(time) : 0;
}

struct quantile {
  const char* name;
  double share;
};
constexpr std::array quantiles{quantile{"p50", 0.5}, quantile{"p90", 0.9}, quantile{"p99", 0.99},
                               quantile{"p99.9", 0.999}};

/// Three digits that matter, in a unit that a person would choose.
std::string time_text(nanoseconds time) {
  const double us = microseconds(time);
  if (us < 1000) return text("%.*f us", us < 10 ? 2 : us < 100 ? 1 : 0, us);
  const double ms = us / 1000;
  if (ms < 1000) return text("%.*f ms", ms < 10 ? 2 : ms < 100 ? 1 : 0, ms);
  return text("%.2f s", ms / 1000);
}

std::string size_text(std::uint64_t bytes) {
  if (bytes >= 1024 * 1024 && bytes % (1024 * 1024) == 0) return std::to_string(bytes / 1024 / 1024) + " MiB";
  if (bytes >= 1024 && bytes % 1024 == 0) return std::to_string(bytes / 1024) + " KiB";
  return std::to_string(bytes) + " bytes";
}

void add_line(std::string& out, const char* name, const std::string& value) {
  out += text("%-14s %s\n", name, value.c_str());
}

void add_times(std::string& out, const char* name, const histogram& times) {
  if (times.count() == 0) return;
  std::string line = "min " + time_text(times.shortest()) + ", mean " + time_text(times.mean());
  for (const auto& [label, share] : quantiles)
    line += std::string{", "} + label + ' ' + time_text(times.quantile(share));
  add_line(out, name, line + ", max " + time_text(times.longest()));
}

unsigned long long shown(std::uint64_t count) noexcept { return count; }

void add_connections(std::string& out, const load_plan& plan, const load_report& report) {
  const load_totals& totals = report.totals;
  std::string line = text("%llu of %u", shown(totals[load_count::opened]), plan.connections());
  if (report.connect_time.count() > 0) line += " in " + time_text(report.connect_time);
  if (totals[load_count::failed] != 0) line += text(", %llu attempts failed", shown(totals[load_count::failed]));
  if (totals[load_count::lost] != 0) line += text(", %llu lost", shown(totals[load_count::lost]));
  add_line(out, "connected", line);
  add_times(out, "connecting", report.connecting);
  if (plan.subscribers() != 0) {
    line = text("%llu filters granted", shown(totals[load_count::subscribed]));
    if (totals[load_count::refused_filters] != 0)
      line += text(", %llu refused", shown(totals[load_count::refused_filters]));
    add_line(out, "subscribed", line);
  }
}

void add_sent(std::string& out, const load_report& report) {
  const load_totals& totals = report.totals;
  std::string line = text("%llu messages, %.0f msg/s", shown(totals[load_count::sent]), report.sent_rate());
  if (totals[load_count::acknowledged] != 0)
    line += text(", %llu acknowledged", shown(totals[load_count::acknowledged]));
  if (totals[load_count::refused] != 0) line += text(", %llu refused", shown(totals[load_count::refused]));
  if (report.unanswered != 0) line += text(", %llu without an answer", shown(report.unanswered));
  if (totals[load_count::skipped] != 0)
    line += text(", %llu not sent for want of a connection", shown(totals[load_count::skipped]));
  add_line(out, "sent", line);
  if (!report.refusal.empty()) add_line(out, "not sent", report.refusal);
  add_times(out, "acknowledging", report.acknowledged);
}

void add_received(std::string& out, const load_plan& plan, const load_report& report) {
  const load_totals& totals = report.totals;
  add_line(out, "received",
           text("%llu messages, %.0f msg/s, %.1f MB/s of payload", shown(totals[load_count::received]),
                report.received_rate(), rate(report.measured_bytes, report.measured) / 1e6));
  if (plan.kind == load_kind::roundtrip || report.arrivals.streams != 0) {
    std::string line = text("%llu missing, %llu twice, %llu out of order", shown(report.arrivals.missing),
                            shown(report.arrivals.duplicates), shown(report.arrivals.reordered));
    if (plan.kind == load_kind::roundtrip)
      line += text(", %llu changed, %llu misdelivered", shown(totals[load_count::changed]),
                   shown(totals[load_count::misdelivered]));
    add_line(out, "accounted for", line);
  }
  if (totals[load_count::unchecked] != 0)
    add_line(out, "unchecked",
             text("%llu messages without a stamp of `nanomq bench`", shown(totals[load_count::unchecked])));
  add_times(out, "latency", report.latency);
  if (totals[load_count::skewed] != 0)
    add_line(out, "clocks",
             text("%llu messages came before they were due: the clocks of the machines disagree",
                  shown(totals[load_count::skewed])));
}

void add_failures(std::string& out, const load_report& report) {
  for (const auto& [what, times] : report.failures.sorted()) {
    const std::string_view todo = advice(what);
    add_line(out, "failure",
             text("%llu times: %s", shown(times), describe(what).c_str()) +
                 (todo.empty() ? "" : " (" + std::string{todo} + ")"));
  }
}

/// A JSON object that is written from pairs of names and figures.
class figures {
 public:
  explicit figures(nanolib::json_writer& out, std::string_view name) : out_(out) {
    out_.key(name);
    out_.begin_object();
  }
  ~figures() { out_.end_object(); }
  figures(const figures&) = delete;
  figures& operator=(const figures&) = delete;

  void add(std::string_view name, std::uint64_t count) { out_.number(name, static_cast<std::int64_t>(count)); }
  void add(std::string_view name, double number) {
    out_.key(name);
    out_.raw(text("%.3f", number));
  }

 private:
  nanolib::json_writer& out_;
};

void add_times_json(nanolib::json_writer& out, std::string_view name, const histogram& times) {
  if (times.count() == 0) {
    out.key(name);
    return out.null();
  }
  figures all(out, name);
  all.add("count", times.count());
  all.add("min", microseconds(times.shortest()));
  all.add("mean", microseconds(times.mean()));
  for (const auto& [label, share] : quantiles) all.add(label, microseconds(times.quantile(share)));
  all.add("max", microseconds(times.longest()));
}

const char* name_of(load_kind kind) noexcept {
  constexpr std::array names{"pub", "sub", "conn", "roundtrip"};
  return names[std::to_underlying(kind)];
}

const char* name_of(load_pattern pattern) noexcept {
  constexpr std::array names{"pairs", "fan-in", "fan-out"};
  return names[std::to_underlying(pattern)];
}

}  // namespace

double load_report::sent_rate() const noexcept { return rate(measured_sent, measured); }
double load_report::received_rate() const noexcept { return rate(measured_received, measured); }

bool load_report::has_lost_messages(const load_plan& plan) const noexcept {
  const bool repeats_are_right = plan.reconnect && plan.message.qos == nanolib::quality_of_service::at_least_once;
  return arrivals.missing + arrivals.reordered != 0 || (arrivals.duplicates != 0 && !repeats_are_right) ||
         totals[load_count::changed] + totals[load_count::misdelivered] != 0;
}

bool load_report::is_clean(const load_plan& plan) const noexcept {
  const bool failed = totals[load_count::failed] + totals[load_count::lost] + totals[load_count::refused] +
                          totals[load_count::refused_filters] + unanswered !=
                      0;
  // Publishers that connect fast may have reached the limit before the last one stood.
  const bool is_done = plan.kind == load_kind::publish && plan.limit != 0 && totals[load_count::sent] >= plan.limit;
  const bool all_connected = is_done || totals[load_count::opened] >= plan.connections();
  return all_connected && !failed && !not_started && refusal.empty() && !has_lost_messages(plan);
}

std::string describe(const load_plan& plan) {
  std::string out;
  if (plan.kind == load_kind::connect) {
    out = text("%u connections", plan.clients);
  } else if (plan.kind == load_kind::subscribe) {
    out = text("%u subscribers, QoS %d", plan.clients, std::to_underlying(plan.subscribe_qos));
  } else {
    if (plan.kind == load_kind::publish) out = text("%u publishers", plan.clients);
    if (plan.kind == load_kind::roundtrip && plan.pattern == load_pattern::pairs) out = text("%u pairs", plan.clients);
    if (plan.kind == load_kind::roundtrip && plan.pattern != load_pattern::pairs)
      out = text("%s %u to %u", name_of(plan.pattern), plan.publishers(), plan.subscribers());
    out += text(", QoS %d, ", std::to_underlying(plan.message.qos));
    out += plan.message.text ? "text" : size_text(plan.message.payload->size());
    if (plan.message_interval.count() == 0) {
      out += text(", window %u", plan.window);
    } else {
      out += text(", %.0f msg/s due", rate(plan.publishers(), plan.message_interval));
    }
  }
  constexpr std::array versions{"3.1", "3.1.1", "5.0"};
  out += text(", MQTT %s", versions[static_cast<std::size_t>(std::to_underlying(plan.who.version)) - 3]);
  if (plan.useful_threads() > 1) out += text(", %u threads", plan.useful_threads());
  return out;
}

std::string summary(const load_plan& plan, const load_report& report) {
  std::string out;
  add_line(out, name_of(plan.kind), describe(plan));
  add_connections(out, plan, report);
  if (report.not_started) add_line(out, "not started", "who is not there would be missed in every message");
  if (!report.not_started && plan.publishers() != 0) add_sent(out, report);
  if (!report.not_started && plan.subscribers() != 0) add_received(out, plan, report);
  if (report.measured.count() > 0)
    add_line(out, "measured",
             text("%.2f s; the load itself kept %.2f cores busy", seconds(report.measured), report.cores));
  add_failures(out, report);
  return out;
}

std::string json(const load_plan& plan, const load_report& report) {
  const load_totals& totals = report.totals;
  std::string text_out;
  nanolib::json_writer out(text_out);
  out.begin_object();
  out.text("kind", name_of(plan.kind));
  out.text("about", describe(plan));
  out.truth("clean", report.is_clean(plan));
  out.truth("started", !report.not_started);
  {
    figures connections(out, "connections");
    connections.add("asked", std::uint64_t{plan.connections()});
    connections.add("opened", totals[load_count::opened]);
    connections.add("failed", totals[load_count::failed]);
    connections.add("lost", totals[load_count::lost]);
    connections.add("seconds", seconds(report.connect_time));
  }
  {
    figures subscriptions(out, "subscriptions");
    subscriptions.add("granted", totals[load_count::subscribed]);
    subscriptions.add("refused", totals[load_count::refused_filters]);
  }
  {
    figures sent(out, "sent");
    sent.add("total", totals[load_count::sent]);
    sent.add("rate", report.sent_rate());
    sent.add("acknowledged", totals[load_count::acknowledged]);
    sent.add("refused", totals[load_count::refused]);
    sent.add("unanswered", report.unanswered);
    sent.add("skipped", totals[load_count::skipped]);
  }
  {
    figures received(out, "received");
    received.add("total", totals[load_count::received]);
    received.add("rate", report.received_rate());
    received.add("payload_bytes", totals[load_count::payload_received]);
    received.add("missing", report.arrivals.missing);
    received.add("duplicates", report.arrivals.duplicates);
    received.add("reordered", report.arrivals.reordered);
    received.add("changed", totals[load_count::changed]);
    received.add("misdelivered", totals[load_count::misdelivered]);
    received.add("unchecked", totals[load_count::unchecked]);
    received.add("skewed", totals[load_count::skewed]);
  }
  add_times_json(out, "connect_us", report.connecting);
  add_times_json(out, "latency_us", report.latency);
  add_times_json(out, "acknowledge_us", report.acknowledged);
  {
    figures load(out, "load");
    load.add("seconds", seconds(report.measured));
    load.add("cores", report.cores);
  }
  if (!report.refusal.empty()) out.text("not_sent", report.refusal);
  out.key("failures");
  out.begin_array();
  for (const auto& [what, times] : report.failures.sorted()) {
    out.begin_object();
    out.text("reason", describe(what));
    out.number("count", static_cast<std::int64_t>(times));
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return text_out;
}

}  // namespace nanomq::tools
