// What the clients do while the broker lives: connect again, publish, subscribe and unsubscribe, stop answering.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "bookkeeper.hpp"
#include "cast.hpp"
#include "client_loop.hpp"
#include "wills.hpp"

namespace nanomq::crash {

/// What goes on; everything off: clients only connect and answer.
struct activity {
  bool publishing = false;
  bool churning = false;
  bool leaving_wills = false;
  bool everybody_online = false;  ///< also those who stay away until everything is verified
};

/// Thread: one.
class traffic {
 public:
  using clock = std::chrono::steady_clock;
  using random = std::mt19937_64;

  /// `rate`: messages a second by all publishers together, at most; 0: as many as their windows let through.
  traffic(cast& who, bookkeeper& books, wills& testaments, double rate, random& chance);

  /// The broker answers: everybody who wants to be online connects, in any order.
  void broker_ready(clock::time_point now);
  /// One turn of everything.
  void pump(client_loop& loop, clock::time_point now, const activity& what);
  /// Some stop answering, from now until their next connection.
  void fall_silent();
  /// Each stream of messages gets one more; those without room get it when they have.
  void probe();

  [[nodiscard]] bool probing() const noexcept { return !to_probe_.empty(); }
  /// Everybody who wants to be is online and has every request answered.
  [[nodiscard]] bool assembled(bool everybody) const;
  /// Messages of publishers that wait for an acknowledgement.
  [[nodiscard]] std::size_t under_way() const;
  /// So much is owed to those who are away that it is time to verify: some brokers keep no more than 65 535 for each.
  [[nodiscard]] bool backlog_is_long() const noexcept { return cast_.messages.outstanding() > longest_backlog; }

 private:
  static constexpr std::uint64_t longest_backlog = 60'000;

  void connect(client_loop& loop, bool everybody);
  [[nodiscard]] bool wants_connection(const member& which, bool everybody) const;
  void publish(clock::time_point now);
  void publish_from(member& which);
  void send(member& which, ledger::stream_id stream);
  void send_probes();
  void churn(member& which, client_loop& loop);
  void change(subscription& which);
  [[nodiscard]] subscription_options options_for(const subscription& which);
  [[nodiscard]] bool happens(unsigned one_in) { return chance_() % one_in == 0; }
  [[nodiscard]] std::size_t any_of(std::size_t count) { return static_cast<std::size_t>(chance_() % count); }

  cast& cast_;
  bookkeeper& books_;
  wills& wills_;
  double rate_;
  random& chance_;
  double allowance_ = 0;
  clock::time_point allowed_until_{};
  clock::time_point next_churn_{};
  std::vector<std::size_t> order_;  // in which members connect
  std::vector<ledger::stream_id> to_probe_;
};

}  // namespace nanomq::crash
