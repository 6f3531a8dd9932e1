// The client's half of a session: what outlives a connection. Spec: MQTT 5.0 §4.1.
//
// Outgoing: the requests that have no answer yet, with their packet identifiers. Incoming: the identifiers of QoS 2
// messages that are not released, and what the owner has still to acknowledge. Message bodies are the owner's: a
// request is known by the token that the owner gave it. Subscriptions are the owner's, too: it is told when to renew
// them.
#pragma once

#include <cstdint>
#include <vector>

#include "nanolib/base/flat_set.hpp"
#include "nanolib/base/ring.hpp"
#include "nanonng/mqtt/request_window.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// Names a message that was delivered and is to be acknowledged by the owner. Never used twice; 0 names none.
using receipt_number = std::uint64_t;

/// Lives as long as the client, and is lent to one client_machine after the other. A session that the server has not
/// kept begins anew inside the same object. Thread: externally synchronised, together with its machine.
/// Shape: about 150 bytes while nothing is owed.
class client_session {
 public:
  client_session() noexcept = default;
  client_session(const client_session&) = delete;
  client_session& operator=(const client_session&) = delete;

  /// Between connections: a SUBSCRIBE or UNSUBSCRIBE whose answer was lost with the connection. Their identifiers are
  /// free; the owner makes them again or gives them up. False when there is none (left).
  [[nodiscard]] bool take_lost_request(request_token& into) noexcept;
  /// Takes the oldest request out, whatever it is: for an owner that ends. Abandoned ones are passed over. False when
  /// there is none (left). Only between connections.
  [[nodiscard]] bool take_any(request_token& into) noexcept;

  /// With client_settings::manual_acknowledgement: the owner has dealt with a message; `reason` at or above 0x80
  /// refuses it (5.0; before, it is acknowledged all the same). The answer is one of client_machine::write_answers()
  /// when all before it, of its QoS, have been acknowledged, too [MQTT-4.6.0-2] [MQTT-4.6.0-3]. False for a receipt
  /// that is of no use any more (the connection or the session is gone) or was used before, and for a reason that
  /// PUBACK does not have. At any time: what is said of a QoS 2 message between connections is told on the next one.
  bool acknowledge(receipt_number receipt, reason_code reason) noexcept;

  /// Requests without an answer, those sent on an earlier connection included.
  [[nodiscard]] std::uint32_t unanswered() const noexcept { return requests_.size(); }
  /// QoS 2 messages from the server that are not released.
  [[nodiscard]] std::uint32_t unreleased() const noexcept { return unreleased_.size(); }
  /// Messages delivered that the owner has not acknowledged.
  [[nodiscard]] std::size_t unacknowledged() const noexcept { return undecided_; }
  /// Gives memory that is not used back.
  void trim() noexcept;

 private:
  friend class client_machine;

  /// A delivered message and what the owner has said about it.
  struct held {
    receipt_number receipt = 0;
    std::uint16_t packet_identifier = 0;
    reason_code reason = reason_code::success;
    bool decided = false;
  };
  /// Answers leave in the order in which the messages came, when those before them have left: one line for PUBACK, one
  /// for PUBREC. Spec: [MQTT-4.6.0-2] [MQTT-4.6.0-3].
  struct line {
    nanolib::ring<held> waiting;
    [[nodiscard]] bool has_decided() const noexcept { return !waiting.empty() && waiting[0].decided; }
    [[nodiscard]] held* find(receipt_number receipt) noexcept;
  };

  /// The connection ended: requests are lost, QoS 1 messages will come again as new ones. Twice does no harm.
  void end_connection() noexcept;
  /// The server has no session: nothing of what it sent is open.
  void forget_received() noexcept;
  /// A message for the owner: its receipt, 0 when memory is short.
  [[nodiscard]] receipt_number hold(line& into, std::uint16_t packet_identifier) noexcept;
  /// A QoS 2 message that is carried over has come again on this connection. False when memory is short.
  [[nodiscard]] bool hold_again(std::uint16_t packet_identifier) noexcept;

  request_window requests_;
  nanolib::identifier_set unreleased_;
  nanolib::identifier_set held_identifiers_;  ///< those of unreleased_ whose PUBREC has not left
  line qos_1_;
  line qos_2_;
  std::vector<held> carried_;  ///< QoS 2, of earlier connections, not come again on this one
  receipt_number last_receipt_ = 0;
  std::size_t undecided_ = 0;
  std::uint32_t lost_ = 0;     ///< how many requests take_lost_request() will say
  std::uint16_t lost_at_ = 0;  ///< the request that it looks at next
};

}  // namespace nanonng::mqtt
