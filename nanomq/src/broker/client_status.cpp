#include "broker/client_status.hpp"

#include <cstdio>
#include <string>

#include "broker/session.hpp"
#include "broker/shard.hpp"
#include "nanolib/base/json_writer.hpp"

namespace nanomq::broker {

namespace {

std::string describe(shard& at, const client_status& what) {
  std::string out;
  nanolib::json_writer json(out);
  json.begin_object();
  json.text("status", what.online ? "online" : "offline");
  json.text("client_id", what.of.client_id);
  json.text("username", what.of.user_name());
  json.number("ts", at.shared().clock.wall_now().time_since_epoch().count());
  json.number("proto_ver", static_cast<int>(what.version));
  if (what.online) {
    json.text("proto_name", what.version == nanonng::mqtt::protocol_version::v3_1 ? "MQIsdp" : "MQTT");
    json.number("keepalive", what.keep_alive_s);
    json.number("return_code", 0);
    json.truth("clean_start", what.clean_start);
  } else {
    char code[8];
    std::snprintf(code, sizeof code, "%02x", static_cast<unsigned>(what.reason));
    json.text("reason_code", code);
  }
  const bool ipv4 = what.address.find(':') == std::string_view::npos;
  if (ipv4) json.text("IPv4", what.address);
  json.text("address", what.address);
  json.end_object();
  return out;
}

}  // namespace

void publish_client_status(shard& at, const client_status& what) noexcept {
  if (!at.shared().options.client_status_events) return;
  try {
    std::string topic = "$SYS/brokers/client_status/";
    if (topic.size() + what.of.client_id.size() > 65'535) return;
    // A client id may contain what a topic name may not.
    for (const char c : what.of.client_id) topic += c == '+' || c == '#' ? '_' : c;
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
