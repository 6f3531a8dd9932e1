// Everything that a subscription may have been at some time, as its client can know it.
//
// Between a request and its acknowledgement both the old and the new may be in force; when the broker is killed in that
// time it stays so until another request has been acknowledged. A delivery is right if something that may have been in
// force between the first sending of the message and now explains it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "ledger.hpp"

namespace nanomq::crash {

struct subscription_options {
  std::uint8_t qos = 0;
  bool no_local = false;
  bool retain_as_published = false;
  std::uint8_t retain_handling = 0;
  std::uint32_t identifier = 0;  ///< 0: none
  friend bool operator==(const subscription_options&, const subscription_options&) = default;
};

/// What a subscription is; nothing: there is none.
using subscription_state = std::optional<subscription_options>;

/// What is seen of the options when a message arrives.
struct delivery_marks {
  std::uint8_t published_qos = 0;  ///< of the stream
  bool published_retain = false;
  bool published_by_subscriber = false;
  std::uint8_t qos = 0;  ///< from here on: of the delivery
  bool retain = false;
  std::span<const std::uint32_t> identifiers = {};
};

enum class verdict : std::uint8_t { right, wrong_options, not_subscribed };

/// Thread: one.
class subscription_history {
 public:
  /// SUBSCRIBE or UNSUBSCRIBE was sent.
  void requested(subscription_state what);
  /// Its acknowledgement came: nothing older is in force any more.
  void confirmed(tick now);
  /// The broker says that it has no such session: there is no subscription, and we know it.
  void lost(tick now);

  /// The last that was requested; nothing was ever requested: no subscription.
  [[nodiscard]] const subscription_state& current() const noexcept;
  /// Nothing is waiting for its acknowledgement.
  [[nodiscard]] bool certain() const noexcept { return certain_; }

  [[nodiscard]] verdict judge(tick first_sent, const delivery_marks& seen) const noexcept;

 private:
  static constexpr tick open_end = std::numeric_limits<tick>::max();
  struct epoch {
    subscription_state what;
    tick ended = open_end;
  };
  std::vector<epoch> epochs_;  // in order of their requests; those that ended have done so in order too
  bool certain_ = true;
};

}  // namespace nanomq::crash
