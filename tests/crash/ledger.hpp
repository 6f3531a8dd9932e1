// Who published what, what was acknowledged, and who has got it: the judge of messages.
//
// A stream is one topic of one publisher with one QoS; its messages are numbered from zero. A tracker is one receiver of
// a stream: a session with a matching subscription, or a whole share group. The ledger is told what clients send and see,
// and finds what the broker owes. It knows no sockets and no time but its own count of events, so that tests can plant
// every fault.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "faults.hpp"
#include "stamp.hpp"

namespace nanomq::crash {

/// The ledger's clock: it counts what was sent and acknowledged.
using tick = std::uint32_t;

enum class stream_kind : std::uint8_t { message, will };

struct stream_settings {
  std::string topic;
  std::uint8_t qos = 1;
  bool retain = false;
  stream_kind kind = stream_kind::message;
};

/// Shape: twelve bytes a message, none of them ever freed. Thread: one.
class ledger {
 public:
  using stream_id = std::uint32_t;
  using tracker_id = std::uint32_t;
  static constexpr std::size_t most_trackers = 24;  ///< of one stream

  explicit ledger(fault_log& faults) : faults_(faults) {}

  [[nodiscard]] stream_id add_stream(stream_settings settings);
  /// Order is not looked at for a share group, whose members each get some. Nothing is owed yet.
  [[nodiscard]] tracker_id add_tracker(stream_id from, std::string receiver, bool share_group = false);

  // What the publisher does and hears.
  /// The next message is sent for the first time. Returns its number.
  std::uint32_t sent(stream_id id);
  void acknowledged(const stamp& what);
  /// Sent as a new message because the broker had forgotten the session: it may arrive twice.
  void republished(const stamp& what);
  /// It must not come any more (a will that was taken back).
  void withdrawn(const stamp& what);

  // What the receiver is owed and gets.
  /// From the next message on; no change if the receiver is owed messages already.
  void require_from_now(tracker_id id);
  /// Nothing that has not arrived is owed any more.
  void require_nothing(tracker_id id);
  [[nodiscard]] bool requires_messages(tracker_id id) const { return trackers_[id].required_from != nothing; }
  void arrived(tracker_id id, std::uint32_t sequence, std::uint8_t qos);
  /// Acknowledged, owed and not there.
  [[nodiscard]] std::uint64_t outstanding(tracker_id id) const { return trackers_[id].outstanding; }
  [[nodiscard]] std::uint64_t outstanding() const noexcept { return outstanding_; }
  /// Declares what is outstanding lost, and counts it as a fault unless `counted` is false.
  std::uint64_t give_up(tracker_id id, bool counted = true);

  [[nodiscard]] const stream_settings& settings(stream_id id) const { return streams_[id].settings; }
  [[nodiscard]] std::size_t streams() const noexcept { return streams_.size(); }
  [[nodiscard]] std::size_t trackers() const noexcept { return trackers_.size(); }
  [[nodiscard]] bool knows(const stamp& what) const noexcept {
    return what.stream < streams_.size() && what.sequence < streams_[what.stream].messages.size();
  }
  [[nodiscard]] tick first_sent(const stamp& what) const {
    return streams_[what.stream].messages[what.sequence].first_sent;
  }
  /// Now; every call is later than the one before.
  tick next_tick() noexcept { return ++now_; }

  [[nodiscard]] std::uint64_t acknowledgements() const noexcept { return acknowledgements_; }
  [[nodiscard]] std::uint64_t deliveries() const noexcept { return deliveries_; }
  [[nodiscard]] std::uint64_t allowed_repetitions() const noexcept { return allowed_repetitions_; }
  [[nodiscard]] std::uint64_t publications() const noexcept { return publications_; }

 private:
  static constexpr std::uint32_t nothing = UINT32_MAX;
  static constexpr std::uint32_t was_withdrawn = 1U << 29U;
  static constexpr std::uint32_t was_republished = 1U << 30U;
  static constexpr std::uint32_t was_acknowledged = 1U << 31U;

  struct message {
    tick first_sent = 0;
    std::uint32_t bits = 0;     // the lowest 24: which trackers have got it
    std::uint32_t exactly = 0;  // and which with QoS 2
  };
  struct stream {
    stream_settings settings;
    std::vector<message> messages;
    std::vector<tracker_id> trackers;
  };
  struct tracker {
    stream_id of = 0;
    std::uint32_t bit = 0;
    bool ordered = true;
    std::string receiver;
    std::uint32_t required_from = nothing;
    // One past the highest number that has arrived, by its QoS there: order is promised for the same topic and QoS
    // (MQTT 5.0 §4.6), and a subscription may change its QoS.
    std::array<std::uint32_t, 3> highest = {};
    std::uint64_t outstanding = 0;
    std::set<std::uint32_t> given_up;
  };

  [[nodiscard]] message& find(const stamp& what) { return streams_[what.stream].messages[what.sequence]; }
  [[nodiscard]] std::string describe(const tracker& to, std::uint32_t sequence) const;
  void repeated(const tracker& to, message& which, std::uint32_t sequence, std::uint8_t qos);
  void check_order(tracker& to, const message& which, std::uint32_t sequence, std::uint8_t qos);
  void forget_outstanding(tracker& which) noexcept;

  fault_log& faults_;
  std::vector<stream> streams_;
  std::vector<tracker> trackers_;
  tick now_ = 0;
  std::uint64_t outstanding_ = 0;
  std::uint64_t acknowledgements_ = 0;
  std::uint64_t deliveries_ = 0;
  std::uint64_t allowed_repetitions_ = 0;
  std::uint64_t publications_ = 0;
};

}  // namespace nanomq::crash
