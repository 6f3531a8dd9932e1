// Says that it is there, has the server say when it is not, and tells what happens to the connection: will URL NAME
//
// status/NAME is "online" while it runs, "offline" when it was ended by a message to control/NAME, and "lost" when it
// vanished: the will. Connections are made again and the subscription with them; nothing here has to do it.
#include <cstdio>
#include <nanonng/sdk/client.hpp>
#include <semaphore>
#include <string>

namespace mqtt = nanonng::sdk;

static void tell(const mqtt::state_change& change) {
  std::printf("%s %s%s\n", std::string(mqtt::name_of(change.state)).c_str(), change.server.c_str(),
              change.detail.empty() ? "" : (": " + change.detail).c_str());
  std::fflush(stdout);
}

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: will URL NAME\n", stderr);
    return 2;
  }
  const std::string status = std::string("status/") + argv[2];
  try {
    std::binary_semaphore quit{0};
    mqtt::client_options options;
    options.will = mqtt::will_message{.topic = status, .payload = "lost", .qos = 1, .retain = true};
    options.reconnect.minimum = std::chrono::milliseconds(20);
    options.on_state = tell;

    mqtt::client client(argv[1], options);
    client.publish(status, "online", {.qos = 1, .retain = true}).get();
    client.subscribe(std::string("control/") + argv[2], [&](const mqtt::message&) { quit.release(); }, {.qos = 1})
        .get();
    std::puts("ready");
    std::fflush(stdout);
    quit.acquire();
    client.publish(status, "offline", {.qos = 1, .retain = true}).get();
  } catch (const mqtt::mqtt_error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
