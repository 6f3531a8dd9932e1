#include "client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <initializer_list>
#include <string>

namespace {

using namespace nanomq::bench;
using testing::ElementsAreArray;

byte_buffer bytes(std::initializer_list<int> values) {
  byte_buffer out;
  for (const int each : values) out.push_back(static_cast<std::byte>(each));
  return out;
}

struct heard final : client_events {
  void on_ready(client&) override { ++ready; }
  void on_subscribed(client&, const received_suback& result) override { granted += result.granted; }
  void on_message(client&, const received_publish& message) override { topics.emplace_back(message.topic); }
  void on_acknowledged(client&) override { ++acknowledged; }
  void on_fault(client&, std::string_view what) override { faults.emplace_back(what); }

  int ready = 0;
  int acknowledged = 0;
  std::size_t granted = 0;
  std::vector<std::string> topics;
  std::vector<std::string> faults;
};

class bench_client : public testing::Test {
 protected:
  bench_client() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    far_ = ends[0];
    near_ = std::make_unique<client>(client_options{.descriptor = ends[1], .index = 0, .version = protocol::mqtt_5_0},
                                     events_);
  }
  ~bench_client() override { ::close(far_); }

  byte_buffer written() {
    EXPECT_TRUE(near_->flush());
    byte_buffer out(4096);
    const ssize_t count = ::recv(far_, out.data(), out.size(), 0);
    out.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return out;
  }

  int far_ = -1;
  heard events_;
  std::unique_ptr<client> near_;
};

TEST_F(bench_client, takes_packets_that_come_byte_by_byte) {
  for (const std::byte each : bytes({0x20, 3, 0, 0, 0, 0x90, 4, 0, 1, 0, 1, 0x30, 4, 0, 1, 't', 0})) {
    near_->receive(std::span{&each, 1});
  }
  EXPECT_EQ(events_.ready, 1);
  EXPECT_EQ(events_.granted, 1U);
  EXPECT_THAT(events_.topics, testing::ElementsAre("t"));
  EXPECT_TRUE(events_.faults.empty());
}

TEST_F(bench_client, takes_several_packets_and_a_piece_at_once) {
  near_->receive(bytes({0x30, 4, 0, 1, 'a', 0, 0x30, 4, 0, 1, 'b', 0, 0x30, 4, 0}));
  near_->receive(bytes({1, 'c', 0}));
  EXPECT_THAT(events_.topics, testing::ElementsAre("a", "b", "c"));
}

TEST_F(bench_client, acknowledges_what_it_receives_at_each_qos) {
  near_->receive(bytes({0x30, 4, 0, 1, 't', 0}));
  near_->receive(bytes({0x32, 6, 0, 1, 't', 0, 8, 0}));
  near_->receive(bytes({0x34, 6, 0, 1, 't', 0, 9, 0}));
  near_->receive(bytes({0x62, 2, 0, 9}));
  EXPECT_THAT(written(), ElementsAreArray(bytes({0x40, 2, 0, 8, 0x50, 2, 0, 9, 0x70, 2, 0, 9})));
}

TEST_F(bench_client, finishes_a_qos_2_exchange_with_pubcomp_only) {
  near_->publish(publish_template{protocol::mqtt_5_0, {.topic = "t", .qos = 2}}, {});
  EXPECT_EQ(near_->unacknowledged(), 1U);
  static_cast<void>(written());
  near_->receive(bytes({0x50, 2, 0, 1}));
  EXPECT_EQ(near_->unacknowledged(), 1U);
  EXPECT_THAT(written(), ElementsAreArray(bytes({0x62, 2, 0, 1})));
  near_->receive(bytes({0x70, 2, 0, 1}));
  EXPECT_EQ(near_->unacknowledged(), 0U);
  EXPECT_EQ(events_.acknowledged, 1);
}

TEST_F(bench_client, reports_a_refusal_once_and_closes) {
  near_->receive(bytes({0x20, 3, 0, 0x87, 0, 0x20, 3, 0, 0x87, 0}));
  EXPECT_THAT(events_.faults, testing::ElementsAre("the broker refused CONNECT"));
  EXPECT_TRUE(near_->closed());
}

TEST_F(bench_client, reports_an_acknowledgement_of_what_was_not_sent) {
  near_->receive(bytes({0x40, 2, 0, 1}));
  EXPECT_THAT(events_.faults, testing::ElementsAre("the broker acknowledged what was not sent"));
}

TEST_F(bench_client, reports_disconnect_and_what_no_broker_sends) {
  near_->receive(bytes({0xE0, 1, 0x8B}));
  EXPECT_EQ(events_.faults.size(), 1U);
}

TEST_F(bench_client, keeps_what_the_socket_does_not_take) {
  const publish_template packet{protocol::mqtt_5_0, {.topic = "t", .payload = 64 * 1024}};
  while (near_->flush()) near_->publish(packet, {});
  EXPECT_GT(near_->unsent(), 0U);
  byte_buffer sink(256 * 1024);
  while (!near_->flush()) {
    ASSERT_GT(::recv(far_, sink.data(), sink.size(), 0), 0);
  }
  EXPECT_EQ(near_->unsent(), 0U);
}

}  // namespace
