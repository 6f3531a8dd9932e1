// Those who have connected and are not in yet: what they may cost, how long they may stay, and who goes when it is full.
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>

#include "nanonng/net/tls_stream.hpp"
#include "one_shard_fixture.hpp"

namespace nanomq::broker::testing {
namespace {

using namespace std::string_view_literals;
using nanonng::net::stream;

/// A CONNECT of 100 000 bytes begins.
constexpr std::string_view large_connect = "\x10\xA0\x8D\x06\0\x04MQ"sv;

std::size_t heap() { return ::mallinfo2().uordblks; }

/// As many connections as there are descriptors for both ends, and at most 10 000.
int as_many_as_possible() {
  rlimit limit{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
  return static_cast<int>(std::min<rlim_t>(10'000, (limit.rlim_cur - 200) / 2));
}

limits small() {
  limits bounds;
  bounds.max_connections = 3;
  bounds.max_half_open_per_address = 0;
  return bounds;
}

class newcomers : public one_shard {
 protected:
  using one_shard::one_shard;
  ~newcomers() override {
    for (const int one : open_) ::close(one);
  }
  int connect(const listening& to, std::string_view first = {}) {
    open_.push_back(dial(to));
    say(open_.back(), first);
    if (open_.size() % 32 == 0) turns(2);
    return open_.back();
  }
  std::vector<int> connect(const listening& to, int many, std::string_view first) {
    std::vector<int> all;
    while (many-- > 0) all.push_back(connect(to, first));
    settle();
    return all;
  }
  static void say(int to, std::string_view text) {
    EXPECT_EQ(::send(to, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  /// Until nobody waits to be accepted or read.
  void settle() {
    std::uint64_t before = 0;
    do {
      before = subject().counts().connections_accepted.get();
      turns(20);
    } while (subject().counts().connections_accepted.get() != before);
  }
  int client(const listening& to) {
    const int made = connect(to);
    auto hello = connect_packet;
    hello[14] = static_cast<unsigned char>('A' + ids_++);  // a client id of its own
    send(made, hello);
    EXPECT_LT(turns_until(made, 4), 1000U);
    return made;
  }
  [[nodiscard]] std::uint64_t there() { return subject().counts().connections_now.get(); }

 private:
  std::vector<int> open_;
  int ids_ = 0;
};

struct few_newcomers : newcomers {
  few_newcomers() : newcomers(small()) {}
};

struct few_half_open : newcomers {
  few_half_open()
      : newcomers([] {
          limits bounds;
          bounds.max_half_open_per_address = 3;
          return bounds;
        }()) {}
};

// THREATS 48: however large a packet is announced and however slowly it comes, who has not said who he is costs little.
TEST_F(newcomers, that_announce_much_and_dribble_cost_4_kib_each) {
  const auto at = listen({plain()})[0];
  const int many = as_many_as_possible();
  const std::size_t before = heap();
  const auto all = connect(at, many, large_connect);
  for (int byte = 0; byte < 3; ++byte) {
    for (const int one : all) say(one, "x");
    settle();
  }
  ASSERT_EQ(there(), static_cast<std::uint64_t>(many));
  RecordProperty("bytes", static_cast<int>((heap() - before) / static_cast<std::size_t>(many)));
  EXPECT_LE((heap() - before) / static_cast<std::size_t>(many), 4096U);
  EXPECT_EQ(subject().counts().unauthenticated_bytes.get(), 0U);
  // THREATS 49: and the deadline ends them all.
  wait(nanolib::duration(11'000));
  EXPECT_EQ(there(), 0U);
  EXPECT_EQ(subject().counts().connect_timeouts.get(), static_cast<std::uint64_t>(many));
}

// THREATS 48.
TEST_F(newcomers, that_announce_more_than_a_connect_may_have_are_closed_at_once) {
  const auto at = listen({plain()})[0];
  const auto all = connect(at, 100, "\x10\xFF\xFF\xFF\x7F\0\x04");
  EXPECT_EQ(there(), 0U);
  EXPECT_TRUE(std::ranges::all_of(all, is_closed));
}

// THREATS 48: those who do send a lot share one budget.
TEST_F(newcomers, that_send_much_share_a_budget) {
  const auto at = listen({plain()})[0];
  const std::string much(3'000, 'x');
  const auto all = connect(at, 100, large_connect);
  const std::uint64_t budget = shared.options.limits.max_unauthenticated_bytes;
  for (int round = 0; round < 30; ++round) {
    for (const int one : all) static_cast<void>(::send(one, much.data(), much.size(), MSG_NOSIGNAL));
    turns(4);
    ASSERT_LE(subject().counts().unauthenticated_bytes.get(), budget);
  }
  EXPECT_GT(subject().counts().unauthenticated_refused.get(), 0U);
  EXPECT_GE(there(), 20U) << "the others are left alone";
  EXPECT_LT(there(), 100U);
}

// THREATS 49: the oldest of those who have not said who they are gives way, and nobody else.
TEST_F(few_newcomers, give_way_when_it_is_full_the_oldest_first) {
  const auto at = listen({plain()})[0];
  const int member = client(at);
  const int first = connect(at);
  const int second = connect(at, large_connect);
  settle();
  ASSERT_EQ(there(), 3U);
  const int third = client(at);
  EXPECT_TRUE(is_closed(first));
  EXPECT_FALSE(is_closed(second));
  EXPECT_EQ(subject().counts().newcomers_evicted.get(), 1U);
  const int fourth = client(at);
  EXPECT_TRUE(is_closed(second));
  EXPECT_EQ(subject().counts().newcomers_evicted.get(), 2U);
  const int last = connect(at);
  settle();
  EXPECT_TRUE(is_closed(last)) << "everybody who is there has been let in";
  EXPECT_EQ(subject().counts().connections_refused.get(), 1U);
  for (const int one : {member, third, fourth}) {
    EXPECT_FALSE(is_closed(one));
    send(one, ping_packet);
    EXPECT_LT(turns_until(one, 2), 1000U);
  }
}

// THREATS 49.
TEST_F(newcomers, give_way_to_others_of_their_listener_only) {
  listener_options small_one = plain();
  small_one.name = "small";
  small_one.max_connections = 1;
  const auto at = listen({plain(), small_one});
  const int elsewhere = connect(at[0]);
  const int here = connect(at[1]);
  settle();
  static_cast<void>(client(at[1]));
  EXPECT_TRUE(is_closed(here));
  EXPECT_FALSE(is_closed(elsewhere));
}

// THREATS 49: one address cannot be half open without end.
TEST_F(few_half_open, are_bounded_for_an_address_until_they_are_in) {
  const auto at = listen({plain()})[0];
  for (int i = 0; i < 5; ++i) static_cast<void>(client(at));
  const auto three = connect(at, 3, large_connect);
  EXPECT_EQ(there(), 8U);
  const int one_more = connect(at);
  settle();
  EXPECT_TRUE(is_closed(one_more));
  EXPECT_EQ(subject().counts().half_open_refused.get(), 1U);
  EXPECT_EQ(subject().counts().connections_refused.get(), 1U);
  ::shutdown(three[0], SHUT_RDWR);
  settle();
  static_cast<void>(client(at));
  EXPECT_EQ(there(), 8U);
}

// THREATS 67b: half upgrades and cut hellos, all at once.
TEST_F(newcomers, with_half_a_handshake_cost_little_and_are_closed_at_the_deadline) {
  listener_options web = plain();
  web.kind = listener_kind::ws;
  const auto at = listen({web, secure()});
  const int many = std::min(as_many_as_possible() / 2, 2000);
  const std::size_t before = heap();
  const auto upgrades = connect(at[0], many, "GET /mqtt HTTP/1.1\r\nHost: gateway.local\r\nUpgrade: web");
  const auto hellos = connect(at[1], many, "\x16\x03\x01\x01\x20\x01\0\x01\x1C\x03\x03half of a hello"sv);
  for (const int one : upgrades) say(one, "s");
  for (const int one : hellos) say(one, "x");
  settle();
  ASSERT_EQ(there(), static_cast<std::uint64_t>(2 * many));
  RecordProperty("bytes", static_cast<int>((heap() - before) / static_cast<std::size_t>(2 * many)));
  EXPECT_LE((heap() - before) / static_cast<std::size_t>(2 * many), 6U * 1024);
  EXPECT_EQ(shared.handshakes.done() + shared.handshakes.waiting(), 0U) << "nobody computes for them";
  wait(nanolib::duration(11'000));
  EXPECT_EQ(there(), 0U);
  EXPECT_EQ(subject().counts().handshake_timeouts.get(), static_cast<std::uint64_t>(2 * many));
  EXPECT_TRUE(std::ranges::all_of(hellos, is_closed));
}

/// Clients that shake hands, with the shard's turns between.
class handshaking : public newcomers {
 protected:
  static void SetUpTestSuite() {
    nanonng::net::tls_client_options trusting;
    trusting.verify = false;
    std::string why;
    auto made = nanonng::net::tls_context::client(trusting, why);
    ASSERT_TRUE(made) << why;
    context = *made;
  }
  static void TearDownTestSuite() { context.reset(); }

  std::unique_ptr<stream> begin(const listening& to) {
    const int one = dial(to);
    EXPECT_EQ(::fcntl(one, F_SETFL, O_NONBLOCK), 0);
    auto made = nanonng::net::make_tls_stream(context, nanonng::net::make_socket_stream(one));
    static_cast<void>(made->write({}));
    return made;
  }
  /// How many stand in the end; the others have failed.
  int finish(std::vector<std::unique_ptr<stream>>& all) {
    std::vector<std::byte> into(4096);
    std::vector<bool> failed(all.size());
    const auto is_over = [&](std::size_t i) { return failed[i] || all[i]->identity() != nullptr; };
    for (bool over = false; !over;) {
      subject().loop().turn(nanolib::duration(1));
      over = true;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (!is_over(i)) failed[i] = all[i]->read(into).what != nanonng::net::io_result::outcome::would_block;
        if (!is_over(i)) over = false;
      }
    }
    return static_cast<int>(std::ranges::count_if(all, [](const auto& one) { return one->identity() != nullptr; }));
  }
  static inline std::shared_ptr<const nanonng::net::tls_context> context;
};

// THREATS 63.
TEST_F(handshaking, from_one_address_are_held_to_the_listeners_rate) {
  listener_options limited = secure();
  limited.max_handshake_rate = 2;
  const auto at = listen({limited})[0];
  for (int seconds = 0; seconds < 2; ++seconds) {
    std::vector<std::unique_ptr<stream>> all;
    for (int i = 0; i < 5; ++i) all.push_back(begin(at));
    EXPECT_EQ(finish(all), 2);
    EXPECT_EQ(subject().counts().handshakes_limited.get(), 3U * static_cast<unsigned>(seconds + 1));
    clock.advance(nanolib::duration(1000));
  }
  EXPECT_EQ(shared.handshakes.done(), 8U) << "two jobs for each that was let in";
}

// THREATS 63.
TEST_F(handshaking, is_done_by_threads_while_the_loop_serves_others) {
  const auto at = listen({plain(), secure()});
  const int member = client(at[0]);
  std::vector<std::unique_ptr<stream>> all;
  for (int i = 0; i < 20; ++i) all.push_back(begin(at[1]));
  settle();
  send(member, ping_packet);
  EXPECT_LE(turns_until(member, 2), 3U);
  EXPECT_EQ(finish(all), 20);
  turn();
  EXPECT_EQ(subject().counts().handshake_steps.get(), 40U);
  EXPECT_EQ(subject().counts().handshakes_refused.get(), 0U);
}

TEST_F(newcomers, that_have_become_silent_websockets_are_pinged) {
  listener_options web = plain();
  web.kind = listener_kind::ws;
  const auto at = listen({web})[0];
  const int one = connect(at,
                          "GET /mqtt HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Protocol: mqtt\r\n\r\n");
  say(one, "\x82\x90\0\0\0\0\x10\x0E\0\x04MQTT\x04\x02\0\0\0\x02id"sv);
  settle();
  std::array<char, 512> answer{};
  ASSERT_GT(::recv(one, answer.data(), answer.size(), MSG_DONTWAIT), 100) << "the upgrade and the CONNACK";
  wait(nanolib::duration(29'000));
  EXPECT_LT(::recv(one, answer.data(), answer.size(), MSG_DONTWAIT), 0);
  wait(nanolib::duration(2'000));
  ASSERT_EQ(::recv(one, answer.data(), answer.size(), MSG_DONTWAIT), 2);
  EXPECT_EQ(std::string_view(answer.data(), 2), "\x89\0"sv);
  say(one, "\x8A\x80\0\0\0\0"sv);
  wait(nanolib::duration(32'000));
  EXPECT_EQ(::recv(one, answer.data(), answer.size(), MSG_DONTWAIT), 2);
  EXPECT_EQ(subject().counts().pings_sent.get(), 2U);
}

// The health check of haproxy connects and resets the connection, perhaps before anybody has looked.
TEST_F(newcomers, that_have_left_again_are_no_proxy_that_nobody_trusts) {
  listener_options proxied = plain();
  proxied.proxy_protocol = true;
  proxied.proxy_trusted = {"127.0.0.1"};
  const int gone = dial(listen({proxied})[0]);
  const linger at_once{1, 0};
  ASSERT_EQ(::setsockopt(gone, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  ::close(gone);
  turns(2);
  EXPECT_EQ(subject().counts().connections_accepted.get(), 1U);
  EXPECT_EQ(subject().counts().proxies_refused.get(), 0U);
  EXPECT_EQ(log.count("proxy_refused"), 0);
}

TEST_F(newcomers, from_a_proxy_that_is_not_trusted_are_counted_and_logged_once_a_minute) {
  listener_options proxied = plain();
  proxied.proxy_protocol = true;
  proxied.proxy_trusted = {"192.0.2.0/24"};
  const auto at = listen({proxied})[0];
  const auto all = connect(at, 5, {});
  EXPECT_TRUE(std::ranges::all_of(all, is_closed));
  EXPECT_EQ(subject().counts().proxies_refused.get(), 5U);
  EXPECT_EQ(log.count("proxy_refused"), 1);
  clock.advance(nanolib::duration(61'000));
  turn();
  static_cast<void>(connect(at, 2, {}));
  EXPECT_EQ(log.count("proxy_refused"), 2);
}

}  // namespace
}  // namespace nanomq::broker::testing
