// nng_aio at the client: cancelled, timed out, stopped, freed at any time, beside nng's own sockets.
#include <nng/nng.h>
// Needs it to be first.
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>

#include <array>
#include <thread>

#include "loopback_port.hpp"
#include "sdk_c_fixture.hpp"

namespace nanonng::testing {
namespace {

using aios = sdk_c_test;

TEST_F(aios, receive_what_is_there_with_a_timeout_of_zero) {
  const std::string topic = fresh_topic();
  const c_client client(url());
  client.start().subscribe(topic);
  aio one;
  nng_aio_set_timeout(one.get(), NNG_DURATION_ZERO);
  nmqtt_recv_async(client, one.get());
  EXPECT_EQ(one.wait(), NNG_ETIMEDOUT);
  ASSERT_EQ(client.publish(topic, "there"), 0);
  nmqtt_statistics now{};
  while (nmqtt_client_get_statistics(client, &now) == 0 && now.incoming_messages < 1) std::this_thread::yield();
  nmqtt_recv_async(client, one.get());
  EXPECT_EQ(one.wait(2), 0);
  EXPECT_EQ(payload_of(one.take()), "there");
}

TEST_F(aios, publish_nothing_with_a_timeout_of_zero) {
  const std::string topic = fresh_topic();
  const c_client client(url());
  client.start().subscribe(topic);
  aio one;
  nng_aio_set_timeout(one.get(), NNG_DURATION_ZERO);
  one.give(make_message(topic, "too late"));
  nmqtt_publish_async(client, nullptr, one.get());
  EXPECT_EQ(one.wait(), NNG_ETIMEDOUT);
  EXPECT_TRUE(one.take());
  ASSERT_EQ(client.publish(topic, "next"), 0);
  EXPECT_EQ(payload_of(client.receive()), "next");
}

TEST_F(aios, end_with_what_they_were_aborted_with) {
  const c_client client(url());
  client.start();
  aio one;
  nmqtt_recv_async(client, one.get());
  nng_aio_abort(one.get(), NNG_ECONNABORTED);
  EXPECT_EQ(one.wait(), NNG_ECONNABORTED);
  nmqtt_recv_async(client, one.get());
  nng_aio_cancel(one.get());
  EXPECT_EQ(one.wait(2), NNG_ECANCELED);
  nng_aio_set_timeout(one.get(), 1);
  nmqtt_recv_async(client, one.get());
  EXPECT_EQ(one.wait(3), NNG_ETIMEDOUT);
}

TEST_F(aios, lose_no_message_when_they_are_cancelled) {
  const std::string topic = fresh_topic();
  const c_client client(url());
  client.start().subscribe(topic);
  constexpr int total = 200;
  std::jthread sender([&] {
    for (int i = 0; i < total; ++i) EXPECT_EQ(client.publish(topic, std::to_string(i)), 0);
  });
  aio one;
  int got = 0;
  for (int round = 1; got < total; ++round) {
    nmqtt_recv_async(client, one.get());
    if (round % 3 == 0) nng_aio_cancel(one.get());
    const int rv = one.wait(round);
    if (rv == 0) {
      ASSERT_EQ(payload_of(one.take()), std::to_string(got++));
    } else {
      ASSERT_EQ(rv, NNG_ECANCELED);
    }
  }
}

TEST_F(aios, may_be_stopped_or_freed_while_they_wait) {
  const c_client client(url());
  client.start();
  for (int i = 0; i < 200; ++i) {
    nng_aio* one = nullptr;
    ASSERT_EQ(nng_aio_alloc(&one, nullptr, nullptr), 0);
    nmqtt_recv_async(client, one);
    if (i % 2 == 0) nng_aio_stop(one);
    nng_aio_free(one);
  }
  aio one;
  nng_aio_stop(one.get());
  nmqtt_recv_async(client, one.get());
  EXPECT_EQ(one.result(), NNG_ECANCELED);
  EXPECT_EQ(one.ends(), 0);
}

TEST_F(aios, wait_for_each_other_in_the_order_in_which_they_came) {
  const std::string topic = fresh_topic();
  const c_client client(url());
  client.start().subscribe(topic);
  std::array<aio, 20> all;
  for (aio& each : all) nmqtt_recv_async(client, each.get());
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(client.publish(topic, std::to_string(i)), 0);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].wait(), 0);
    EXPECT_EQ(payload_of(all[i].take()), std::to_string(i));
  }
}

/// Receives and publishes in its callbacks for ever.
struct loop_of_aios {
  explicit loop_of_aios(nmqtt_client which, std::string to) : client(which), topic(std::move(to)) {
    again();
    nmqtt_recv_async(client, receiving.get());
  }
  static bool goes_on(const aio& which) { return which.result() == 0 || which.result() == NNG_ECANCELED; }
  void again() {
    sending.give(make_message(topic, "round"));
    nmqtt_publish_async(client, nullptr, sending.get());
  }
  nmqtt_client client;
  std::string topic;
  std::atomic<int> rounds{0};
  signal some;
  aio sending{[this](aio& which) {
    static_cast<void>(which.take());
    if (goes_on(which)) again();
  }};
  aio receiving{[this](aio& which) {
    if (!goes_on(which)) return;
    if (which.take() && rounds.fetch_add(1) == 20) some.raise();
    nmqtt_recv_async(client, which.get());
  }};
};

TEST_F(aios, that_start_themselves_anew_end_with_their_client) {
  for (int i = 0; i < 5; ++i) {
    const std::string topic = fresh_topic();
    const c_client client(url());
    client.start().subscribe(topic);
    loop_of_aios loop(client, topic);
    EXPECT_TRUE(loop.some.wait());
    ASSERT_EQ(nmqtt_client_close(client), 0);
  }
}

TEST_F(aios, may_be_cancelled_at_any_time_while_they_start_themselves_anew) {
  const std::string topic = fresh_topic();
  const c_client client(url());
  client.start().subscribe(topic);
  loop_of_aios loop(client, topic);
  for (int i = 0; i < 5'000; ++i) {
    nng_aio_cancel(loop.receiving.get());
    nng_aio_cancel(loop.sending.get());
  }
  EXPECT_TRUE(loop.some.wait());
  ASSERT_EQ(nmqtt_client_stop(client), 0);
}

TEST_F(aios, wait_for_room_without_blocking_and_in_order) {
  const nanomq::support::address where{"127.0.0.1", nanomq::support::loopback_port()};  // nobody listens there yet
  const std::string topic = fresh_topic();
  c_client client(url_of(where));
  ASSERT_EQ(nmqtt_client_set_send_bounds(client, 2, 1'000'000, NMQTT_POLICY_BLOCK), 0);
  ASSERT_EQ(nmqtt_client_set_reconnect(client, 5, 20, 1'000), 0);
  ASSERT_EQ(nmqtt_client_set_will(client, nullptr, 0), 0);
  client.start();
  std::array<aio, 30> all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].give(make_message(topic, std::to_string(i)));
    nmqtt_publish_async(client, nullptr, all[i].get());
  }
  nng_aio_cancel(all[10].get());
  EXPECT_EQ(all[10].wait(), NNG_ECANCELED);
  EXPECT_EQ(payload_of(all[10].take()), "10");
  auto options = nanomq::broker::testing::options_with(1);
  options.listeners.front().bind.front().port = where.port;
  nanomq::broker::testing::running broker(std::move(options));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].wait(), i == 10 ? NNG_ECANCELED : 0) << i;
  }
}

TEST_F(aios, fail_or_drop_the_oldest_when_the_policy_says_so) {
  c_client failing(nowhere);
  ASSERT_EQ(nmqtt_client_set_send_bounds(failing, 2, 1'000'000, NMQTT_POLICY_FAIL), 0);
  failing.start();
  c_client dropping(nowhere);
  ASSERT_EQ(nmqtt_client_set_send_bounds(dropping, 2, 1'000'000, NMQTT_POLICY_DROP_OLDEST), 0);
  dropping.start();
  std::array<aio, 3> to_fail;
  std::array<aio, 3> to_drop;
  for (std::size_t i = 0; i < 3; ++i) {
    to_fail[i].give(make_message("a", "x"));
    nmqtt_publish_async(failing, nullptr, to_fail[i].get());
    to_drop[i].give(make_message("a", "x"));
    nmqtt_publish_async(dropping, nullptr, to_drop[i].get());
  }
  EXPECT_EQ(to_fail[2].wait(), NNG_EAGAIN);
  EXPECT_EQ(to_drop[0].wait(), NNG_ECANCELED);
  ASSERT_EQ(nmqtt_client_stop(failing), 0);
  ASSERT_EQ(nmqtt_client_stop(dropping), 0);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(to_fail[i].wait(), i == 2 ? NNG_EAGAIN : NNG_ECLOSED);
    EXPECT_EQ(to_drop[i].wait(), i == 0 ? NNG_ECANCELED : NNG_ECLOSED);
    EXPECT_TRUE(to_fail[i].take());
    EXPECT_TRUE(to_drop[i].take());
  }
}

TEST_F(aios, serve_mqtt_and_sp_sockets_of_one_process) {
  const std::string topic = fresh_topic();
  const c_client client(url());
  client.start().subscribe(topic);
  nng_socket pub;
  nng_socket sub;
  const std::string inside = "inproc://" + topic;
  ASSERT_EQ(nng_pub0_open(&pub), 0);
  ASSERT_EQ(nng_sub0_open(&sub), 0);
  ASSERT_EQ(nng_socket_set(sub, NNG_OPT_SUB_SUBSCRIBE, "", 0), 0);
  ASSERT_EQ(nng_listen(sub, inside.c_str(), nullptr, 0), 0);
  ASSERT_EQ(nng_dial(pub, inside.c_str(), nullptr, 0), 0);
  for (int i = 0; i < 100; ++i) {
    nng_msg* raw = nullptr;
    ASSERT_EQ(nng_msg_alloc(&raw, 0), 0);
    ASSERT_EQ(nng_msg_append(raw, "sp", 2), 0);
    ASSERT_EQ(nng_sendmsg(pub, raw, 0), 0);
    ASSERT_EQ(nng_recvmsg(sub, &raw, 0), 0);
    ASSERT_EQ(nmqtt_msg_set_topic(raw, topic.c_str()), 0);
    ASSERT_EQ(nmqtt_publishmsg(client, raw, nullptr), 0);
    message back = client.receive();
    ASSERT_EQ(payload_of(back), "sp");
    ASSERT_EQ(nmqtt_msg_detach(back.get()), 0);
    ASSERT_EQ(nng_sendmsg(pub, back.release(), 0), 0);
    ASSERT_EQ(nng_recvmsg(sub, &raw, 0), 0);
    const message end(raw);
    ASSERT_EQ(nng_msg_len(raw), 2U);
  }
  nng_close(pub);
  nng_close(sub);
}

}  // namespace
}  // namespace nanonng::testing
