// What a run of load found.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "nanomq/tools/failure.hpp"
#include "nanomq/tools/histogram.hpp"
#include "nanomq/tools/load_counters.hpp"
#include "nanomq/tools/load_plan.hpp"
#include "nanomq/tools/load_receivers.hpp"

namespace nanomq::tools {

struct load_report {
  load_totals totals;
  arrival_account arrivals;
  failure_tally failures;
  histogram connecting;    ///< from the attempt to CONNACK
  histogram latency;       ///< from when a message was due to its arrival
  histogram acknowledged;  ///< from when a message was due to the broker's answer

  std::chrono::nanoseconds connect_time{0};  ///< until every client had connected or failed; 0: never
  std::chrono::nanoseconds measured{0};      ///< the time that the rates are about
  std::uint64_t measured_sent = 0;
  std::uint64_t measured_received = 0;
  std::uint64_t measured_bytes = 0;  ///< of payloads received
  std::uint64_t unanswered = 0;      ///< messages above QoS 0 without an answer at the end
  double cores = 0;                  ///< that the load itself kept busy meanwhile
  bool not_started = false;          ///< a roundtrip whose clients did not all connect
  std::string refusal;               ///< why messages could not be sent at all

  [[nodiscard]] double sent_rate() const noexcept;
  [[nodiscard]] double received_rate() const noexcept;
  /// Whether every connection stood (or the limit of messages to publish was reached before) and every message was
  /// accounted for. A repetition is none where a connection at QoS 1
  /// was made anew.
  [[nodiscard]] bool is_clean(const load_plan& plan) const noexcept;
  /// Whether messages were lost, repeated, exchanged or changed.
  [[nodiscard]] bool has_lost_messages(const load_plan& plan) const noexcept;
};

/// "pairs", "fan-in", …: what the plan is about, in a line.
[[nodiscard]] std::string describe(const load_plan& plan);

/// The summary for a person, several lines.
[[nodiscard]] std::string summary(const load_plan& plan, const load_report& report);
/// The same as one JSON object.
[[nodiscard]] std::string json(const load_plan& plan, const load_report& report);

}  // namespace nanomq::tools
