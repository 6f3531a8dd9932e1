#include <mosquitto.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "contender.hpp"

namespace nanomq::bench::sdk {
namespace {

/// What the library's thread tells the caller's.
struct progress {
  void add() {
    const std::lock_guard held(mutex);
    ++done;
    // Not for each: the caller sleeps until half of the window is free.
    if (done >= wanted) changed.notify_one();
  }
  void wait_for(std::size_t count) {
    std::unique_lock held(mutex);
    wanted = count;
    changed.wait(held, [&] { return done >= wanted; });
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t done = 0;
  std::size_t wanted = SIZE_MAX;
};

void require(int code) {
  if (code != MOSQ_ERR_SUCCESS) throw std::runtime_error(mosquitto_strerror(code));
}

void run(const job& what) {
  mosquitto_lib_init();
  progress so_far;
  const std::unique_ptr<mosquitto, void (*)(mosquitto*)> client(mosquitto_new(nullptr, true, &so_far),
                                                                &mosquitto_destroy);
  mosquitto_publish_callback_set(client.get(), [](mosquitto*, void* to, int) { static_cast<progress*>(to)->add(); });
  mosquitto_message_callback_set(
      client.get(), [](mosquitto*, void* to, const mosquitto_message*) { static_cast<progress*>(to)->add(); });
  require(mosquitto_int_option(client.get(), MOSQ_OPT_SEND_MAXIMUM, 65'535));
  require(mosquitto_int_option(client.get(), MOSQ_OPT_TCP_NODELAY, 1));
  require(mosquitto_connect(client.get(), "127.0.0.1", what.port, 60));
  require(mosquitto_loop_start(client.get()));
  if (what.kind == job_kind::receive_qos_0) {
    require(mosquitto_subscribe(client.get(), nullptr, what.topic.c_str(), 0));
  } else {
    const int qos = what.kind == job_kind::publish_qos_1 ? 1 : 0;
    for (std::size_t i = 0; i < what.messages; ++i) {
      require(mosquitto_publish(client.get(), nullptr, what.topic.c_str(), static_cast<int>(what.payload.size()),
                                what.payload.data(), qos, false));
      if (i >= what.window && i % (what.window / 2) == 0) so_far.wait_for(i - what.window / 2);
    }
  }
  so_far.wait_for(what.messages);
  mosquitto_disconnect(client.get());
  mosquitto_loop_stop(client.get(), false);
}

const registration libmosquitto("libmosquitto", &run);

}  // namespace
}  // namespace nanomq::bench::sdk
