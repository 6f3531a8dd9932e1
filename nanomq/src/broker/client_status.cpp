#include "broker/client_status.hpp"

#include <cstdio>
#include <string>

#include "broker/shard.hpp"
#include "nanolib/base/json_writer.hpp"

namespace nanomq::broker {

namespace {

// NanoMQ's fields in NanoMQ's forms: codes are hexadecimal text, clean_start is a number. `status`, `IPv6` and `address` are
// ours.
std::string describe(shard& at, const client_status& what) {
  const hook_client& who = what.client;
  char code[8];
  std::snprintf(code, sizeof code, "%x", static_cast<unsigned>(what.reason));
  std::string out;
  nanolib::json_writer json(out);
  json.begin_object();
  json.text("status", what.online ? "online" : "offline");
  json.text("username", who.user_name);
  json.number("ts", at.shared().clock.wall_now().time_since_epoch().count());
  json.text("proto_name", who.protocol_version == 3 ? "MQIsdp" : "MQTT");
  json.number("keepalive", who.keep_alive_s);
  json.text(what.online ? "return_code" : "reason_code", code);
  json.number("proto_ver", who.protocol_version);
  json.text("client_id", who.client_id);
  json.number("clean_start", who.clean_start ? 1 : 0);
  if (who.address.starts_with('[')) {
    json.text("IPv6", who.address.substr(1, who.address.size() - 2));
  } else if (who.address.find('.') != std::string_view::npos) {
    json.text("IPv4", who.address);
  }
  json.text("address", who.address);
  json.end_object();
  return out;
}

}  // namespace

void publish_client_status(shard& at, const client_status& what) noexcept {
  if (!at.shared().options.client_status_events) return;
  try {
    std::string topic = "$SYS/brokers/client_status/";
    if (topic.size() + what.client.client_id.size() > 65'535) return;
    // A client id may contain what a topic name may not.
    for (const char c : what.client.client_id) topic += c == '+' || c == '#' ? '_' : c;
    if (nanolib::check_topic_name(topic) != nanolib::topic_fault::none) return;
    if (!at.is_wanted(topic)) return;
    const std::string json = describe(at, what);
    nanolib::publication event;
    event.topic = topic;
    event.topic_hash = nanolib::hash_text(topic);
    event.payload = nanolib::as_bytes(json);
    event.qos = nanolib::quality_of_service::at_least_once;
    at.publish(event);
  } catch (...) {
    at.counts().dropped_no_memory.add();
  }
}

}  // namespace nanomq::broker
