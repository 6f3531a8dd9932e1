#include <atomic>
#include <stdexcept>

#include "contender.hpp"
#include "nanonng/sdk/client.hpp"

namespace nanomq::bench::sdk {
namespace {

namespace mqtt = nanonng::sdk;

void run_with(const job& what, mqtt::callback_mode callbacks) {
  mqtt::client c("mqtt://127.0.0.1:" + std::to_string(what.port), {.version = nanonng::mqtt::protocol_version::v3_1_1,
                                                                   .maximum_inflight = 65'535,
                                                                   .outgoing = {.max_messages = what.window},
                                                                   .callbacks = callbacks});
  if (what.kind == job_kind::receive_qos_0) {
    std::atomic<std::size_t> seen{0};
    c.subscribe(what.topic, [&](const mqtt::message&) {
       if (seen.fetch_add(1, std::memory_order_relaxed) + 1 == what.messages) seen.notify_one();
     }).get();
    for (std::size_t now = seen; now < what.messages; now = seen) seen.wait(now);
  } else {
    const mqtt::publish_options how{.qos = what.kind == job_kind::publish_qos_1 ? 1 : 0};
    for (std::size_t i = 0; i < what.messages; ++i) static_cast<void>(c.publish(what.topic, what.payload, how));
  }
  c.close({.drain = std::chrono::minutes(2)}).get();
}

const registration inline_calls("nanonng, callbacks on the I/O thread",
                                [](const job& what) { run_with(what, mqtt::callback_mode::io_thread); });
const registration own_thread("nanonng", [](const job& what) { run_with(what, mqtt::callback_mode::own_thread); });

}  // namespace
}  // namespace nanomq::bench::sdk
