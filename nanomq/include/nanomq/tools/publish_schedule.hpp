// Which publisher sends next, and when it is due.
//
// Each publisher has an interval and a time when its first message was due; message n is due at first + n * interval,
// whatever has become of the messages before it. Who sends late sends with the time when it should have sent: what a
// broker that stands still keeps from being sent is not spared it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "nanomq/tools/stamp.hpp"

namespace nanomq::tools {

/// A queue of publishers by the time of their next message. Shape: a heap; O(log n) for each message.
/// Thread: externally synchronised.
class publish_schedule {
 public:
  /// A message that is due. Its publisher leaves the queue until next() or add() puts it back.
  struct entry {
    moment due;
    std::uint32_t publisher = 0;
  };

  explicit publish_schedule(std::chrono::nanoseconds interval) noexcept : interval_(interval) {}

  /// The publisher's next message is due then.
  void add(std::uint32_t publisher, moment due);
  /// The message after `sent`, of the same publisher.
  void next(const entry& sent) { add(sent.publisher, sent.due + interval_); }
  /// What is due at `now`, the earliest first. Nothing when nothing is.
  [[nodiscard]] std::optional<entry> take_due(moment now);
  /// When the next message is due. Nothing when no publisher waits.
  [[nodiscard]] std::optional<moment> next_due() const noexcept;

  [[nodiscard]] std::chrono::nanoseconds interval() const noexcept { return interval_; }

 private:
  std::chrono::nanoseconds interval_;
  std::vector<entry> heap_;
};

}  // namespace nanomq::tools
