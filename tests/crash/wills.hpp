// Clients that leave a will with a delay: some lose their connection, some are there when the broker is killed, some take
// the will back. A will that is due must come, also when the broker was killed while it waited; one taken back must not.
//
// CONNACK promises nothing about disks, so each client subscribes, and its will counts from the SUBACK on: what a broker
// acknowledges covers what the same client did before. DISCONNECT has no answer at all: it counts when the broker has
// closed the connection and then been left in peace for a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "bookkeeper.hpp"
#include "cast.hpp"
#include "client_loop.hpp"

namespace nanomq::crash {

/// Thread: one.
class wills {
 public:
  using clock = std::chrono::steady_clock;
  using random = std::mt19937_64;

  /// `patience`: how long a broker that is left in peace may take beyond the delay.
  wills(cast& who, bookkeeper& books, std::chrono::milliseconds patience);

  /// Lets the clients act; `may_begin`: idle ones may leave new wills.
  void pump(client_loop& loop, clock::time_point now, bool may_begin, random& chance);
  /// The broker was killed, or all connections were cut.
  void connections_lost(clock::time_point now);
  void broker_ready(clock::time_point now) noexcept { ready_at_ = now; }
  void arrived(const stamp& what, clock::time_point now);

  /// No will is on its way.
  [[nodiscard]] bool settled() const noexcept;
  /// Wills that came or should have come.
  [[nodiscard]] std::uint64_t due() const noexcept { return due_; }

  static constexpr std::uint32_t delay_s = 2;

 private:
  enum class plan : std::uint8_t { stay, lose_connection, take_back, return_in_time };
  enum class state : std::uint8_t {
    idle,
    connecting,
    confirming,  ///< waits for SUBACK
    connected,
    finishing,   ///< DISCONNECT is under way
    taken_back,  ///< and the broker has closed
    away,        ///< the connection is gone; comes back before the will is due
    returning,   ///< connects again, with another will
    waiting,     ///< the connection is gone and the will is to come
  };
  struct testator {
    std::size_t member = 0;
    ledger::stream_id stream = 0;
    state now = state::idle;
    plan intent = plan::stay;
    std::uint32_t will = 0;                      // number of the message
    std::optional<std::uint32_t> previous = {};  // replaced by returning, not yet confirmed
    clock::time_point since = {};                // the state began
    clock::time_point act_at = {};
    clock::time_point gone_at = {};
  };

  void leave_will(testator& who, client_loop& loop, clock::time_point now, bool clean_start);
  void act(testator& who, client_loop& loop, clock::time_point now);
  void follow_connection(testator& who, clock::time_point now, random& chance);
  void confirm(testator& who, clock::time_point now, random& chance);
  void conclude(testator& who, clock::time_point now);
  static void enter(testator& who, state next, clock::time_point now);

  cast& cast_;
  bookkeeper& books_;
  std::chrono::milliseconds patience_;
  std::vector<testator> testators_;
  clock::time_point ready_at_{};
  std::uint64_t due_ = 0;
};

}  // namespace nanomq::crash
