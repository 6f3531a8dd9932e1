// How a broker ends: clients are told, and nobody can hold it up.
#include <atomic>
#include <cerrno>

#include "broker_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

class stop : public ::testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(shards, stop, ::testing::Values(1U, 2U, 4U));

// [MQTT-4.13.2-1]
TEST_P(stop, tells_every_5_0_client_0x8B_and_closes_the_others) {
  broker_options options = options_with(GetParam());
  options.stop_timeout = nanolib::duration(300);  // these clients look only when the broker has gone
  running subject(std::move(options));
  std::vector<raw_client> five;
  std::vector<raw_client> three;
  for (int i = 0; i < 12; ++i) {
    five.push_back(subject.join("five-" + std::to_string(i)));
    three.push_back(subject.join("three-" + std::to_string(i), {}, version::v3_1_1));
  }
  raw_client silent = subject.dial();
  subject->stop();
  for (raw_client& client : five) client.expect_disconnect(0x8B);
  for (raw_client& client : three) client.expect_close();
  silent.expect_close();
}

TEST_P(stop, under_load_every_client_still_hears_of_it) {
  running subject(options_with(GetParam()));
  std::vector<std::function<void()>> clients;
  std::atomic<int> busy{0};
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back([&, i] {
      raw_client client = subject.join("load-" + std::to_string(i));
      client.subscribe("load/#", 0);
      for (int n = 0;; ++n) {
        client.send(publish_packet{.topic = "load/" + std::to_string(i), .payload = std::string(200, 'x')});
        if (n == 0) ++busy;
        // Reads what there is until the DISCONNECT comes; the close after it ends the client.
        const auto packet = client.next_or_close();
        if (!packet) throw support::expectation_failed("closed without DISCONNECT");
        if (packet->kind != support::DISCONNECT) continue;
        if (packet->code != 0x8B) throw support::expectation_failed("another reason");
        return;
      }
    });
  }
  clients.emplace_back([&] {
    while (busy < 6) std::this_thread::yield();
    subject->stop();
  });
  at_once(clients);
}

TEST_P(stop, does_not_wait_longer_than_its_timeout_for_a_reader_that_never_reads) {
  broker_options options = options_with(GetParam());
  options.stop_timeout = nanolib::duration(300);
  running subject(std::move(options));
  raw_client reader = subject.dial();
  reader.shrink_receive_buffer(4096);
  reader.connect({.client_id = "never-reads"});
  reader.subscribe("much", 0);
  raw_client writer = subject.join("writer");
  const std::string large(500'000, 'x');
  for (int i = 0; i < 20; ++i) writer.send(publish_packet{.topic = "much", .payload = large});
  writer.expect_silence();
  subject->stop();  // ctest's timeout is the judge
  writer.expect_disconnect(0x8B);
}

TEST_P(stop, may_be_asked_for_twice_and_before_a_start) {
  running subject(options_with(GetParam()));
  subject->stop();
  subject->stop();
  std::string why;
  auto unstarted = broker::open(options_with(GetParam()), why);
  ASSERT_TRUE(unstarted) << why;
  unstarted->reset();
}

TEST(start, refuses_an_address_in_use_and_names_it) {
  running first(options_with(1));
  broker_options options = options_with(1);
  options.listeners.front().bind.front().port = first.where().port;
  std::string why;
  const auto second = broker::open(std::move(options), why);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), (nanolib::error{nanolib::error_domain::sys, EADDRINUSE}));
  EXPECT_NE(why.find(std::to_string(first.where().port)), std::string::npos) << why;
}

}  // namespace
}  // namespace nanomq::broker::testing
