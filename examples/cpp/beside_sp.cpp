// MQTT beside SP sockets in one process: beside_sp MQTT-URL SP-URL TOPIC
//
// Devices push their readings over SP, the gateway publishes them, and what the broker sends comes to a callback. The client
// needs nothing of nng's and does not mind it. Here the device is a socket in the same process.
#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>

#include <cstdio>
#include <memory>
#include <nanonng/sdk/client.hpp>
#include <semaphore>
#include <string>

namespace mqtt = nanonng::sdk;

/// An SP socket that is closed at the end.
class socket_owner {
 public:
  explicit socket_owner(int (*open)(nng_socket*)) : error_(open(&socket_)) {}
  ~socket_owner() {
    if (error_ == 0) nng_close(socket_);
  }
  socket_owner(const socket_owner&) = delete;
  socket_owner& operator=(const socket_owner&) = delete;
  [[nodiscard]] int error() const { return error_; }
  operator nng_socket() const { return socket_; }

 private:
  nng_socket socket_{};
  int error_;
};

/// Publishes the next reading and waits until the broker has it.
static int pass_on(nng_socket readings, mqtt::client& client, const char* topic) {
  nng_msg* raw = nullptr;
  if (const int rv = nng_recvmsg(readings, &raw, 0); rv != 0) return rv;
  const std::unique_ptr<nng_msg, decltype(&nng_msg_free)> msg(raw, &nng_msg_free);
  const nanolib::bytes payload(static_cast<const std::byte*>(nng_msg_body(raw)), nng_msg_len(raw));
  client.publish(topic, payload, {.qos = 1}).get();
  return 0;
}

static int run(const char* url, const char* sp_url, const char* topic) {
  const socket_owner readings(nng_pull0_open);
  const socket_owner device(nng_push0_open);
  int rv = readings.error() != 0 ? readings.error() : device.error();
  if (rv == 0) rv = nng_listen(readings, sp_url, nullptr, 0);
  if (rv == 0) rv = nng_dial(device, sp_url, nullptr, 0);
  if (rv != 0) return rv;

  std::counting_semaphore<> seen{0};
  mqtt::client client(url);
  const auto show = [&](const mqtt::message& m) {
    std::printf("%s %s\n", std::string(m.topic()).c_str(), std::string(m.text()).c_str());
    seen.release();
  };
  client.subscribe(topic, show, {.qos = 1}).get();
  for (std::string reading : {"21.5 C", "21.7 C"}) {
    if (rv = nng_send(device, reading.data(), reading.size(), 0); rv != 0) return rv;
    if (rv = pass_on(readings, client, topic); rv != 0) return rv;
    seen.acquire();
  }
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: beside_sp MQTT-URL SP-URL TOPIC\n", stderr);
    return 2;
  }
  try {
    const int rv = run(argv[1], argv[2], argv[3]);
    if (rv != 0) std::fprintf(stderr, "%s\n", nng_strerror(rv));
    return rv == 0 ? 0 : 1;
  } catch (const mqtt::mqtt_error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
