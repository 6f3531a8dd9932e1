// What a stream with layers asks of its connection: reading again, room for bytes of its own, input before output.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <string>

#include "net_fixture.hpp"

namespace nanonng::net {
namespace {

using outcome = io_result::outcome;

/// Answers reads and writes as the test says; counts them.
class scripted_stream final : public stream {
 public:
  struct script {
    std::deque<io_result> reads;   ///< would_block when empty
    std::deque<io_result> writes;  ///< everything is taken when empty
    std::string input;             ///< what reads that move take their bytes from
    std::string sent;
    std::uint8_t wants = io_result::none;
    int own_writes = 0;
    int finishes = 0;
    int read_calls = 0;
    int descriptor = -1;
  };
  explicit scripted_stream(script& of) noexcept : script_(of) {}

  io_result read(std::span<std::byte> into) noexcept override {
    ++script_.read_calls;
    if (script_.reads.empty()) return {};
    io_result answer = script_.reads.front();
    script_.reads.pop_front();
    answer.bytes = std::min({answer.bytes, into.size(), script_.input.size()});
    std::memcpy(into.data(), script_.input.data(), answer.bytes);
    script_.input.erase(0, answer.bytes);
    return answer;
  }
  io_result write(std::span<const iovec> from) noexcept override {
    std::size_t size = 0;
    for (const iovec& part : from) size += part.iov_len;
    if (size == 0) ++script_.own_writes;
    if (!script_.writes.empty()) {
      const io_result answer = script_.writes.front();
      script_.writes.pop_front();
      if (answer.what != outcome::moved) return answer;
      size = std::min(size, answer.bytes);
    }
    std::size_t left = size;
    for (const iovec& part : from) {
      const std::size_t now = std::min(left, part.iov_len);
      script_.sent.append(static_cast<const char*>(part.iov_base), now);
      left -= now;
    }
    return {outcome::moved, size, {}};
  }
  void finish() noexcept override { ++script_.finishes; }
  [[nodiscard]] std::uint8_t wants() const noexcept override { return script_.wants; }
  [[nodiscard]] int descriptor() const noexcept override { return script_.descriptor; }
  [[nodiscard]] std::string peer() const override { return "memory"; }

 private:
  script& script_;
};

class connection_layer : public test::on_each_poller {
 protected:
  std::unique_ptr<connection> connect() {
    return std::make_unique<connection>(*loop, std::make_unique<scripted_stream>(script), handler);
  }
  scripted_stream::script script;
  test::remembering_handler handler;
};
ON_EACH_POLLER(connection_layer);

TEST_P(connection_layer, reads_again_within_the_turn_while_the_stream_holds_input) {
  const auto link = connect();
  script.input = "abc";
  script.reads = {{outcome::moved, 1, {}, io_result::read_again},
                  {outcome::would_block, 0, {}, io_result::read_again},
                  {outcome::moved, 2, {}}};
  link->ready(interest::read);
  turn();
  EXPECT_EQ(handler.received, "abc");
}

TEST_P(connection_layer, reads_what_the_stream_holds_after_a_pause) {
  const auto link = connect();
  script.input = "ab";
  script.reads = {{outcome::moved, 1, {}, io_result::read_again}, {outcome::moved, 1, {}}};
  handler.parse = [&](nanolib::bytes input) {
    link->pause_input(true);
    return connection_handler::consumed{input.size(), 0};
  };
  link->ready(interest::read);
  turn();
  turn();
  EXPECT_EQ(handler.received, "a");
  link->pause_input(false);
  turn();
  EXPECT_EQ(handler.received, "ab");
}

TEST_P(connection_layer, asks_a_stream_that_it_takes_over_what_it_wants) {
  script.input = "a";
  script.reads = {{outcome::moved, 1, {}}};
  script.wants = io_result::read_again | io_result::room;
  const auto link = connect();
  turn();
  EXPECT_EQ(handler.received, "a");
  EXPECT_EQ(script.own_writes, 0);
  link->ready(interest::write);
  turn();
  EXPECT_EQ(script.own_writes, 1);
}

TEST_P(connection_layer, lets_the_stream_send_its_own_bytes_once_there_is_room) {
  const auto link = connect();
  script.reads = {{outcome::would_block, 0, {}, io_result::room}};
  script.writes = {{outcome::would_block, 0, {}, io_result::room}, {outcome::moved, 0, {}}};
  link->ready(interest::read);
  turn();
  EXPECT_EQ(script.own_writes, 0);
  for (int round = 0; round < 4; ++round) {
    link->ready(interest::write);
    turn();
  }
  EXPECT_EQ(script.own_writes, 2);
  EXPECT_EQ(handler.drained, 0);
}

TEST_P(connection_layer, reads_nothing_while_the_stream_is_stuck) {
  auto sockets = test::make_pair(2048);
  script.descriptor = sockets.near.get();
  const std::string filler(1U << 20U, 'x');
  while (::send(sockets.near.get(), filler.data(), filler.size(), MSG_NOSIGNAL) > 0) continue;
  test::write_all(sockets.far.get(), "unread");
  script.reads = {{outcome::would_block, 0, {}, io_result::room | io_result::stuck}};
  const auto link = connect();
  for (int turns = 0; turns < 5; ++turns) turn();
  EXPECT_EQ(script.read_calls, 1);
  EXPECT_EQ(script.own_writes, 0);
  while (!test::read_all(sockets.far.get()).empty()) continue;
  for (int turns = 0; turns < 5; ++turns) turn();
  EXPECT_EQ(script.own_writes, 1);
  EXPECT_GT(script.read_calls, 1);
}

TEST_P(connection_layer, holds_output_back_until_the_stream_has_read) {
  const auto link = connect();
  script.writes = {{outcome::would_block, 0, {}, io_result::input}, {outcome::would_block, 0, {}, io_result::input}};
  ASSERT_TRUE(link->append(nanolib::as_bytes("hello")));
  turn();
  EXPECT_TRUE(link->is_blocked());
  link->ready(interest::read);
  turn();
  EXPECT_EQ(script.sent, "");
  link->ready(interest::read);
  turn();
  EXPECT_EQ(script.sent, "hello");
  EXPECT_FALSE(link->is_blocked());
  EXPECT_EQ(handler.drained, 1);
}

TEST_P(connection_layer, tells_when_the_streams_own_bytes_cannot_be_sent) {
  const auto link = connect();
  script.reads = {{outcome::would_block, 0, {}, io_result::room}};
  script.writes = {{outcome::failed, 0, {nanolib::error_domain::sys, EPROTO}}};
  link->ready(interest::read_write);
  turn();
  turn();
  EXPECT_EQ(handler.closed, 1);
  EXPECT_EQ(handler.why, (nanolib::error{nanolib::error_domain::sys, EPROTO}));
}

TEST_P(connection_layer, does_not_linger_for_output_that_waits_for_input) {
  auto link = connect();
  script.writes = {{outcome::would_block, 0, {}, io_result::input}};
  ASSERT_TRUE(link->append(nanolib::as_bytes("bye")));
  link->close_after_flush(loop->now() + nanolib::duration(1000));
  EXPECT_EQ(loop->finishing(), 0U);
  EXPECT_EQ(script.finishes, 0);
}

}  // namespace
}  // namespace nanonng::net
