// Readers that do not keep up cost a bounded amount of memory, and nobody else's messages.
#include "broker_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

class slow_reader : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  static broker_options tight() {
    broker_options options = options_with(GetParam());
    options.sys_interval = nanolib::duration(100);
    options.limits.max_output_bytes = 256 * 1024;
    options.limits.max_queue_bytes = 256 * 1024;
    return options;
  }
  static raw_client stuck(const running& subject, unsigned qos) {
    raw_client reader = subject.dial();
    reader.shrink_receive_buffer(4096);
    reader.connect({.client_id = "stuck"});
    reader.subscribe("flood", qos);
    return reader;
  }
  static constexpr std::size_t large = 50'000;
};

INSTANTIATE_TEST_SUITE_P(shards, slow_reader, ::testing::Values(1U, 2U));

TEST_P(slow_reader, loses_qos_0_beyond_the_bound_and_the_loss_is_counted) {
  running subject(tight());
  raw_client reader = stuck(subject, 0);
  raw_client watcher = subject.join("watcher");
  raw_client writer = subject.join("writer");
  constexpr unsigned sent = 600;
  const std::string payload(large, 'x');
  for (unsigned i = 0; i < sent; ++i) writer.send(publish_packet{.topic = "flood", .payload = payload});
  writer.expect_silence();
  // Of 30 MB the broker keeps 256 KB and the sockets a few MB: what is dropped is not kept.
  watcher.subscribe("$SYS/broker/publish/messages/dropped", 0);
  while (std::stoul(watcher.expect(support::PUBLISH).payload) < sent / 2) {
  }
}

TEST_P(slow_reader, loses_qos_1_beyond_the_queue_and_the_publisher_goes_on) {
  running subject(tight());
  raw_client reader = stuck(subject, 1);
  raw_client writer = subject.join("writer");
  raw_client other = subject.join("other");
  other.subscribe("flood", 1);
  const std::string payload(large, 'x');
  for (int i = 0; i < 60; ++i) {
    writer.publish({.topic = "flood", .payload = payload, .qos = 1, .id = writer.fresh_id()});
    const auto packet = other.expect(support::PUBLISH);
    other.send(support::acknowledgement{.kind = support::PUBACK, .id = packet.id});
  }
  other.expect_silence();
}

// Between shards nothing is dropped: a publisher that is faster than the other shard waits for it.
TEST_P(slow_reader, a_congested_lane_stalls_the_publisher_and_loses_nothing) {
  broker_options options = options_with(GetParam());
  options.limits.max_output_bytes = 1'000'000'000;
  options.lane_high_water = 30'000;
  running subject(std::move(options));
  constexpr int writers = 3;
  constexpr int each = 300;
  std::vector<std::unique_ptr<raw_client>> readers;
  for (int i = 0; i < 4; ++i) {
    readers.push_back(std::make_unique<raw_client>(subject.join("reader-" + std::to_string(i))));
    readers.back()->subscribe("bulk/#", 0);
  }
  const std::string payload(3'000, 'x');
  std::vector<std::function<void()>> work;
  for (int i = 0; i < writers; ++i) {
    work.emplace_back([&, i] {
      raw_client writer = subject.join("writer-" + std::to_string(i));
      for (int n = 0; n < each; ++n) {
        writer.send(publish_packet{.topic = "bulk/" + std::to_string(i), .payload = payload});
      }
      writer.expect_silence();
    });
  }
  for (const auto& reader : readers) {
    work.emplace_back([&] {
      for (int n = 0; n < writers * each; ++n) static_cast<void>(reader->expect(support::PUBLISH));
    });
  }
  at_once(work);
}

}  // namespace
}  // namespace nanomq::broker::testing
