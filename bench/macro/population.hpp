// The clients of one run and how far they have come: what the workloads with a script of their own need before they
// measure anything. They are clients of the load engine, turned by hand on one thread: the load must leave cores to the
// broker.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanomq/tools/load_client.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanomq::bench {

using client = tools::load_client;
using nanolib::quality_of_service;
using nanonng::mqtt::protocol_version;
using nanonng::mqtt::publish_view;
using tools::moment;

/// Which broker a run is against.
struct target {
  std::uint16_t port = 0;
  int process = 0;
  protocol_version version = protocol_version::v3_1_1;

  [[nodiscard]] tools::socket_address address() const;
};

/// Base of the workloads. The first fault ends a run: every wait returns at once from then on.
/// Thread: one.
class population : private tools::load_client_handler {
 public:
  explicit population(const target& broker);
  ~population() override;

  [[nodiscard]] bool failed() const noexcept { return !fault_.empty(); }
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 protected:
  /// No answer for so long is a fault.
  static constexpr std::chrono::seconds patience{5};

  /// Connects `count` clients, a bounded number at a time, and waits until the broker has accepted them all.
  [[nodiscard]] bool open(std::vector<client*>& into, std::size_t count, std::string_view kind);
  /// Sends SUBSCRIBE; the answers are counted, see granted().
  void subscribe(client& which, std::span<const std::string> filters);
  /// Sends a message with a stamp that says its number; `payload` has room for one.
  void publish(client& which, std::string_view topic, quality_of_service qos, bool retain, std::uint32_t number);
  /// The number of a message that publish() has made; fails when it is none.
  [[nodiscard]] std::uint32_t number_of(const publish_view& message, std::size_t published);
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
  [[nodiscard]] std::uint64_t granted() const noexcept { return granted_; }

  void on_message(client& which, const publish_view& message, moment arrived) noexcept override;
  void on_completed(client& which, nanonng::mqtt::request_token token, nanonng::mqtt::reason_code reason,
                    moment arrived) noexcept override;

 private:
  void turn(std::chrono::milliseconds longest) { loop_->turn(longest); }
  void connect(client& which, const std::string& identifier);

  void on_open(client& which, const nanonng::mqtt::connack_view& connack) noexcept override;
  void on_subscribed(client& which, nanonng::mqtt::request_token token,
                     const nanonng::mqtt::suback_view& suback) noexcept override;
  void on_drained(client& which) noexcept override;
  void on_down(client& which, const tools::failure& why) noexcept override;

  target broker_;
  tools::socket_address address_;
  std::unique_ptr<nanonng::net::event_loop> loop_;
  tools::load_context context_;
  std::deque<client> clients_;
  tools::shared_payload payload_ = tools::make_filler(tools::stamp::size);
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
    turn(std::chrono::milliseconds{20});
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
