// nanonng/mqtt_client.h: a client's life, and what it can be asked.
#include <cstring>
#include <string>

#include "handles.hpp"
#include "nanonng/mqtt_client.h"
#include "nanonng/sdk/url.hpp"
#include "server_url.hpp"

namespace {

using namespace nanonng::sdk;
using namespace nanonng::sdk::c;

std::uint32_t in_seconds(std::chrono::seconds from) noexcept {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(from.count(), 0, 0xFFFF'FFFF));
}

close_options ending(std::uint8_t reason, nng_duration drain) noexcept {
  // For ever is as long as anybody will wait.
  const auto limit = drain < 0 ? std::chrono::milliseconds(INT32_MAX) : std::chrono::milliseconds(drain);
  return {.reason = static_cast<nanonng::mqtt::reason_code>(reason), .drain = limit};
}

bool may_end_with(std::uint8_t reason) noexcept { return reason == 0 || reason == NMQTT_DISCONNECT_WITH_WILL; }

}  // namespace

const char* nmqtt_reason_text(uint8_t reason) {
  return nanonng::mqtt::name_of(static_cast<nanonng::mqtt::reason_code>(reason)).data();
}

int nmqtt_client_open(nmqtt_client* client, const char* url) {
  if (client == nullptr || url == nullptr) return NNG_EINVAL;
  return guarded([&] {
    if (const int rv = check_server_url(url); rv != 0) return rv;
    *client = open_handle(url);
    return 0;
  });
}

int nmqtt_client_start(nmqtt_client client) {
  const client_entry_ptr found = find_handle(client);
  return found ? found->start() : NNG_ECLOSED;
}

int nmqtt_client_stop(nmqtt_client client) {
  const client_entry_ptr found = find_handle(client);
  if (!found) return NNG_ECLOSED;
  found->stop();
  return 0;
}

int nmqtt_client_close(nmqtt_client client) {
  const client_entry_ptr found = find_handle(client);
  if (!found || !close_handle(client)) return NNG_ECLOSED;
  found->stop();
  return 0;
}

int nmqtt_client_id(nmqtt_client client) { return find_handle(client) ? static_cast<int>(client.id) : -1; }

int nmqtt_disconnect(nmqtt_client client, uint8_t reason, nng_duration drain) {
  return wait_for(client, nullptr, nullptr, [&](nng_aio* aio) { nmqtt_disconnect_async(client, reason, drain, aio); });
}

void nmqtt_disconnect_async(nmqtt_client client, uint8_t reason, nng_duration drain, nng_aio* aio) {
  begin_operation(client, nullptr, aio, [&](client_entry& entry, const aio_operation_ptr& to) {
    if (!may_end_with(reason)) return static_cast<int>(NNG_EINVAL);
    const auto ended = entry.begin_end(ending(reason, drain));
    const bool bound = bind(to, ended, [](nng_aio*, const nanolib::result<void>&, std::string_view) { return 0; });
    // The end goes on, whoever waits for it.
    if (bound) {
      to->on_cancel([raw = to.get()]() noexcept {
        if (raw->claim()) raw->finish(NNG_ECANCELED);
      });
    }
    return 0;
  });
}

int nmqtt_client_state(nmqtt_client client) {
  const client_entry_ptr found = find_handle(client);
  if (!found) return -1;
  const nanonng::sdk::client* const running = found->running();
  if (running == nullptr) return found->why_not_running() == NNG_ESTATE ? NMQTT_STATE_NEW : NMQTT_STATE_CLOSED;
  switch (running->state()) {
    case client_state::connecting:
      return NMQTT_STATE_CONNECTING;
    case client_state::online:
      return NMQTT_STATE_ONLINE;
    case client_state::offline:
      return NMQTT_STATE_OFFLINE;
    case client_state::closed:
      break;
  }
  return NMQTT_STATE_CLOSED;
}

int nmqtt_client_get_client_id(nmqtt_client client, char** id) {
  if (id == nullptr) return NNG_EINVAL;
  const auto found = find_running(client);
  if (!found) return found.error();
  return guarded([&] {
    char* const copy = nng_strdup((*found)->running()->client_id().c_str());
    if (copy == nullptr) return static_cast<int>(NNG_ENOMEM);
    *id = copy;
    return 0;
  });
}

int nmqtt_client_get_server(nmqtt_client client, nmqtt_server* server) {
  if (server == nullptr) return NNG_EINVAL;
  const auto found = find_running(client);
  if (!found) return found.error();
  return guarded([&] {
    const server_capabilities can = (*found)->running()->server();
    *server = {.maximum_qos = static_cast<std::uint8_t>(can.maximum_qos),
               .retain = can.retain,
               .wildcard_subscriptions = can.wildcard_subscriptions,
               .shared_subscriptions = can.shared_subscriptions,
               .subscription_ids = can.subscription_identifiers,
               .receive_maximum = can.receive_maximum,
               .topic_alias_maximum = can.topic_alias_maximum,
               .keep_alive_s = static_cast<std::uint16_t>(in_seconds(can.keep_alive)),
               .maximum_packet_size = can.maximum_packet_size,
               .session_expiry_s = in_seconds(can.session_expiry)};
    return 0;
  });
}

int nmqtt_client_get_statistics(nmqtt_client client, nmqtt_statistics* statistics) {
  if (statistics == nullptr) return NNG_EINVAL;
  const auto found = find_running(client);
  if (!found) return found.error();
  const client_statistics are = (*found)->running()->statistics();
  *statistics = {.connections = are.connections,
                 .failed_attempts = are.failed_attempts,
                 .messages_sent = are.messages_sent,
                 .messages_repeated = are.messages_repeated,
                 .messages_acknowledged = are.messages_acknowledged,
                 .messages_received = are.messages_received,
                 .duplicates_suppressed = are.duplicates_suppressed,
                 .messages_dropped = are.messages_dropped,
                 .messages_refused = are.messages_refused,
                 .reading_paused = are.reading_paused,
                 .bytes_sent = are.bytes_sent,
                 .bytes_received = are.bytes_received,
                 .outgoing_messages = are.outgoing_messages,
                 .outgoing_bytes = are.outgoing_bytes,
                 .incoming_messages = are.incoming_messages,
                 .incoming_bytes = are.incoming_bytes};
  return 0;
}
