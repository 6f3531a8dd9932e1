// Publishes one message and says what became of it: publish URL TOPIC TEXT
#include <cstdio>
#include <nanonng/sdk/client.hpp>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: publish URL TOPIC TEXT\n", stderr);
    return 2;
  }
  try {
    nanonng::sdk::client client(argv[1]);
    client.publish(argv[2], argv[3], {.qos = 1, .timeout = std::chrono::seconds(10)}).get();
    std::puts("published");
  } catch (const nanonng::sdk::mqtt_error& error) {
    std::fprintf(stderr, "not published: %s\n", error.what());
    return 1;
  }
}
