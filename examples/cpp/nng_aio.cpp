// MQTT operations that end an nng_aio, for programs that are built around nng's: nng_aio URL TOPIC TEXT
//
// A function that takes an aio has three lines: begin it, start the operation, and let finish_aio() do the rest. Timeout,
// cancellation and the end of the aio act on the operation from there on.
#include <nng/nng.h>

#include <cstdio>
#include <memory>
#include <nanonng/sdk/client.hpp>
#include <nanonng/sdk/nng_aio.hpp>

namespace mqtt = nanonng::sdk;

using aio_ptr = std::unique_ptr<nng_aio, decltype(&nng_aio_free)>;

static aio_ptr make_aio(nng_duration limit) {
  nng_aio* made = nullptr;
  if (nng_aio_alloc(&made, nullptr, nullptr) == 0) nng_aio_set_timeout(made, limit);
  return {made, &nng_aio_free};
}

static void publish(mqtt::client& client, const char* topic, const char* text, nng_aio* aio) {
  if (!nng_aio_begin(aio)) return;
  mqtt::finish_aio(aio, client.publish(topic, text, {.qos = 1}));
}

/// The message becomes the aio's output.
static void receive(mqtt::client& client, nng_aio* aio) {
  if (!nng_aio_begin(aio)) return;
  mqtt::finish_aio(aio, client.receive(), [aio](const nanolib::result<mqtt::message>& got) {
    if (!got) return mqtt::nng_error_of(got.error());
    nng_msg* made = nullptr;
    if (const int rv = nng_msg_alloc(&made, 0); rv != 0) return rv;
    if (const int rv = nng_msg_append(made, got->payload().data(), got->payload().size()); rv != 0) {
      nng_msg_free(made);
      return rv;
    }
    nng_aio_set_msg(aio, made);
    return 0;
  });
}

static bool ended_well(const char* what, nng_aio* aio) {
  nng_aio_wait(aio);
  const int rv = nng_aio_result(aio);
  std::printf("%s: %s\n", what, rv == 0 ? "done" : nng_strerror(rv));
  return rv == 0;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: nng_aio URL TOPIC TEXT\n", stderr);
    return 2;
  }
  try {
    mqtt::client client(argv[1]);
    client.subscribe(argv[2], {.qos = 1}).get();
    const aio_ptr sending = make_aio(10'000);
    const aio_ptr receiving = make_aio(10'000);
    const aio_ptr in_vain = make_aio(1);

    receive(client, receiving.get());
    publish(client, argv[2], argv[3], sending.get());
    if (!ended_well("publish", sending.get()) || !ended_well("receive", receiving.get())) return 1;
    nng_msg* const msg = nng_aio_get_msg(receiving.get());
    std::printf("%.*s\n", static_cast<int>(nng_msg_len(msg)), static_cast<const char*>(nng_msg_body(msg)));
    nng_msg_free(msg);

    receive(client, in_vain.get());  // nothing more comes
    ended_well("receive", in_vain.get());
  } catch (const mqtt::mqtt_error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
