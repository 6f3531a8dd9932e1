// Publishes over TLS and says why when that cannot be: secure URL CA TOPIC TEXT [CERTIFICATE KEY]
// The URL begins with mqtts:// or wss://; CA is the file with the authority that has signed the server's certificate
// (ca.pem of nanomq cert); certificate and key are for servers that ask for them.
#include <cstdio>
#include <nanonng/sdk/client.hpp>

namespace mqtt = nanonng::sdk;

int main(int argc, char** argv) {
  if (argc != 5 && argc != 7) {
    std::fputs("usage: secure URL CA TOPIC TEXT [CERTIFICATE KEY]\n", stderr);
    return 2;
  }
  mqtt::client_options options;
  options.tls.ca_file = argv[2];
  if (argc == 7) {
    options.tls.certificate_file = argv[5];
    options.tls.key_file = argv[6];
  }
  options.reconnect.after_refusal = false;  // a certificate that is refused now is refused later
  try {
    mqtt::client c(argv[1], options);
    c.publish(argv[3], argv[4], {.qos = 1}).get();
    std::puts("published");
    return 0;
  } catch (const mqtt::mqtt_error& failure) {
    std::fprintf(stderr, "not published: %s\n", failure.what());
    return 1;
  }
}
