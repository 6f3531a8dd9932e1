// The clients of one run and how far they have come: what every workload needs before it measures anything.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "load_loop.hpp"

namespace nanomq::bench {

/// Which broker a run is against.
struct target {
  std::uint16_t port = 0;
  int process = 0;
  protocol version = protocol::mqtt_3_1_1;
};

/// Base of the workloads. The first fault ends a run: every wait returns at once from then on.
/// Thread: one.
class population : public client_events {
 public:
  explicit population(const target& broker);

  [[nodiscard]] bool failed() const noexcept { return !fault_.empty(); }
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 protected:
  /// No answer for so long is a fault.
  static constexpr std::chrono::seconds patience{5};

  /// Connects `count` clients, a bounded number at a time, and waits until the broker has accepted them all.
  [[nodiscard]] bool open(std::vector<client*>& into, std::size_t count, std::string_view kind);
  /// Sends SUBSCRIBE; the answers are counted, see granted().
  void subscribe(client& which, std::span<const std::string> filters, std::uint8_t qos);
  /// Turns the loop until `done()` or a fault; `progress()` that stands still for `patience` is one.
  template <class Done, class Progress>
  bool wait_until(Done done, Progress progress, std::string_view what);
  /// Turns the loop for a while, come what may.
  void idle(std::chrono::nanoseconds how_long);

  /// Ends the run, unless a fault has already.
  void fail(std::string why);
  /// For the account at the end: what was wrong besides.
  void add_fault(const std::string& why);

  [[nodiscard]] const target& broker() const noexcept { return broker_; }
  [[nodiscard]] load_loop& loop() noexcept { return loop_; }
  [[nodiscard]] std::uint64_t granted() const noexcept { return granted_; }

  void on_message(client& which, const received_publish& message) override;
  void on_acknowledged(client& which) override;

 private:
  void on_ready(client& which) override;
  void on_subscribed(client& which, const received_suback& result) override;
  void on_fault(client& which, std::string_view what) override;

  target broker_;
  load_loop loop_;
  std::string fault_;
  std::uint64_t ready_ = 0;
  std::uint64_t granted_ = 0;
};

template <class Done, class Progress>
bool population::wait_until(Done done, Progress progress, std::string_view what) {
  using clock = std::chrono::steady_clock;
  auto seen = progress();
  auto deadline = clock::now() + patience;
  while (!failed() && !done()) {
    loop_.turn(std::chrono::milliseconds{20});
    const auto now = clock::now();
    if (const auto current = progress(); current != seen) {
      seen = current;
      deadline = now + patience;
    } else if (now > deadline) {
      fail(std::string{"stalled while "}.append(what));
    }
  }
  return !failed();
}

}  // namespace nanomq::bench
