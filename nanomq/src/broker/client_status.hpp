// $SYS/brokers/client_status/<client id>: who comes and goes, as NanoMQ's users know it.
#pragma once

#include <string_view>

#include "nanonng/mqtt/types.hpp"

namespace nanomq::broker {

class session;
class shard;

struct client_status {
  const session& of;
  bool online;
  nanonng::mqtt::reason_code reason;
  nanonng::mqtt::protocol_version version;
  std::uint16_t keep_alive_s;
  bool clean_start;
  std::string_view address;
};

/// Publishes one event, whole JSON whatever the names contain, when anybody listens. Not retained.
void publish_client_status(shard& at, const client_status& what) noexcept;

}  // namespace nanomq::broker
