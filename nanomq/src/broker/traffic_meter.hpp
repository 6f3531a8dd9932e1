// What one client sends, held against the rates that are for it: its own, its user's and its listener's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "nanolib/base/time.hpp"
#include "nanolib/base/token_bucket.hpp"
#include "nanolib/message/delivery.hpp"
#include "nanomq/broker/traffic_limits.hpp"

namespace nanomq::broker {

/// Rates as buckets see them. Thread: immutable.
struct rate_shapes {
  explicit rate_shapes(const message_rates& from) noexcept
      : messages(from.messages), bytes(from.bytes), action(from.action) {}
  [[nodiscard]] bool is_limited() const noexcept { return messages.is_limited() || bytes.is_limited(); }

  nanolib::bucket_shape messages;
  nanolib::bucket_shape bytes;
  rate_action action;
};

/// What has been taken. Shared by those whose rate is one for all of them. Thread: thread-safe.
struct rate_buckets {
  nanolib::shared_token_bucket messages;
  nanolib::shared_token_bucket bytes;

  [[nodiscard]] bool is_full(nanolib::instant now) const noexcept {
    return messages.is_full(now) && bytes.is_full(now);
  }
};

/// Every packet is paid for once it has been handled, a message that was dropped aside; whoever is in debt then waits.
/// So those who share a bucket take turns, and a packet of any size gets through. Thread: loop-confined, the buckets aside.
class traffic_meter {
 public:
  /// What becomes of a PUBLISH that has come.
  enum class verdict : std::uint8_t { take, drop, disconnect };

  /// One more rate that holds, at most three.
  void add(std::shared_ptr<const rate_shapes> limit, std::shared_ptr<rate_buckets> of) noexcept;
  [[nodiscard]] bool is_needed() const noexcept { return count_ > 0; }

  /// Before a PUBLISH is handled.
  [[nodiscard]] verdict judge(nanolib::quality_of_service qos, nanolib::instant now) noexcept;
  /// After any packet has been.
  void pay(std::size_t bytes, nanolib::instant now) noexcept;
  /// From when on something may be read again: `now` when it may be.
  [[nodiscard]] nanolib::instant ready(nanolib::instant now) const noexcept;

 private:
  enum class packet : std::uint8_t { other, publish_qos0, publish, dropped };
  struct scope {
    std::shared_ptr<const rate_shapes> limit;
    std::shared_ptr<rate_buckets> of;

    [[nodiscard]] nanolib::instant ready(nanolib::instant now) const noexcept;
  };
  [[nodiscard]] static bool waits_after(packet what, rate_action action) noexcept;

  std::array<scope, 3> scopes_;
  std::uint8_t count_ = 0;
  packet latest_ = packet::other;
  nanolib::instant held_until_{};  ///< for what would not wait of itself
};

}  // namespace nanomq::broker
