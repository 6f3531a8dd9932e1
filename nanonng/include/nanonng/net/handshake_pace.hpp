// How much a loop computes for handshakes in one turn.
#pragma once

#include <cstdint>

#include "nanonng/net/event_loop.hpp"

namespace nanonng::net {

/// Streams that shake hands ask before they compute and say when they have. Who is refused leaves its socket unread, so
/// the poller offers it again in the next turn. One step (a signature, a shared secret) takes milliseconds: more than one
/// a turn gains nothing, since turns cost microseconds.
/// Thread: loop-confined; outlives the streams that use it.
class handshake_pace {
 public:
  explicit handshake_pace(const event_loop& loop, unsigned steps_per_turn = 1) noexcept
      : loop_(loop), most_(steps_per_turn) {}
  handshake_pace(const handshake_pace&) = delete;
  handshake_pace& operator=(const handshake_pace&) = delete;

  [[nodiscard]] bool may_step() noexcept {
    if (turn_ != loop_.turns()) {
      turn_ = loop_.turns();
      steps_ = 0;
    }
    if (steps_ < most_) return true;
    ++refused_;
    return false;
  }
  void stepped() noexcept {
    ++steps_;
    ++total_;
  }
  [[nodiscard]] std::uint64_t steps() const noexcept { return total_; }
  /// How often somebody had to wait for another turn.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

 private:
  const event_loop& loop_;
  unsigned most_;
  unsigned steps_ = 0;
  std::uint64_t turn_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace nanonng::net
