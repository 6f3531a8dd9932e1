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

mqtt_receiver::mqtt_receiver(progress& seen, std::uint16_t port, const std::string& topic)
    : client_(url_of(port), on_its_thread()) {
  client_.subscribe(topic, [&seen](const sdk::message&) { seen.note(); }, {.qos = 0}).get();
}

void send_by_mqtt(const load& what, progress& seen, std::uint16_t port, const std::string& topic) {
  sdk::client publisher(url_of(port));
  const std::string payload(what.size, 'x');
  for (std::size_t number = 0; number < what.messages; ++number) {
    if (what.window != 0) seen.wait_for_window(number, what.window);
    (void)publisher.publish(topic, payload);
  }
  (void)publisher.close({.drain = std::chrono::seconds(60)}).wait();
}

measured run_mqtt(const load& what, std::uint16_t port) {
  progress seen;
  const mqtt_receiver at_end(seen, port, "flow/mqtt");
  const auto begun = progress::clock::now();
  send_by_mqtt(what, seen, port, "flow/mqtt");
  return seen.finish(what.messages, begun);
}

}  // namespace nanomq::bench
