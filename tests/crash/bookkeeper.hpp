// Writes down what the sessions see, compares it with what they were promised, and asks again for what was lost.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "cast.hpp"

namespace nanomq::crash {

/// Thread: one.
class bookkeeper final : public session_events {
 public:
  /// Must be there before the cast that it keeps the books of.
  bookkeeper() = default;
  void attach(cast& which) noexcept { cast_ = &which; }
  /// Told of every will that arrives.
  void set_will_watch(std::function<void(const stamp&)> watch) { on_will_ = std::move(watch); }

  /// The broker has been told to stop: it may say so.
  void set_dismissal_expected(bool expected) noexcept { dismissal_expected_ = expected; }

  /// Before each connection of a session.
  void begins(member& which, bool clean_start);
  /// Sends SUBSCRIBE or UNSUBSCRIBE.
  void request(subscription& which, subscription_state what);
  /// A subscription of which nothing comes although its session is there: asks for it again.
  void forgotten(subscription& which, bool counted);

  [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }
  /// How often the broker said no to a PUBLISH, and why.
  [[nodiscard]] const std::map<mqtt::reason_code, std::uint64_t>& refusals() const noexcept { return refusals_; }
  [[nodiscard]] std::uint64_t requests_acknowledged() const noexcept { return requests_acknowledged_; }

 private:
  void on_connected(session& which, bool session_present) override;
  void on_acknowledged(session& which, const stamp& what) override;
  void on_refused(session& which, const stamp& what, mqtt::reason_code why) override;
  void on_republished(session& which, const stamp& what) override;
  void on_message(session& which, const arrival& message) override;
  void on_request_done(session& which, std::uint16_t identifier, mqtt::reason_code result) override;
  void on_violation(session& which, std::string_view what) override;
  void on_dismissed(session& which, mqtt::reason_code why) override;
  void on_closed(session& which, bool expected) override;

  void compare_presence(const member& which, bool session_present);
  void lose_subscriptions(member& which);
  void judge(const member& which, const member::route& way, const stamp& what, const arrival& message);
  void granted(subscription& which, mqtt::reason_code result);
  [[nodiscard]] std::string name(const session& which) const { return which.settings().client_id; }

  cast* cast_ = nullptr;
  std::map<mqtt::reason_code, std::uint64_t> refusals_;
  std::function<void(const stamp&)> on_will_;
  bool dismissal_expected_ = false;
  std::uint64_t connections_ = 0;
  std::uint64_t requests_acknowledged_ = 0;
};

}  // namespace nanomq::crash
