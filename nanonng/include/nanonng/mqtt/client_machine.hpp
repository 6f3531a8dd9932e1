// The client's half of the protocol: what may be sent when, and what follows from what arrives. No sockets, no clock,
// no threads.
//
// One machine lives as long as one network connection; what outlives it is in the client_session that it borrows. The
// machine is given packets, wishes and the time. To a packet it answers with one action for the owner; to a wish with
// whether it may be sent now, must wait, or is refused for a reason that the owner of the wish can be told.
//
// The owner keeps message bodies and subscriptions, a queue of what has to wait, the socket, and the times to call
// back.
//
//   connection up      connect() appends CONNECT
//   bytes arrived      next_frame() with maximum_packet_size(), receive() per packet, then write_answers()
//   action opened      next_owed() until false, again after every completed; then its own queue through publish()
//   bytes written      sent() once per write
//   deadline() passed  tick(), then write_answers()
//   fail               part_into(), write, close;  refused, ended: close
//   connection gone    disconnected(); session.take_lost_request(); with the next connection a new machine
//
// Not done here: matching topics, expiry, queues, reconnecting, choosing another server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "nanolib/base/ring.hpp"
#include "nanolib/base/time.hpp"
#include "nanonng/mqtt/client_check.hpp"
#include "nanonng/mqtt/client_options.hpp"
#include "nanonng/mqtt/client_session.hpp"
#include "nanonng/mqtt/decoder.hpp"
#include "nanonng/mqtt/encoder.hpp"
#include "nanonng/mqtt/packets.hpp"
#include "nanonng/mqtt/topic_aliases.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// Room for one decoded packet; one per loop is enough. Views into the input, or into the machine's aliases: valid
/// until the next receive().
struct client_incoming {
  connack_view connack;
  publish_view publish;
  acknowledgement_view acknowledgement;
  suback_view suback;
  reason_view reason;
};

/// What the owner is to do. The list is closed.
struct client_action {
  enum class kind : std::uint8_t {
    nothing,        ///< it was dealt with; perhaps there are answers to write
    opened,         ///< incoming.connack accepts: limits() are in force. Without session_present subscribe anew
    refused,        ///< incoming.connack says no with `reason`: close
    deliver,        ///< incoming.publish is new. `receipt` is not 0 when acknowledge() has to be called for it
    repeat,         ///< incoming.publish is a QoS 2 message that was delivered already
    recorded,       ///< PUBREC: the server has the QoS 2 message of `token`, its body is not needed any more
    completed,      ///< the PUBLISH of `token` is over; `reason` below 0x80 if the server has it
    subscribed,     ///< SUBACK for `token`: incoming.suback has one reason for each filter
    unsubscribed,   ///< UNSUBACK for `token`: likewise, but no reasons at all before 5.0
    challenge,      ///< AUTH in incoming.reason: answer with authenticate(), or disconnect
    authenticated,  ///< AUTH: the repeated authentication has succeeded; incoming.reason
    ended,          ///< DISCONNECT from the server in incoming.reason: close
    ignored,        ///< an answer that nobody waits for; harmless, counted
    fail,           ///< close, after part_into()
  };
  kind what = kind::nothing;
  reason_code reason = reason_code::success;
  std::string_view why = {};  ///< for log and Reason String; static
  request_token token = 0;
  receipt_number receipt = 0;
};

/// The answer to a wish.
struct permit {
  enum class kind : std::uint8_t {
    send,    ///< the packet is counted, and has to be sent now
    wait,    ///< not open, no quota, no identifier, or older messages have to be sent again first: ask again later
    refused  ///< it can't be sent on this connection
  };
  kind what = kind::refused;
  verdict refusal = {};                 ///< when refused
  std::uint16_t packet_identifier = 0;  ///< when sent and not QoS 0
  publish_size size = {};               ///< of a PUBLISH that is sent: for encode_head_into()
};

/// A message of the session that the present connection has to deal with.
struct owed_publish {
  enum class kind : std::uint8_t {
    publish,   ///< build the PUBLISH once more and give it to publish_again(); or give_up()
    completed  ///< the server had it, and forgot the session: `token` is over, successfully
  };
  kind what = kind::publish;
  quality_of_service qos = quality_of_service::at_least_once;
  bool dup = false;
  std::uint16_t packet_identifier = 0;
  request_token token = 0;
};

/// Thread: externally synchronised. Shape: about 170 bytes beside aliases and answers not written. No allocation per
/// message once tables have grown.
class client_machine {
 public:
  /// Both are borrowed. A session belongs to one machine at a time.
  client_machine(const client_settings& settings, client_session& session) noexcept
      : settings_(&settings), session_(&session) {}

  // The connection.

  /// Appends CONNECT. Once, first [MQTT-3.1.0-1]. Refused for options that no server may accept (will topic with
  /// wildcards, an empty client identifier where the version has none, data without a method, …), before anything is
  /// appended.
  /// Errors: client_identifier_not_valid, topic_name_invalid, malformed_packet, protocol_error, packet_too_large.
  /// Throws: std::bad_alloc; nothing has changed then.
  [[nodiscard]] verdict connect(const connect_options& options, nanolib::instant now, buffer& out);
  /// A whole packet arrived. `into` is filled as the action says. After refused, ended or fail nothing more may be fed.
  /// Whenever has_answers() then, they are to be written; best once for all packets of one read.
  [[nodiscard]] client_action receive(const frame& packet, nanolib::instant now, client_incoming& into) noexcept;
  /// Bytes arrived that are no packet: the action for framing::reason.
  [[nodiscard]] client_action reject(reason_code reason) noexcept;
  /// The largest packet that is read.
  [[nodiscard]] std::uint32_t maximum_packet_size() const noexcept { return settings_->limits.maximum_packet_size; }

  /// When tick() has something to do: CONNACK overdue, PINGREQ due, or PINGRESP overdue; `never` if none of them.
  /// Moves with receive() and sent(): a timer that comes early may ask again.
  [[nodiscard]] nanolib::instant deadline() const noexcept;
  /// Answers nothing (perhaps with a PINGREQ among the answers) or fail. Spec: [MQTT-3.1.2-20], §3.1.2.10.
  [[nodiscard]] client_action tick(nanolib::instant now) noexcept;
  /// PINGREQ, beside those of keep alive, is among the answers unless one is open already. The server has read what was
  /// written before it when is_ping_open() is false again; it may take as long as keep alive allows it anyway. False when
  /// not open, or memory is short.
  [[nodiscard]] bool ping(nanolib::instant now) noexcept;
  [[nodiscard]] bool is_ping_open() const noexcept { return ping_open_; }
  /// Something was written to the connection: the next PINGREQ can wait.
  void sent(nanolib::instant now) noexcept { last_sent_ = now; }

  /// PUBACK, PUBREC, PUBREL, PUBCOMP and PINGREQ that are to be sent.
  [[nodiscard]] bool has_answers() const noexcept {
    return is_open() && (!answers_.empty() || session_->qos_1_.has_decided() || session_->qos_2_.has_decided());
  }
  /// Writes as many as fit, and returns the bytes written; 0 when there are none (or less than acknowledgement_room).
  [[nodiscard]] std::size_t write_answers(std::span<std::byte> room) noexcept;

  /// Appends the answers that wait and DISCONNECT, and ends the machine: close when it is written [MQTT-3.14.4-2].
  /// `session_expiry_s` replaces the one of CONNECT (5.0).
  /// Errors (nothing is appended): protocol_error for a reason that clients don't give, a session expiry raised from 0
  /// [MQTT-3.1.2-23], or without a connection; malformed_packet for other properties; packet_too_large.
  /// Throws: std::bad_alloc; the connection can be closed all the same.
  [[nodiscard]] verdict disconnect(reason_code reason, std::optional<std::uint32_t> session_expiry_s,
                                   bytes user_properties, buffer& out);
  /// Appends what the server is told of a failure: DISCONNECT with reason and text in 5.0, else nothing.
  /// Throws: std::bad_alloc; the connection can be closed all the same.
  void part_into(const client_action& failure, buffer& out) const;
  /// The connection is gone. Requests that can't be continued wait in session.take_lost_request(). The destructor does
  /// not do it: an owner that ends doesn't need it.
  void disconnected() noexcept;

  // Publishing.

  /// May this be sent now? For `send` the packet identifier and, with sent_topic_aliases, alias and topic in `packet`
  /// are set; then size.head bytes of room, encode_head_into(room, packet, size, version()), and the payload behind
  /// them. A packet once permitted has to be sent, or the connection closed. `token` is for QoS 1 and 2 only.
  /// `properties` is a well-formed block that may stand in a client's PUBLISH. An alias may be given where the settings
  /// have no sent_topic_aliases.
  /// Errors (refused): those of check(); qos_not_supported [MQTT-3.2.2-11], retain_not_supported [MQTT-3.2.2-14],
  /// topic_alias_invalid [MQTT-3.2.2-17], packet_too_large [MQTT-3.2.2-15], quota_exceeded (memory).
  /// Shape: tens of ns.
  [[nodiscard]] permit publish(outgoing_publish& packet, request_token token) noexcept;
  /// How many messages with QoS 1 or 2 could be published right now.
  [[nodiscard]] std::uint32_t room() const noexcept;

  /// The next message of the session to be sent again (in the order of the first time [MQTT-4.6.0-1]) or ended. False
  /// when there is none, or none while the quota is used up: see is_resuming(). Nothing new with QoS 1 or 2 is
  /// permitted before it is done.
  ///
  /// With session_present a message goes out with DUP under its old identifier; what the server has recorded (QoS 2)
  /// only with PUBREL, which is among the answers. Without, the server knows nothing of it: it is published as new,
  /// without DUP, and what the server had recorded is completed. 3.1 does not tell: without Clean Session it is taken
  /// for present. The owner gives up nothing because it has expired meanwhile [MQTT-4.3.3-7] [MQTT-4.3.3-13].
  [[nodiscard]] bool next_owed(owed_publish& into) noexcept;
  /// publish() for what next_owed() said. When refused the message is given up; the owner completes the token itself.
  /// Errors (refused): those of publish(); protocol_error when `owed` is not what next_owed() said last.
  [[nodiscard]] permit publish_again(outgoing_publish& packet, const owed_publish& owed) noexcept;
  /// The owner doesn't want what next_owed() said to be sent again, and forgets the token. Its identifier stays in use
  /// as long as the server may know it.
  void give_up(const owed_publish& owed) noexcept;
  [[nodiscard]] bool is_resuming() const noexcept { return resuming_; }

  // Receiving.

  /// client_session::acknowledge(), and then has_answers().
  bool acknowledge(receipt_number receipt, reason_code reason) noexcept {
    return session_->acknowledge(receipt, reason);
  }

  // Subscribing. The answer is subscribed or unsubscribed with the token. `block` is a block of properties in wire
  // form.

  /// Appends SUBSCRIBE. Errors (refused): those of check() and check_block(); wildcard_subscriptions_not_supported,
  /// shared_subscriptions_not_supported, subscription_identifiers_not_supported, packet_too_large, quota_exceeded.
  /// Throws: std::bad_alloc; nothing has changed then.
  [[nodiscard]] permit subscribe(std::span<const subscription_request> entries, bytes block, request_token token,
                                 buffer& out);
  /// Appends UNSUBSCRIBE. Errors (refused): those of check() and check_block(); packet_too_large, quota_exceeded.
  /// Throws: likewise.
  [[nodiscard]] permit unsubscribe(std::span<const std::string_view> filters, bytes block, request_token token,
                                   buffer& out);

  // Enhanced authentication (5.0). Spec: §4.12.

  /// Answers a challenge: appends AUTH. Errors: protocol_error when none is open, malformed_packet for data or
  /// properties that have no place in it, packet_too_large. Throws: std::bad_alloc; nothing has changed then.
  [[nodiscard]] verdict authenticate(bytes data, bytes user_properties, buffer& out);
  /// Authenticates once more with the method of CONNECT: appends AUTH. Errors: protocol_error when not open, without a
  /// method, or while another one is going on; malformed_packet, packet_too_large. Throws: likewise.
  [[nodiscard]] verdict reauthenticate(bytes data, bytes user_properties, buffer& out);

  [[nodiscard]] bool is_open() const noexcept { return state_ == state::open; }
  [[nodiscard]] protocol_version version() const noexcept { return version_; }
  [[nodiscard]] bool is_v5() const noexcept { return version_ == protocol_version::v5; }
  [[nodiscard]] const server_limits& limits() const noexcept { return limits_; }
  /// Answers that nobody waited for, and repeated QoS 2 messages.
  [[nodiscard]] std::uint64_t ignored() const noexcept { return ignored_; }

 private:
  enum class state : std::uint8_t { idle, connecting, open, over };
  /// Whose turn it is.
  enum class authentication : std::uint8_t { none, server, owner };

  /// A packet of a few bytes that waits for write_answers().
  struct answer {
    packet_type type = packet_type::pingreq;
    reason_code reason = reason_code::success;
    std::uint16_t packet_identifier = 0;
    bool ends_exchange = false;  ///< gives a place of our Receive Maximum back
  };

  [[nodiscard]] client_action fail(reason_code reason, std::string_view why) noexcept;
  [[nodiscard]] client_action ignore(std::string_view why) noexcept;
  [[nodiscard]] bool push_answer(packet_type type, std::uint16_t packet_identifier, reason_code reason,
                                 bool ends_exchange) noexcept;
  [[nodiscard]] std::size_t write_decided(client_session::line& from, packet_type type,
                                          std::span<std::byte> room) noexcept;
  void append_answers(buffer& out);

  [[nodiscard]] client_action receive_open(const frame& packet, client_incoming& into) noexcept;
  [[nodiscard]] client_action receive_connecting(const frame& packet, client_incoming& into) noexcept;
  [[nodiscard]] client_action on_connack(const frame& packet, client_incoming& into) noexcept;
  [[nodiscard]] client_action on_publish(const frame& packet, client_incoming& into) noexcept;
  [[nodiscard]] client_action deliver_once(const publish_view& packet) noexcept;
  [[nodiscard]] client_action deliver_twice(const publish_view& packet) noexcept;
  [[nodiscard]] client_action on_repeated(const publish_view& packet) noexcept;
  [[nodiscard]] client_action on_acknowledgement(const frame& packet, client_incoming& into) noexcept;
  [[nodiscard]] client_action on_puback(const acknowledgement_view& packet) noexcept;
  [[nodiscard]] client_action on_pubrec(const acknowledgement_view& packet) noexcept;
  [[nodiscard]] client_action on_pubrel(const acknowledgement_view& packet) noexcept;
  [[nodiscard]] client_action on_pubcomp(const acknowledgement_view& packet) noexcept;
  [[nodiscard]] client_action on_suback(const frame& packet, client_incoming& into) noexcept;
  [[nodiscard]] client_action on_pingresp(const frame& packet) noexcept;
  [[nodiscard]] client_action on_disconnect(const frame& packet, client_incoming& into) noexcept;
  [[nodiscard]] client_action on_auth(const frame& packet, client_incoming& into) noexcept;

  void take_limits(const connack_view& packet) noexcept;
  [[nodiscard]] bool resume() noexcept;
  [[nodiscard]] bool rewind(request_window::entry& owed) noexcept;
  [[nodiscard]] request_window::entry* find_answerable(std::uint16_t packet_identifier) noexcept;
  [[nodiscard]] request_window::entry* find_owed(const owed_publish& owed) noexcept;
  void pass(const request_window::entry& owed) noexcept;
  void finish(request_window::entry& owed) noexcept;

  [[nodiscard]] verdict check_limits(const outgoing_publish& packet, publish_size& size) const noexcept;
  void use_alias(outgoing_publish& packet, publish_size& size) noexcept;
  template <class Append>
  [[nodiscard]] permit request(request_window::kind what, std::size_t filters, request_token token, Append&& append);
  [[nodiscard]] verdict append_auth(reason_code reason, bytes data, bytes user_properties, buffer& out);

  const client_settings* settings_;
  client_session* session_;
  std::unique_ptr<received_aliases> received_;
  std::unique_ptr<sent_aliases> sent_;
  nanolib::ring<answer> answers_;
  std::string authentication_method_;
  server_limits limits_;
  nanolib::instant last_sent_{};
  nanolib::instant last_received_{};
  nanolib::instant waits_since_{};  ///< when CONNECT or PINGREQ was sent
  std::uint64_t ignored_ = 0;
  std::uint32_t quota_ = 0;      ///< how many more messages the server takes
  std::uint32_t unsettled_ = 0;  ///< messages of the server, on this connection, that use up our Receive Maximum
  std::uint16_t resume_at_ = 0;  ///< the request that next_owed() looks at next
  protocol_version version_ = protocol_version::v5;
  state state_ = state::idle;
  authentication turn_ = authentication::none;
  bool clean_start_ = true;
  bool session_is_elsewhere_ = false;
  bool may_expire_ = false;    ///< CONNECT asked for a session that stays
  bool may_part_ = false;      ///< CONNECT is sent, DISCONNECT is not
  bool session_kept_ = false;  ///< by the server
  bool resuming_ = false;
  bool ping_open_ = false;
  bool ping_is_patient_ = false;  ///< it was asked for: the server has more time for it
};

}  // namespace nanonng::mqtt
