// The bounds of all queues together: a message is kept for everybody, or its publisher is refused.
#include "durable_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

class durable_quota : public durable, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  static constexpr unsigned readers = 10;

  void SetUp() override {}
  void begin(std::uint64_t messages, std::uint64_t bytes) {
    shards = GetParam();
    adjust = [=](broker_options& options) {
      options.durability.max_messages = messages;
      options.durability.max_bytes = bytes;
    };
    start();
    for (unsigned i = 0; i < readers; ++i) {
      raw_client one = stay(name(i));
      one.subscribe("t", 2);
      one.disconnect();
    }
  }
  static std::string name(unsigned i) { return "reader" + std::to_string(i); }
  /// Publishes; what was acknowledged.
  std::vector<std::string> fill(unsigned count, const std::string& filler) {
    raw_client writer = come("writer");
    std::vector<std::string> kept;
    for (unsigned id = 1; id <= count; ++id) {
      const unsigned qos = 1 + id % 2;
      const std::string payload = std::to_string(id) + filler;
      writer.send(publish_packet{.topic = "t", .payload = payload, .qos = qos, .id = id});
      const received_packet answer = writer.expect(qos == 1 ? PUBACK : PUBREC);
      if (answer.code == 0x97) continue;
      EXPECT_LT(answer.code, 0x80U);
      kept.push_back(payload);
      if (qos == 1) continue;
      writer.send(acknowledgement{.kind = PUBREL, .id = id});
      writer.expect(PUBCOMP, id);
    }
    return kept;
  }
  void expect_exactly(const std::vector<std::string>& kept) {
    for (unsigned i = 0; i < readers; ++i) {
      raw_client back = stay(name(i), true);
      for (const std::string& payload : kept) back.expect_publish("t", payload);
      back.expect_silence();
    }
  }
};

TEST_P(durable_quota, of_messages_refuses_what_does_not_fit_for_everybody) {
  begin(15, 1U << 30U);
  const std::vector<std::string> kept = fill(4, "");
  EXPECT_EQ(kept.size(), 1U);
  crash();
  expect_exactly(kept);
}

TEST_P(durable_quota, of_bytes_refuses_what_does_not_fit_for_everybody) {
  begin(1'000'000, 1'000'000);
  const std::vector<std::string> kept = fill(6, std::string(30'000, 'x'));
  EXPECT_EQ(kept.size(), 3U);
  crash();
  expect_exactly(kept);
}

// What was refused has left the account.
TEST_P(durable_quota, has_room_for_a_smaller_message) {
  begin(1'000'000, 1'000'000);
  EXPECT_EQ(fill(4, std::string(30'000, 'x')).size(), 3U);
  raw_client writer = come("writer");
  const auto deadline = std::chrono::steady_clock::now() + raw_client::default_deadline;
  unsigned code = 0x97;
  while (code != 0 && std::chrono::steady_clock::now() < deadline) {
    const unsigned id = writer.fresh_id();
    writer.send(publish_packet{.topic = "t", .payload = "small", .qos = 1, .id = id});
    code = writer.expect(PUBACK).code;
  }
  EXPECT_EQ(code, 0U);
}

// What one publisher sends at once for many does not become one huge commit.
TEST_P(durable_quota, of_rows_on_their_way_makes_a_publisher_wait) {
  shards = GetParam();
  adjust = [](broker_options& options) {
    options.limits.receive_maximum = 10'000;
    options.durability.max_pending_rows = 100;
  };
  start();
  for (unsigned i = 0; i < readers; ++i) {
    raw_client one = stay(name(i));
    one.subscribe("t", 1);
    one.disconnect();
  }
  constexpr unsigned many = 500;
  raw_client writer = come("writer");
  octets all;
  for (unsigned id = 1; id <= many; ++id) {
    all.raw(publish_packet{.topic = "t", .payload = std::to_string(id), .qos = 1, .id = id}.encode(version::v5));
  }
  writer.send(all);
  for (unsigned id = 1; id <= many; ++id) writer.expect(PUBACK, id);
  // A group has 512 changes at most, a larger unit excepted.
  EXPECT_LE(drive.largest(), 512U);
}

INSTANTIATE_TEST_SUITE_P(shards, durable_quota, ::testing::Values(1U, 2U));

}  // namespace
}  // namespace nanomq::broker::testing
