#include "nanonng/net/output_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <string>

#include "net_fixture.hpp"

namespace nanonng::net {
namespace {

using outcome = io_result::outcome;

/// Takes at most `most` bytes of each write, `budget` in all, and remembers how it was asked.
class taking_stream final : public stream {
 public:
  io_result read(std::span<std::byte>) noexcept override { return {}; }
  io_result write(std::span<const iovec> from) noexcept override {
    ++writes;
    largest = std::max(largest, from.size());
    if (broken) return {outcome::failed, 0, {nanolib::error_domain::sys, EPIPE}};
    std::size_t taken = 0;
    for (const iovec& part : from) {
      const std::size_t size = std::min({part.iov_len, most - taken, budget});
      text.append(static_cast<const char*>(part.iov_base), size);
      taken += size;
      budget -= size;
      if (size < part.iov_len) break;
    }
    if (taken == 0) return {};
    return {outcome::moved, taken, {}};
  }
  [[nodiscard]] int descriptor() const noexcept override { return -1; }
  [[nodiscard]] std::string peer() const override { return {}; }

  std::string text;
  std::size_t most = SIZE_MAX;
  std::size_t budget = SIZE_MAX;
  std::size_t largest = 0;
  int writes = 0;
  bool broken = false;
};

class output_queue_test : public ::testing::Test {
 protected:
  ~output_queue_test() override {
    queue.clear(pool);
    EXPECT_EQ(pool.lent(), 0U);
  }
  void put(std::string_view text) {
    std::byte* room = queue.room(text.size());
    if (room == nullptr) room = queue.grow(text.size(), pool);
    ASSERT_NE(room, nullptr);
    std::memcpy(room, text.data(), text.size());
    queue.commit(text.size());
  }
  static nanolib::message_ptr message_with(std::string_view payload) {
    nanolib::publication from;
    from.topic = "t";
    from.payload = nanolib::as_bytes(payload);
    return nanolib::message::create(from);
  }

  chunk_pool pool;
  output_queue queue;
  taking_stream to;
};

TEST_F(output_queue_test, sends_one_chunk_as_one_part) {
  put("hello ");
  put("world");
  EXPECT_EQ(queue.pending(), 11U);
  EXPECT_EQ(queue.send(to, pool).what, outcome::moved);
  EXPECT_EQ(to.text, "hello world");
  EXPECT_EQ(to.writes, 1);
  EXPECT_EQ(to.largest, 1U);
  EXPECT_EQ(pool.lent(), 0U) << "an empty queue owns nothing";
}

TEST_F(output_queue_test, takes_a_small_chunk_first_and_large_ones_then) {
  put("x");
  EXPECT_EQ(pool.lent(), chunk_pool::small_size);
  put(std::string(chunk_pool::small_room, 'y'));
  EXPECT_EQ(pool.lent(), chunk_pool::small_size + chunk_pool::large_size);
}

TEST_F(output_queue_test, gives_contiguous_room_of_any_size) {
  const std::string large = test::pattern(300'000);
  put(large);
  EXPECT_EQ(queue.send(to, pool).bytes, large.size());
  EXPECT_EQ(to.text, large);
}

TEST_F(output_queue_test, gives_room_back_that_was_never_filled) {
  ASSERT_NE(queue.grow(100, pool), nullptr);
  EXPECT_EQ(queue.send(to, pool).what, outcome::moved);
  EXPECT_EQ(to.writes, 0);
  EXPECT_EQ(pool.lent(), 0U);
}

TEST_F(output_queue_test, keeps_the_order_of_bytes_and_slices) {
  const auto message = message_with("payload");
  put("a");
  ASSERT_TRUE(queue.append_slice(message, message->payload(), pool));
  put("b");
  ASSERT_TRUE(queue.append_slice(message, message->payload().first(3), pool));
  ASSERT_TRUE(queue.append_slice(message, message->payload().subspan(3), pool));
  put("c");
  EXPECT_EQ(queue.pending(), 3U + 14U);
  EXPECT_EQ(queue.send(to, pool).what, outcome::moved);
  EXPECT_EQ(to.text, "apayloadbpayloadc");
  EXPECT_EQ(to.writes, 1);
}

TEST_F(output_queue_test, needs_no_chunk_for_each_slice) {
  const auto message = message_with(std::string(4096, 'p'));
  for (int i = 0; i < 50; ++i) {
    put("header");
    ASSERT_TRUE(queue.append_slice(message, message->payload(), pool));
  }
  EXPECT_EQ(pool.lent(), chunk_pool::small_size);
}

TEST_F(output_queue_test, keeps_a_message_until_it_has_been_sent_or_thrown_away) {
  {
    auto message = message_with("kept alive by the queue alone");
    const nanolib::bytes payload = message->payload();
    ASSERT_TRUE(queue.append_slice(std::move(message), payload, pool));
  }
  to.budget = 5;
  EXPECT_EQ(queue.send(to, pool).what, outcome::would_block);
  EXPECT_EQ(to.text, "kept ");
  EXPECT_EQ(queue.pending(), 24U);
  queue.clear(pool);
  EXPECT_EQ(queue.pending(), 0U);
  EXPECT_EQ(pool.lent(), 0U);
}

TEST_F(output_queue_test, offers_at_most_64_parts_at_once) {
  const auto message = message_with("m");
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    put("-");
    ASSERT_TRUE(queue.append_slice(message, message->payload(), pool));
    expected += "-m";
  }
  EXPECT_EQ(queue.send(to, pool).what, outcome::moved);
  EXPECT_EQ(to.text, expected);
  EXPECT_EQ(to.largest, 64U);
}

TEST_F(output_queue_test, says_how_much_was_sent_before_a_failure) {
  put("abc");
  to.broken = true;
  const io_result result = queue.send(to, pool);
  EXPECT_EQ(result.what, outcome::failed);
  EXPECT_EQ(result.error.code, EPIPE);
  EXPECT_EQ(queue.pending(), 3U);
}

TEST_F(output_queue_test, passes_a_slice_of_nothing_over) {
  const auto message = message_with("");
  ASSERT_TRUE(queue.append_slice(message, message->payload(), pool));
  EXPECT_EQ(queue.pending(), 0U);
  EXPECT_EQ(queue.send(to, pool).what, outcome::moved);
}

TEST_F(output_queue_test, sends_everything_in_order_however_the_writes_are_cut) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    to.text.clear();
    to.most = SIZE_MAX;
    std::string expected;
    for (int step = 0; step < 300; ++step) {
      const std::string text =
          test::pattern(1 + random() % (random() % 8 == 0 ? 9000 : 60), static_cast<unsigned>(random()));
      switch (random() % 4) {
        case 0:
          put(text);
          break;
        case 1:
          ASSERT_TRUE(queue.append(nanolib::as_bytes(text), pool));
          break;
        case 2: {
          const auto message = message_with(text);
          ASSERT_TRUE(queue.append_slice(message, message->payload(), pool));
          break;
        }
        default:
          to.budget = random() % 5000;
          to.most = 1 + random() % 3000;
          static_cast<void>(queue.send(to, pool));
          ASSERT_EQ(to.text.size() + queue.pending(), expected.size());
          continue;
      }
      expected += text;
    }
    to.budget = SIZE_MAX;
    while (queue.send(to, pool).what == outcome::would_block) continue;
    ASSERT_EQ(to.text, expected) << seed;
    ASSERT_EQ(pool.lent(), 0U);
  }
}

}  // namespace
}  // namespace nanonng::net
