#include <thread>

#include "mqtt_end.hpp"

namespace nanomq::bench {

namespace sdk = nanonng::sdk;

namespace {

std::string url_of(std::uint16_t port) { return "mqtt://127.0.0.1:" + std::to_string(port); }

sdk::client_options on_its_thread() {
  sdk::client_options options;
  options.callbacks = sdk::callback_mode::io_thread;
  return options;
}

}  // namespace

mqtt_receiver::mqtt_receiver(std::uint16_t port, const std::string& topic) : client_(url_of(port), on_its_thread()) {
  client_
      .subscribe(topic,
                 [this](const sdk::message&) {
                   last_ = clock::now().time_since_epoch().count();
                   ++arrived_;
                 },
                 {.qos = 0})
      .get();
}

measured mqtt_receiver::finish(std::size_t wanted, clock::time_point begun) {
  std::size_t before = 0;
  auto changed = clock::now();
  while (arrived_ < wanted && clock::now() - changed < patience) {
    if (before != arrived_) changed = clock::now();
    before = arrived_;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const clock::time_point end{clock::duration(last_)};
  return {arrived_, std::chrono::duration<double>(end - begun).count()};
}

void send_by_mqtt(const load& what, std::uint16_t port, const std::string& topic) {
  sdk::client publisher(url_of(port));
  const std::string payload(what.size, 'x');
  for (std::size_t number = 0; number < what.messages; ++number) (void)publisher.publish(topic, payload);
  (void)publisher.close({.drain = std::chrono::seconds(60)}).wait();
}

measured run_mqtt(const load& what, std::uint16_t port) {
  mqtt_receiver at_end(port, "flow/mqtt");
  const auto begun = mqtt_receiver::clock::now();
  send_by_mqtt(what, port, "flow/mqtt");
  return at_end.finish(what.messages, begun);
}

}  // namespace nanomq::bench
