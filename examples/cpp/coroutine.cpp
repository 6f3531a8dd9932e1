// The same operations in a coroutine: coroutine URL TOPIC COUNT
//
// Publishes COUNT numbers and receives them again, one after the other, without a callback and without blocking a thread.
#include <cstdio>
#include <cstdlib>
#include <nanonng/sdk/client.hpp>
#include <nanonng/sdk/coroutine.hpp>
#include <string>

namespace mqtt = nanonng::sdk;

static mqtt::operation<long> sum_of(mqtt::client& client, std::string topic, int count) {
  co_await client.subscribe(topic, {.qos = 1});
  long sum = 0;
  for (int i = 1; i <= count; ++i) {
    co_await client.publish(topic, std::to_string(i), {.qos = 1});
    const mqtt::message message = co_await client.receive();
    sum += std::strtol(std::string(message.text()).c_str(), nullptr, 10);
  }
  co_await client.unsubscribe(topic);
  co_return sum;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: coroutine URL TOPIC COUNT\n", stderr);
    return 2;
  }
  try {
    mqtt::client client(argv[1]);
    std::printf("%ld\n", sum_of(client, argv[2], std::atoi(argv[3])).get());
  } catch (const mqtt::mqtt_error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
