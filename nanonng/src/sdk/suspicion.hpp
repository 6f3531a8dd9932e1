// Finds the message on which the server closes the connection, so that it does not come again for ever.
//
// One loss means nothing: networks break. After a second one in a row, with messages of the connection before still
// unanswered, these are sent again one at a time, so that the one under way when the connection is closed once more is known
// for certain: answers to those before it may be lost with a connection, but none of them is sent behind it.
#pragma once

#include <cstdint>
#include <utility>

#include "nanonng/mqtt/request_window.hpp"

namespace nanonng::sdk {

/// Thread: externally synchronised. A limit of 0 suspects nothing.
class suspicion {
 public:
  explicit suspicion(std::uint32_t limit) noexcept : limit_(limit) {}

  /// Whether one is to be answered before the next is sent.
  [[nodiscard]] bool is_careful() const noexcept { return careful_; }
  /// Whether one is under way on its own.
  [[nodiscard]] bool waits() const noexcept { return alone_ != none; }
  /// Whether enough connections were closed on it.
  [[nodiscard]] bool is_convicted(mqtt::request_token which) const noexcept {
    return limit_ != 0 && which == suspect_ && times_ >= limit_;
  }

  /// A message of an earlier connection is sent again.
  void sent_again(mqtt::request_token which) noexcept {
    if (careful_) alone_ = which;
  }
  /// The server has this one.
  void answered(mqtt::request_token which) noexcept {
    if (owed_ != 0) --owed_;
    if (alone_ == which) alone_ = none;
    if (suspect_ == which) suspect_ = none;
    if (owed_ == 0 && !careful_) losses_ = 0;
  }
  /// It is not sent again, whatever the reason.
  void given_up(mqtt::request_token which) noexcept { answered(which); }
  /// Nothing of earlier connections is left to be sent.
  void settled() noexcept {
    if (!careful_ || waits()) return;
    careful_ = false;
    losses_ = 0;
  }
  /// The connection is gone, with so many messages unanswered. `by_server`: it may have been for one of them.
  void lost(bool by_server, std::uint32_t unanswered) noexcept {
    owed_ = unanswered;
    const mqtt::request_token alone = std::exchange(alone_, none);
    if (limit_ == 0 || !by_server) return;
    if (alone != none) {
      times_ = suspect_ == alone ? times_ + 1 : 1;
      suspect_ = alone;
    } else if (unanswered != 0 && !careful_) {
      careful_ = ++losses_ > 1;
    }
  }

 private:
  static constexpr mqtt::request_token none = 0;

  const std::uint32_t limit_;
  std::uint32_t losses_ = 0;  ///< in a row, with something unanswered from the connection before
  std::uint32_t owed_ = 0;    ///< unanswered when the last connection was lost, as far as not answered since
  std::uint32_t times_ = 0;   ///< connections closed on the suspect in a row
  bool careful_ = false;
  mqtt::request_token alone_ = none;
  mqtt::request_token suspect_ = none;
};

}  // namespace nanonng::sdk
