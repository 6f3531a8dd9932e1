// Every way to end, each told once.
#include <cerrno>
#include <cstring>

#include "manual_clock.hpp"
#include "net_fixture.hpp"

namespace nanonng::net {
namespace {

using consumed = connection_handler::consumed;
using namespace std::chrono_literals;

class connection_close : public test::on_each_poller {
 protected:
  test::socket_pair pair = test::make_pair();
  test::remembering_handler handler;
};
ON_EACH_POLLER(connection_close);

TEST_P(connection_close, tells_once_that_the_peer_closed) {
  const auto link = connect(pair.near, handler);
  test::write_all(pair.far.get(), "bye");
  pair.far.reset();
  for (int i = 0; i < 4; ++i) turn();
  EXPECT_EQ(handler.received, "bye");
  EXPECT_EQ(handler.closed, 1);
  EXPECT_EQ(handler.why, nanolib::error{});
  EXPECT_TRUE(link->closed());
}

TEST_P(connection_close, tells_nothing_inside_a_call_of_the_owner) {
  const auto link = connect(pair.near, handler);
  link->pause_input(true);
  pair.far.reset();
  ASSERT_TRUE(link->append(nanolib::as_bytes("x")));
  link->flush();
  EXPECT_EQ(handler.closed, 0);
  link->flush();
  loop->turn(nanolib::duration(-1));  // does not sleep: there is something to tell
  EXPECT_EQ(handler.closed, 1);
  EXPECT_EQ(handler.why.code, EPIPE);
  turn();
  EXPECT_EQ(handler.closed, 1);
  EXPECT_EQ(loop->chunks().lent(), 0U);
}

TEST_P(connection_close, hands_in_what_the_peer_said_last_before_it_tells_of_a_failed_write) {
  const auto link = connect(pair.near, handler);
  std::string order;
  handler.parse = [&](nanolib::bytes input) {
    order += nanolib::as_text(input);
    return consumed{input.size(), 0};
  };
  handler.at_close = [&] { order += "!"; };
  test::write_all(pair.far.get(), "disconnect");
  pair.far.reset();
  ASSERT_TRUE(link->append(nanolib::as_bytes("x")));
  link->flush();
  turn();
  EXPECT_EQ(order, "disconnect!");
}

TEST_P(connection_close, accepts_output_between_a_failure_and_its_telling) {
  const auto link = connect(pair.near, handler);
  link->pause_input(true);
  pair.far.reset();
  ASSERT_TRUE(link->append(nanolib::as_bytes("x")));
  link->flush();
  EXPECT_TRUE(link->append(nanolib::as_bytes("y")));
  turn();
  EXPECT_EQ(handler.closed, 1);
  EXPECT_EQ(link->reserve(1), nullptr);
  EXPECT_FALSE(link->append(nanolib::as_bytes("z")));
  EXPECT_EQ(loop->chunks().lent(), 0U);
}

TEST_P(connection_close, tells_nothing_after_the_owner_has_closed) {
  const auto link = connect(pair.near, handler);
  test::write_all(pair.far.get(), "unread");
  link->close();
  EXPECT_TRUE(link->closed());
  turn();
  EXPECT_EQ(handler.calls, 0);
  EXPECT_EQ(handler.closed, 0);
}

TEST_P(connection_close, sends_what_can_be_sent_at_once) {
  const auto link = connect(pair.near, handler);
  ASSERT_TRUE(link->append(nanolib::as_bytes("last")));
  link->close();
  EXPECT_EQ(test::read_all(pair.far.get()), "last");
  EXPECT_TRUE(test::at_end(pair.far.get()));
  EXPECT_EQ(loop->chunks().lent(), 0U);
}

TEST_P(connection_close, may_be_closed_inside_on_input) {
  auto link = connect(pair.near, handler);
  const std::string large = test::pattern(100'000);
  std::string seen;
  handler.parse = [&](nanolib::bytes input) {
    if (input.size() < large.size()) return consumed{0, large.size()};
    link->close();
    seen = nanolib::as_text(input);  // the input is there until the call ends
    return consumed{10, 0};
  };
  for (std::size_t at = 0; at < large.size(); at += 10'000) {
    test::write_all(pair.far.get(), std::string_view(large).substr(at, 10'000));
    turn();
  }
  EXPECT_TRUE(seen == large);
  EXPECT_EQ(handler.closed, 0);
}

TEST_P(connection_close, may_be_detached_inside_on_input) {
  auto link = connect(pair.near, handler);
  connection::detached gone;
  handler.parse = [&](nanolib::bytes) {
    gone = link->detach(2);
    return consumed{};
  };
  test::write_all(pair.far.get(), "abcd");
  turn();
  EXPECT_EQ(nanolib::as_text(gone.input), "cd");
  EXPECT_TRUE(link->closed());
  EXPECT_EQ(link->detach().over, nullptr);
}

TEST_P(connection_close, may_be_destroyed_in_the_hook_at_the_end_of_the_turn) {
  struct hooks final : event_loop::turn_hooks {
    void after_flush() noexcept override {
      if (over) link.reset();
    }
    std::unique_ptr<connection> link;
    bool over = false;
  } at_turn;
  at_turn.link = connect(pair.near, handler);
  handler.at_close = [&] { at_turn.over = true; };
  loop->set_hooks(&at_turn);
  pair.far.reset();
  turn();
  EXPECT_EQ(at_turn.link, nullptr);
  turn();
  loop->set_hooks(nullptr);
}

TEST_P(connection_close, goes_on_sending_after_close_until_the_peer_has_everything) {
  pair = test::make_pair(2048);
  const std::string text = test::pattern(80'000);
  auto link = connect(pair.near, handler);
  ASSERT_TRUE(link->append(nanolib::as_bytes(text)));
  link->close_after_flush(loop->now() + 1h);
  EXPECT_TRUE(link->closed());
  link.reset();
  EXPECT_EQ(loop->finishing(), 1U);
  test::write_all(pair.far.get(), "not listened to");
  std::string seen;
  turn_until([&] {
    seen += test::read_all(pair.far.get());
    return seen.size() == text.size() && test::at_end(pair.far.get());
  });
  EXPECT_TRUE(seen == text);
  EXPECT_EQ(loop->chunks().lent(), 0U);
  EXPECT_EQ(loop->finishing(), 1U) << "until the peer closes too";
  pair.far.reset();
  turn_until([&] { return loop->finishing() == 0; });
  EXPECT_EQ(handler.calls, 0);
  EXPECT_EQ(handler.closed, 0);
}

TEST_P(connection_close, gives_up_on_a_peer_that_takes_nothing_at_the_deadline) {
  nanomq::test::manual_clock clock;
  remake({.clock = &clock});
  pair = test::make_pair(2048);
  const auto link = connect(pair.near, handler);
  ASSERT_TRUE(link->append(nanolib::as_bytes(test::pattern(80'000))));
  link->close_after_flush(loop->now() + 5s);
  clock.advance(4s);
  turn();
  EXPECT_EQ(loop->finishing(), 1U);
  clock.advance(2s);
  turn();
  EXPECT_EQ(loop->finishing(), 0U);
  EXPECT_EQ(loop->chunks().lent(), 0U);
  test::read_all(pair.far.get());
  EXPECT_TRUE(test::at_end(pair.far.get()));
}

// It may be slow, and has more time than one that has everything and does not end its side.
TEST_P(connection_close, waits_for_a_peer_that_has_not_read_what_the_system_has_taken) {
  nanomq::test::manual_clock clock;
  remake({.clock = &clock});
  const auto link = connect(pair.near, handler);
  ASSERT_TRUE(link->append(nanolib::as_bytes("last words")));
  link->close_after_flush(loop->now() + 10s);
  for (int seconds = 0; seconds < 3; ++seconds) {
    clock.advance(1s);
    turn();
    EXPECT_EQ(loop->finishing(), 1U);
  }
  EXPECT_EQ(test::read_all(pair.far.get()), "last words");
  clock.advance(1s);
  turn();
  EXPECT_EQ(loop->finishing(), 0U);
}

TEST_P(connection_close, ends_what_is_finishing_with_the_loop) {
  pair = test::make_pair(2048);
  auto link = connect(pair.near, handler);
  ASSERT_TRUE(link->append(nanolib::as_bytes(test::pattern(80'000))));
  link->close_after_flush(loop->now() + 1h);
  link.reset();
  loop.reset();
  test::read_all(pair.far.get());
  EXPECT_TRUE(test::at_end(pair.far.get()));
}

TEST_P(connection_close, closes_at_once_when_the_deadline_has_passed) {
  const auto link = connect(pair.near, handler);
  ASSERT_TRUE(link->append(nanolib::as_bytes("last")));
  link->close_after_flush(loop->now());
  EXPECT_EQ(loop->finishing(), 0U);
  EXPECT_EQ(test::read_all(pair.far.get()), "last");
  EXPECT_TRUE(test::at_end(pair.far.get()));
}

TEST_P(connection_close, tells_of_a_descriptor_that_cannot_be_watched) {
  // Not a socket: epoll refuses it; poll() finds it readable and recv() refuses it.
  test::owned_descriptor file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const auto link = connect(file, handler);
  EXPECT_EQ(handler.closed, 0);
  turn_until([&] { return handler.closed == 1; });
  EXPECT_NE(handler.why.code, 0);
}

TEST_P(connection_close, knows_no_peer_when_closed) {
  const auto link = connect(pair.near, handler);
  EXPECT_EQ(link->peer(), "unix");
  link->close();
  EXPECT_EQ(link->peer(), "");
}

}  // namespace
}  // namespace nanonng::net
