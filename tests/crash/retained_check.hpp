// Somebody new subscribes and looks at what is retained.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "cast.hpp"
#include "client_loop.hpp"

namespace nanomq::crash {

/// One look. Thread: one.
class retained_check final : public session_events {
 public:
  using clock = std::chrono::steady_clock;

  explicit retained_check(cast& who);

  /// Subscribes and reads until everything possible is there and nothing more comes, or until `until`, which makes it no
  /// look at all (false). Nobody else may be publishing there. The broker may be killed meanwhile, by somebody else.
  /// `patience`: how long a broker that has not sent everything may be silent before it counts as all.
  bool look(client_loop& loop, clock::time_point until, std::chrono::milliseconds patience);

  /// The retained topics' common filter.
  static constexpr std::string_view filter = "r/#";

 private:
  void on_connected(session& which, bool session_present) override;
  void on_acknowledged(session& /*which*/, const stamp& /*what*/) override {}
  void on_refused(session& /*which*/, const stamp& /*what*/, mqtt::reason_code /*why*/) override {}
  void on_republished(session& /*which*/, const stamp& /*what*/) override {}
  void on_message(session& which, const arrival& message) override;
  void on_request_done(session& which, std::uint16_t identifier, mqtt::reason_code result) override;
  void on_violation(session& which, std::string_view what) override;
  void on_dismissed(session& which, mqtt::reason_code why) override;
  void on_closed(session& which, bool expected) override;

  [[nodiscard]] bool content() const;

  cast& cast_;
  session client_;
  std::vector<retained_value> seen_;  // by topic
  bool subscribed_ = false;
  bool ended_ = false;
};

}  // namespace nanomq::crash
