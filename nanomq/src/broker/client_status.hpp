// $SYS/brokers/client_status/<client id>: who comes and goes, as NanoMQ's users know it.
#pragma once

#include "nanomq/broker/hooks.hpp"
#include "nanonng/mqtt/types.hpp"

namespace nanomq::broker {

class shard;

struct client_status {
  const hook_client& client;
  bool online;
  nanonng::mqtt::reason_code reason;
};

/// Publishes one event, whole JSON whatever the names contain, when anybody listens. Not retained.
void publish_client_status(shard& at, const client_status& what) noexcept;

}  // namespace nanomq::broker
