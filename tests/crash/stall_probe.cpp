#include "stall_probe.hpp"

#include <algorithm>
#include <cstring>

namespace nanomq::crash {
namespace {

using namespace std::chrono_literals;
using clock = client_loop::clock;

constexpr auto interval = 1ms;
constexpr auto longest_wait = 2s;
constexpr std::string_view topic = "stall-probe";

session_settings settings_of(std::string_view client_id) {
  session_settings made;
  made.client_id = client_id;
  made.version = mqtt::protocol_version::v3_1_1;
  return made;
}

/// The pair. Each message holds the time when it was due.
class pair final : public session_events {
 public:
  explicit pair(stall_figures& figures) : figures_(figures) {}

  bool open(client_loop& loop) { return loop.open(subscriber_, true) && loop.open(publisher_, true); }
  [[nodiscard]] bool ready() const noexcept { return subscribed_ && publisher_.connected(); }
  [[nodiscard]] bool broken() const noexcept { return broken_; }

  void send(clock::time_point due) {
    const std::int64_t stamped = due.time_since_epoch().count();
    mqtt::outgoing_publish message;
    message.topic = topic;
    message.payload = std::as_bytes(std::span{&stamped, 1});
    publisher_.publish({}, message);
    ++figures_.sent;
  }
  /// What was measured before `from` does not count.
  void start_over(clock::time_point from) {
    figures_ = {};
    from_ = from;
  }
  [[nodiscard]] bool complete() const noexcept { return figures_.delays.count() >= figures_.sent; }
  void count_missing(clock::time_point last_due) {
    for (; figures_.delays.count() < figures_.sent; last_due -= interval)
      figures_.delays.record(clock::now() - last_due);
  }

 private:
  void on_connected(session& which, bool /*session_present*/) override {
    if (&which == &subscriber_) static_cast<void>(which.subscribe(topic, {.qos = 0}));
  }
  void on_message(session& /*which*/, const arrival& message) override {
    std::int64_t stamped = 0;
    if (message.payload.size() != sizeof stamped) return;
    std::memcpy(&stamped, message.payload.data(), sizeof stamped);
    const clock::time_point due{clock::duration{stamped}};
    if (due >= from_) figures_.delays.record(clock::now() - due);
  }
  void on_request_done(session& /*which*/, std::uint16_t /*request*/, mqtt::reason_code /*result*/) override {
    subscribed_ = true;
  }
  void on_acknowledged(session& /*which*/, const stamp& /*what*/) override {}
  void on_refused(session& /*which*/, const stamp& /*what*/, mqtt::reason_code /*why*/) override {}
  void on_republished(session& /*which*/, const stamp& /*what*/) override {}
  void on_violation(session& /*which*/, std::string_view /*what*/) override { broken_ = true; }
  void on_dismissed(session& /*which*/, mqtt::reason_code /*why*/) override { broken_ = true; }
  void on_closed(session& /*which*/, bool /*expected*/) override { broken_ = true; }

  stall_figures& figures_;
  session subscriber_{settings_of("stall-subscriber"), *this};
  session publisher_{settings_of("stall-publisher"), *this};
  clock::time_point from_{};
  bool subscribed_ = false;
  bool broken_ = false;
};

}  // namespace

stall_probe::stall_probe(std::uint16_t port) : thread_([this, port] { run(port); }) {}

stall_probe::~stall_probe() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

stall_figures stall_probe::finish() {
  stop_ = true;
  thread_.join();
  return figures_;
}

void stall_probe::run(std::uint16_t port) {
  pair both{figures_};
  client_loop loop{port};
  if (!both.open(loop)) return;
  while (!both.ready() && !both.broken() && !stop_) loop.turn(interval);
  auto due = clock::now();
  while (!stop_ && !both.broken()) {
    if (restart_.exchange(false)) both.start_over(due);
    for (const auto now = clock::now(); due <= now; due += interval) both.send(due);
    loop.turn(std::max<std::chrono::nanoseconds>(due - clock::now(), 0ns));
  }
  const auto until = clock::now() + longest_wait;
  while (!both.complete() && !both.broken() && clock::now() < until) loop.turn(interval);
  both.count_missing(due - interval);
}

}  // namespace nanomq::crash
