#include <atomic>
#include <string>

#include "flow.hpp"
#include "nanonng/sdk/client.hpp"

namespace nanomq::bench {

namespace sdk = nanonng::sdk;

measured run_mqtt(const load& what, std::uint16_t port) {
  using clock = std::chrono::steady_clock;
  const auto url = "mqtt://127.0.0.1:" + std::to_string(port);
  std::atomic<std::size_t> arrived{0};
  std::atomic<clock::rep> last{0};
  sdk::client_options options;
  options.callbacks = sdk::callback_mode::io_thread;
  sdk::client subscriber(url, options);
  subscriber
      .subscribe("flow/mqtt",
                 [&](const sdk::message&) {
                   last = clock::now().time_since_epoch().count();
                   ++arrived;
                 },
                 {.qos = 0})
      .get();
  sdk::client publisher(url);
  const std::string payload(what.size, 'x');
  const auto begun = clock::now();
  for (std::size_t number = 0; number < what.messages; ++number) (void)publisher.publish("flow/mqtt", payload);
  (void)publisher.close({.drain = std::chrono::seconds(60)}).wait();
  std::size_t before = 0;
  auto changed = clock::now();
  while (arrived < what.messages && clock::now() - changed < patience) {
    if (before != arrived) changed = clock::now();
    before = arrived;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const clock::time_point end{clock::duration(last)};
  return {arrived, std::chrono::duration<double>(end - begun).count()};
}

}  // namespace nanomq::bench
