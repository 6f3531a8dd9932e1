// A service and somebody who asks it, each a client of its own: request URL TOPIC TEXT
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <nanonng/sdk/client.hpp>
#include <string>

namespace mqtt = nanonng::sdk;

/// What a service does: it answers a request, and the client sees to topics and correlation.
static mqtt::response in_capitals(const mqtt::message& request) {
  std::string text(request.text());
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: request URL TOPIC TEXT\n", stderr);
    return 2;
  }
  try {
    mqtt::client service(argv[1]);
    service.respond(argv[2], in_capitals).get();

    mqtt::client client(argv[1]);
    const mqtt::message answer = client.request(argv[2], argv[3], {.timeout = std::chrono::seconds(10)}).get();
    std::printf("%s\n", std::string(answer.text()).c_str());
  } catch (const mqtt::mqtt_error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
