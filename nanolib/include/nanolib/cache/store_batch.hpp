// Changes of the stored state, typed and in order. They say what the state is to be, so that doing one twice does no harm.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "nanolib/base/time.hpp"
#include "nanolib/cache/queue_row.hpp"
#include "nanolib/message/message.hpp"
#include "nanolib/subscription/subscription.hpp"

namespace nanolib {

/// A session that outlives its connections: it is new, was connected, was disconnected, or its expiry changed.
struct put_session {
  session_key key = 0;
  std::string client_id;
  std::string user;  ///< empty: none
  std::uint32_t expiry_s = 0;
  bool connected = false;
  instant ends = never;  ///< of a session that is not connected
};

/// A session ends, with everything that is stored for it: subscriptions, queue, identifiers, will.
/// Rows of it that are pending are to be cancelled by the owner.
struct remove_session {
  session_key key = 0;
};

/// A subscription is there, with these options. `filter` is as subscribed, $share prefix included.
struct put_subscription {
  session_key session = 0;
  std::string filter;
  subscription_options options;
};

struct remove_subscription {
  session_key session = 0;
  std::string filter;
};

/// A QoS 2 message has arrived from the client and is not released. Spec: MQTT 5.0 §4.3.3.
struct put_unreleased {
  session_key session = 0;
  std::uint16_t packet_identifier = 0;
};

struct remove_unreleased {
  session_key session = 0;
  std::uint16_t packet_identifier = 0;
};

/// The will of a session. `what` has no deadline: the expiry interval begins when the will is sent.
struct put_will {
  session_key session = 0;
  message_ptr what;
  std::uint32_t delay_s = 0;
  std::uint32_t expiry_s = 0;
  bool expires = false;
  instant due = never;  ///< never: the client is connected
};

struct remove_will {
  session_key session = 0;
};

/// A message is in a session's queue. Left out when the row has been cancelled.
struct put_row {
  queue_row_ptr row;
};

/// A row that is durable goes on: PUBREC has come, or it got an identifier of its own.
struct update_row {
  session_key session = 0;
  queue_sequence sequence = 0;
  std::uint16_t packet_identifier = 0;  ///< 0: identifier_of(sequence)
  row_stage stage = row_stage::owed;
};

/// A row leaves: acknowledged, expired, dropped.
/// With `row`: its message is passed on to another session by a put_row in the same unit. If the row is still pending when
/// that unit is durable it is cancelled then, so that the message is never without a durable row.
struct remove_row {
  session_key session = 0;
  queue_sequence sequence = 0;
  queue_row_ptr row = {};
};

/// The retained message of `what`'s topic has changed. In a unit it says no more than that: the writer asks the retained
/// messages for the newest one, because two shards' units may commit in another order than they changed the topic.
/// In a store: `what` is kept; with `removed` the topic has none.
struct change_retained {
  message_ptr what;
  bool removed = false;
};

using store_change =
    std::variant<put_row, remove_row, update_row, put_unreleased, remove_unreleased, change_retained, put_session,
                 remove_session, put_subscription, remove_subscription, put_will, remove_will>;

/// Changes in the order in which they were made. Thread: externally synchronised.
///
/// Bodies: rows with the same message_key share one stored body. All of them are put by one commit; who queues a message
/// later once more (a retained message for a new subscriber, a message passed on) draws a new key.
class store_batch {
 public:
  /// False when memory is short: the change is not in the batch.
  [[nodiscard]] bool add(store_change change) noexcept;
  [[nodiscard]] bool is_empty() const noexcept { return changes_.empty(); }
  [[nodiscard]] std::vector<store_change>& changes() noexcept { return changes_; }
  [[nodiscard]] const std::vector<store_change>& changes() const noexcept { return changes_; }
  /// About how many bytes of topics, properties, payloads and texts the changes hold.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  void clear() noexcept;

 private:
  std::vector<store_change> changes_;
  std::uint64_t bytes_ = 0;
};

}  // namespace nanolib
