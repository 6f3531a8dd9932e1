// Functions that block, called in callbacks.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "nanonng/mqtt_client.h"
#include "nanonng/mqtt_options.h"
#include "raw_server.hpp"

namespace {

using namespace nanomq::support;

/// More than the default bounds of a client let in.
constexpr unsigned more_than_may_wait = 12'000;

struct publisher {
  std::atomic<int> result{-1};
  bool called = false;  ///< the callback thread's
};

void publish_once(nmqtt_client client, nng_msg* msg, void* arg) {
  nng_msg_free(msg);
  auto& my = *static_cast<publisher*>(arg);
  if (!std::exchange(my.called, true)) my.result = nmqtt_publish(client, "x", "y", 1, NMQTT_QOS1, nullptr);
}

TEST(blocking_function, hears_its_answer_behind_more_messages_than_may_wait) {
  raw_server server;
  publisher my;
  nmqtt_client client;
  ASSERT_EQ(nmqtt_client_open(&client, server.url().c_str()), 0);
  ASSERT_EQ(nmqtt_client_set_timeout(client, 10'000), 0);
  ASSERT_EQ(nmqtt_client_start(client), 0);
  raw_peer peer = server.accept();
  peer.welcome();
  nng_aio* aio = nullptr;
  ASSERT_EQ(nng_aio_alloc(&aio, nullptr, nullptr), 0);
  nmqtt_topic topic{};
  topic.filter = "a";
  topic.cb = publish_once;
  topic.arg = &my;
  nmqtt_subscribe_async(client, &topic, 1, nullptr, aio);
  peer.grant();
  nng_aio_wait(aio);
  ASSERT_EQ(nng_aio_result(aio), 0);
  nng_aio_free(aio);

  const octets one = publish_packet{.topic = "a", .payload = ""}.encode(version::v5);
  octets all;
  for (unsigned i = 0; i < more_than_may_wait; ++i) all.raw(one);
  peer.send(all);
  peer.send(acknowledgement{.kind = packet_kind::PUBACK, .id = peer.expect(packet_kind::PUBLISH).id});
  while (my.result < 0) std::this_thread::yield();
  EXPECT_EQ(my.result, 0);
  peer.close();
  EXPECT_EQ(nmqtt_client_close(client), 0);
}

}  // namespace
