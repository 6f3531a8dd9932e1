// Events as JSON: NanoMQ's fields, and for what NanoMQ names and never sends fields in the same manner. JSON whatever the
// names and payloads contain.
#pragma once

#include <string>

#include "nanolib/base/time.hpp"
#include "nanomq/broker/hooks.hpp"
#include "nanomq/webhook/webhook_settings.hpp"

namespace nanomq::webhook {

/// How the fields that can be told in several ways are told. Immutable.
struct body_style {
  payload_encoding encoding = payload_encoding::plain;
  missing_name missing = missing_name::undefined;
};

// Each writes one object. Errors: throws std::bad_alloc.

/// client_connect, client_connected, session_created: who it is.
[[nodiscard]] std::string client_body(event_kind which, const broker::hook_client& of, const body_style& style,
                                      nanolib::wall_time now);
[[nodiscard]] std::string connack_body(const broker::hook_client& of, bool is_success, const body_style& style);
/// client_disconnected, session_terminated: and why.
[[nodiscard]] std::string ended_body(event_kind which, const broker::hook_client& of, std::string_view reason,
                                     const body_style& style);
/// client_subscribe and its kin. `qos`: null for those that have none.
[[nodiscard]] std::string filter_body(event_kind which, const broker::hook_client& of, std::string_view filter,
                                      const nanolib::quality_of_service* qos, const body_style& style);

/// What is told of a message.
struct message_view {
  const nanolib::publication& what;
  nanolib::quality_of_service qos;
  bool retain;
  std::string_view reason{};  ///< why it was dropped
};
/// message_publish, with its publisher; message_delivered, message_acked, message_dropped, with its receiver.
[[nodiscard]] std::string message_body(event_kind which, const broker::hook_client& of, const message_view& message,
                                       const body_style& style, nanolib::wall_time now);

}  // namespace nanomq::webhook
