// What a client is made with. Aggregates for designated initialisers; every member has a default that works.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/log.hpp"
#include "nanolib/base/result.hpp"
#include "nanonng/mqtt/types.hpp"
#include "nanonng/sdk/io_thread.hpp"
#include "nanonng/sdk/options.hpp"
#include "nanonng/sdk/state.hpp"
#include "nanonng/sdk/tls_options.hpp"

namespace nanonng::net {
class tls_context;
}

namespace nanonng::sdk {

/// A session that the server is to keep without end.
inline constexpr std::chrono::seconds for_ever{0xFFFFFFFF};

/// What the server publishes for us when the connection is lost. Spec: MQTT 5.0 §3.1.2.5.
struct will_message {
  std::string topic;
  std::string payload{};  ///< any bytes
  qos_level qos{};
  bool retain = false;
  std::chrono::seconds delay{0};  ///< 5.0: not before the connection has been away that long
  publish_properties properties{};
};

/// What happens when the outgoing queue is full.
enum class overflow_policy : std::uint8_t {
  block,        ///< publish() waits for room, as long as its timeout says; where nothing may block, like fail
  fail,         ///< the operation ends with errors::queue_full
  drop_oldest,  ///< the oldest message that has not been sent yet makes room; its operation ends with errors::dropped
};

/// The outgoing queue: messages that are not acknowledged (QoS 1, 2) or not written (QoS 0) yet. It lives in memory and is
/// as durable as the process; this struct is the place where a durable one will be named.
struct outgoing_bounds {
  std::size_t max_messages = 10'000;
  std::size_t max_bytes = 16U * 1024 * 1024;
  overflow_policy policy = overflow_policy::block;
};

/// Messages that wait for a handler or in the pull queue. Beyond either bound reading from the server pauses until half has
/// been taken; acknowledgements of our own messages then wait as well. Only while a callback waits for one of them is up to
/// four times as much let in. QoS 1 and 2 are bounded by receive_maximum besides.
struct incoming_bounds {
  std::size_t max_messages = 10'000;
  std::size_t max_bytes = 64U * 1024 * 1024;
};

/// When to try again after a failed or lost connection: exponential back-off with full jitter, a random time between 0 and
/// minimum·2ⁿ, at most `maximum`; n counts the failures since a connection last held for `calm`. The first attempt after
/// a connection that had held so long comes within `minimum`; a minimum of 0 is no wait at all.
struct reconnect_options {
  duration minimum{500};
  duration maximum{60'000};
  duration calm{30'000};
  /// Give up after so many attempts in a row that led to no connection; 0: never. A round of several servers counts one
  /// each.
  std::uint32_t attempts = 0;
  /// Whether to go on after a server refused us for a reason that time alone does not mend (credentials, rights, client
  /// id, protocol version, authentication method, banned).
  bool after_refusal = true;
  /// A server before MQTT 5 that does not take a message, for its size or its topic, has no words for it and closes the
  /// connection. With QoS 1 and 2 it is sent again at the next one, and so for ever, with everything that waits behind it. A
  /// number here ends that: when a second connection in a row is closed with messages of the one before unanswered, they are
  /// sent again one at a time, and one on which so many in a row are closed, while nothing else is under way, is given up
  /// with errors::given_up. What breaks without the server's doing, and an end that MQTT 5 gives other reasons for, does not
  /// count. 0: never.
  std::uint32_t attempts_per_message = 0;
  /// The seed of the jitter; empty: from the system.
  std::optional<std::uint64_t> seed{};
};

/// Enhanced authentication (5.0). The functions run one at a time on a thread of their own, because callbacks may wait for
/// the connection that they are asked for; with callback_mode::io_thread on that one. Spec: MQTT 5.0 §4.12.
struct authenticator {
  std::string method{};  ///< empty: none
  /// The Authentication Data of CONNECT, asked for at each attempt. Empty function: none.
  std::function<std::string()> first_data{};
  /// The answer to a challenge of the server, or the error for which to give this attempt up.
  std::function<nanolib::result<std::string>(std::string_view challenge)> answer{};
  /// What the server says at last, when it accepts (the data of CONNACK, or of the AUTH that ends client::reauthenticate();
  /// empty when there is none): an error ends the connection before anything is sent over it. Unlike the two above on the I/O
  /// thread: it never waits, and uses nothing but what it holds itself. Empty function: whatever it says is right.
  std::function<nanolib::result<void>(std::string_view last)> finish{};
};

/// Where handlers, then() and coroutines run.
enum class callback_mode : std::uint8_t {
  own_thread,  ///< on a thread of the client's own, started when it is first needed
  /// On the I/O thread itself: no hand-over, the highest throughput and the lowest latency. A callback that takes long
  /// stops every client of that io_thread; wait() and get() there answer errors::would_deadlock, a full queue fails
  /// instead of blocking.
  io_thread,
};

struct client_options {
  /// Further servers as URLs like the first; tried in turn, the one that worked last first. User, password and client id
  /// in a URL hold for that URL.
  std::vector<std::string> servers{};

  /// Empty: what the URL says, or a random one that is kept for the life of the client.
  std::string client_id{};
  std::optional<std::string> user_name{};  ///< instead of the URL's
  std::optional<std::string> password{};   ///< any bytes
  mqtt::protocol_version version = mqtt::protocol_version::v5;

  /// Whether the servers are one cluster, in which each knows the sessions of all. Otherwise each has a session of its own:
  /// after a change of server subscriptions are made there again, messages without an acknowledgement are sent there as new
  /// ones, and what the server before has queued is received when the client is back there. Only if a QoS 2 message was
  /// half delivered when that server was left, in either direction, its session begins anew.
  bool servers_share_sessions = false;

  /// Begin with a new session. Only the first connection (to each server) does: reconnections of a living client find its
  /// session. When false, the session of an earlier process with the same client id goes on, and close() leaves it there.
  /// In 3.1 and 3.1.1, which have one flag for both, true means that no session outlives a connection; subscriptions are
  /// then made anew and unacknowledged messages sent again at each reconnection.
  bool clean_start = true;
  /// How long the server keeps the session when the connection is lost (5.0). close() ends it at once if clean_start.
  std::chrono::seconds session_expiry{3'600};
  /// Connect from this address of the machine, numeric without brackets; empty: whichever the system takes. A server with
  /// addresses of the other family only can't be reached then; Unix sockets don't care.
  std::string local_address{};
  tls_options tls{};
  /// What make_tls_context() (server_layers.hpp) has made of `tls`, for many clients: each that makes its own keeps some
  /// 40 KiB, and half a MiB with the system's authorities. Null: its own, when a server needs one.
  std::shared_ptr<const net::tls_context> tls_context{};
  websocket_options websocket{};
  std::chrono::seconds keep_alive{60};  ///< 0: none; the server may shorten it (5.0)
  std::optional<will_message> will{};

  /// QoS 1 and 2 messages that the server is told to send unacknowledged at most (5.0). One that exceeds it is not thrown
  /// out: mosquitto 2.0.11 does so when it is busy. `incoming` bounds memory in any case.
  std::uint16_t receive_maximum = 1'024;
  /// QoS 1 and 2 messages of ours that may be unacknowledged at once. 0: as many as the server says that it takes (5.0), or
  /// 20 with 3.x, where it can't say; mosquitto acknowledges what goes beyond its limit of 20 all the same, and drops it.
  std::uint16_t maximum_inflight = 0;
  std::uint32_t maximum_packet_size = 16U * 1024 * 1024;  ///< that we take
  std::uint16_t topic_alias_maximum = 16;                 ///< aliases that the server may use towards us
  bool use_topic_aliases = false;                         ///< towards the server, as far as it allows
  std::vector<user_property> user_properties{};           ///< of CONNECT
  bool request_response_information = false;              ///< asks the server for the prefix that request() uses
  /// Where responses to request() go: this and the client id. Used when the server names no prefix.
  std::string response_prefix = "nanonng/response/";

  outgoing_bounds outgoing{};
  incoming_bounds incoming{};
  /// Messages are acknowledged by message::acknowledge() and not by the client.
  bool manual_acknowledgement = false;
  /// A message with QoS 0 ends when the server has answered a PINGREQ that was sent behind it, and not when it is written:
  /// one that a lost connection may have taken with it then ends with the error of that. One PINGREQ serves all that have
  /// been written, after 256 messages, a quarter of a MiB or 50 ms. While reading pauses no answer can be seen, and written
  /// is enough.
  bool confirm_qos_0 = false;

  reconnect_options reconnect{};
  /// From the beginning of an attempt (name resolution) to the CONNACK; the handshakes of TLS and WebSocket lie between.
  duration connect_timeout{10'000};
  /// How long the destructor waits for what is still queued; 0: it is dropped.
  duration linger{2'000};

  sdk::authenticator authenticator{};

  /// Every change of state with its reason.
  std::function<void(const state_change&)> on_state{};
  /// Messages that no subscription of this client asked for (left in a resumed session). Empty: into the pull queue, or,
  /// with clean_start and as long as nothing has used that, acknowledged and dropped.
  message_handler on_message{};
  /// A subscription that was granted is refused when it is asked for again after the session was lost.
  std::function<void(std::string_view filter, mqtt::reason_code reason)> on_subscription_lost{};
  /// A message is given up as reconnect_options::attempts_per_message says; the text is its topic.
  std::function<void(std::string_view topic, std::size_t payload_size)> on_given_up{};
  /// An exception left a callback. Empty: it is logged only.
  std::function<void(std::exception_ptr thrown)> on_fault{};
  nanolib::log* log = nullptr;  ///< outlives the client

  callback_mode callbacks = callback_mode::own_thread;
  /// The thread that does the I/O; null: the one that all clients of the process share.
  std::shared_ptr<io_thread> io{};
};

}  // namespace nanonng::sdk
