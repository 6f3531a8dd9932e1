#include <MQTTAsync.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "contender.hpp"

namespace nanomq::bench::sdk {
namespace {

/// What the library's threads tell the caller's.
struct progress {
  void add() {
    const std::lock_guard held(mutex);
    ++done;
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
  if (code != MQTTASYNC_SUCCESS) throw std::runtime_error(MQTTAsync_strerror(code));
}

void told(void* to, MQTTAsync_successData*) { static_cast<progress*>(to)->add(); }

int arrived(void* to, char* topic, int, MQTTAsync_message* message) {
  static_cast<progress*>(to)->add();
  MQTTAsync_freeMessage(&message);
  MQTTAsync_free(topic);
  return 1;
}

void connect(MQTTAsync client) {
  progress connected;
  MQTTAsync_connectOptions how = MQTTAsync_connectOptions_initializer;
  how.maxInflight = 60'000;
  how.MQTTVersion = MQTTVERSION_3_1_1;
  how.onSuccess = &told;
  how.context = &connected;
  require(MQTTAsync_connect(client, &how));
  connected.wait_for(1);
}

void run(const job& what) {
  const std::string where = "tcp://127.0.0.1:" + std::to_string(what.port);
  progress so_far;
  MQTTAsync client = nullptr;
  MQTTAsync_createOptions made = MQTTAsync_createOptions_initializer;
  made.sendWhileDisconnected = 1;
  made.maxBufferedMessages = static_cast<int>(2 * what.window);
  require(MQTTAsync_createWithOptions(&client, where.c_str(), "bench", MQTTCLIENT_PERSISTENCE_NONE, nullptr, &made));
  require(MQTTAsync_setCallbacks(client, &so_far, nullptr, &arrived, nullptr));
  connect(client);
  MQTTAsync_responseOptions answer = MQTTAsync_responseOptions_initializer;
  if (what.kind == job_kind::receive_qos_0) {
    require(MQTTAsync_subscribe(client, what.topic.c_str(), 0, &answer));
  } else {
    answer.onSuccess = &told;
    answer.context = &so_far;
    const int qos = what.kind == job_kind::publish_qos_1 ? 1 : 0;
    for (std::size_t i = 0; i < what.messages; ++i) {
      require(MQTTAsync_send(client, what.topic.c_str(), static_cast<int>(what.payload.size()), what.payload.data(),
                             qos, 0, &answer));
      if (i >= what.window && i % (what.window / 2) == 0) so_far.wait_for(i - what.window / 2);
    }
  }
  so_far.wait_for(what.messages);
  progress gone;
  MQTTAsync_disconnectOptions last = MQTTAsync_disconnectOptions_initializer;
  last.onSuccess = &told;
  last.context = &gone;
  require(MQTTAsync_disconnect(client, &last));
  gone.wait_for(1);
  MQTTAsync_destroy(&client);
}

const registration paho("Paho C (MQTTAsync)", &run);

}  // namespace
}  // namespace nanomq::bench::sdk
