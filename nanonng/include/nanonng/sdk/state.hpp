// What a client can be asked about itself and its server.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"
#include "nanolib/base/visibility.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanonng::sdk {

enum class client_state : std::uint8_t {
  connecting,  ///< an attempt is under way
  online,      ///< the server has accepted us
  offline,     ///< waiting for the next attempt
  closed,      ///< for good: close() was called, or the client has given up
};

/// "connecting" and so on; static.
[[nodiscard]] NANOLIB_EXPORT std::string_view name_of(client_state state) noexcept;

/// A change of state, as client_options::on_state hears it.
struct state_change {
  client_state state = client_state::connecting;
  /// Why: what the attempt or the connection failed with ({sys, errno} or {mqtt, reason code}); {mqtt, success} with
  /// connecting, with online and after close().
  nanolib::error why{nanolib::error_domain::mqtt, 0};
  std::string detail{};          ///< the server's Reason String, or what else is known
  std::string server{};          ///< the URL tried, without user and password
  bool session_present = false;  ///< with online
  std::uint32_t attempt = 0;     ///< with connecting and offline: attempts since the last connection, this one included
  nanolib::duration retry_in{0};  ///< with offline
};

/// What the server said in its CONNACK; what a server leaves out has the value that MQTT gives it then. All of it is
/// allowed in 3.1.1. Spec: MQTT 5.0 §3.2.2.3.
struct server_capabilities {
  mqtt::quality_of_service maximum_qos = mqtt::quality_of_service::exactly_once;
  bool retain = true;
  bool wildcard_subscriptions = true;
  bool shared_subscriptions = true;
  bool subscription_identifiers = true;  ///< false in 3.x
  std::uint16_t receive_maximum = 65'535;
  std::uint16_t topic_alias_maximum = 0;
  std::uint32_t maximum_packet_size = 268'435'460;
  std::chrono::seconds keep_alive{0};      ///< in force: the server's, or ours
  std::chrono::seconds session_expiry{0};  ///< in force
  std::string client_id{};                 ///< in force: assigned by the server, or ours
  std::string response_information{};
  std::string server_reference{};
  std::string reason_string{};
  std::vector<std::pair<std::string, std::string>> user_properties{};
};

/// Counters since the client was made.
struct client_statistics {
  std::uint64_t connections = 0;            ///< that the server accepted
  std::uint64_t failed_attempts = 0;        ///< to connect
  std::uint64_t messages_sent = 0;          ///< PUBLISH given to the system, repetitions included
  std::uint64_t messages_repeated = 0;      ///< of them with DUP, or as new ones after the session was lost
  std::uint64_t messages_acknowledged = 0;  ///< QoS 1 and 2
  std::uint64_t messages_received = 0;      ///< handed to handlers, the pull queue or on_message
  std::uint64_t duplicates_suppressed = 0;  ///< QoS 2 messages that came again
  std::uint64_t messages_dropped = 0;       ///< by overflow_policy::drop_oldest
  std::uint64_t messages_refused = 0;       ///< by overflow_policy::fail
  std::uint64_t reading_paused = 0;         ///< how often the incoming bounds were reached
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t faults = 0;           ///< exceptions that left callbacks
  std::size_t outgoing_messages = 0;  ///< in the outgoing queue now
  std::size_t outgoing_bytes = 0;
  std::size_t incoming_messages = 0;  ///< waiting for handlers or in the pull queue now
  std::size_t incoming_bytes = 0;
};

}  // namespace nanonng::sdk
