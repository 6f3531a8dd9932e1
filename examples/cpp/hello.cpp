// Subscribes, publishes, and prints what comes back: hello [URL]
#include <cstdio>
#include <nanonng/sdk/client.hpp>

int main(int argc, char** argv) {
  nanonng::sdk::client c(argc > 1 ? argv[1] : "mqtt://localhost");
  c.subscribe("greetings/#").get();
  c.publish("greetings/world", "hello", {.qos = 1}).get();
  std::puts(std::string(c.receive().get().text()).c_str());
}
