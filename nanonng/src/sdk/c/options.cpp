// nanonng/mqtt_options.h.
#include "nanonng/mqtt_options.h"

#include <chrono>
#include <cstdint>
#include <string>

#include "change.hpp"
#include "nanonng/mqtt_client.h"
#include "nanonng/sdk/url.hpp"
#include "server_url.hpp"

namespace nanonng::sdk::c {

int check_server_url(const char* url) {
  std::string why;
  return parse_server_url(url, why) ? 0 : NNG_EADDRINVAL;
}

}  // namespace nanonng::sdk::c

namespace {

using namespace nanonng::sdk;
using namespace nanonng::sdk::c;

std::chrono::milliseconds milliseconds(nng_duration from) noexcept { return std::chrono::milliseconds(from); }

int set_will(client_options& options, nng_msg* msg, std::uint32_t delay_seconds) {
  if (msg == nullptr) {
    options.will.reset();
    return 0;
  }
  outgoing_message what;
  if (const int rv = read_message(msg, what); rv != 0) return rv;
  options.will.emplace(will_message{.topic = std::string(what.topic),
                                    .payload = std::string(nanolib::as_text(what.payload)),
                                    .qos = what.qos,
                                    .retain = what.retain,
                                    .delay = std::chrono::seconds(delay_seconds),
                                    .properties = std::move(what.properties)});
  return 0;
}

overflow_policy policy_of(enum nmqtt_policy from) noexcept {
  switch (from) {
    case NMQTT_POLICY_FAIL:
      return overflow_policy::fail;
    case NMQTT_POLICY_DROP_OLDEST:
      return overflow_policy::drop_oldest;
    case NMQTT_POLICY_BLOCK:
      break;
  }
  return overflow_policy::block;
}

}  // namespace

int nmqtt_client_add_server(nmqtt_client client, const char* url) {
  return change_entry(client, [url](client_options& options, client_entry&) -> int {
    if (url == nullptr) return NNG_EINVAL;
    if (const int rv = check_server_url(url); rv != 0) return rv;
    options.servers.emplace_back(url);
    return 0;
  });
}

int nmqtt_client_set_client_id(nmqtt_client client, const char* id) {
  return change(client, is_text(id), [id](client_options& options) { options.client_id = id; });
}

int nmqtt_client_set_user_name(nmqtt_client client, const char* name) {
  return change(client, name == nullptr || is_text(name), [name](client_options& options) {
    options.user_name = name == nullptr ? std::nullopt : std::optional(std::string(name));
  });
}

int nmqtt_client_set_password(nmqtt_client client, const void* data, size_t size) {
  return change(client, size <= 65'535 && (data != nullptr || size == 0), [data, size](client_options& options) {
    options.password = data == nullptr ? std::nullopt : std::optional(std::string(data_of(data, size)));
  });
}

int nmqtt_client_set_version(nmqtt_client client, int level) {
  return change(client, level >= 3 && level <= 5, [level](client_options& options) {
    options.version = static_cast<nanonng::mqtt::protocol_version>(level);
  });
}

int nmqtt_client_set_keep_alive(nmqtt_client client, uint16_t seconds) {
  return change(client, true,
                [seconds](client_options& options) { options.keep_alive = std::chrono::seconds(seconds); });
}

int nmqtt_client_set_clean_start(nmqtt_client client, bool clean) {
  return change(client, true, [clean](client_options& options) { options.clean_start = clean; });
}

int nmqtt_client_set_session_expiry(nmqtt_client client, uint32_t seconds) {
  return change(client, true,
                [seconds](client_options& options) { options.session_expiry = std::chrono::seconds(seconds); });
}

int nmqtt_client_set_will(nmqtt_client client, nng_msg* msg, uint32_t delay_seconds) {
  return change_entry(client, [msg, delay_seconds](client_options& options, client_entry&) {
    return set_will(options, msg, delay_seconds);
  });
}

int nmqtt_client_set_receive_maximum(nmqtt_client client, uint16_t count) {
  return change(client, count > 0, [count](client_options& options) { options.receive_maximum = count; });
}

int nmqtt_client_set_maximum_packet_size(nmqtt_client client, uint32_t bytes) {
  return change(client, bytes >= 16, [bytes](client_options& options) { options.maximum_packet_size = bytes; });
}

int nmqtt_client_set_topic_alias_maximum(nmqtt_client client, uint16_t count) {
  return change(client, true, [count](client_options& options) { options.topic_alias_maximum = count; });
}

int nmqtt_client_set_use_topic_aliases(nmqtt_client client, bool use) {
  return change(client, true, [use](client_options& options) { options.use_topic_aliases = use; });
}

int nmqtt_client_add_user_property(nmqtt_client client, const char* name, const char* value) {
  return change(client, is_text(name) && is_text(value),
                [name, value](client_options& options) { options.user_properties.push_back({name, value}); });
}

int nmqtt_client_set_response_prefix(nmqtt_client client, const char* prefix) {
  const bool is_topic = nanolib::check_topic_name(text_of(prefix)) == nanolib::topic_fault::none;
  return change(client, is_topic, [prefix](client_options& options) { options.response_prefix = prefix; });
}

int nmqtt_client_set_send_bounds(nmqtt_client client, size_t messages, size_t bytes, enum nmqtt_policy policy) {
  const bool known = policy >= NMQTT_POLICY_BLOCK && policy <= NMQTT_POLICY_DROP_OLDEST;
  return change_entry(client, [=](client_options& options, client_entry& entry) -> int {
    if (messages == 0 || bytes == 0 || !known) return NNG_EINVAL;
    options.outgoing.max_messages = messages;
    options.outgoing.max_bytes = bytes;
    entry.set_policy(policy_of(policy));
    return 0;
  });
}

int nmqtt_client_set_recv_bounds(nmqtt_client client, size_t messages, size_t bytes) {
  return change(client, messages > 0 && bytes > 0,
                [messages, bytes](client_options& options) { options.incoming = {messages, bytes}; });
}

int nmqtt_client_set_manual_ack(nmqtt_client client, bool manual) {
  return change_entry(client, [manual](client_options& options, client_entry& entry) {
    options.manual_acknowledgement = manual;
    entry.book().manual_ack = manual;
    return 0;
  });
}

int nmqtt_client_set_reconnect(nmqtt_client client, nng_duration minimum, nng_duration maximum, nng_duration calm) {
  const bool sensible = minimum > 0 && maximum >= minimum && calm >= 0;
  return change(client, sensible, [=](client_options& options) {
    options.reconnect.minimum = milliseconds(minimum);
    options.reconnect.maximum = milliseconds(maximum);
    options.reconnect.calm = milliseconds(calm);
  });
}

int nmqtt_client_set_reconnect_attempts(nmqtt_client client, uint32_t attempts) {
  return change(client, true, [attempts](client_options& options) { options.reconnect.attempts = attempts; });
}

int nmqtt_client_set_attempts_per_message(nmqtt_client client, uint32_t attempts) {
  return change(client, true,
                [attempts](client_options& options) { options.reconnect.attempts_per_message = attempts; });
}

int nmqtt_client_set_confirm_qos_0(nmqtt_client client, bool confirm) {
  return change(client, true, [confirm](client_options& options) { options.confirm_qos_0 = confirm; });
}

int nmqtt_client_set_reconnect_after_refusal(nmqtt_client client, bool go_on) {
  return change(client, true, [go_on](client_options& options) { options.reconnect.after_refusal = go_on; });
}

int nmqtt_client_set_connect_timeout(nmqtt_client client, nng_duration limit) {
  return change(client, limit > 0, [limit](client_options& options) { options.connect_timeout = milliseconds(limit); });
}

int nmqtt_client_set_timeout(nmqtt_client client, nng_duration limit) {
  return change_entry(client, [limit](client_options&, client_entry& entry) -> int {
    if (limit < NNG_DURATION_DEFAULT) return NNG_EINVAL;
    entry.set_timeout(limit);
    return 0;
  });
}

int nmqtt_set_connect_cb(nmqtt_client client, nmqtt_event_cb cb, void* arg) {
  return change_entry(client, [=](client_options&, client_entry& entry) {
    entry.book().on_connect = cb;
    entry.book().on_connect_arg = arg;
    return 0;
  });
}

int nmqtt_set_disconnect_cb(nmqtt_client client, nmqtt_event_cb cb, void* arg) {
  return change_entry(client, [=](client_options&, client_entry& entry) {
    entry.book().on_disconnect = cb;
    entry.book().on_disconnect_arg = arg;
    return 0;
  });
}
