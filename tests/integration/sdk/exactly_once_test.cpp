// QoS 2 over connections that break again and again: every message once, in order.
#include <set>

#include "server_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

class exactly_once : public with_server {
 protected:
  static constexpr int messages = 400;
  /// That many are sent before an acknowledgement, and fit into what a connection carries before it breaks.
  static constexpr std::uint16_t few = 20;

  /// The publisher's and the receiver's connections break after so many bytes each, a little later every time.
  void run(std::size_t publisher_bytes, std::size_t receiver_bytes) {
    cutting_proxy near(server->where());
    cutting_proxy far(server->where());
    mailbox<std::string> got;
    client receiver(far.url(), with({.client_id = "receiver", .clean_start = false, .receive_maximum = few}));
    client publisher(near.url(), with({.client_id = "publisher", .clean_start = false}));
    outcome(receiver.subscribe("a", [&](const message& m) { got.put(std::string(m.text())); }));
    outcome(publisher.publish("x", "here", {.qos = 1}));
    near.cut_after(publisher_bytes, 7);
    far.cut_after(receiver_bytes, 11);
    near.cut();
    far.cut();
    std::vector<operation<publish_outcome>> sent;
    for (int i = 0; i < messages; ++i) sent.push_back(publisher.publish("a", std::to_string(i), {.qos = 2}));
    for (const auto& each : sent) ASSERT_TRUE(outcome(each).has_value());
    for (int i = 0; i < messages; ++i) ASSERT_EQ(got.take(), std::to_string(i));
    far.cut_after(0);
    outcome(publisher.publish("a", "end", {.qos = 2}));
    EXPECT_EQ(got.take(), "end") << "one came twice";
    EXPECT_GT(near.connections() + far.connections(), 8) << "nothing was cut";
  }
};

/// QoS 1 over such connections: every message, some of them more than once.
TEST_P(exactly_once, is_at_least_once_with_qos_1) {
  cutting_proxy near(server->where());
  cutting_proxy far(server->where());
  std::mutex guard;
  std::set<std::string> got;
  client receiver(far.url(), with({.client_id = "receiver", .clean_start = false, .receive_maximum = few}));
  client publisher(near.url(), with({.client_id = "publisher", .clean_start = false}));
  outcome(receiver.subscribe("a", [&](const message& m) {
    const std::lock_guard held(guard);
    got.emplace(m.text());
  }));
  outcome(publisher.publish("x", "here", {.qos = 1}));
  // Each a good deal later than the one before it: mosquitto sends more than it may before it has an acknowledgement.
  near.cut_after(900, 100);
  far.cut_after(1'100, 100);
  near.cut();
  far.cut();
  std::vector<operation<publish_outcome>> sent;
  for (int i = 0; i < messages; ++i) sent.push_back(publisher.publish("a", std::to_string(i), {.qos = 1}));
  for (const auto& each : sent) ASSERT_TRUE(outcome(each).has_value());
  eventually([&] {
    const std::lock_guard held(guard);
    return got.size() == static_cast<std::size_t>(messages);
  });
  EXPECT_GT(publisher.statistics().messages_repeated, 0);
}

TEST_P(exactly_once, holds_when_the_publisher_is_cut_off) { run(900, 0); }
TEST_P(exactly_once, holds_when_the_receiver_is_cut_off) { run(0, 1'100); }
TEST_P(exactly_once, holds_when_both_are_cut_off) { run(1'300, 1'500); }

WITH_EVERY_SERVER(exactly_once);

}  // namespace
}  // namespace nanonng::sdk::test
