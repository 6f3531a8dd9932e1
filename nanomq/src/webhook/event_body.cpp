#include "webhook/event_body.hpp"

#include <algorithm>

#include "access/base64.hpp"
#include "nanolib/base/bytes.hpp"
#include "nanolib/base/json_writer.hpp"

namespace nanomq::webhook {
namespace {

using nanolib::json_writer;

/// An object that is being written.
class body {
 public:
  body(event_kind which, const body_style& style) : style_(style) {
    json_.begin_object();
    json_.text("action", action_of(which));
  }
  json_writer& json() noexcept { return json_; }
  /// So much of others' text is to come.
  void expect(std::size_t size) {
    constexpr std::size_t of_our_own = 256;
    out_.reserve(out_.size() + of_our_own + size);
  }
  void user(std::string_view key, std::string_view name) {
    if (!name.empty() || style_.missing == missing_name::empty) return json_.text(key, name);
    json_.key(key);
    if (style_.missing == missing_name::null) return json_.null();
    json_.text("undefined");
  }
  void client(const broker::hook_client& of) {
    json_.text("clientid", of.client_id);
    user("username", of.user_name);
  }
  // As NanoMQ: an empty payload is null where it is encoded.
  void payload(nanolib::bytes bytes) {
    json_.key("payload");
    if (style_.encoding == payload_encoding::plain) return json_.text(nanolib::as_text(bytes));
    if (bytes.empty()) return json_.null();
    std::string text = access::encode_base64(bytes, style_.encoding == payload_encoding::base64);
    if (style_.encoding == payload_encoding::base62) {
      std::ranges::replace(text, '+', 'A');
      std::ranges::replace(text, '/', 'B');
    }
    json_.text(text);
  }
  [[nodiscard]] std::string take() {
    json_.end_object();
    return std::move(out_);
  }

 private:
  const body_style& style_;
  std::string out_;
  json_writer json_{out_};
};

}  // namespace

std::string client_body(event_kind which, const broker::hook_client& of, const body_style& style,
                        nanolib::wall_time now) {
  body made(which, style);
  made.client(of);
  if (which == event_kind::session_created) return made.take();
  made.json().text("ipaddress", of.address);
  made.json().number("keepalive", of.keep_alive_s);
  made.json().number("proto_ver", of.protocol_version);
  made.json().truth("clean_start", of.clean_start);
  if (which == event_kind::client_connected) made.json().number("connected_at", now.time_since_epoch().count());
  return made.take();
}

std::string connack_body(const broker::hook_client& of, bool is_success, const body_style& style) {
  body made(event_kind::client_connack, style);
  made.json().number("proto_ver", of.protocol_version);
  made.json().number("keepalive", of.keep_alive_s);
  made.json().text("conn_ack", is_success ? "success" : "fail");
  made.client(of);
  return made.take();
}

std::string ended_body(event_kind which, const broker::hook_client& of, std::string_view reason,
                       const body_style& style) {
  body made(which, style);
  made.json().text("reason", reason);
  made.client(of);
  return made.take();
}

std::string filter_body(event_kind which, const broker::hook_client& of, std::string_view filter,
                        const nanolib::quality_of_service* qos, const body_style& style) {
  body made(which, style);
  made.client(of);
  made.json().text("topic", filter);
  if (qos == nullptr) return made.take();
  made.json().key("opts");
  made.json().begin_object();
  made.json().number("qos", static_cast<int>(*qos));
  made.json().end_object();
  return made.take();
}

std::string message_body(event_kind which, const broker::hook_client& of, const message_view& message,
                         const body_style& style, nanolib::wall_time now) {
  body made(which, style);
  made.expect(message.what.topic.size() + message.what.payload.size());
  made.json().number("ts", now.time_since_epoch().count());
  made.json().text("topic", message.what.topic);
  made.json().truth("retain", message.retain);
  made.json().number("qos", static_cast<int>(message.qos));
  if (which == event_kind::message_publish) {
    made.user("from_username", of.user_name);
    made.json().text("from_client_id", of.client_id);
  } else {
    made.client(of);
  }
  if (!message.reason.empty()) made.json().text("reason", message.reason);
  made.payload(message.what.payload);
  return made.take();
}

}  // namespace nanomq::webhook
