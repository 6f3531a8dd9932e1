// The server's half of the protocol: what may come when, and what follows from it. No sockets, no clock, no threads.
//
// One machine lives as long as one network connection. It is given packets and the time and answers with one action; the
// owner carries the action out (looks sessions up, routes, sends) with the help of the encoders. What outlives a
// connection, the identifiers of unreleased QoS 2 messages here and the outbox elsewhere, belongs to the session.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "nanolib/base/flat_set.hpp"
#include "nanolib/base/time.hpp"
#include "nanonng/mqtt/decoder.hpp"
#include "nanonng/mqtt/encoder.hpp"
#include "nanonng/mqtt/packets.hpp"
#include "nanonng/mqtt/topic_aliases.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::mqtt {

/// What the server allows, the same for all connections. Announced in CONNACK. Immutable while machines use it.
struct server_settings {
  decode_limits limits;
  std::uint32_t maximum_connect_size = 64U * 1024;
  std::uint16_t receive_maximum = 1'024;
  std::uint16_t topic_alias_maximum = 32;  ///< from clients, and the most we use towards them
  std::uint16_t maximum_keep_alive_s = 0;  ///< 0: what the client wants; 5.0 only
  std::uint32_t maximum_session_expiry_s = 0xFFFFFFFF;
};

/// Room for one decoded packet; one per loop is enough. Views into the input.
struct incoming {
  connect_view connect;
  publish_view publish;
  acknowledgement_view acknowledgement;
  subscribe_view subscribe;
  reason_view reason;
};

/// What the owner is to do. The list is closed.
struct action {
  enum class kind : std::uint8_t {
    nothing,
    open,          ///< incoming.connect is a valid CONNECT: answer with accept() or refuse it with a CONNACK
    authenticate,  ///< incoming.reason is the AUTH whose turn it is: answer as said at authentication_method()
    deliver,       ///< incoming.publish is new: route it, then acknowledge QoS 1 with PUBACK, QoS 2 with PUBREC
    repeat,        ///< a QoS 2 message that is here already: only PUBREC
    puback,        ///< the client acknowledged incoming.acknowledgement
    pubrec,        ///< likewise
    pubcomp,       ///< likewise
    release,       ///< PUBREL: answer PUBCOMP with `reason`
    subscribe,     ///< incoming.subscribe
    unsubscribe,   ///< incoming.subscribe
    ping,          ///< answer PINGRESP
    end,           ///< DISCONNECT: close without answer; the will is kept when `reason` is not success
    fail,          ///< close; tell the client `reason` first where its version has words for it (see parting())
  };
  kind what = kind::nothing;
  reason_code reason = reason_code::success;
  std::string_view why = {};  ///< for log and Reason String; static
};

/// Thread: loop-confined. Shape: about 64 bytes beside the aliases.
class server_machine {
 public:
  server_machine(const server_settings& settings, nanolib::instant now) noexcept
      : settings_(&settings), last_received_(now) {}

  /// The largest packet that is read in the present state.
  [[nodiscard]] std::uint32_t maximum_packet_size() const noexcept {
    return open_ ? settings_->limits.maximum_packet_size : settings_->maximum_connect_size;
  }

  /// A whole packet arrived. `into` is filled as the action says. After end or fail nothing more may be fed.
  /// Spec: [MQTT-3.1.0-1] [MQTT-3.1.0-2] and what is cited in the source.
  [[nodiscard]] action receive(const frame& packet, nanolib::instant now, incoming& into) noexcept;
  /// Bytes arrived that are no packet: the action for framing::reason.
  [[nodiscard]] action reject(reason_code reason) const noexcept;

  /// The owner accepts the CONNECT; from here on the identifiers of the session's unreleased QoS 2 messages are used.
  void accept(const connect_view& packet, nanolib::identifier_set& unreleased, nanolib::instant now) noexcept;

  // Enhanced authentication (5.0). Spec: §4.12. The answer to a CONNECT that names a method may be challenge() first, and
  // to the AUTH that comes then challenge() again, until accept() or a refusal. Later the client may ask for it all once
  // more (incoming.reason says so): challenge(), until authenticated() or failure. Meanwhile everything else goes on.

  /// The method that CONNECT has named; empty: none.
  [[nodiscard]] std::string_view authentication_method() const noexcept {
    return method_ ? std::string_view(*method_) : std::string_view();
  }
  /// Appends the AUTH that asks the client to go on. False: it is larger than the client takes, and nothing was appended.
  /// Errors: throws std::bad_alloc.
  [[nodiscard]] bool challenge(bytes data, buffer& out);
  /// Appends the AUTH that ends a repeated authentication. Otherwise as challenge().
  [[nodiscard]] bool authenticated(bytes data, buffer& out);

  /// When the client must have been heard from; `never` without keep alive. Spec: [MQTT-3.1.2-22].
  [[nodiscard]] nanolib::instant keep_alive_deadline() const noexcept;
  /// Input is read again after a pause that was not the client's: its silence begins now.
  void resume(nanolib::instant now) noexcept { last_received_ = now; }

  /// The owner has refused a QoS 2 message (PUBREC 0x80 or above): its identifier is free again.
  void forget(std::uint16_t packet_identifier) noexcept { static_cast<void>(unreleased_->erase(packet_identifier)); }

  /// How a connection that fails is told: CONNACK before it was accepted, DISCONNECT afterwards (5.0), or silence.
  enum class parting : std::uint8_t { silence, connack, disconnect };
  [[nodiscard]] parting how_to_part() const noexcept;

  [[nodiscard]] protocol_version version() const noexcept { return version_; }
  [[nodiscard]] bool is_v5() const noexcept { return version_ == protocol_version::v5; }
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  [[nodiscard]] std::uint16_t keep_alive_s() const noexcept { return keep_alive_s_; }
  [[nodiscard]] bool server_sets_keep_alive() const noexcept { return server_sets_keep_alive_; }
  /// What the client allows us. Spec: §3.1.2.11.
  [[nodiscard]] std::uint16_t client_receive_maximum() const noexcept { return client_receive_maximum_; }
  [[nodiscard]] std::uint32_t client_maximum_packet_size() const noexcept { return client_maximum_packet_size_; }
  /// Whether Reason String and User Properties may be sent outside CONNACK, DISCONNECT and PUBLISH [MQTT-3.1.2-29].
  [[nodiscard]] bool wants_problem_information() const noexcept { return problem_information_; }
  /// How many seconds the session is to live after the connection. Changed by DISCONNECT.
  [[nodiscard]] std::uint32_t session_expiry_s() const noexcept { return session_expiry_s_; }

  /// Whether the client allows aliases towards it.
  [[nodiscard]] bool uses_aliases() const noexcept { return sent_ != nullptr; }
  /// An alias for a topic that is about to be sent.
  [[nodiscard]] sent_aliases::use alias_for(std::string_view topic, std::uint64_t hash) noexcept {
    return sent_ ? sent_->assign(topic, hash) : sent_aliases::use{};
  }

 private:
  [[nodiscard]] action on_connect(const frame& packet, incoming& into) noexcept;
  [[nodiscard]] action on_publish(const frame& packet, incoming& into) noexcept;
  [[nodiscard]] action on_acknowledgement(const frame& packet, incoming& into) noexcept;
  [[nodiscard]] action on_subscribe(const frame& packet, incoming& into) noexcept;
  [[nodiscard]] action on_disconnect(const frame& packet, incoming& into) noexcept;
  [[nodiscard]] action on_early_packet(const frame& packet, incoming& into) noexcept;
  [[nodiscard]] action on_auth(const frame& packet, incoming& into) noexcept;
  [[nodiscard]] bool keep_method(std::string_view method) noexcept;
  [[nodiscard]] bool append_auth(reason_code reason, bytes data, buffer& out) const;

  /// Whose turn it is to say something about who the client is.
  enum class authentication : std::uint8_t { none, client, owner };

  const server_settings* settings_;
  nanolib::identifier_set* unreleased_ = nullptr;
  std::unique_ptr<received_aliases> received_;
  std::unique_ptr<sent_aliases> sent_;
  std::unique_ptr<const std::string> method_;  ///< of authentication; null: none
  nanolib::instant last_received_;
  std::uint32_t client_maximum_packet_size_ = 0xFFFFFFFF;
  std::uint32_t session_expiry_s_ = 0;
  std::uint32_t carried_over_ = 0;  ///< unreleased messages of earlier connections
  std::uint16_t client_receive_maximum_ = 0xFFFF;
  std::uint16_t keep_alive_s_ = 0;
  protocol_version version_ = protocol_version::v3_1_1;
  bool seen_connect_ = false;
  bool open_ = false;
  bool problem_information_ = true;
  bool server_sets_keep_alive_ = false;
  authentication turn_ = authentication::none;
};

/// The property block of a successful CONNACK: every limit that is in force, and what the server chose.
/// Spec: MQTT 5.0 §3.2.2.3.
struct connack_choice {
  std::string_view assigned_client_identifier;
  std::uint32_t session_expiry_s = 0;
  bytes authentication_data = {};  ///< the last that the server has to say; left out without a method
};
[[nodiscard]] buffer connack_properties(const server_settings& settings, const server_machine& machine,
                                        const connect_view& packet, const connack_choice& choice);
/// Only those of them that cannot be left out for a client that takes next to nothing.
[[nodiscard]] buffer indispensable_connack_properties(const server_machine& machine, const connack_choice& choice);

}  // namespace nanonng::mqtt
