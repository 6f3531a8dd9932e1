// The two ends of a stream that speak MQTT, with QoS 0.
#pragma once

#include <string>

#include "flow.hpp"
#include "nanonng/sdk/client.hpp"

namespace nanomq::bench {

/// A subscriber that counts into `seen`.
class mqtt_receiver {
 public:
  /// Returns when it is subscribed.
  mqtt_receiver(progress& seen, std::uint16_t port, const std::string& topic);

 private:
  nanonng::sdk::client client_;
};

/// Publishes them all and returns when they are written.
void send_by_mqtt(const load& what, progress& seen, std::uint16_t port, const std::string& topic);

}  // namespace nanomq::bench
