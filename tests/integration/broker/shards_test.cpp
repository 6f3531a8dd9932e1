// Messages, sessions and take-overs across shards, with both pollers.
#include <atomic>
#include <map>
#include <set>

#include "broker_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

using nanonng::net::poller_kind;

struct engine {
  std::uint32_t shards;
  poller_kind poller;
};

class shards : public ::testing::TestWithParam<engine> {
 protected:
  static broker_options chosen() {
    broker_options options = options_with(GetParam().shards);
    options.poller = GetParam().poller;
    return options;
  }
};

INSTANTIATE_TEST_SUITE_P(engines, shards,
                         ::testing::Values(engine{1, poller_kind::epoll}, engine{2, poller_kind::epoll},
                                           engine{4, poller_kind::epoll}, engine{2, poller_kind::poll}),
                         [](const auto& tested) {
                           return std::string(tested.param.poller == poller_kind::poll ? "poll_" : "epoll_") +
                                  std::to_string(tested.param.shards);
                         });

constexpr int messages = 200;

/// Sends numbered messages and takes their acknowledgements.
void publish_numbers(raw_client& from, const std::string& topic, unsigned qos) {
  for (int i = 0; i < messages; ++i) {
    from.publish({.topic = topic, .payload = std::to_string(i), .qos = qos, .id = qos > 0 ? from.fresh_id() : 0U});
  }
}

/// The payload of the next PUBLISH, acknowledged by its QoS; releases on the way are answered.
std::string take(raw_client& client) {
  for (;;) {
    const auto packet = client.next();
    if (packet.kind == support::PUBREL) {
      client.send(support::acknowledgement{.kind = support::PUBCOMP, .id = packet.id});
      continue;
    }
    if (packet.kind != support::PUBLISH) throw support::expectation_failed("unexpected " + packet.described());
    if (packet.qos() == 1) client.send(support::acknowledgement{.kind = support::PUBACK, .id = packet.id});
    if (packet.qos() == 2) client.send(support::acknowledgement{.kind = support::PUBREC, .id = packet.id});
    return packet.payload;
  }
}

// [MQTT-4.6.0-5]
TEST_P(shards, every_publisher_reaches_every_subscriber_in_order) {
  running subject(chosen());
  constexpr int pairs = 4;
  std::vector<std::unique_ptr<raw_client>> readers;
  for (int i = 0; i < pairs; ++i) {
    readers.push_back(std::make_unique<raw_client>(subject.join("reader-" + std::to_string(i))));
    readers.back()->subscribe("to/+", 1);
  }
  std::vector<std::function<void()>> work;
  for (int i = 0; i < pairs; ++i) {
    work.emplace_back([&, i] {
      raw_client writer = subject.join("writer-" + std::to_string(i));
      publish_numbers(writer, "to/" + std::to_string(i), 1);
    });
    work.emplace_back([&, i] {
      std::map<std::string, int> expected;
      for (int n = 0; n < pairs * messages; ++n) {
        const auto packet = readers[static_cast<std::size_t>(i)]->expect(support::PUBLISH);
        readers[static_cast<std::size_t>(i)]->send(support::acknowledgement{.kind = support::PUBACK, .id = packet.id});
        if (packet.payload != std::to_string(expected[packet.topic]++)) {
          throw support::expectation_failed("out of order: " + packet.described());
        }
      }
    });
  }
  at_once(work);
}

// [MQTT-4.8.2-3]
TEST_P(shards, a_shared_subscription_gives_each_message_to_one_member) {
  running subject(chosen());
  constexpr std::size_t members = 5;
  std::vector<std::unique_ptr<raw_client>> group;
  for (std::size_t i = 0; i < members; ++i) {
    group.push_back(std::make_unique<raw_client>(subject.join("member-" + std::to_string(i))));
    group.back()->subscribe("$share/g/work/#", 2);
    group.back()->subscribe("end", 1);
  }
  raw_client writer = subject.join("writer");
  publish_numbers(writer, "work/q2", 2);
  publish_numbers(writer, "work/q1", 1);
  writer.publish({.topic = "end", .payload = "end", .qos = 1, .id = writer.fresh_id()});
  // Messages of one publisher come in order, so what a member has seen before the end is all of it.
  std::multiset<std::string> seen;
  for (const auto& member : group) {
    std::size_t count = 0;
    for (std::string payload; (payload = take(*member)) != "end"; ++count) seen.insert(payload);
    EXPECT_GT(count, 0U);
  }
  ASSERT_EQ(seen.size(), 2U * messages);
  for (int i = 0; i < messages; ++i) EXPECT_EQ(seen.count(std::to_string(i)), 2U) << i;
}

// [MQTT-3.1.4-3]
TEST_P(shards, a_storm_of_take_overs_leaves_one_client) {
  running subject(chosen());
  constexpr int threads = 6;
  constexpr int rounds = 40;
  std::atomic<int> present{0};
  std::vector<std::function<void()>> storm;
  for (int i = 0; i < threads; ++i) {
    storm.emplace_back([&, i] {
      for (int round = 0; round < rounds; ++round) {
        raw_client client = subject.dial();
        connect_packet packet{.client_id = "one-for-all", .clean_start = (i + round) % 5 == 0};
        packet.props.u32(property::session_expiry_interval, 100);
        client.send(packet);
        // Each is accepted, and perhaps taken over right afterwards.
        const auto answer = client.expect(support::CONNACK);
        if (answer.code != 0) throw support::expectation_failed(answer.described());
        if (answer.session_present) ++present;
        client.send(subscribe_packet{.id = 1, .filters = {{"storm", 1}}});
        client.send(publish_packet{.topic = "storm", .payload = "x", .qos = 1, .id = 2});
      }
    });
  }
  at_once(storm);
  EXPECT_GT(present, 0);
  raw_client last = subject.join("one-for-all");
  last.subscribe("calm", 1);
  last.publish({.topic = "storm", .payload = "nobody", .qos = 1, .id = 7});
  last.expect_silence();
}

TEST_P(shards, sessions_wait_for_clients_that_come_and_go) {
  running subject(chosen());
  raw_client writer = subject.join("writer");
  connect_packet staying;
  staying.props.u32(property::session_expiry_interval, 100);
  for (int i = 0; i < 8; ++i) {
    raw_client client = subject.join("stays-" + std::to_string(i), staying);
    client.subscribe("news", 1);
    client.disconnect();
  }
  publish_numbers(writer, "news", 1);
  staying.clean_start = false;
  for (int i = 0; i < 8; ++i) {
    raw_client client = subject.join("stays-" + std::to_string(i), staying);
    for (int n = 0; n < messages; ++n) EXPECT_EQ(take(client), std::to_string(n));
    client.expect_silence();
  }
}

}  // namespace
}  // namespace nanomq::broker::testing
