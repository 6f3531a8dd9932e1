#include "throughput_run.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "client_loop.hpp"
#include "measured_load.hpp"
#include "nanomq/tools/process_figures.hpp"
#include "nanomq/tools/text.hpp"
#include "report.hpp"
#include "stall_probe.hpp"

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;
using clock = client_loop::clock;

constexpr auto longest_start = 60s;
constexpr auto longest_setup = 10s;

std::string topic_of(std::size_t publisher) { return "t/" + std::to_string(publisher); }

/// The subscribers: they subscribe, go away, and come back for what was kept for them.
class keepers final : public session_events {
 public:
  explicit keepers(unsigned count) : seen_(count) {
    for (unsigned at = 0; at < count; ++at) {
      session_settings made;
      made.client_id = "keeper-" + std::to_string(at);
      made.index = at;
      sessions_.push_back(std::make_unique<session>(made, *this));
    }
  }

  bool subscribe(client_loop& loop) {
    if (!connect(loop)) return false;
    for (const auto& each : sessions_) static_cast<void>(each->subscribe(topic_of(each->settings().index), {.qos = 1}));
    const auto until = clock::now() + longest_setup;
    while (answered_ < sessions_.size() && !broken_ && clock::now() < until) loop.turn(1ms);
    for (const auto& each : sessions_) loop.finish(*each);
    while (loop.connections() != 0 && !broken_ && clock::now() < until) loop.turn(1ms);
    return answered_ == sessions_.size() && !broken_;
  }

  /// Until all of them are there, or nothing has come for `patience`.
  void fetch(client_loop& loop, std::uint64_t wanted, std::chrono::milliseconds patience) {
    if (!connect(loop)) return;
    auto last = clock::now();
    for (std::uint64_t before = fetched_; fetched_ < wanted && clock::now() - last < patience && !broken_;) {
      loop.turn(5ms);
      if (fetched_ != before) last = clock::now();
      before = fetched_;
    }
  }

  [[nodiscard]] std::uint64_t fetched() const noexcept { return fetched_; }

 private:
  bool connect(client_loop& loop) {
    connected_ = 0;
    for (const auto& each : sessions_) {
      if (!loop.open(*each, false)) return false;
    }
    const auto until = clock::now() + longest_setup;
    while (connected_ < sessions_.size() && !broken_ && clock::now() < until) loop.turn(1ms);
    return connected_ == sessions_.size();
  }

  void on_connected(session& /*which*/, bool /*session_present*/) override { ++connected_; }
  void on_message(session& which, const arrival& message) override {
    const auto what = read_plain_payload(message.payload);
    std::vector<bool>& seen = seen_[which.settings().index];
    if (!what || message.topic != topic_of(which.settings().index)) return;
    if (what->sequence >= seen.size()) seen.resize(what->sequence + 1);
    if (!seen[what->sequence]) ++fetched_;
    seen[what->sequence] = true;
  }
  void on_request_done(session& /*which*/, std::uint16_t /*request*/, mqtt::reason_code /*result*/) override {
    ++answered_;
  }
  void on_acknowledged(session& /*which*/, const stamp& /*what*/) override {}
  void on_refused(session& /*which*/, const stamp& /*what*/, mqtt::reason_code /*why*/) override {}
  void on_republished(session& /*which*/, const stamp& /*what*/) override {}
  void on_violation(session& /*which*/, std::string_view /*what*/) override { broken_ = true; }
  void on_dismissed(session& /*which*/, mqtt::reason_code /*why*/) override { broken_ = true; }
  void on_closed(session& /*which*/, bool expected) override { broken_ = broken_ || !expected; }

  std::vector<std::unique_ptr<session>> sessions_;
  std::vector<std::vector<bool>> seen_;
  std::size_t connected_ = 0;
  std::size_t answered_ = 0;
  std::uint64_t fetched_ = 0;
  bool broken_ = false;
};

/// The time in which it counts.
void measure(throughput_result& result, const throughput_settings& settings, broker_child& broker, client_loop& loop,
             measured_load& load) {
  stall_probe probe{broker.port()};
  load.run(loop, clock::now() + settings.duration / 10);  // to reach its pace
  probe.start_over();
  static_cast<void>(load.take_longest_silence());
  const auto began = clock::now();
  const auto processor = tools::processor_time(broker.process());
  const std::uint64_t written = tools::bytes_written(broker.process());
  const std::uint64_t acknowledged = load.acknowledged();
  load.run(loop, began + settings.duration);
  result.seconds = std::chrono::duration<double>(clock::now() - began).count();
  result.acknowledged = load.acknowledged() - acknowledged;
  result.longest_silence = load.take_longest_silence();
  const stall_figures stalls = probe.finish();
  if (!load.finish(loop, clock::now() + 10 * settings.patience)) result.abandoned = "messages stayed unacknowledged";
  const double count = static_cast<double>(std::max<std::uint64_t>(1, load.acknowledged() - acknowledged));
  result.bytes_written = static_cast<double>(tools::bytes_written(broker.process()) - written) / count;
  const auto spent = tools::processor_time(broker.process()) - processor;
  result.processor_us = std::chrono::duration<double, std::micro>(spent).count() / count;
  result.qos_0_median = stalls.delays.quantile(0.5);
  result.qos_0_999 = stalls.delays.quantile(0.999);
  result.qos_0_longest = stalls.delays.longest();
  result.memory_mb = static_cast<double>(tools::resident_bytes(broker.process())) / (1024 * 1024);
}

}  // namespace

throughput_result measure_throughput(const recipe& how, const throughput_settings& settings, broker_child& broker) {
  throughput_result result{.broker = how.name, .about = how.about};
  const auto fail = [&](std::string why) {
    result.abandoned = std::move(why);
    return result;
  };
  if (const auto started = broker.start(); !started) return fail(started.error());
  if (!broker.wait_until_ready(clock::now() + longest_start)) return fail("it did not start: " + broker.end_of_log());
  keepers subscribers{settings.publishers};
  std::vector<std::uint32_t> numbers(settings.publishers);
  measured_load load{settings.publishers, settings.window, [&](unsigned publisher) {
                       const stamp what{.stream = publisher, .sequence = numbers[publisher]++};
                       return measured_message{.topic = topic_of(publisher),
                                               .payload = plain_payload(what, settings.payload)};
                     }};
  client_loop loop{broker.port()};
  if (!subscribers.subscribe(loop)) return fail("the subscribers were not let in");
  if (!load.connect(loop, clock::now() + longest_setup)) return fail("the publishers were not let in");
  measure(result, settings, broker, loop, load);
  if (load.broken()) return fail("a publisher's connection broke: " + broker.end_of_log());
  loop.cut_all();
  result.queued = load.acknowledged();
  result.refused = load.refused();
  const auto began = clock::now();
  subscribers.fetch(loop, result.queued, settings.patience);
  result.fetched = subscribers.fetched();
  result.fetched_per_second =
      static_cast<double>(result.fetched) / std::chrono::duration<double>(clock::now() - began).count();
  loop.cut_all();
  return result;
}

std::string in_words(const throughput_result& result) {
  std::string out = tools::text("%-18s", result.broker.c_str());
  if (result.seconds > 0) {
    out += tools::text("%9.0f acknowledged/s  %7.0f bytes written  %6.2f us CPU each  silence %s",
                       static_cast<double>(result.acknowledged) / result.seconds, result.bytes_written,
                       result.processor_us, in_milliseconds(result.longest_silence).c_str());
    out += tools::text("  QoS 0 median %s p99.9 %s longest %s", in_milliseconds(result.qos_0_median).c_str(),
                       in_milliseconds(result.qos_0_999).c_str(), in_milliseconds(result.qos_0_longest).c_str());
    out += tools::text("  %.0f MB  then %.0f fetched/s", result.memory_mb, result.fetched_per_second);
  }
  if (result.refused != 0) out += tools::text("  %llu refused", static_cast<unsigned long long>(result.refused));
  if (result.fetched != result.queued) {
    out += tools::text("  WRONG: %llu of %llu were kept", static_cast<unsigned long long>(result.fetched),
                       static_cast<unsigned long long>(result.queued));
  }
  if (result.abandoned) out += "  ABANDONED: " + *result.abandoned;
  return out + '\n';
}

std::string in_json(const throughput_result& result) {
  const auto milliseconds = [](std::chrono::nanoseconds value) {
    return std::chrono::duration<double, std::milli>(value).count();
  };
  json_object out;
  out.text("broker", result.broker).text("about", result.about).number("seconds", result.seconds);
  out.count("acknowledged", result.acknowledged).count("refused", result.refused);
  if (result.seconds > 0)
    out.number("acknowledged_per_second", static_cast<double>(result.acknowledged) / result.seconds);
  out.number("bytes_written_per_message", result.bytes_written).number("processor_us_per_message", result.processor_us);
  out.number("longest_silence_ms", milliseconds(result.longest_silence));
  out.number("qos_0_median_ms", milliseconds(result.qos_0_median))
      .number("qos_0_p999_ms", milliseconds(result.qos_0_999));
  out.number("qos_0_longest_ms", milliseconds(result.qos_0_longest)).number("memory_mb", result.memory_mb);
  out.count("queued", result.queued).count("fetched", result.fetched);
  out.number("fetched_per_second", result.fetched_per_second);
  if (result.abandoned) out.text("abandoned", *result.abandoned);
  return out.flag("good", result.good()).str();
}

}  // namespace nanomq::crash
