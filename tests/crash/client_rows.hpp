// Many sessions, a few at a time: each connects, does one thing, and goes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "client_loop.hpp"
#include "session.hpp"

namespace nanomq::crash {

/// The name and the only topic of a session with this number.
[[nodiscard]] std::string row_client(std::uint32_t number);
[[nodiscard]] std::string row_topic(std::uint32_t number);
[[nodiscard]] std::string retained_topic(std::uint32_t number);

/// Thread: one.
class client_rows final : public session_events {
 public:
  using clock = client_loop::clock;

  client_rows() = default;

  /// Makes sessions `0..count` with one subscription with QoS 1 each. Returns how many were acknowledged by then.
  std::uint32_t subscribe(client_loop& loop, std::uint32_t count, clock::time_point until);
  /// Comes back as each of these, and stays until `each` different messages have come, or nothing for `patience`.
  /// Returns for how many everything was right.
  std::uint32_t fetch(client_loop& loop, const std::vector<std::uint32_t>& numbers, std::uint32_t each,
                      std::chrono::milliseconds patience);
  /// How many of these retained messages there are.
  std::uint32_t look(client_loop& loop, const std::vector<std::uint32_t>& numbers, std::chrono::milliseconds patience);

 private:
  enum class task : std::uint8_t { subscribing, fetching, looking };
  struct visitor {
    std::unique_ptr<session> client;
    std::uint32_t number = 0;
    bool present = false;
    std::set<std::uint32_t> seen = {};
  };

  void on_connected(session& which, bool session_present) override;
  void on_message(session& which, const arrival& message) override;
  void on_request_done(session& which, std::uint16_t request, mqtt::reason_code result) override;
  void on_acknowledged(session& /*which*/, const stamp& /*what*/) override {}
  void on_refused(session& /*which*/, const stamp& /*what*/, mqtt::reason_code /*why*/) override {}
  void on_republished(session& /*which*/, const stamp& /*what*/) override {}
  void on_violation(session& /*which*/, std::string_view /*what*/) override {}
  void on_dismissed(session& /*which*/, mqtt::reason_code /*why*/) override {}
  void on_closed(session& /*which*/, bool /*expected*/) override {}

  bool enter(client_loop& loop, std::size_t place, std::uint32_t number);
  [[nodiscard]] visitor& visitor_of(const session& which) { return visitors_[which.settings().index]; }

  task task_ = task::subscribing;
  std::vector<visitor> visitors_;
  std::vector<std::size_t> done_;  // places whose visitor may go
  std::vector<std::uint32_t> wanted_retained_;
  std::set<std::string, std::less<>> found_;
  std::uint32_t each_ = 0;
  std::uint32_t right_ = 0;
};

}  // namespace nanomq::crash
