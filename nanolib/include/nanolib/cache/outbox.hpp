// What a session still owes its client: the window of messages sent and not acknowledged, and the queue behind it.
//
// Packet identifiers are handed out in sequence, so the window is a ring in which an identifier is found by subtraction.
// The window outlives connections; `counted` says which of its messages use up the quota of the present one.
//
// The outbox of a session that is in the store has a stored_queue instead of the plain one, and its window follows the
// sequences of the rows: the identifier of a message is identifier_of(sequence), and gaps in the sequences are entries that
// are done. Instead of moving laggards aside it waits for them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "nanolib/base/ring.hpp"
#include "nanolib/cache/stored_queue.hpp"
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
    bool counted = false;    ///< uses one of the present connection's quota
    bool resent = false;     ///< this PUBLISH is not the first: it carries DUP [MQTT-3.3.1-1]
    bool kept = false;       ///< in the store, or on its way there
    queue_row_ptr row = {};  ///< while it is kept; null when it came back from the store
  };
  enum class acknowledged : std::uint8_t {
    done,       ///< the exchange is over (or, for PUBREC, goes on with PUBREL)
    unknown,    ///< no such identifier in the window
    unexpected  ///< the identifier is in use by an exchange at another stage or of another QoS
  };

  /// How many packet identifiers there are: no more messages can be unacknowledged, whatever the quota.
  static constexpr std::uint32_t identifiers = 65'535;
  /// Bodies of unacknowledged messages of one stored session in memory, the last one excepted; its queue may be longer.
  static constexpr std::uint64_t stored_window_bytes = 16U * 1024 * 1024;

  explicit outbox(const outbox_limits& limits) noexcept;
  /// Of a session that is in the store. `journal` outlives it; `next` is a sequence that the session has not used.
  /// Errors: throws std::bad_alloc.
  outbox(const outbox_limits& limits, queue_journal& journal, session_key session, queue_sequence next);
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
    if (!queue_.empty() || resuming_ || kept_bytes_ >= most_in_window() || (stored_ && !has_stored_room())) return 0;
    return std::min<std::size_t>(quota_, identifiers - inflight_);
  }
  /// Enters a message that is being sent now into the window: its packet identifier, 0 when memory is short.
  /// `what.what` may be null when the message never has to be sent again. `body` names the message in the store, where
  /// the session is in one; QoS 2 messages to such a session have to go through enqueue().
  [[nodiscard]] std::uint16_t begin(delivery&& what, message_key body = 0) noexcept;

  /// Puts a message behind the window. False when a bound is reached or memory is short: the message is not kept.
  [[nodiscard]] bool enqueue(delivery&& what, message_key body = 0) noexcept;
  /// The next queued message that may be sent now, entered into the window (QoS 0 is not); null when there is none.
  /// Valid until the next call of anything. Expired messages are left out, counted for take_expired(), and told to `watch`.
  [[nodiscard]] const entry* next(instant now, expiry_watch* watch = nullptr) noexcept;
  /// The next entry of the window to send again: a PUBLISH (stage published) or a PUBREL (stage released); null when
  /// there is none or the quota is used up. Valid until the next call of anything. Spec: [MQTT-4.4.0-1] [MQTT-4.6.0-1].
  [[nodiscard]] const entry* resume() noexcept;

  /// The client's PUBACK. Spec: §4.3.2.
  acknowledged on_puback(std::uint16_t packet_identifier) noexcept;
  /// The client's PUBREC. With `failed` (reason 0x80 or above) the exchange is over. Spec: §4.3.3.
  acknowledged on_pubrec(std::uint16_t packet_identifier, bool failed) noexcept;
  /// The client's PUBCOMP.
  acknowledged on_pubcomp(std::uint16_t packet_identifier) noexcept;

  /// A message of the window by its identifier; null when it is not in use. Valid until the next call of anything.
  [[nodiscard]] const entry* in_flight(std::uint16_t packet_identifier) const noexcept;

  /// Gives a message that could not be sent after all (too large for this client) up and returns its quota.
  void abandon(std::uint16_t packet_identifier) noexcept;

  /// Takes out what another member of a shared subscription may take over: QoS 1 messages not acknowledged, and queued
  /// ones, of the groups that `wanted` names. QoS 2 exchanges under way stay [MQTT-4.8.2-4] [MQTT-4.8.2-5], and so does
  /// everything else, in its place. Errors: std::bad_alloc; what is in `into` then has left the outbox.
  void take_shared(const std::function<bool(const shared_group_ptr&)>& wanted, std::vector<delivery>& into);

  /// The queue in the store; null for a session that is not in one.
  [[nodiscard]] stored_queue* stored() const noexcept { return stored_.get(); }
  /// What was read from the store: the head after a restart goes into the window, to be sent again by resume() from the
  /// next connect() on; the rest into the queue.
  void finish_read(queue_window& window, const group_finder& find, instant now) noexcept;
  /// Whether everything that is owed can be read back from the store, as far as it has been told about this session's
  /// rows; `rested` then says what that is, and the outbox can go. Only while its client is away.
  [[nodiscard]] rest_state try_rest(resting_queue& rested) noexcept;
  /// Gives everything up: nothing of it will be written, and what is written goes with the session. How many rows that
  /// were, and the bytes of their messages.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> forget() noexcept;

  [[nodiscard]] std::size_t queued() const noexcept { return queue_.size() + (stored_ ? stored_->messages() : 0); }
  [[nodiscard]] std::uint64_t queued_bytes() const noexcept { return queued_bytes_ + (stored_ ? stored_->bytes() : 0); }
  [[nodiscard]] std::size_t inflight() const noexcept { return inflight_; }
  [[nodiscard]] bool is_empty() const noexcept { return inflight_ == 0 && queued() == 0; }
  /// Messages left out by next() because they had expired, since the last call.
  [[nodiscard]] std::uint64_t take_expired() noexcept {
    return std::exchange(expired_, 0) + (stored_ ? stored_->take_expired() : 0);
  }
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

  // Of a session in the store (outbox_stored.cpp).
  [[nodiscard]] bool has_stored_room() const noexcept;
  [[nodiscard]] std::uint64_t most_in_window() const noexcept {
    return stored_ ? std::min(limits_.maximum_bytes, stored_window_bytes) : limits_.maximum_bytes;
  }
  [[nodiscard]] entry* enter_stored(const stored_message& what, stage at) noexcept;
  [[nodiscard]] const entry* next_stored(instant now, expiry_watch* watch) noexcept;
  [[nodiscard]] queue_sequence sequence_of(const entry& which) noexcept;
  void forget_row(entry& which) noexcept;
  void take_stored(const std::function<bool(const shared_group_ptr&)>& wanted, std::vector<delivery>& into);

  ring<entry> window_;
  ring<delivery> queue_;
  std::unique_ptr<stored_queue> stored_;  ///< null: the session is not in a store
  queue_sequence base_ = 0;               ///< of the window's first entry, in a stored session
  std::unique_ptr<laggards> aside_;       ///< null when there are none
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
