// What reaches whom.
#include <set>

#include "nanonng/sdk/coroutine.hpp"
#include "server_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

class delivery : public with_server {};

TEST_P(delivery, works_with_every_quality_of_service) {
  mailbox<message> got;
  client c = join();
  outcome(c.subscribe("a/#", [&](const message& m) { got.put(m); }));
  for (int qos = 0; qos <= 2; ++qos) {
    EXPECT_TRUE(outcome(c.publish("a/b", std::to_string(qos), {.qos = qos})).has_value());
    const message m = got.take();
    EXPECT_EQ(m.text(), std::to_string(qos));
    EXPECT_EQ(static_cast<int>(m.qos()), qos);
    EXPECT_EQ(m.topic(), "a/b");
  }
}

TEST_P(delivery, keeps_the_order_of_many_messages) {
  constexpr int messages = 20'000;
  mailbox<int> got;
  client c = join();
  outcome(c.subscribe("a", [&](const message& m) { got.put(std::stoi(std::string(m.text()))); }));
  for (int i = 0; i < messages; ++i) static_cast<void>(c.publish("a", std::to_string(i), {.qos = 1}));
  for (int i = 0; i < messages; ++i) ASSERT_EQ(got.take(), i);
}

TEST_P(delivery, carries_large_payloads) {
  client c = join();
  outcome(c.subscribe("a"));
  std::string payload(1'500'000, '\0');
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 131 >> 5U);
  EXPECT_TRUE(outcome(c.publish("a", payload, {.qos = 2})).has_value());
  EXPECT_TRUE(outcome(c.receive())->text() == payload);
}

TEST_P(delivery, goes_to_the_handler_of_each_filter) {
  mailbox<std::string> got;
  client c = join();
  outcome(c.subscribe_all({{"x/+", [&](const message& m) { got.put("x " + std::string(m.text())); }},
                           {"y/#", [&](const message& m) { got.put("y " + std::string(m.text())); }},
                           {.filter = "z"}}));
  outcome(c.publish("y/1/2", "1", {.qos = 1}));
  outcome(c.publish("x/1", "2", {.qos = 1}));
  outcome(c.publish("z", "3", {.qos = 1}));
  EXPECT_EQ(got.take(), "y 1");
  EXPECT_EQ(got.take(), "x 2");
  EXPECT_EQ(outcome(c.receive())->text(), "3");
}

TEST_P(delivery, ends_with_the_subscription) {
  mailbox<std::string> got;
  client c = join();
  outcome(c.subscribe("a", [&](const message& m) { got.put(std::string(m.text())); }));
  outcome(c.subscribe("b", [&](const message& m) { got.put(std::string(m.text())); }));
  EXPECT_TRUE(outcome(c.unsubscribe("a")).has_value());
  outcome(c.publish("a", "unheard", {.qos = 1}));
  outcome(c.publish("b", "heard", {.qos = 1}));
  EXPECT_EQ(got.take(), "heard");
}

TEST_P(delivery, begins_with_what_is_retained) {
  client c = join();
  outcome(c.publish("kept", "value", {.qos = 1, .retain = true}));
  outcome(c.subscribe("kept"));
  const message m = *outcome(c.receive());
  EXPECT_EQ(m.text(), "value");
  EXPECT_TRUE(m.retain());
}

TEST_P(delivery, carries_the_properties_of_mqtt_5) {
  if (!is_v5()) GTEST_SKIP() << "3.1.1 has none";
  client c = join({.topic_alias_maximum = 10, .use_topic_aliases = true});
  outcome(c.subscribe("a"));
  for (int i = 0; i < 3; ++i) {
    outcome(c.publish("a", "text",
                      {.qos = i,
                       .properties = {.payload_format_utf8 = true,
                                      .message_expiry_interval = 100s,
                                      .content_type = "text/plain",
                                      .response_topic = "r",
                                      .correlation_data = "id",
                                      .user_properties = {{"k", "v"}, {"k", "w"}}}}));
    const message m = *outcome(c.receive());
    EXPECT_EQ(m.topic(), "a");
    EXPECT_TRUE(m.payload_format_utf8());
    EXPECT_LE(m.message_expiry_interval().value_or(1'000s), 100s);
    EXPECT_EQ(m.content_type(), "text/plain");
    EXPECT_EQ(m.response_topic(), "r");
    EXPECT_EQ(nanolib::as_text(m.correlation_data().value()), "id");
    EXPECT_EQ(m.user_property("k"), "v");
    EXPECT_FALSE(m.subscription_identifiers().empty());
  }
}

TEST_P(delivery, is_shared_among_the_members_of_a_group) {
  constexpr int messages = 200;
  mailbox<std::string> got;
  client publisher = join();
  client first = join();
  client second = join();
  for (client* member : {&first, &second}) {
    outcome(member->subscribe("$share/group/work", [&, member](const message& m) {
      got.put((member == &first ? "1 " : "2 ") + std::string(m.text()));
    }));
  }
  for (int i = 0; i < messages; ++i) outcome(publisher.publish("work", std::to_string(i), {.qos = 1}));
  std::set<std::string> seen;
  std::set<char> members;
  for (int i = 0; i < messages; ++i) {
    const std::string each = got.take();
    members.insert(each.front());
    EXPECT_TRUE(seen.insert(each.substr(2)).second) << each << " was delivered twice";
  }
  EXPECT_EQ(members.size(), 2) << "one of them had all the work";
}

TEST_P(delivery, answers_requests) {
  if (!is_v5()) GTEST_SKIP() << "requests need MQTT 5";
  client service = join();
  client asker = join();
  outcome(service.respond(
      "add", [](const message& m) { return response(std::to_string(std::stoi(std::string(m.text())) + 1)); }));
  std::vector<operation<message>> asked;
  for (int i = 0; i < 100; ++i) asked.push_back(asker.request("add", std::to_string(i), {.qos = i % 3}));
  for (int i = 0; i < 100; ++i) {
    const auto answer = outcome(asked[static_cast<std::size_t>(i)]);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->text(), std::to_string(i + 1));
  }
}

operation<int> sum_of(client& c, int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    co_await c.publish("n", std::to_string(i), {.qos = 2});
    const message m = co_await c.receive();
    sum += std::stoi(std::string(m.text()));
  }
  co_return sum;
}

TEST_P(delivery, can_be_pulled) {
  client c = join();
  outcome(c.subscribe("a/#"));
  const auto early = c.receive();
  for (int i = 0; i < 4; ++i) outcome(c.publish("a/b", std::to_string(i), {.qos = 1}));
  EXPECT_EQ(outcome(early)->text(), "0");
  std::optional<message> second;
  eventually([&] { return (second = c.try_receive()).has_value(); });
  EXPECT_EQ(second->text(), "1");
  std::string rest;
  for (const message& m : c.messages()) {
    rest += m.text();
    if (rest.size() == 2) static_cast<void>(c.close());
  }
  EXPECT_EQ(rest, "23");
}

TEST_P(delivery, goes_on_with_coroutines) {
  client c = join();
  outcome(c.subscribe("n"));
  EXPECT_EQ(outcome(sum_of(c, 10)), nanolib::result<int>(45));
}

TEST_P(delivery, keeps_to_the_receive_maximum_of_the_client) {
  // mosquitto 2.0.11 answers each PUBACK with two further messages, and must be borne.
  const bool is_exact = is_v5() && GetParam().server == server_kind::nanomq;
  constexpr int messages = 50;
  client publisher = join();
  client slow = join({.receive_maximum = 2, .manual_acknowledgement = true});
  outcome(slow.subscribe("a", {.qos = 1}));
  for (int i = 0; i < messages; ++i) outcome(publisher.publish("a", std::to_string(i), {.qos = 1}));
  for (int i = 0; i < messages; ++i) {
    const message m = *outcome(slow.receive());
    EXPECT_EQ(m.text(), std::to_string(i));
    EXPECT_LE(slow.statistics().incoming_messages, is_exact ? 1U : 50U);
    m.acknowledge();
  }
  EXPECT_EQ(slow.statistics().connections, 1);
}

TEST_P(delivery, reaches_clients_that_run_on_the_io_thread) {
  constexpr int messages = 5'000;
  mailbox<int> got;
  client c = join({.callbacks = callback_mode::io_thread});
  outcome(c.subscribe("a", [&](const message& m) { got.put(std::stoi(std::string(m.text()))); }));
  for (int i = 0; i < messages; ++i) static_cast<void>(c.publish("a", std::to_string(i), {.qos = 1}));
  for (int i = 0; i < messages; ++i) ASSERT_EQ(got.take(), i);
}

WITH_EVERY_SERVER(delivery);

}  // namespace
}  // namespace nanonng::sdk::test
