// What waits for a server that does not take it: bounds, timeouts, second thoughts.
#include "server_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

/// A client behind a proxy that forwards nothing until the test says so.
class outgoing : public with_server {
 protected:
  void SetUp() override {
    with_server::SetUp();
    if (!server) return;
    proxy.emplace(server->where());
    proxy->freeze(true);
    witness.emplace(join());
    outcome(witness->subscribe("a"));
  }
  [[nodiscard]] client behind_the_proxy(client_options options = {}) const {
    return client(proxy->url(), with(std::move(options)));
  }
  void expect_next(std::string_view payload, std::source_location where = std::source_location::current()) {
    EXPECT_EQ(outcome(witness->receive(), where)->text(), payload) << "line " << where.line();
  }
  template <class Value>
  static nanolib::error error_of(const operation<Value>& what,
                                 std::source_location where = std::source_location::current()) {
    const auto ended = outcome(what, where);
    return ended ? nanolib::error{} : ended.error();
  }

  std::optional<cutting_proxy> proxy;
  std::optional<client> witness;
};

TEST_P(outgoing, queues_refuse_what_they_have_no_room_for_when_told_to) {
  client c = behind_the_proxy({.outgoing = {.max_messages = 2, .policy = overflow_policy::fail}});
  const auto first = c.publish("a", "1", {.qos = 1});
  const auto second = c.publish("a", "2", {.qos = 2});
  EXPECT_EQ(error_of(c.publish("a", "3", {.qos = 1})), errors::queue_full);
  proxy->freeze(false);
  EXPECT_TRUE(outcome(first).has_value());
  EXPECT_TRUE(outcome(second).has_value());
  EXPECT_TRUE(outcome(c.publish("a", "4", {.qos = 1})).has_value());
  for (const char* payload : {"1", "2", "4"}) expect_next(payload);
}

TEST_P(outgoing, queues_drop_the_oldest_when_told_to) {
  client c = behind_the_proxy({.outgoing = {.max_messages = 2, .policy = overflow_policy::drop_oldest}});
  std::vector<operation<publish_outcome>> sent;
  for (int i = 0; i < 5; ++i) sent.push_back(c.publish("a", std::to_string(i), {.qos = 1}));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(error_of(sent[i]), errors::dropped);
  proxy->freeze(false);
  for (std::size_t i = 3; i < 5; ++i) EXPECT_TRUE(outcome(sent[i]).has_value());
  for (const char* payload : {"3", "4"}) expect_next(payload);
  EXPECT_EQ(c.statistics().messages_dropped, 3);
}

TEST_P(outgoing, queues_let_publishers_wait_for_room_otherwise) {
  constexpr int messages = 1'000;
  client c = behind_the_proxy({.outgoing = {.max_messages = 8}});
  std::jthread publisher([&] {
    const publish_options patient{.qos = 1, .timeout = deadline};
    for (int i = 0; i < messages; ++i) static_cast<void>(c.publish("a", std::to_string(i), patient));
  });
  eventually([&] { return c.statistics().outgoing_messages == 8; });
  proxy->freeze(false);
  for (int i = 0; i < messages; ++i) expect_next(std::to_string(i));
}

TEST_P(outgoing, messages_can_be_called_back_before_they_are_sent) {
  client c = behind_the_proxy();
  const auto unwanted = c.publish("a", "unwanted", {.qos = 2});
  const auto subscribed = c.subscribe("b");
  unwanted.cancel();
  subscribed.cancel();
  EXPECT_EQ(error_of(unwanted), errors::cancelled);
  EXPECT_EQ(error_of(subscribed), errors::cancelled);
  proxy->freeze(false);
  outcome(c.publish("a", "wanted", {.qos = 2}));
  expect_next("wanted");
}

TEST_P(outgoing, operations_end_at_their_timeouts) {
  client c = behind_the_proxy();
  EXPECT_EQ(error_of(c.publish("a", "late", {.qos = 1, .timeout = 1ms})), errors::timed_out);
  EXPECT_EQ(error_of(c.subscribe("b", {.timeout = 1ms})), errors::timed_out);
  EXPECT_EQ(error_of(c.receive(1ms)), errors::timed_out);
  const nanolib::error unanswered = is_v5() ? errors::timed_out : errors::not_supported;
  EXPECT_EQ(error_of(c.request("nobody", "?", {.timeout = 1ms})), unanswered);
  proxy->freeze(false);
  outcome(c.publish("a", "in time", {.qos = 1, .timeout = deadline}));
  expect_next("in time");
}

TEST_P(outgoing, messages_are_waited_for_at_the_end_as_long_as_told) {
  {
    client c = behind_the_proxy({.linger = deadline});
    for (int i = 0; i < 100; ++i) static_cast<void>(c.publish("a", std::to_string(i), {.qos = i % 2}));
    proxy->freeze(false);
  }
  for (int i = 0; i < 100; ++i) expect_next(std::to_string(i));
  proxy->freeze(true);
  client c = behind_the_proxy();
  const auto pending = c.publish("a", "never", {.qos = 1});
  EXPECT_TRUE(outcome(c.close()).has_value());
  EXPECT_EQ(error_of(pending), errors::closed);
}

WITH_EVERY_SERVER(outgoing);

}  // namespace
}  // namespace nanonng::sdk::test
