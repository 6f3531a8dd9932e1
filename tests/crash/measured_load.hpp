// Publishers that keep their windows full and check nothing but that each message is acknowledged: for measuring.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client_loop.hpp"
#include "session.hpp"

namespace nanomq::crash {

/// What one publisher sends next; nothing: it has done its part.
struct measured_message {
  std::string topic;
  std::vector<std::byte> payload;
  bool retain = false;
};

/// Eight bytes of stamp, the rest zero: unlike make_payload(), always `size` bytes.
[[nodiscard]] std::vector<std::byte> plain_payload(const stamp& what, std::size_t size);
[[nodiscard]] std::optional<stamp> read_plain_payload(nanolib::bytes payload) noexcept;

/// Thread: one.
class measured_load final : public session_events {
 public:
  using clock = client_loop::clock;
  using source = std::function<std::optional<measured_message>(unsigned publisher)>;

  measured_load(unsigned publishers, std::uint16_t window, source next);

  /// Connects everybody. False: somebody did not get in until then.
  bool connect(client_loop& loop, clock::time_point until);
  /// Publishes until then, or until every source is dry and everything is acknowledged.
  void run(client_loop& loop, clock::time_point until);
  /// Waits for what is under way. False: it did not come until then.
  bool finish(client_loop& loop, clock::time_point until);

  [[nodiscard]] std::uint64_t acknowledged() const noexcept { return acknowledged_; }
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }
  /// The longest time without any acknowledgement while something was under way, since the last call.
  [[nodiscard]] std::chrono::nanoseconds take_longest_silence() noexcept;
  [[nodiscard]] bool broken() const noexcept { return broken_; }

 private:
  void on_connected(session& /*which*/, bool /*session_present*/) override {}
  void on_acknowledged(session& which, const stamp& what) override;
  void on_refused(session& /*which*/, const stamp& /*what*/, mqtt::reason_code /*why*/) override { ++refused_; }
  void on_republished(session& /*which*/, const stamp& /*what*/) override {}
  void on_message(session& /*which*/, const arrival& /*message*/) override {}
  void on_request_done(session& /*which*/, std::uint16_t /*request*/, mqtt::reason_code /*result*/) override {}
  void on_violation(session& /*which*/, std::string_view /*what*/) override { broken_ = true; }
  void on_dismissed(session& /*which*/, mqtt::reason_code /*why*/) override { broken_ = true; }
  void on_closed(session& /*which*/, bool /*expected*/) override { broken_ = true; }

  void fill(unsigned publisher);
  [[nodiscard]] bool idle() const;

  source next_;
  std::vector<std::unique_ptr<session>> publishers_;
  std::vector<bool> dry_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t refused_ = 0;
  clock::time_point last_acknowledgement_{};
  std::chrono::nanoseconds longest_silence_{0};
  bool broken_ = false;
};

}  // namespace nanomq::crash
