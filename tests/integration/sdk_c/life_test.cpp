// A client's life, and what its functions say of handles and arguments that are worth nothing.
#include "sdk_c_fixture.hpp"

namespace nanonng::testing {
namespace {

using life = sdk_c_test;

TEST_F(life, opens_only_urls_of_servers) {
  nmqtt_client client = NMQTT_CLIENT_INITIALIZER;
  EXPECT_EQ(nmqtt_client_open(nullptr, "mqtt://localhost"), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_open(&client, nullptr), NNG_EINVAL);
  for (const char* const none : {"ftp://localhost", "mqtt://", "mqtt://host:99999", "mqtt://host:port"}) {
    EXPECT_EQ(nmqtt_client_open(&client, none), NNG_EADDRINVAL) << none;
  }
  EXPECT_EQ(client.id, 0U);
  EXPECT_EQ(nmqtt_client_id(client), -1);
}

TEST_F(life, gives_every_client_an_id_of_its_own) {
  const c_client one(url());
  const c_client other(url());
  EXPECT_GT(nmqtt_client_id(one), 0);
  EXPECT_NE(nmqtt_client_id(one), nmqtt_client_id(other));
}

/// Every function that takes a client, called with one.
std::vector<std::pair<const char*, int>> call_everything(nmqtt_client client) {
  nmqtt_topic topic{};
  topic.filter = "a";
  nng_msg* out = nullptr;
  const message msg = make_message("a", "x");
  const message request = make_message("a", "x");
  EXPECT_EQ(nmqtt_msg_set_response_topic(request.get(), "b"), 0);
  char* id = nullptr;
  nmqtt_server server{};
  nmqtt_statistics statistics{};
  std::vector<std::pair<const char*, int>> said{
      {"publish", nmqtt_publish(client, "a", "x", 1, 0, nullptr)},
      {"publishmsg", nmqtt_publishmsg(client, msg.get(), nullptr)},
      {"subscribe", nmqtt_subscribe(client, &topic, 1, nullptr)},
      {"unsubscribe", nmqtt_unsubscribe(client, &topic, 1, nullptr)},
      {"recvmsg", nmqtt_recvmsg(client, &out, 0)},
      {"recvmsg nonblock", nmqtt_recvmsg(client, &out, NNG_FLAG_NONBLOCK)},
      {"ack", nmqtt_ack(client, msg.get(), 0)},
      {"request", nmqtt_request(client, msg.get(), &out, nullptr)},
      {"reply", nmqtt_reply(client, request.get(), msg.get(), nullptr)},
      {"disconnect", nmqtt_disconnect(client, 0, 0)},
      {"get_client_id", nmqtt_client_get_client_id(client, &id)},
      {"get_server", nmqtt_client_get_server(client, &server)},
      {"get_statistics", nmqtt_client_get_statistics(client, &statistics)},
  };
  const auto in_aio = [&](const char* name, auto start) {
    aio one;
    one.give(make_message("a", "x"));
    start(one.get());
    said.emplace_back(name, one.wait());
    // On failure the message is the caller's.
    EXPECT_TRUE(one.take()) << name;
  };
  in_aio("publish_async", [&](nng_aio* one) { nmqtt_publish_async(client, nullptr, one); });
  in_aio("subscribe_async", [&](nng_aio* one) { nmqtt_subscribe_async(client, &topic, 1, nullptr, one); });
  in_aio("unsubscribe_async", [&](nng_aio* one) { nmqtt_unsubscribe_async(client, &topic, 1, nullptr, one); });
  in_aio("recv_async", [&](nng_aio* one) { nmqtt_recv_async(client, one); });
  in_aio("request_async", [&](nng_aio* one) { nmqtt_request_async(client, nullptr, one); });
  in_aio("reply_async", [&](nng_aio* one) { nmqtt_reply_async(client, request.get(), nullptr, one); });
  in_aio("disconnect_async", [&](nng_aio* one) { nmqtt_disconnect_async(client, 0, 0, one); });
  return said;
}

TEST_F(life, does_nothing_before_the_start) {
  const c_client client(url());
  EXPECT_EQ(nmqtt_client_state(client), NMQTT_STATE_NEW);
  for (const auto& [name, rv] : call_everything(client))
    EXPECT_EQ(rv, name == std::string("ack") ? rv : NNG_ESTATE) << name;
}

TEST_F(life, does_nothing_after_the_end) {
  nmqtt_client client;
  ASSERT_EQ(nmqtt_client_open(&client, url().c_str()), 0);
  ASSERT_EQ(nmqtt_client_start(client), 0);
  ASSERT_EQ(nmqtt_client_close(client), 0);
  for (const auto& [name, rv] : call_everything(client)) EXPECT_EQ(rv, NNG_ECLOSED) << name;
  EXPECT_EQ(nmqtt_client_close(client), NNG_ECLOSED);
  EXPECT_EQ(nmqtt_client_stop(client), NNG_ECLOSED);
  EXPECT_EQ(nmqtt_client_start(client), NNG_ECLOSED);
  EXPECT_EQ(nmqtt_client_state(client), -1);
  EXPECT_EQ(nmqtt_client_set_keep_alive(client, 1), NNG_ECLOSED);
  EXPECT_EQ(nmqtt_set_connect_cb(client, nullptr, nullptr), NNG_ECLOSED);
}

TEST_F(life, starts_once_and_takes_no_options_then) {
  const c_client client(url());
  client.start();
  EXPECT_EQ(nmqtt_client_start(client), NNG_ESTATE);
  EXPECT_EQ(nmqtt_client_set_keep_alive(client, 1), NNG_EBUSY);
  EXPECT_EQ(nmqtt_client_set_client_id(client, "late"), NNG_EBUSY);
  EXPECT_EQ(nmqtt_client_set_will(client, nullptr, 0), NNG_EBUSY);
  EXPECT_EQ(nmqtt_set_disconnect_cb(client, nullptr, nullptr), NNG_EBUSY);
}

TEST_F(life, may_be_stopped_and_closed_without_a_start) {
  const c_client client(url());
  EXPECT_EQ(nmqtt_client_stop(client), 0);
  EXPECT_EQ(nmqtt_client_state(client), NMQTT_STATE_CLOSED);
  EXPECT_EQ(nmqtt_client_start(client), NNG_ECLOSED);
}

TEST_F(life, ends_what_is_pending_when_it_is_stopped) {
  const c_client client(url());
  client.start();
  aio receiving;
  nmqtt_recv_async(client, receiving.get());
  const c_client lonely(nowhere);
  lonely.start();
  aio publishing;
  publishing.give(make_message("a", "x"));
  nmqtt_publish_async(lonely, nullptr, publishing.get());
  ASSERT_EQ(nmqtt_client_stop(client), 0);
  EXPECT_EQ(nmqtt_client_stop(client), 0);
  ASSERT_EQ(nmqtt_client_stop(lonely), 0);
  EXPECT_EQ(receiving.wait(), NNG_ECLOSED);
  EXPECT_EQ(publishing.wait(), NNG_ECLOSED);
  EXPECT_TRUE(publishing.take());
  EXPECT_EQ(nmqtt_client_state(client), NMQTT_STATE_CLOSED);
}

TEST_F(life, keeps_what_it_has_received_when_it_is_stopped) {
  const std::string topic = fresh_topic();
  const c_client client(url());
  client.start().subscribe(topic);
  ASSERT_EQ(client.publish(topic, "1"), 0);
  ASSERT_EQ(client.publish(topic, "2"), 0);
  EXPECT_EQ(payload_of(client.receive()), "1");
  nmqtt_statistics now{};
  while (nmqtt_client_get_statistics(client, &now) == 0 && now.messages_received < 2) std::this_thread::yield();
  ASSERT_EQ(nmqtt_client_stop(client), 0);
  EXPECT_EQ(payload_of(client.receive()), "2");
  nng_msg* none = nullptr;
  EXPECT_EQ(nmqtt_recvmsg(client, &none, 0), NNG_ECLOSED);
  EXPECT_EQ(nmqtt_recvmsg(client, &none, NNG_FLAG_NONBLOCK), NNG_ECLOSED);
}

TEST_F(life, drains_what_is_queued_when_it_disconnects) {
  const std::string topic = fresh_topic();
  const c_client reader(url());
  reader.start().subscribe(topic);
  const c_client client(url());
  client.start();
  std::vector<std::unique_ptr<aio>> sent;
  for (int i = 0; i < 50; ++i) {
    sent.push_back(std::make_unique<aio>());
    sent.back()->give(make_message(topic, std::to_string(i)));
    nmqtt_publish_async(client, nullptr, sent.back()->get());
  }
  aio ended;
  nmqtt_disconnect_async(client, 0, 10'000, ended.get());
  EXPECT_EQ(ended.wait(), 0);
  for (const auto& each : sent) EXPECT_EQ(each->wait(), 0);
  EXPECT_EQ(client.publish(topic, "late"), NNG_ECLOSED);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(payload_of(reader.receive()), std::to_string(i));
}

TEST_F(life, disconnects_with_a_reason_that_a_client_may_give) {
  const c_client client(url());
  client.start();
  EXPECT_EQ(nmqtt_disconnect(client, 0x82, 0), NNG_EINVAL);
  EXPECT_EQ(nmqtt_disconnect(client, NMQTT_DISCONNECT_WITH_WILL, 0), 0);
}

TEST_F(life, refuses_null_and_nonsense) {
  const c_client client(url());
  nmqtt_topic topic{};
  EXPECT_EQ(nmqtt_client_set_client_id(client, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_client_id(client, "\xFF"), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_version(client, 6), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_receive_maximum(client, 0), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_maximum_packet_size(client, 1), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_password(client, nullptr, 1), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_send_bounds(client, 0, 1, NMQTT_POLICY_BLOCK), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_send_bounds(client, 1, 1, static_cast<enum nmqtt_policy>(3)), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_recv_bounds(client, 0, 1), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_reconnect(client, 10, 5, 0), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_connect_timeout(client, 0), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_timeout(client, -3), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_response_prefix(client, "a/#"), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_set_auth(client, "", nullptr, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_add_user_property(client, "a", nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_add_server(client, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_add_server(client, "nonsense://x"), NNG_EADDRINVAL);
  const message plain = make_message("a", "x");
  ASSERT_EQ(nmqtt_msg_detach(plain.get()), 0);
  EXPECT_EQ(nmqtt_client_set_will(client, plain.get(), 0), NNG_EINVAL);
  client.start();
  EXPECT_EQ(nmqtt_publishmsg(client, nullptr, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_publishmsg(client, plain.get(), nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_publish(client, nullptr, "x", 1, 0, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_publish(client, "a", nullptr, 1, 0, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_publish(client, "a", "x", 1, NMQTT_QOS1 | NMQTT_QOS2, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_publish(client, "a", "x", 1, 8, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_subscribe(client, nullptr, 1, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_subscribe(client, &topic, 0, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_subscribe(client, &topic, 1, nullptr), NNG_EINVAL);
  topic.filter = "a";
  topic.qos = 3;
  EXPECT_EQ(nmqtt_subscribe(client, &topic, 1, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_recvmsg(client, nullptr, 0), NNG_EINVAL);
  nng_msg* msg = nullptr;
  EXPECT_EQ(nmqtt_recvmsg(client, &msg, 0x10), NNG_EINVAL);
  EXPECT_EQ(nmqtt_request(client, nullptr, &msg, nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_reply(client, nullptr, plain.get(), nullptr), NNG_EINVAL);
  EXPECT_EQ(nmqtt_ack(client, nullptr, 0), NNG_EINVAL);
  EXPECT_EQ(nmqtt_client_get_server(client, nullptr), NNG_EINVAL);
  nmqtt_publish_async(client, nullptr, nullptr);
  nmqtt_recv_async(client, nullptr);
}

TEST_F(life, tells_what_client_and_server_are) {
  const std::string name = "tells-" + std::to_string(::getpid());
  const c_client client(url());
  ASSERT_EQ(nmqtt_client_set_client_id(client, name.c_str()), 0);
  client.start();
  ASSERT_EQ(client.publish(fresh_topic(), "x"), 0);
  EXPECT_EQ(nmqtt_client_state(client), NMQTT_STATE_ONLINE);
  char* id = nullptr;
  ASSERT_EQ(nmqtt_client_get_client_id(client, &id), 0);
  EXPECT_EQ(text(id), name);
  nng_strfree(id);
  nmqtt_server server{};
  ASSERT_EQ(nmqtt_client_get_server(client, &server), 0);
  EXPECT_EQ(server.maximum_qos, 2);
  EXPECT_TRUE(server.retain && server.shared_subscriptions && server.wildcard_subscriptions);
  nmqtt_statistics statistics{};
  ASSERT_EQ(nmqtt_client_get_statistics(client, &statistics), 0);
  EXPECT_EQ(statistics.connections, 1U);
  EXPECT_EQ(statistics.messages_acknowledged, 1U);
  EXPECT_EQ(text(nmqtt_reason_text(0x87)), "not authorized");
}

}  // namespace
}  // namespace nanonng::testing
