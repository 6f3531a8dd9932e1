// Shows who it is by SCRAM-SHA-256, which sends no password, and does so once more: login URL USER PASSWORD TOPIC TEXT
// The broker knows the user's keys from `nanomq passwd --scram`; the URL has neither user nor password.
#include <cstdio>
#include <nanonng/sdk/client.hpp>
#include <nanonng/sdk/scram.hpp>

namespace mqtt = nanonng::sdk;

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fputs("usage: login URL USER PASSWORD TOPIC TEXT\n", stderr);
    return 2;
  }
  std::string why;
  const auto scram = mqtt::make_scram_sha_256(argv[2], argv[3], &why);
  if (!scram) {
    std::fprintf(stderr, "user and password: %s\n", why.c_str());
    return 1;
  }
  mqtt::client_options options;
  options.authenticator = *scram;
  options.reconnect.after_refusal = false;  // what is wrong now is wrong later
  try {
    mqtt::client c(argv[1], options);
    c.publish(argv[4], argv[5], {.qos = 1}).get();
    // Long-lived connections do this now and then, so that somebody who was removed does not stay.
    c.reauthenticate().get();
    std::puts("published");
    return 0;
  } catch (const mqtt::mqtt_error& failure) {
    std::fprintf(stderr, "not published: %s\n", failure.what());
    return 1;
  }
}
