// The options of single calls: publish, subscribe, unsubscribe, request, close. All are aggregates for designated
// initialisers, `c.publish("a", "b", {.qos = 1, .retain = true})`, and every member has a default.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nanolib/base/time.hpp"
#include "nanonng/mqtt/types.hpp"
#include "nanonng/sdk/message.hpp"
#include "nanonng/sdk/text.hpp"

namespace nanonng::sdk {

using nanolib::duration;

/// No end: for timeouts and bounds that are not wanted.
inline constexpr duration no_timeout{0};

/// A quality of service, written as 0, 1 or 2 or as the enumerator. Any other number makes the call that it is given to
/// fail with qos_not_supported.
class qos_level {
 public:
  constexpr qos_level() noexcept = default;
  constexpr qos_level(int level) noexcept
      : level_(level >= 0 && level <= 2 ? static_cast<std::uint8_t>(level) : std::uint8_t{3}) {}
  constexpr qos_level(mqtt::quality_of_service level) noexcept : level_(std::to_underlying(level)) {}
  [[nodiscard]] constexpr bool valid() const noexcept { return level_ <= 2; }
  [[nodiscard]] constexpr mqtt::quality_of_service value() const noexcept {
    return static_cast<mqtt::quality_of_service>(level_);
  }

 private:
  std::uint8_t level_ = 0;
};

struct user_property {
  text name;
  text value;
};

/// The properties of a message. Left out with 3.1.1, silently: the same code speaks both. Spec: MQTT 5.0 §3.3.2.3.
struct publish_properties {
  bool payload_format_utf8 = false;
  std::optional<std::chrono::seconds> message_expiry_interval{};
  text content_type{};
  text response_topic{};
  std::optional<text> correlation_data{};  ///< any bytes
  std::vector<user_property> user_properties{};
};

struct publish_options {
  qos_level qos{};
  bool retain = false;
  publish_properties properties{};
  /// How long publish() may block for room and the message wait for its acknowledgement, together.
  duration timeout = no_timeout;
};

/// What the server is asked to do with retained messages when a subscription is made. Spec: MQTT 5.0 §3.8.3.1.
enum class retain_handling : std::uint8_t { send = 0, send_if_new = 1, do_not_send = 2 };

struct subscribe_options {
  qos_level qos = 2;  ///< the highest that messages are sent with
  bool no_local = false;
  bool retain_as_published = false;
  sdk::retain_handling retain_handling = sdk::retain_handling::send;
  std::vector<user_property> user_properties{};
  duration timeout = no_timeout;
};

/// Called with each message of a subscription, on the client's callback thread. What it throws is caught and reported
/// (client_options::on_fault).
using message_handler = std::function<void(const message&)>;

/// One entry of subscribe_all().
struct subscription {
  std::string filter;
  message_handler handler{};  ///< empty: into the pull queue
  subscribe_options options{};
};

struct unsubscribe_options {
  std::vector<user_property> user_properties{};
  duration timeout = no_timeout;
};

struct request_options {
  qos_level qos = 1;
  publish_properties properties{};  ///< its response topic and correlation data are set by request()
  duration timeout{30'000};         ///< until the response; no_timeout waits for ever
};

/// What a responder answers with. Made from a text.
struct response {
  std::string payload;
  publish_properties properties{};
  qos_level qos = 1;

  response() = default;
  response(std::string said) : payload(std::move(said)) {}
  response(std::string_view said) : payload(said) {}
  response(const char* said) : payload(said) {}
};
using responder = std::function<response(const message& request)>;

struct close_options {
  /// normal (success), or disconnect_with_will to have the will published.
  mqtt::reason_code reason = mqtt::reason_code::success;
  /// How long to wait for what is queued and not acknowledged; then the rest is cancelled and the connection closed.
  duration drain{0};
  /// How long the server keeps the session from here on (5.0). Empty: not at all after a clean start, else as
  /// client_options::session_expiry says. Raised from 0 it is not sent.
  std::optional<std::chrono::seconds> session_expiry{};
  /// Of DISCONNECT (5.0). Left out as a whole when one is no UTF-8.
  std::vector<user_property> user_properties{};
};

/// What publish() ends with when it succeeded.
struct publish_outcome {
  /// success, or no_matching_subscribers where the server says so (5.0, QoS 1 and 2).
  mqtt::reason_code reason = mqtt::reason_code::success;
  friend bool operator==(const publish_outcome&, const publish_outcome&) = default;
};

/// What a subscription or its end ended with, one reason per filter in the order of the call. Of a call with one filter a
/// refusal is an error and not an outcome; of a call with several it is an error only when all were refused.
struct subscribe_outcome {
  std::vector<mqtt::reason_code> reasons;
  friend bool operator==(const subscribe_outcome&, const subscribe_outcome&) = default;

  /// Whether each was granted.
  [[nodiscard]] bool all_granted() const noexcept {
    for (const mqtt::reason_code reason : reasons) {
      if (mqtt::is_error(reason)) return false;
    }
    return true;
  }
};

}  // namespace nanonng::sdk
