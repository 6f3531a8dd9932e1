// What a session still owes its client: the window of messages sent and not acknowledged, and the queue behind it.
//
// Packet identifiers are handed out in sequence, so the window is a ring in which an identifier is found by subtraction.
// The window outlives connections; `counted` says which of its messages use up the quota of the present one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "nanolib/base/ring.hpp"
#include "nanolib/message/delivery.hpp"

namespace nanolib {

struct outbox_limits {
  std::uint32_t maximum_messages = 10'000;
  std::uint64_t maximum_bytes = 16U * 1024 * 1024;
};

/// The outgoing half of a session's state. Spec: MQTT 5.0 §4.1, §4.3, §4.4, §4.9. Thread: loop-confined.
/// Shape: about 150 bytes while nothing is owed; 40 bytes per message in the window, 32 per queued one, bodies shared.
class outbox {
 public:
  /// How far a message in the window has come.
  enum class stage : std::uint8_t {
    unsent,     ///< to be sent (again) on this connection
    published,  ///< PUBLISH sent, PUBACK or PUBREC awaited
    released,   ///< PUBREL sent (or to be sent), PUBCOMP awaited
    done,       ///< acknowledged; leaves the window when all before it have
  };
  /// A message of the window.
  struct entry {
    delivery what;
    std::uint16_t packet_identifier = 0;
    stage at = stage::published;
    bool counted = false;  ///< uses one of the present connection's quota
    bool resent = false;   ///< this PUBLISH is not the first: it carries DUP [MQTT-3.3.1-1]
  };
  enum class acknowledged : std::uint8_t {
    done,       ///< the exchange is over (or, for PUBREC, goes on with PUBREL)
    unknown,    ///< no such identifier in the window
    unexpected  ///< the identifier is in use by an exchange at another stage or of another QoS
  };

  /// How many packet identifiers there are: no more messages can be unacknowledged, whatever the quota.
  static constexpr std::uint32_t identifiers = 65'535;

  explicit outbox(const outbox_limits& limits) noexcept;
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;
  ~outbox();

  /// A connection begins, with room for `quota` unacknowledged PUBLISH packets: what the window still holds is to be sent
  /// again through resume(), before anything new [MQTT-4.4.0-1].
  void connect(std::uint16_t quota) noexcept;
  /// The connection ended.
  void disconnect() noexcept;

  /// Whether a new QoS 1 or 2 message may be sent right away: connected, quota left, a packet identifier free, nothing
  /// waiting before it, and less than maximum_bytes kept for messages that are not acknowledged.
  [[nodiscard]] bool can_begin() const noexcept { return room() > 0; }
  /// How many new messages could begin now: none past those that wait [MQTT-4.6.0-5] [MQTT-4.6.0-6], and none without
  /// quota [MQTT-4.9.0-2].
  [[nodiscard]] std::size_t room() const noexcept {
    if (!queue_.empty() || resuming_ || kept_bytes_ >= limits_.maximum_bytes) return 0;
    return std::min<std::size_t>(quota_, identifiers - inflight_);
  }
  /// Enters a message that is being sent now into the window: its packet identifier, 0 when memory is short.
  /// `what.what` may be null when the message never has to be sent again.
  [[nodiscard]] std::uint16_t begin(delivery&& what) noexcept;

  /// Puts a message behind the window. False when a bound is reached or memory is short: the message is not kept.
  [[nodiscard]] bool enqueue(delivery&& what) noexcept;
  /// The next queued message that may be sent now, entered into the window (QoS 0 is not); null when there is none.
  /// Valid until the next call of anything. Expired messages are left out and counted for take_expired().
  [[nodiscard]] const entry* next(instant now) noexcept;
  /// The next entry of the window to send again: a PUBLISH (stage published) or a PUBREL (stage released); null when
  /// there is none or the quota is used up. Valid until the next call of anything. Spec: [MQTT-4.4.0-1] [MQTT-4.6.0-1].
  [[nodiscard]] const entry* resume() noexcept;

  /// The client's PUBACK. Spec: §4.3.2.
  acknowledged on_puback(std::uint16_t packet_identifier) noexcept;
  /// The client's PUBREC. With `failed` (reason 0x80 or above) the exchange is over. Spec: §4.3.3.
  acknowledged on_pubrec(std::uint16_t packet_identifier, bool failed) noexcept;
  /// The client's PUBCOMP.
  acknowledged on_pubcomp(std::uint16_t packet_identifier) noexcept;

  /// Gives a message that could not be sent after all (too large for this client) up and returns its quota.
  void abandon(std::uint16_t packet_identifier) noexcept;

  /// Takes out what another member of a shared subscription may take over: QoS 1 messages not acknowledged, and queued
  /// ones, of the groups that `wanted` names. QoS 2 exchanges under way stay [MQTT-4.8.2-4] [MQTT-4.8.2-5], and so does
  /// everything else, in its place. Errors: std::bad_alloc; what is in `into` then has left the outbox.
  void take_shared(const std::function<bool(const shared_group_ptr&)>& wanted, std::vector<delivery>& into);

  [[nodiscard]] std::size_t queued() const noexcept { return queue_.size(); }
  [[nodiscard]] std::uint64_t queued_bytes() const noexcept { return queued_bytes_; }
  [[nodiscard]] std::size_t inflight() const noexcept { return inflight_; }
  [[nodiscard]] bool is_empty() const noexcept { return inflight_ == 0 && queue_.empty(); }
  /// Messages left out by next() because they had expired, since the last call.
  [[nodiscard]] std::uint64_t take_expired() noexcept { return std::exchange(expired_, 0); }
  /// Gives memory that is not used back.
  void trim() noexcept;

 private:
  struct laggards;

  [[nodiscard]] bool is_laggard(std::uint16_t packet_identifier) const noexcept;
  [[nodiscard]] bool take_turn(entry& owed) noexcept;
  [[nodiscard]] entry* find(std::uint16_t packet_identifier) noexcept;
  [[nodiscard]] bool make_room() noexcept;
  void finish(entry& which) noexcept;
  void give_back_quota(entry& which) noexcept;
  void release_body(entry& which) noexcept;
  [[nodiscard]] entry* enter(delivery&& what, stage at) noexcept;
  /// Removes what is done from the front of the window; how much that was.
  std::uint32_t drop_finished() noexcept;

  ring<entry> window_;
  ring<delivery> queue_;
  std::unique_ptr<laggards> aside_;  ///< null when there are none
  outbox_limits limits_;
  std::uint64_t queued_bytes_ = 0;
  std::uint64_t kept_bytes_ = 0;  ///< of the messages in the window
  std::uint64_t expired_ = 0;
  entry passing_;                ///< what next() hands out for QoS 0
  std::uint32_t inflight_ = 0;   ///< entries not done
  std::uint32_t resume_at_ = 0;  ///< in the window; the laggards come first
  std::uint16_t next_identifier_ = 1;
  std::uint16_t quota_ = 0;
  bool resuming_ = false;
};

}  // namespace nanolib
