// Rates, bans and clients that come and go too often, on whole brokers with a clock that the test sets.
#include <map>
#include <mutex>

#include "broker_fixture.hpp"
#include "manual_clock.hpp"

namespace nanomq::broker::testing {
namespace {

using nanolib::duration;
using nanolib::rate;
using nanonng::mqtt::reason_code;
using support::CONNACK;
using support::PUBACK;
using support::PUBLISH;

/// Counts lines by their names. Thread: thread-safe.
class counting_log final : public nanolib::log {
 public:
  [[nodiscard]] int lines(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = lines_.find(name);
    return found == lines_.end() ? 0 : found->second;
  }

 private:
  void write(const nanolib::log_event& what) noexcept override {
    const std::lock_guard lock(mutex_);
    ++lines_[std::string(what.name)];
  }
  mutable std::mutex mutex_;
  std::map<std::string, int> lines_;
};

/// Whoever says "right" enters.
class one_password final : public access {
 public:
  std::optional<admission> authenticate(const principal&, const credentials& given,
                                        const std::shared_ptr<admission_reply>&) const noexcept override {
    const bool right = std::ranges::equal(given.password, nanolib::as_bytes(std::string_view("right")));
    return admission{right ? reason_code::success : reason_code::bad_user_name_or_password};
  }
  permission authorize(const principal&, operation, std::string_view) const noexcept override { return {}; }
  bool restricts() const noexcept override { return false; }
};

class limits_test : public ::testing::Test {
 protected:
  broker_options with(const traffic_limits& traffic, std::uint32_t shards = 1) {
    broker_options options = options_with(shards);
    options.traffic = traffic;
    options.clock = &clock;
    options.log = &log;
    return options;
  }
  static traffic_limits client_rate(const rate& messages, rate_action action = rate_action::wait) {
    traffic_limits traffic;
    traffic.client = {messages, {}, action};
    return traffic;
  }
  /// Without keep alive, unless the packet asks for a short one: the clock makes long steps.
  static raw_client join(const running& subject, const std::string& id, connect_packet with = {},
                         version v = version::v5) {
    if (with.keep_alive == connect_packet().keep_alive) with.keep_alive = 0;
    return subject.join(id, with, v);
  }
  static void send_numbered(raw_client& from, unsigned count, unsigned qos = 0) {
    support::octets all;
    for (unsigned i = 0; i < count; ++i) {
      all.raw(publish_packet{.topic = "t", .payload = std::to_string(i), .qos = qos, .id = i + 1}.encode(version::v5));
    }
    from.send(all);
  }
  /// Time passes, and the loop of this client notices: a little more, for the steps in which timers count.
  void pass(duration time, raw_client& on) {
    clock.advance(time + duration(128));
    on.expect_silence();
  }
  [[nodiscard]] ban a_ban(duration time = duration(60'000)) const {
    ban made;
    made.since = clock.wall_now();
    made.until = made.since + time;
    made.reason = "a test";
    return made;
  }

  nanomq::test::manual_clock clock;
  counting_log log;
};

TEST_F(limits_test, a_client_beyond_its_rate_waits_and_loses_nothing) {
  running subject(with(client_rate({5, duration(100'000)})));
  raw_client reader = join(subject, "reader");
  reader.subscribe("t", 0);
  raw_client nudge = join(subject, "nudge");
  raw_client writer = join(subject, "writer");
  constexpr unsigned many = 23;
  send_numbered(writer, many);
  unsigned next = 0;
  for (; next < 5; ++next) reader.expect_publish("t", std::to_string(next));
  reader.expect_silence();
  while (next < many) {
    pass(duration(100'000), nudge);
    for (unsigned i = 0; i < 5 && next < many; ++i, ++next) reader.expect_publish("t", std::to_string(next));
    reader.expect_silence();
  }
  writer.expect_silence();
  EXPECT_EQ(log.lines("client_over_rate"), 4);
}

TEST_F(limits_test, a_client_beyond_its_rate_of_bytes_waits_and_gets_large_messages_through) {
  traffic_limits traffic;
  traffic.client.bytes = rate{10'000, duration(100'000)};
  running subject(with(traffic));
  raw_client reader = join(subject, "reader");
  reader.subscribe("t", 0);
  raw_client nudge = join(subject, "nudge");
  raw_client writer = join(subject, "writer");
  const std::string large(50'000, 'x');
  writer.send(publish_packet{.topic = "t", .payload = large});
  writer.send(publish_packet{.topic = "t", .payload = "small"});
  reader.expect_publish("t", large);
  pass(duration(300'000), nudge);
  reader.expect_silence();
  pass(duration(200'000), nudge);
  reader.expect_publish("t", "small");
}

TEST_F(limits_test, beyond_the_rate_qos_0_is_dropped_and_qos_1_waits_where_configured) {
  running subject(with(client_rate({5, duration(100'000)}, rate_action::drop_qos0)));
  raw_client reader = join(subject, "reader");
  reader.subscribe("t", 0);
  raw_client nudge = join(subject, "nudge");
  raw_client writer = join(subject, "writer");
  send_numbered(writer, 20);
  for (unsigned i = 0; i < 5; ++i) reader.expect_publish("t", std::to_string(i));
  writer.send(publish_packet{.topic = "t", .payload = "kept", .qos = 1, .id = 1});
  writer.expect(PUBACK);
  reader.expect_publish("t", "kept");
  writer.send(publish_packet{.topic = "t", .payload = "later", .qos = 1, .id = 2});
  reader.expect_silence();
  pass(duration(100'000), nudge);
  writer.expect(PUBACK);
  reader.expect_publish("t", "later");
}

TEST_F(limits_test, a_client_beyond_its_rate_is_disconnected_where_configured) {
  running subject(with(client_rate({5, duration(100'000)}, rate_action::disconnect)));
  for (const version v : {version::v3_1_1, version::v5}) {
    raw_client writer = join(subject, "writer", {}, v);
    for (int i = 0; i < 6; ++i) writer.send(publish_packet{.topic = "t", .payload = "x"});
    writer.expect_disconnect(0x96);
  }
}

TEST_F(limits_test, the_clients_of_a_user_share_its_rate) {
  traffic_limits traffic;
  traffic.user.messages = rate{4, duration(100'000)};
  traffic.users["free"].messages = rate{};
  running subject(with(traffic));
  raw_client reader = join(subject, "reader");
  reader.subscribe("t", 0);
  raw_client nudge = join(subject, "nudge");
  raw_client first = join(subject, "first", {.user_name = "ann"});
  raw_client second = join(subject, "second", {.user_name = "ann"});
  send_numbered(first, 3);
  for (unsigned i = 0; i < 3; ++i) reader.expect_publish("t", std::to_string(i));
  send_numbered(second, 3);
  reader.expect_publish("t", "0");
  reader.expect_silence();
  pass(duration(25'000), nudge);
  reader.expect_publish("t", "1");
  raw_client other = join(subject, "other", {.user_name = "bob"});
  send_numbered(other, 4);
  for (unsigned i = 0; i < 4; ++i) reader.expect_publish("t", std::to_string(i));
  raw_client unlimited = join(subject, "unlimited", {.user_name = "free"});
  send_numbered(unlimited, 100);
  for (unsigned i = 0; i < 100; ++i) reader.expect_publish("t", std::to_string(i));
}

TEST_F(limits_test, a_user_on_several_shards_loses_nothing) {
  broker_options options = options_with(2);
  options.traffic.user.messages = rate{4'000, duration(1'000)};
  running subject(std::move(options));
  raw_client reader = join(subject, "reader");
  reader.subscribe("t", 0);
  constexpr unsigned each = 2'500;
  std::vector<std::function<void()>> work;
  for (int i = 0; i < 3; ++i) {
    work.emplace_back([&, i] {
      raw_client writer = join(subject, "writer" + std::to_string(i), {.user_name = "ann"});
      send_numbered(writer, each);
      writer.expect_silence();
    });
  }
  work.emplace_back([&] {
    for (unsigned i = 0; i < 3 * each; ++i) static_cast<void>(reader.expect(PUBLISH));
  });
  at_once(work);
}

TEST_F(limits_test, the_clients_of_a_listener_share_its_rate) {
  broker_options options = with({});
  options.listeners.front().total_messages_rate = rate{4, duration(100'000)};
  running subject(std::move(options));
  raw_client reader = join(subject, "reader");
  reader.subscribe("t", 0);
  raw_client first = join(subject, "first");
  raw_client second = join(subject, "second");
  send_numbered(first, 4);
  for (unsigned i = 0; i < 4; ++i) reader.expect_publish("t", std::to_string(i));
  send_numbered(second, 2);
  // The first in debt is the one whose message came when there was nothing left.
  reader.expect_publish("t", "0");
  reader.expect_silence();
  pass(duration(50'000), reader);
  reader.expect_publish("t", "1");
}

// [MQTT-3.1.2-22]: what a client has sent and we have not read is no silence of its.
TEST_F(limits_test, a_client_that_waits_is_not_taken_for_silent) {
  running subject(with(client_rate({1, duration(100'000)})));
  raw_client reader = join(subject, "reader");
  reader.subscribe("t", 0);
  raw_client nudge = join(subject, "nudge");
  raw_client writer = join(subject, "writer", {.keep_alive = 2});
  send_numbered(writer, 2);
  reader.expect_publish("t", "0");
  for (int i = 0; i < 9; ++i) pass(duration(10'000), nudge);
  reader.expect_silence();
  pass(duration(10'000), nudge);
  reader.expect_publish("t", "1");
  pass(duration(100'000), nudge);
  writer.expect_silence();
}

// Nobody would be told: while it waits, its connection is not looked at.
TEST_F(limits_test, a_client_that_has_gone_while_it_waits_ends_with_its_will) {
  running subject(with(client_rate({1, duration(3'600'000)})));
  raw_client reader = join(subject, "reader");
  reader.subscribe("w", 0);
  raw_client nudge = join(subject, "nudge");
  for (const unsigned keep_alive : {40U, 0U}) {
    connect_packet packet{.keep_alive = keep_alive};
    packet.will = support::will_message{.topic = "w", .payload = std::to_string(keep_alive)};
    raw_client writer = join(subject, "writer" + packet.will->payload, packet);
    send_numbered(writer, 2);
    for (int i = 0; i < 13; ++i) pass(duration(10'000), nudge);
    reader.expect_silence();
    writer.drop();
    for (int i = 0; i < 13; ++i) pass(duration(10'000), nudge);
    reader.expect_publish("w", packet.will->payload);
  }
}

TEST_F(limits_test, a_client_that_has_gone_loses_nothing_of_what_it_has_sent_while_something_is_taken) {
  running subject(with(client_rate({1, duration(20'000)})));
  raw_client reader = join(subject, "reader");
  reader.subscribe("t", 0);
  raw_client nudge = join(subject, "nudge");
  raw_client writer = join(subject, "writer", {.keep_alive = 40});
  send_numbered(writer, 6);
  reader.expect_publish("t", "0");
  writer.send(support::disconnect_packet{});
  writer.drop();
  for (int i = 1; i < 6; ++i) {
    for (int step = 0; step < 4; ++step) pass(duration(10'000), nudge);
    reader.expect_publish("t", std::to_string(i));
  }
}

TEST_F(limits_test, other_rates_hold_for_clients_that_are_there) {
  running subject(with(client_rate({1, duration(3'600'000)})));
  raw_client reader = join(subject, "reader");
  reader.subscribe("t", 0);
  raw_client writer = join(subject, "writer");
  send_numbered(writer, 10);
  reader.expect_publish("t", "0");
  reader.expect_silence();
  subject->set_traffic({});
  for (unsigned i = 1; i < 10; ++i) reader.expect_publish("t", std::to_string(i));
  subject->set_traffic(client_rate({2, duration(1'000)}));
  reader.expect_silence();
  send_numbered(writer, 3);
  reader.expect_publish("t", "0");
  reader.expect_publish("t", "1");
  reader.expect_silence();
}

// A storm of reconnecting clients is spread out, and nobody is refused.
TEST_F(limits_test, connections_beyond_a_listeners_rate_wait_until_they_are_accepted) {
  broker_options options = with({});
  options.listeners.front().max_conn_rate = rate{2, duration(100'000)};
  running subject(std::move(options));
  raw_client first = join(subject, "first");
  raw_client second = join(subject, "second");
  raw_client third = subject.dial();
  third.send(connect_packet{.client_id = "third"});
  first.expect_silence();
  EXPECT_FALSE(third.wait_readable(std::chrono::milliseconds(0)));
  pass(duration(50'000), first);
  third.expect(CONNACK);
}

TEST_F(limits_test, connections_beyond_an_addresss_rate_are_closed) {
  traffic_limits traffic;
  traffic.connections_per_address = rate{2, duration(100'000)};
  running subject(with(traffic));
  raw_client first = join(subject, "first");
  raw_client second = join(subject, "second");
  subject.dial().expect_close();
  EXPECT_EQ(log.lines("connections_over_rate"), 1);
  pass(duration(50'000), first);
  join(subject, "third").expect_silence();
}

// THREATS 64.
TEST_F(limits_test, wrong_passwords_make_an_address_wait_and_right_ones_do_not) {
  traffic_limits traffic;
  traffic.failed_logins_per_address = rate{3, duration(60'000)};
  broker_options options = with(traffic);
  options.access = std::make_shared<const one_password>();
  running subject(std::move(options));
  const connect_packet right{.client_id = "ann", .user_name = "ann", .password = "right"};
  const connect_packet wrong{.client_id = "eve", .user_name = "ann", .password = "wrong"};
  raw_client there = join(subject, "there", right);
  for (int i = 0; i < 20; ++i) join(subject, "again", right).disconnect();
  for (int i = 0; i < 3; ++i) {
    raw_client eve = subject.dial();
    eve.send(wrong);
    eve.expect_refusal(0x86);
  }
  for (const version v : {version::v3_1_1, version::v5}) {
    raw_client eve = subject.dial(v);
    eve.send(right);
    eve.expect_refusal(v == version::v5 ? 0x9F : 3);
  }
  EXPECT_EQ(log.lines("login_refused"), 3);
  pass(duration(20'000), there);
  join(subject, "again", right).expect_silence();
}

// THREATS 67.
TEST_F(limits_test, lines_about_one_source_of_wrong_passwords_have_a_bound) {
  broker_options options = with({});
  options.access = std::make_shared<const one_password>();
  running subject(std::move(options));
  for (int i = 0; i < 30; ++i) {
    raw_client eve = subject.dial();
    eve.send(connect_packet{.client_id = "eve", .user_name = "a\nlogin_refused", .password = "wrong"});
    eve.expect_refusal(0x86);
  }
  EXPECT_EQ(log.lines("login_refused"), 10);
}

TEST_F(limits_test, banned_clients_are_told_so_and_banned_addresses_nothing) {
  broker_options options = with({});
  options.bans = {a_ban(), a_ban()};
  options.bans[0].client_id = "mallory";
  options.bans[1].user = "eve";
  running subject(std::move(options));
  for (const version v : {version::v3_1_1, version::v5}) {
    for (const connect_packet& packet :
         {connect_packet{.client_id = "mallory"}, connect_packet{.client_id = "x", .user_name = "eve"}}) {
      raw_client one = subject.dial(v);
      one.send(packet);
      one.expect_refusal(v == version::v5 ? 0x8A : 5);
    }
  }
  raw_client other = join(subject, "other");
  ban here = a_ban();
  ASSERT_TRUE(here.set_address("127.0.0.0/8"));
  subject->bans().add(here);
  subject.dial().expect_close();
  EXPECT_EQ(subject->bans().remove(here), ban_list::removal::removed);
  join(subject, "another").expect_silence();
  pass(duration(60'000), other);
  join(subject, "mallory").expect_silence();
}

TEST_F(limits_test, a_new_ban_ends_the_connections_that_are_there_with_their_wills) {
  running subject(with({}, 2));
  raw_client watcher = join(subject, "watcher");
  watcher.subscribe("will/#", 0);
  const auto will_of = [](const std::string& name) {
    connect_packet packet{.user_name = name};
    packet.will = support::will_message{.topic = "will/" + name, .payload = "gone"};
    return packet;
  };
  raw_client eve = join(subject, "one", will_of("eve"));
  raw_client old = join(subject, "two", will_of("old"), version::v3_1_1);
  raw_client ann = join(subject, "three", will_of("ann"));
  ban first = a_ban();
  first.user = "eve";
  subject->bans().add(first);
  subject->review_bans();
  eve.expect_disconnect(0x98);
  watcher.expect_publish("will/eve", "gone");
  ban second = a_ban();
  second.client_id = "two";
  subject->bans().add(second);
  subject->review_bans();
  old.expect_close();
  watcher.expect_publish("will/old", "gone");
  ann.expect_silence();
}

TEST_F(limits_test, who_comes_and_goes_all_the_time_stays_away_for_a_while) {
  traffic_limits traffic;
  traffic.flapping = {true, duration(60'000), 3, duration(300'000)};
  running subject(with(traffic));
  raw_client calm = join(subject, "calm");
  for (int i = 0; i < 4; ++i) {
    raw_client one = join(subject, "restless");
    one.disconnect();
    calm.expect_silence();
  }
  raw_client again = subject.dial();
  again.send(connect_packet{.client_id = "restless"});
  again.expect_refusal(0x8A);
  EXPECT_EQ(log.lines("client_flapping"), 1);
  join(subject, "other").expect_silence();
  const auto bans = subject->bans().all();
  ASSERT_EQ(bans.size(), 1U);
  EXPECT_EQ(bans[0].from, ban::source::flapping);
  EXPECT_EQ(bans[0].client_id, "restless");
  EXPECT_EQ(bans[0].address(), "127.0.0.1");
  pass(duration(300'000), calm);
  join(subject, "restless").expect_silence();
}

}  // namespace
}  // namespace nanomq::broker::testing
