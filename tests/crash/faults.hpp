// What a broker can do wrong, counted by kind, with the first few cases of each in words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nanomq::crash {

/// Each kind breaks a promise; none of them is a matter of taste or of time.
enum class fault : std::uint8_t {
  lost,                   ///< an acknowledged message that a subscriber never got
  late,                   ///< it came after all, when the broker had been idle for long
  duplicated,             ///< QoS 2 all the way, and delivered twice
  reordered,              ///< first delivered after a later message of its publisher and topic
  changed,                ///< other bytes or another topic than were published
  unexpected,             ///< to somebody who has never subscribed to it
  missing_retained,       ///< an acknowledged retained value is not there
  wrong_retained,         ///< there is an older one than the last acknowledged
  undeleted_retained,     ///< an acknowledged deletion of a retained value has been undone
  lost_session,           ///< session present = 0 where a session was
  ghost_session,          ///< session present = 1 where none can be
  lost_subscription,      ///< acknowledged, the session is there, and nothing comes
  wrong_options,          ///< delivered with other options or another identifier than were acknowledged
  undone_unsubscription,  ///< delivered although the unsubscription was acknowledged before it was published
  lost_will,
  repeated_will,
  undue_will,   ///< of a client that had taken it back, or before its delay had passed
  unanswered,   ///< no acknowledgement although the broker had all the time it wanted
  closed,       ///< a connection ended without need
  bad_packet,   ///< not what MQTT allows
  broker_died,  ///< by itself
};
inline constexpr std::size_t fault_kinds = static_cast<std::size_t>(fault::broker_died) + 1;

/// "lost", "undone_unsubscription": the names in the report.
[[nodiscard]] std::string_view name_of(fault kind) noexcept;

/// Thread: one.
class fault_log {
 public:
  void add(fault kind, std::string_view what, std::uint64_t times = 1);
  /// Takes back what turned out to be another kind.
  void withdraw(fault kind) noexcept;

  [[nodiscard]] std::uint64_t count(fault kind) const noexcept { return counts_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] std::uint64_t total() const noexcept;
  /// At most `kept_examples` of each kind, as they came.
  [[nodiscard]] const std::vector<std::string>& examples() const noexcept { return examples_; }

  static constexpr std::size_t kept_examples = 4;

 private:
  std::array<std::uint64_t, fault_kinds> counts_{};
  std::array<std::size_t, fault_kinds> shown_{};
  std::vector<std::string> examples_;
};

}  // namespace nanomq::crash
