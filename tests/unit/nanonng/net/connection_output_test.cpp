// How bytes leave: once per turn, in order, and however little the system takes.
#include <cstring>
#include <random>

#include "net_fixture.hpp"

namespace nanonng::net {
namespace {

class connection_output : public test::on_each_poller {
 protected:
  static nanolib::message_ptr message_with(std::string_view payload) {
    nanolib::publication from;
    from.payload = nanolib::as_bytes(payload);
    return nanolib::message::create(from);
  }
  static void put(connection& link, std::string_view text) {
    std::byte* const to = link.reserve(text.size());
    ASSERT_NE(to, nullptr);
    std::memcpy(to, text.data(), text.size());
    link.commit(text.size());
  }

  test::socket_pair pair = test::make_pair();
  test::remembering_handler handler;
};
ON_EACH_POLLER(connection_output);

TEST_P(connection_output, is_at_most_128_bytes) { EXPECT_LE(sizeof(connection), 128U); }

TEST_P(connection_output, sends_once_at_the_end_of_the_turn) {
  const auto link = connect(pair.near, handler);
  put(*link, "a");
  put(*link, "b");
  EXPECT_EQ(link->pending(), 2U);
  EXPECT_EQ(test::read_all(pair.far.get()), "");
  turn();
  EXPECT_EQ(test::read_all(pair.far.get()), "ab");
  EXPECT_EQ(link->pending(), 0U);
  EXPECT_EQ(loop->chunks().lent(), 0U) << "an idle connection owns no chunk";
}

TEST_P(connection_output, gives_a_chunk_back_that_was_reserved_in_vain) {
  const auto link = connect(pair.near, handler);
  ASSERT_NE(link->reserve(100), nullptr);
  turn();
  EXPECT_EQ(loop->chunks().lent(), 0U);
}

TEST_P(connection_output, sends_at_once_when_flushed) {
  const auto link = connect(pair.near, handler);
  put(*link, "now");
  link->flush();
  EXPECT_EQ(test::read_all(pair.far.get()), "now");
}

TEST_P(connection_output, sends_early_what_grows_beyond_the_limit_within_a_turn) {
  pair = test::make_pair(1 << 20);
  const auto link = connect(pair.near, handler);
  const std::string part = test::pattern(10'000);
  std::size_t appended = 0;
  while (appended <= connection::early_flush) {
    put(*link, part);
    appended += part.size();
  }
  EXPECT_LT(link->pending(), appended);
  EXPECT_GT(test::read_all(pair.far.get()).size(), 0U);
}

TEST_P(connection_output, waits_for_a_peer_that_reads_slowly_and_loses_nothing) {
  pair = test::make_pair(2048);
  const auto link = connect(pair.near, handler);
  const auto shared = message_with(test::pattern(6000, 9));
  std::mt19937 random(3);
  std::string expected;
  std::string seen;
  for (int round = 0; round < 200; ++round) {
    const std::string small = test::pattern(1 + random() % 200, static_cast<unsigned>(random()));
    put(*link, small);
    expected += small;
    ASSERT_TRUE(link->append_slice(shared, shared->payload()));
    expected += nanolib::as_text(shared->payload());
    if (random() % 4 == 0) {
      char some[3000];
      const ssize_t got = ::recv(pair.far.get(), some, random() % sizeof some, 0);
      if (got > 0) seen.append(some, static_cast<std::size_t>(got));
    }
    if (random() % 2 == 0) turn();
  }
  EXPECT_GT(link->pending(), 0U);
  turn_until([&] {
    seen += test::read_all(pair.far.get());
    return link->pending() == 0;
  });
  seen += test::read_all(pair.far.get());
  EXPECT_TRUE(seen == expected);
  EXPECT_EQ(handler.drained, 1);
  EXPECT_EQ(loop->chunks().lent(), 0U);
}

TEST_P(connection_output, waits_for_room_only_after_a_short_write) {
  pair = test::make_pair(2048);
  const auto link = connect(pair.near, handler);
  const auto ready = [&] {
    const std::size_t found = loop->descriptors().wait(nanolib::duration(0));
    loop->descriptors().dispatch();
    return found;
  };
  put(*link, "small");
  turn();
  EXPECT_EQ(ready(), 0U);
  ASSERT_TRUE(link->append(nanolib::as_bytes(test::pattern(100'000))));
  turn();
  EXPECT_GT(link->pending(), 0U);
  turn_until([&] {
    test::read_all(pair.far.get());
    return link->pending() == 0;
  });
  EXPECT_EQ(handler.drained, 1);
  EXPECT_EQ(ready(), 0U);
}

TEST_P(connection_output, says_nothing_of_draining_when_it_never_had_to_wait) {
  const auto link = connect(pair.near, handler);
  put(*link, "x");
  turn();
  turn();
  EXPECT_EQ(handler.drained, 0);
}

TEST_P(connection_output, can_be_written_to_by_its_own_handler) {
  auto link = connect(pair.near, handler);
  handler.parse = [&](nanolib::bytes input) {
    EXPECT_TRUE(link->append(input));
    return connection_handler::consumed{input.size(), 0};
  };
  test::write_all(pair.far.get(), "echo");
  turn();
  EXPECT_EQ(test::read_all(pair.far.get()), "echo");
}

TEST_P(connection_output, goes_on_sending_while_input_is_paused) {
  pair = test::make_pair(2048);
  const auto link = connect(pair.near, handler);
  link->pause_input(true);
  const std::string text = test::pattern(50'000);
  ASSERT_TRUE(link->append(nanolib::as_bytes(text)));
  std::string seen;
  turn_until([&] {
    seen += test::read_all(pair.far.get());
    return seen.size() == text.size();
  });
  EXPECT_TRUE(seen == text);
}

TEST_P(connection_output, works_over_a_stream_that_has_no_descriptor) {
  struct memory final : stream {
    io_result read(std::span<std::byte> into) noexcept override {
      if (in.empty()) return {};
      const std::size_t size = std::min(into.size(), in.size());
      std::memcpy(into.data(), in.data(), size);
      in.erase(0, size);
      return {io_result::outcome::moved, size, {}};
    }
    io_result write(std::span<const iovec> from) noexcept override {
      if (full) return {};
      std::size_t size = 0;
      for (const iovec& part : from) {
        out.append(static_cast<const char*>(part.iov_base), part.iov_len);
        size += part.iov_len;
      }
      return {io_result::outcome::moved, size, {}};
    }
    [[nodiscard]] int descriptor() const noexcept override { return -1; }
    [[nodiscard]] std::string peer() const override { return "memory"; }
    std::string in;
    std::string out;
    bool full = false;
  };
  auto owned = std::make_unique<memory>();
  memory& over = *owned;
  connection link(*loop, std::move(owned), handler);
  EXPECT_EQ(link.peer(), "memory");
  over.in = "input";
  link.ready(interest::read);
  turn();
  EXPECT_EQ(handler.received, "input");
  over.full = true;
  put(link, "output");
  turn();
  EXPECT_EQ(link.pending(), 6U);
  over.full = false;
  link.ready(interest::write);
  turn();
  EXPECT_EQ(over.out, "output");
  EXPECT_EQ(handler.drained, 1);
}

}  // namespace
}  // namespace nanonng::net
