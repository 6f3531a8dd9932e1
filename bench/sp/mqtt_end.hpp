// The two ends of a stream that speak MQTT, with QoS 0.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "flow.hpp"
#include "nanonng/sdk/client.hpp"

namespace nanomq::bench {

/// A subscriber that counts.
class mqtt_receiver {
 public:
  using clock = std::chrono::steady_clock;

  /// Returns when it is subscribed.
  mqtt_receiver(std::uint16_t port, const std::string& topic);
  mqtt_receiver(const mqtt_receiver&) = delete;
  mqtt_receiver& operator=(const mqtt_receiver&) = delete;

  /// Returns when `wanted` have come, or none for a while.
  [[nodiscard]] measured finish(std::size_t wanted, clock::time_point begun);

 private:
  std::atomic<std::size_t> arrived_{0};
  std::atomic<clock::rep> last_{0};
  nanonng::sdk::client client_;
};

/// Publishes them all and returns when they are written.
void send_by_mqtt(const load& what, std::uint16_t port, const std::string& topic);

}  // namespace nanomq::bench
