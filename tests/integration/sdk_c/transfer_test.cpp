// Messages there and back: what is sent arrives, and who owns what when it does not.
#include <map>

#include "sdk_c_fixture.hpp"

namespace nanonng::testing {
namespace {

class transfer : public sdk_c_test, public ::testing::WithParamInterface<int> {
 protected:
  [[nodiscard]] static bool five() { return GetParam() == 5; }
  /// A client that speaks the version of the test.
  struct versioned : c_client {
    explicit versioned(const std::string& where) : c_client(where) {
      EXPECT_EQ(nmqtt_client_set_version(*this, GetParam()), 0);
      start();
    }
  };
};
INSTANTIATE_TEST_SUITE_P(version, transfer, ::testing::Values(3, 4, 5),
                         [](const auto& which) { return "level_" + std::to_string(which.param); });

TEST_P(transfer, delivers_every_quality_of_service) {
  const std::string topic = fresh_topic();
  const versioned client(url());
  client.subscribe(topic);
  for (const int qos : {0, 1, 2}) {
    nmqtt_outcome outcome{};
    ASSERT_EQ(client.publish(topic, "payload", qos, &outcome), 0);
    EXPECT_EQ(outcome.reason, 0);
    const message got = client.receive();
    ASSERT_TRUE(got);
    EXPECT_EQ(text(nmqtt_msg_topic(got.get())), topic);
    EXPECT_EQ(payload_of(got), "payload");
    EXPECT_EQ(nmqtt_msg_qos(got.get()), qos);
    EXPECT_EQ(nmqtt_msg_packet_id(got.get()) != 0, qos != 0);
    EXPECT_FALSE(nmqtt_msg_retain(got.get()));
    EXPECT_FALSE(nmqtt_msg_is_dup(got.get()));
  }
}

TEST_P(transfer, carries_properties_where_the_version_has_them) {
  const std::string topic = fresh_topic();
  const versioned client(url());
  client.subscribe(topic);
  message sent = make_message(topic, "{}");
  nng_msg* const raw = sent.get();
  ASSERT_EQ(nmqtt_msg_set_content_type(raw, "application/json"), 0);
  ASSERT_EQ(nmqtt_msg_set_response_topic(raw, "answers"), 0);
  ASSERT_EQ(nmqtt_msg_set_correlation_data(raw, "\0\xFF", 2), 0);
  ASSERT_EQ(nmqtt_msg_set_expiry(raw, 1'000), 0);
  ASSERT_EQ(nmqtt_msg_set_utf8(raw, true), 0);
  ASSERT_EQ(nmqtt_msg_add_user_property(raw, "k", "1"), 0);
  ASSERT_EQ(nmqtt_msg_add_user_property(raw, "k", "2"), 0);
  ASSERT_EQ(nmqtt_publishmsg(client, sent.get(), nullptr), 0);
  static_cast<void>(sent.release());
  const message got = client.receive();
  EXPECT_EQ(payload_of(got), "{}");
  const std::string none = "(null)";
  EXPECT_EQ(text(nmqtt_msg_content_type(got.get())), five() ? "application/json" : none);
  EXPECT_EQ(text(nmqtt_msg_response_topic(got.get())), five() ? "answers" : none);
  std::size_t size = 0;
  const void* const data = nmqtt_msg_correlation_data(got.get(), &size);
  EXPECT_EQ(std::string(static_cast<const char*>(data), size), five() ? std::string("\0\xFF", 2) : "");
  std::uint32_t expiry = 0;
  EXPECT_EQ(nmqtt_msg_expiry(got.get(), &expiry), five() ? 0 : NNG_ENOENT);
  EXPECT_LE(expiry, 1'001U);  // mosquitto counts in whole seconds of its own clock and may be one late
  EXPECT_EQ(nmqtt_msg_utf8(got.get()), five());
  const char* name = nullptr;
  const char* value = nullptr;
  EXPECT_EQ(nmqtt_msg_user_property_at(got.get(), 1, &name, &value), five() ? 0 : NNG_ENOENT);
  EXPECT_EQ(text(value), five() ? "2" : none);
}

TEST_P(transfer, publishes_what_it_has_received) {
  const std::string from = fresh_topic();
  const std::string to = fresh_topic();
  const versioned client(url());
  client.subscribe(from);
  client.subscribe(to);
  ASSERT_EQ(client.publish(from, "again"), 0);
  message got = client.receive();
  ASSERT_EQ(nmqtt_msg_set_topic(got.get(), to.c_str()), 0);
  ASSERT_EQ(nmqtt_publishmsg(client, got.get(), nullptr), 0);
  static_cast<void>(got.release());
  const message again = client.receive();
  EXPECT_EQ(text(nmqtt_msg_topic(again.get())), to);
  EXPECT_EQ(payload_of(again), "again");
}

TEST_P(transfer, retains_and_takes_back) {
  const std::string topic = fresh_topic();
  const versioned client(url());
  ASSERT_EQ(client.publish(topic, "kept", NMQTT_QOS1 | NMQTT_RETAIN), 0);
  client.subscribe(topic);
  const message got = client.receive();
  EXPECT_EQ(payload_of(got), "kept");
  EXPECT_TRUE(nmqtt_msg_retain(got.get()));
  ASSERT_EQ(client.publish(topic, "", NMQTT_QOS1 | NMQTT_RETAIN), 0);
}

TEST_P(transfer, calls_back_per_filter_and_gives_the_message_away) {
  struct counts {
    signal all;
    std::atomic<int> wrong{0};
  } seen;
  const std::string topic = fresh_topic();
  const versioned client(url());
  const nmqtt_client handle = client;
  static nmqtt_client expected;
  expected = handle;
  client.subscribe(
      topic + "/+",
      [](nmqtt_client which, nng_msg* msg, void* arg) {
        const message mine(msg);
        auto& into = *static_cast<counts*>(arg);
        if (which.id != expected.id || payload_of(mine) != "x") into.wrong.fetch_add(1);
        into.all.raise();
      },
      &seen);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(client.publish(topic + "/a", "x"), 0);
  EXPECT_TRUE(seen.all.wait(10));
  EXPECT_EQ(seen.wrong.load(), 0);
  nmqtt_topic gone{};
  const std::string filter = topic + "/+";
  gone.filter = filter.c_str();
  ASSERT_EQ(nmqtt_unsubscribe(client, &gone, 1, nullptr), 0);
  ASSERT_EQ(client.publish(topic + "/a", "x"), 0);
  EXPECT_EQ(seen.all.count(), 10);
}

TEST_P(transfer, tells_the_reason_for_each_filter) {
  const std::string topic = fresh_topic();
  const versioned client(url());
  const std::string second = topic + "/b";
  nmqtt_topic both[2] = {};
  both[0].filter = topic.c_str();
  both[0].qos = 2;
  both[1].filter = second.c_str();
  nmqtt_outcome outcome{};
  ASSERT_EQ(nmqtt_subscribe(client, both, 2, &outcome), 0);
  EXPECT_EQ(both[0].reason, 2);
  EXPECT_EQ(both[1].reason, 0);
  ASSERT_EQ(nmqtt_unsubscribe(client, both, 2, &outcome), 0);
  EXPECT_EQ(both[0].reason, 0);
}

TEST_P(transfer, refuses_malformed_filters_before_anything_is_sent) {
  const versioned client(url());
  nmqtt_topic bad{};
  for (const char* const filter : {"", "a/#/b", "a+", "$share/", "$share/g"}) {
    bad.filter = filter;
    nmqtt_outcome outcome{};
    EXPECT_EQ(nmqtt_subscribe(client, &bad, 1, &outcome), NNG_EINVAL) << filter;
    EXPECT_EQ(outcome.reason, 0x8F) << filter;
    EXPECT_EQ(bad.reason, 0x8F) << filter;
    EXPECT_STRNE(outcome.text, "");
  }
}

TEST_P(transfer, leaves_a_message_that_is_not_published_to_its_owner) {
  c_client client(nowhere);
  ASSERT_EQ(nmqtt_client_set_timeout(client, 20), 0);
  ASSERT_EQ(nmqtt_client_start(client), 0);
  const message msg = make_message("a", "mine");
  nmqtt_outcome outcome{};
  EXPECT_EQ(nmqtt_publishmsg(client, msg.get(), &outcome), NNG_ETIMEDOUT);
  EXPECT_EQ(outcome.reason, 0);
  EXPECT_EQ(payload_of(msg), "mine");
  aio one;
  nng_aio_set_timeout(one.get(), 20);
  one.give(make_message("a", "mine"));
  nmqtt_publish_async(client, nullptr, one.get());
  EXPECT_EQ(one.wait(), NNG_ETIMEDOUT);
  EXPECT_EQ(payload_of(one.take()), "mine");
}

TEST_P(transfer, takes_a_message_that_is_published) {
  const versioned client(url());
  aio one;
  one.give(make_message(fresh_topic(), "yours"));
  nmqtt_publish_async(client, nullptr, one.get());
  EXPECT_EQ(one.wait(), 0);
  EXPECT_FALSE(one.take());
}

TEST_P(transfer, answers_requests) {
  const std::string topic = fresh_topic();
  const versioned service(url());
  const versioned client(url());
  service.subscribe(topic, [](nmqtt_client which, nng_msg* msg, void*) {
    const message request(msg);
    message response = make_message("unused", "re: " + payload_of(request));
    if (nmqtt_reply(which, request.get(), response.get(), nullptr) == 0) static_cast<void>(response.release());
  });
  message question = make_message(topic, "?");
  nng_msg* raw = nullptr;
  const int rv = nmqtt_request(client, question.get(), &raw, nullptr);
  const message response(raw);
  if (!five()) {
    EXPECT_EQ(rv, NNG_ENOTSUP);
    return;
  }
  ASSERT_EQ(rv, 0);
  static_cast<void>(question.release());
  EXPECT_EQ(payload_of(response), "re: ?");
}

TEST_P(transfer, replies_only_where_a_response_is_wanted) {
  const versioned client(url());
  const message request = make_message("a", "?");
  const message response = make_message("b", "!");
  EXPECT_EQ(nmqtt_reply(client, request.get(), response.get(), nullptr), NNG_ENOENT);
  aio one;
  one.give(make_message("b", "!"));
  nmqtt_reply_async(client, request.get(), nullptr, one.get());
  EXPECT_EQ(one.wait(), NNG_ENOENT);
  EXPECT_TRUE(one.take());
}

TEST_P(transfer, acknowledges_by_hand) {
  const std::string topic = fresh_topic();
  c_client client(url());
  ASSERT_EQ(nmqtt_client_set_version(client, GetParam()), 0);
  ASSERT_EQ(nmqtt_client_set_manual_ack(client, true), 0);
  ASSERT_EQ(nmqtt_client_set_receive_maximum(client, 2), 0);
  client.start().subscribe(topic);
  const versioned sender(url());
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(sender.publish(topic, std::to_string(i)), 0);
    const message got = client.receive();
    EXPECT_EQ(payload_of(got), std::to_string(i));
    nng_msg* copy = nullptr;
    ASSERT_EQ(nng_msg_dup(&copy, got.get()), 0);
    EXPECT_EQ(nmqtt_ack(client, copy, 0x7F), NNG_EINVAL);
    EXPECT_EQ(nmqtt_ack(sender, copy, 0), NNG_ESTATE);
    EXPECT_EQ(nmqtt_ack(client, copy, 0), 0);
    nng_msg_free(copy);
    EXPECT_EQ(nmqtt_ack(client, got.get(), 0), NNG_ENOENT);
  }
  ASSERT_EQ(sender.publish(topic, "0", NMQTT_QOS0), 0);
  EXPECT_EQ(nmqtt_ack(client, client.receive().get(), 0), 0);
  EXPECT_EQ(nmqtt_ack(client, make_message("a", "x").get(), 0), NNG_ENOENT);
}

TEST_F(sdk_c_test, shares_a_process_and_a_topic_between_two_clients) {
  const std::string topic = fresh_topic();
  const c_client one(url());
  const c_client other(url());
  one.start().subscribe(topic);
  other.start().subscribe(topic);
  ASSERT_EQ(one.publish(topic, "both"), 0);
  EXPECT_EQ(payload_of(one.receive()), "both");
  EXPECT_EQ(payload_of(other.receive()), "both");
}

}  // namespace
}  // namespace nanonng::testing
