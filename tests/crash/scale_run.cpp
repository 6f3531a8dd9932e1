#include "scale_run.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "client_loop.hpp"
#include "client_rows.hpp"
#include "measured_load.hpp"
#include "nanomq/tools/process_figures.hpp"
#include "nanomq/tools/text.hpp"
#include "report.hpp"

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;
using clock = client_loop::clock;

constexpr auto longest_start = 300s;
constexpr auto longest_setup = 10s;
constexpr auto patience = 5s;
constexpr std::uint32_t sample_size = 200;
constexpr double mebibyte = 1024 * 1024;

double resident_mb(const broker_child& broker) {
  return static_cast<double>(tools::resident_bytes(broker.process())) / mebibyte;
}

double size_of(const std::filesystem::path& directory) {
  double sum = 0;
  std::error_code failure;
  for (const auto& each : std::filesystem::recursive_directory_iterator(directory, failure)) {
    const auto size = each.is_regular_file(failure) ? each.file_size(failure) : 0;
    if (!failure) sum += static_cast<double>(size);
  }
  return sum / mebibyte;
}

/// Publishes messages 0..count, each to the topic that `topic` says. Returns how many were acknowledged.
std::uint64_t fill(client_loop& loop, const scale_settings& settings, std::uint32_t count, bool retain,
                   std::string (*topic)(std::uint32_t), std::uint32_t topics) {
  std::uint32_t next = 0;
  measured_load load{
      settings.publishers, settings.window, [&](unsigned /*publisher*/) -> std::optional<measured_message> {
        if (next == count) return std::nullopt;
        const stamp what{.stream = 0, .sequence = next++};
        return measured_message{
            .topic = topic(what.sequence % topics), .payload = plain_payload(what, settings.payload), .retain = retain};
      }};
  if (!load.connect(loop, clock::now() + longest_setup)) return 0;
  load.run(loop, clock::now() + settings.time_limit);
  loop.cut_all();
  return load.acknowledged();
}

/// `sample_size` numbers below `count`, at equal distances.
std::vector<std::uint32_t> sample_of(std::uint32_t count) {
  std::vector<std::uint32_t> numbers;
  const std::uint32_t step = std::max<std::uint32_t>(1, count / sample_size);
  for (std::uint32_t at = 0; at < count && numbers.size() < sample_size; at += step) numbers.push_back(at);
  return numbers;
}

class stopwatch {
 public:
  std::chrono::nanoseconds lap() noexcept {
    const auto now = clock::now();
    return now - std::exchange(began_, now);
  }

 private:
  clock::time_point began_ = clock::now();
};

void fill_all(scale_result& result, const scale_settings& settings, broker_child& broker, client_rows& rows) {
  client_loop loop{broker.port()};
  stopwatch watch;
  const auto say = [&](const char* what, std::uint64_t count, std::chrono::nanoseconds taken) {
    if (!settings.verbose) return;
    std::fprintf(stderr, "%s: %llu %s in %s, %.1f MB\n", result.broker.c_str(), static_cast<unsigned long long>(count),
                 what, in_milliseconds(taken).c_str(), resident_mb(broker));
  };
  result.sessions = rows.subscribe(loop, settings.sessions, clock::now() + settings.time_limit);
  result.session_time = watch.lap();
  say("sessions", result.sessions, result.session_time);
  result.queued = fill(loop, settings, settings.queued, false, row_topic, settings.sessions);
  result.queue_time = watch.lap();
  say("queued messages", result.queued, result.queue_time);
  result.retained = fill(loop, settings, settings.retained, true, retained_topic, settings.retained);
  result.retained_time = watch.lap();
  say("retained messages", result.retained, result.retained_time);
  if (result.sessions != settings.sessions || result.queued != settings.queued || result.retained != settings.retained)
    result.abandoned = "it did not take everything in time: " + broker.end_of_log();
}

void look_at_sample(scale_result& result, const scale_settings& settings, broker_child& broker, client_rows& rows) {
  client_loop loop{broker.port()};
  const auto sessions = sample_of(settings.sessions);
  result.sampled_sessions = sessions.size();
  result.right_sessions = rows.fetch(loop, sessions, settings.queued / settings.sessions, patience);
  const auto retained = sample_of(settings.retained);
  result.sampled_retained = retained.size();
  result.right_retained = rows.look(loop, retained, patience);
}

}  // namespace

scale_result measure_scale(const recipe& how, const scale_settings& settings, broker_child& broker) {
  scale_result result{.broker = how.name, .about = how.about};
  const auto start = [&] {
    const auto started = broker.start();
    if (!started) result.abandoned = started.error();
    if (started && !broker.wait_until_ready(clock::now() + longest_start))
      result.abandoned = "it did not start: " + broker.end_of_log();
    return !result.abandoned;
  };
  client_rows rows;
  if (!start()) return result;
  fill_all(result, settings, broker, rows);
  if (result.abandoned) return result;
  result.memory_before_mb = resident_mb(broker);
  broker.end(settings.how == ending::kill ? SIGKILL : SIGTERM);
  result.disk_mb = size_of(broker.directory());
  if (!start()) return result;
  result.ready = broker.time_to_ready();
  result.memory_ready_mb = resident_mb(broker);
  look_at_sample(result, settings, broker, rows);
  result.memory_later_mb = resident_mb(broker);
  return result;
}

std::string in_words(const scale_result& result) {
  const auto shown = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  const auto seconds = [](std::chrono::nanoseconds value) { return std::chrono::duration<double>(value).count(); };
  std::string out = tools::text("%s (%s)\n", result.broker.c_str(), result.about.c_str());
  out += tools::text("  %llu sessions in %.1f s, %llu queued messages in %.1f s, %llu retained in %.1f s\n",
                     shown(result.sessions), seconds(result.session_time), shown(result.queued),
                     seconds(result.queue_time), shown(result.retained), seconds(result.retained_time));
  out += tools::text("  before: %.1f MB resident, %.1f MB on disk\n", result.memory_before_mb, result.disk_mb);
  out += tools::text("  after the restart: ready in %s with %.1f MB, later %.1f MB\n",
                     in_milliseconds(result.ready).c_str(), result.memory_ready_mb, result.memory_later_mb);
  out += tools::text("  %llu of %llu sessions of the sample right, %llu of %llu retained messages\n",
                     shown(result.right_sessions), shown(result.sampled_sessions), shown(result.right_retained),
                     shown(result.sampled_retained));
  if (result.abandoned) out += "  ABANDONED: " + *result.abandoned + '\n';
  return out;
}

std::string in_json(const scale_result& result) {
  const auto milliseconds = [](std::chrono::nanoseconds value) {
    return std::chrono::duration<double, std::milli>(value).count();
  };
  json_object out;
  out.text("broker", result.broker).text("about", result.about).count("sessions", result.sessions);
  out.count("queued", result.queued).count("retained", result.retained);
  out.number("sessions_ms", milliseconds(result.session_time)).number("queued_ms", milliseconds(result.queue_time));
  out.number("retained_ms", milliseconds(result.retained_time)).number("memory_before_mb", result.memory_before_mb);
  out.number("disk_mb", result.disk_mb).number("ready_ms", milliseconds(result.ready));
  out.number("memory_ready_mb", result.memory_ready_mb).number("memory_later_mb", result.memory_later_mb);
  out.count("sampled_sessions", result.sampled_sessions).count("right_sessions", result.right_sessions);
  out.count("sampled_retained", result.sampled_retained).count("right_retained", result.right_retained);
  if (result.abandoned) out.text("abandoned", *result.abandoned);
  return out.flag("good", result.good()).str();
}

}  // namespace nanomq::crash
