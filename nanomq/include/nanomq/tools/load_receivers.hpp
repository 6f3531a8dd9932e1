// The clients of one loop that subscribe, and what they make of each message that arrives.
//
// In a roundtrip both ends are here: every message is held against the publisher that sent it, byte by byte. Other
// subscribers know publishers only by the stamps in their messages, and follow their numbers from the first that comes.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "nanomq/tools/arrival_check.hpp"
#include "nanomq/tools/histogram.hpp"
#include "nanomq/tools/load_counters.hpp"
#include "nanomq/tools/load_plan.hpp"
#include "nanomq/tools/load_publishers.hpp"
#include "nanonng/mqtt/packets.hpp"

namespace nanomq::tools {

/// What became of the messages of a run.
struct arrival_account {
  std::uint64_t missing = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t reordered = 0;
  std::uint64_t streams = 0;  ///< publishers heard, by each subscriber
};

/// Thread: loop-confined.
class load_receivers {
 public:
  /// Streams beyond that many are counted, but not followed: who sends stamps may be anybody.
  static constexpr std::size_t most_streams = 1'000'000;

  /// How many there are on this loop, and the number of the first publisher.
  struct population {
    std::uint64_t first = 0;
    std::uint32_t publishers = 0;
    std::uint32_t subscribers = 0;
  };

  /// `publishers` are those of a roundtrip; they outlive this object.
  load_receivers(const load_plan& plan, const load_run_facts& facts, load_counters& counters,
                 load_publishers& publishers, const population& clients);

  void arrived(std::uint32_t subscriber, const nanonng::mqtt::publish_view& message, moment arrived);

  /// What is recorded begins with messages that were due then.
  void measure_from(moment start) noexcept { measure_from_ = start; }
  /// From when a message was due to its arrival.
  [[nodiscard]] const histogram& latencies() const noexcept { return latencies_; }
  [[nodiscard]] arrival_account account() const;

 private:
  /// False when it is not what was sent.
  [[nodiscard]] bool check_roundtrip(std::uint32_t subscriber, const stamp& what,
                                     const nanonng::mqtt::publish_view& message);
  void follow(std::uint32_t subscriber, const stamp& what);
  void time(const stamp& what, moment arrived) noexcept;

  const load_plan& plan_;
  const load_run_facts& facts_;
  load_counters& counters_;
  load_publishers& publishers_;
  population clients_;
  nanolib::quality_of_service granted_qos_;
  bool follows_;                        // false where a subscriber gets a part of the messages only
  std::vector<arrival_check> streams_;  // of a roundtrip: one for each pair of those who hear each other
  std::unordered_map<std::uint64_t, arrival_check> followed_;
  moment measure_from_{};
  histogram latencies_;
};

}  // namespace nanomq::tools
