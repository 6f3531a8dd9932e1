// What a webhook is told by configuration: where events go, which, in what form, and what happens when nobody takes them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nanolib/base/result.hpp"
#include "nanolib/base/time.hpp"

namespace nanomq::webhook {

/// NanoMQ's events by NanoMQ's names, and two of ours at the end.
enum class event_kind : std::uint8_t {
  client_connect,
  client_connack,
  client_connected,
  client_disconnected,
  client_subscribe,
  client_unsubscribe,
  session_subscribed,
  session_unsubscribed,
  session_terminated,
  message_publish,
  message_delivered,
  message_acked,
  session_created,
  message_dropped,
};

/// "on_client_connack", in the order of the enumeration.
[[nodiscard]] std::span<const std::string_view> event_names() noexcept;
/// "client_connack", as bodies have it.
[[nodiscard]] std::string_view action_of(event_kind which) noexcept;
/// Whether it is about a message, so that a topic filter means something.
[[nodiscard]] bool has_topic(event_kind which) noexcept;

/// One line of webhook.events. Shape: value.
struct event_rule {
  event_kind event;
  std::string topic{};  ///< a filter; empty: every topic
  friend bool operator==(const event_rule&, const event_rule&) = default;
};
/// Reads "on_message_publish" and "on_message_publish a/#".
/// Errors: config, with `why`.
[[nodiscard]] nanolib::result<event_rule> read_event_rule(std::string_view text, std::string& why);
[[nodiscard]] std::string text_of(const event_rule& rule);

/// How a payload becomes text.
enum class payload_encoding : std::uint8_t {
  plain,   ///< as it is; what is no UTF-8 becomes U+FFFD
  base64,  ///< RFC 4648, with padding
  base62,  ///< NanoMQ's: base64 without padding, with A for + and B for /
};
/// What stands in for a user name that is not there.
enum class missing_name : std::uint8_t {
  undefined,  ///< the word, as NanoMQ sends it
  null,
  empty,
};

/// Shape: value; the defaults are those of the option table.
struct webhook_settings {
  bool enable = true;
  std::string url;                   ///< empty: there is no webhook
  std::vector<std::string> headers;  ///< "name: value"
  payload_encoding encoding = payload_encoding::plain;
  missing_name missing = missing_name::undefined;
  std::uint32_t pool_size = 32;             ///< POSTs at a time; those of one client follow each other
  nanolib::duration cancel_timeout{5'000};  ///< for a POST and its answer
  std::vector<event_rule> events;

  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string key_password;
  bool verify = true;

  std::uint32_t batch_size = 1;           ///< 1: one event is one body; more: bodies are arrays
  nanolib::duration batch_time{100};      ///< how long a batch waits to be full
  std::uint32_t max_attempts = 8;         ///< POSTs of the same events
  nanolib::duration backoff{500};         ///< after the first that failed; twice as long after each further one
  nanolib::duration max_backoff{30'000};  ///< at most
  std::uint32_t max_queue_messages = 10'000;
  std::uint64_t max_queue_bytes = 16U * 1024 * 1024;
  nanolib::duration flush_timeout{3'000};  ///< how long a stop waits

  /// Whether anything is to be sent.
  [[nodiscard]] bool is_active() const noexcept { return enable && !url.empty() && !events.empty(); }
  friend bool operator==(const webhook_settings&, const webhook_settings&) = default;
};

/// Checks a header, "name: value": one that would break the request or that is the client's own is refused.
/// Errors: config, with `why`.
[[nodiscard]] nanolib::result<void> check_header(std::string_view text, std::string& why);
/// Checks an http:// or https:// URL. Errors: config, with `why`.
[[nodiscard]] nanolib::result<void> check_url(std::string_view text, std::string& why);

}  // namespace nanomq::webhook
