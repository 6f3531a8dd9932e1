// Prints the messages of a filter: subscribe URL FILTER [COUNT]
#include <cstdio>
#include <cstdlib>
#include <nanonng/sdk/client.hpp>
#include <string>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: subscribe URL FILTER [COUNT]\n", stderr);
    return 2;
  }
  long left = argc > 3 ? std::strtol(argv[3], nullptr, 10) : -1;
  try {
    nanonng::sdk::client client(argv[1]);
    client.subscribe(argv[2], {.qos = 1}).get();
    std::puts("subscribed");
    std::fflush(stdout);
    for (const nanonng::sdk::message& message : client.messages()) {
      std::printf("%s %s\n", std::string(message.topic()).c_str(), std::string(message.text()).c_str());
      std::fflush(stdout);
      if (--left == 0) break;
    }
  } catch (const nanonng::sdk::mqtt_error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
