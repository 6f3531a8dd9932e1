// How bytes arrive: residue, needed, pauses, hand-over.
#include <cstring>
#include <random>

#include "net_fixture.hpp"

namespace nanonng::net {
namespace {

using consumed = connection_handler::consumed;

class connection_input : public test::on_each_poller {
 protected:
  /// Packets of four bytes of length (host order) and as many bytes.
  static std::string packet(std::string_view body) {
    const auto size = static_cast<std::uint32_t>(body.size());
    std::string text(sizeof size, '\0');
    std::memcpy(text.data(), &size, sizeof size);
    return text.append(body);
  }
  /// Takes whole packets, says what it needs, and keeps their bodies.
  consumed take_packets(nanolib::bytes input) {
    std::size_t used = 0;
    for (;;) {
      const nanolib::bytes rest = input.subspan(used);
      if (rest.size() < 4) return {used, 4};
      std::uint32_t size = 0;
      std::memcpy(&size, rest.data(), sizeof size);
      if (rest.size() < 4 + std::size_t{size}) return {used, 4 + std::size_t{size}};
      bodies.emplace_back(nanolib::as_text(rest.subspan(4, size)));
      used += 4 + std::size_t{size};
    }
  }
  void expect_packets() {
    handler.parse = [this](nanolib::bytes input) { return take_packets(input); };
  }

  test::socket_pair pair = test::make_pair();
  test::remembering_handler handler;
  std::vector<std::string> bodies;
};
ON_EACH_POLLER(connection_input);

TEST_P(connection_input, takes_everything_there_is_with_one_call) {
  const auto link = connect(pair.near, handler);
  test::write_all(pair.far.get(), "one");
  test::write_all(pair.far.get(), "two");
  turn();
  EXPECT_EQ(handler.received, "onetwo");
  EXPECT_EQ(handler.calls, 1);
}

TEST_P(connection_input, delivers_the_same_packets_in_every_two_way_split) {
  expect_packets();
  const std::string stream = packet("a") + packet("") + packet("longer body") + packet("z");
  const std::vector<std::string> expected{"a", "", "longer body", "z"};
  const auto link = connect(pair.near, handler);
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    bodies.clear();
    if (cut != 0) test::write_all(pair.far.get(), std::string_view(stream).substr(0, cut));
    turn();
    if (cut != stream.size()) test::write_all(pair.far.get(), std::string_view(stream).substr(cut));
    turn();
    ASSERT_EQ(bodies, expected) << cut;
  }
}

TEST_P(connection_input, delivers_the_same_packets_byte_by_byte) {
  expect_packets();
  const std::string stream = packet("hello") + packet("") + packet(std::string(300, 'x'));
  const auto link = connect(pair.near, handler);
  for (const char byte : stream) {
    test::write_all(pair.far.get(), std::string_view(&byte, 1));
    turn();
  }
  EXPECT_EQ(bodies, (std::vector<std::string>{"hello", "", std::string(300, 'x')}));
  // One call per header and per body: nothing is asked before it is there.
  EXPECT_LE(handler.calls, 3 + 3 + 3);
}

TEST_P(connection_input, delivers_packets_of_all_sizes_in_random_pieces) {
  std::mt19937 random(7);
  expect_packets();
  std::vector<std::string> expected;
  std::string stream;
  for (const std::size_t size :
       {0U, 1U, 4090U, 4092U, 4096U, 5000U, 70'000U, 3U, 300'000U, 262'140U, 12U, 1'000'000U, 5U}) {
    expected.push_back(test::pattern(size, static_cast<unsigned>(size)));
    stream += packet(expected.back());
  }
  const auto link = connect(pair.near, handler);
  std::string_view rest = stream;
  while (!rest.empty()) {
    const std::size_t piece = std::min<std::size_t>(rest.size(), 1 + random() % (random() % 2 == 0 ? 50'000 : 700));
    const ssize_t sent = ::send(pair.far.get(), rest.data(), piece, MSG_NOSIGNAL);
    if (sent > 0) rest.remove_prefix(static_cast<std::size_t>(sent));
    if (random() % 3 != 0 || sent <= 0) turn();
  }
  turn_until([&] { return bodies.size() == expected.size(); });
  EXPECT_TRUE(bodies == expected);
}

TEST_P(connection_input, asks_once_for_a_large_packet_that_trickles_in) {
  expect_packets();
  const std::string body = test::pattern(200'000);
  const std::string stream = packet(body);
  const auto link = connect(pair.near, handler);
  for (std::size_t at = 0; at < stream.size(); at += 100) {
    test::write_all(pair.far.get(), std::string_view(stream).substr(at, 100));
    turn();
  }
  ASSERT_EQ(bodies.size(), 1U);
  EXPECT_TRUE(bodies[0] == body);
  EXPECT_LE(handler.calls, 3);
}

// THREATS 48: a header that announces 256 MiB reserves nothing.
TEST_P(connection_input, reserves_nothing_for_what_a_header_announces) {
  handler.parse = [](nanolib::bytes) { return consumed{0, 256U * 1024 * 1024}; };
  std::vector<test::socket_pair> pairs;
  std::vector<std::unique_ptr<connection>> links;
  for (int i = 0; i < 200; ++i) {
    pairs.push_back(test::make_pair());
    links.push_back(connect(pairs.back().near, handler));
    test::write_all(pairs.back().far.get(), "\x10");
  }
  for (int i = 0; i < 3; ++i) turn();
  EXPECT_EQ(handler.calls, 200);
  // 200 times 256 MiB would not have been had; that it goes on working is the point.
  for (auto& each : pairs) test::write_all(each.far.get(), "more");
  turn();
  EXPECT_EQ(handler.calls, 200);
  for (auto& link : links) EXPECT_EQ(link->detach().input.size(), 5U);
}

TEST_P(connection_input, asks_again_after_one_byte_when_nothing_is_known) {
  handler.parse = [](nanolib::bytes input) { return consumed{input.size() < 3 ? 0 : input.size(), 0}; };
  const auto link = connect(pair.near, handler);
  for (const char* byte : {"a", "b", "c"}) {
    test::write_all(pair.far.get(), byte);
    turn();
  }
  EXPECT_EQ(handler.calls, 3);
  EXPECT_EQ(handler.received, "abc");
}

TEST_P(connection_input, reads_nothing_while_paused_and_everything_after) {
  const auto link = connect(pair.near, handler);
  link->pause_input(true);
  test::write_all(pair.far.get(), "x");
  turn();
  EXPECT_EQ(handler.calls, 0);
  link->pause_input(false);
  turn();
  EXPECT_EQ(handler.received, "x");
}

TEST_P(connection_input, hands_in_again_what_a_handler_left_when_it_paused) {
  auto link = connect(pair.near, handler);
  handler.parse = [&](nanolib::bytes) {
    link->pause_input(true);
    return consumed{1, 0};
  };
  test::write_all(pair.far.get(), "abc");
  for (int i = 0; i < 3; ++i) turn();
  EXPECT_EQ(handler.calls, 1);
  link->pause_input(false);
  loop->turn(nanolib::duration(-1));  // does not sleep: there is input to hand in
  EXPECT_EQ(handler.calls, 2);
  link->pause_input(false);
  turn();
  EXPECT_EQ(handler.received, "abc");
}

// The poller tells of the end as soon as it is asked again, and what was left is handed in only then.
TEST_P(connection_input, hands_in_what_was_left_before_it_sees_the_end) {
  auto link = connect(pair.near, handler);
  handler.parse = [&](nanolib::bytes) {
    link->pause_input(true);
    return consumed{1, 0};
  };
  EXPECT_FALSE(link->peer_has_ended());
  test::write_all(pair.far.get(), "abc");
  EXPECT_FALSE(link->peer_has_ended());
  pair.far.reset();
  EXPECT_TRUE(link->peer_has_ended()) << "though there is something left to be read";
  turn_until([&] { return handler.calls == 1; });
  for (int calls = 2; calls <= 3; ++calls) {
    link->pause_input(false);
    turn_until([&] { return handler.calls == calls || handler.closed > 0; });
  }
  EXPECT_EQ(handler.received, "abc");
  EXPECT_EQ(handler.closed, 0);
  link->pause_input(false);
  turn_until([&] { return handler.closed == 1; });
}

TEST_P(connection_input, does_not_spin_over_a_peer_that_went_while_paused) {
  const auto link = connect(pair.near, handler);
  link->pause_input(true);
  test::write_all(pair.far.get(), "last words");
  pair.far.reset();
  loop->descriptors().wait(nanolib::duration(0));
  EXPECT_EQ(loop->descriptors().dispatch(), 0U);
  EXPECT_EQ(handler.closed, 0);
  link->pause_input(false);
  turn_until([&] { return handler.closed == 1; });
  EXPECT_EQ(handler.received, "last words");
}

TEST_P(connection_input, detaches_what_has_not_been_used_up) {
  handler.parse = [](nanolib::bytes) { return consumed{2, 100}; };
  const auto link = connect(pair.near, handler);
  test::write_all(pair.far.get(), "abcdef");
  turn();
  connection::detached gone = link->detach();
  EXPECT_TRUE(link->closed());
  ASSERT_NE(gone.over, nullptr);
  EXPECT_EQ(nanolib::as_text(gone.input), "cdef");
  test::remembering_handler next;
  const auto again = std::make_unique<connection>(*loop, std::move(gone.over), next);
  again->inject(std::move(gone.input));
  EXPECT_EQ(next.calls, 0) << "never inside a call of the owner";
  test::write_all(pair.far.get(), "g");
  turn_until([&] { return next.received.size() == 5; });
  EXPECT_EQ(next.received, "cdefg");
  EXPECT_EQ(handler.closed, 0);
}

TEST_P(connection_input, hands_in_injected_input_before_the_end_of_the_turn) {
  const auto link = connect(pair.near, handler);
  link->inject({std::byte{'a'}, std::byte{'b'}});
  loop->turn(nanolib::duration(-1));
  EXPECT_EQ(handler.received, "ab");
}

TEST_P(connection_input, holds_injected_input_back_while_paused) {
  const auto link = connect(pair.near, handler);
  link->inject({std::byte{'a'}});
  link->pause_input(true);
  turn();
  EXPECT_EQ(handler.calls, 0);
  link->pause_input(false);
  turn();
  EXPECT_EQ(handler.received, "a");
}

TEST_P(connection_input, changes_its_handler_between_calls) {
  test::remembering_handler second;
  const auto link = connect(pair.near, handler);
  test::write_all(pair.far.get(), "1");
  turn();
  link->set_handler(second);
  test::write_all(pair.far.get(), "2");
  turn();
  EXPECT_EQ(handler.received, "1");
  EXPECT_EQ(second.received, "2");
}

}  // namespace
}  // namespace nanonng::net
