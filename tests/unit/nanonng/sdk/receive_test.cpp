// Receiving: handlers, the pull queue, acknowledgements, bounds.
#include "manual_clock.hpp"
#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

using mqtt::reason_code;

/// A client that is online and subscribed at a scripted server.
struct subscribed {
  explicit subscribed(client_options options = {}, message_handler handler = {}, version v = version::v5)
      : server(v), c(server.url(), eager(prepared(std::move(options), v))), peer(server.accept()) {
    peer.welcome();
    const auto asked = c.subscribe("a/#", std::move(handler));
    identifier = peer.grant().props.number(property::subscription_identifier).value_or(0);
    outcome(asked);
  }
  static client_options prepared(client_options options, version v) {
    options.version = static_cast<mqtt::protocol_version>(v);
    return options;
  }
  void send(const std::string& payload, unsigned qos = 0, unsigned id = 0, const std::string& topic = "a/b") {
    peer.send(publish_packet{.topic = topic, .payload = payload, .qos = qos, .id = id});
  }

  raw_server server;
  client c;
  raw_peer peer;
  std::uint32_t identifier = 0;
};

/// Callbacks wait at it until the test opens it.
class barrier {
 public:
  void wait() {
    std::unique_lock held(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(held, [&] { return open_; });
  }
  void open() {
    const std::lock_guard held(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void until_somebody_waits() {
    std::unique_lock held(mutex_);
    ASSERT_TRUE(changed_.wait_for(held, deadline, [&] { return waiting_ > 0; }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

TEST(subscribing, asks_for_what_the_options_say) {
  raw_server server;
  client c(server.url(), eager());
  const auto asked = c.subscribe("a/#", {.qos = 1,
                                         .no_local = true,
                                         .retain_as_published = true,
                                         .retain_handling = retain_handling::do_not_send,
                                         .user_properties = {{"k", "v"}}});
  raw_peer peer = server.accept();
  peer.welcome();
  const client_packet packet = peer.grant();
  EXPECT_EQ(packet.filters.at(0).filter, "a/#");
  EXPECT_EQ(packet.filters.at(0).options, 1U | 4U | 8U | 32U);
  EXPECT_EQ(packet.props.user().at(0).second, "v");
  EXPECT_EQ(outcome(asked)->reasons, std::vector{reason_code::granted_qos_1});
}

TEST(subscribing, uses_no_identifiers_where_the_server_takes_none) {
  raw_server server;
  client c(server.url(), eager());
  static_cast<void>(c.subscribe("a"));
  raw_peer peer = server.accept();
  peer.welcome({.props = server_properties().u8(property::subscription_identifier_available, 0)});
  EXPECT_FALSE(peer.grant().props.has(property::subscription_identifier));
}

TEST(subscribing, fails_with_the_reason_of_the_server) {
  raw_server server;
  client c(server.url(), eager());
  const auto asked = c.subscribe("a");
  raw_peer peer = server.accept();
  peer.welcome();
  peer.send(suback_packet{.id = peer.expect(SUBSCRIBE).id,
                          .codes = {0x97},
                          .props = server_properties().text(property::reason_string, "too many")});
  EXPECT_EQ(error_of(asked), mqtt_error_code(reason_code::quota_exceeded));
  EXPECT_EQ(asked.detail(), "too many");
}

TEST(subscribing, to_several_succeeds_when_one_is_granted) {
  raw_server server;
  client c(server.url(), eager());
  const auto asked = c.subscribe_all({{.filter = "a"}, {.filter = "b"}});
  const auto refused = c.subscribe_all({{.filter = "c"}, {.filter = "d"}});
  raw_peer peer = server.accept();
  peer.welcome();
  peer.send(suback_packet{.id = peer.expect(SUBSCRIBE).id, .codes = {2, 0x87}});
  peer.send(suback_packet{.id = peer.expect(SUBSCRIBE).id, .codes = {0x87, 0x80}});
  EXPECT_EQ(outcome(asked)->reasons, (std::vector{reason_code::granted_qos_2, reason_code::not_authorized}));
  EXPECT_FALSE(outcome(asked)->all_granted());
  EXPECT_EQ(error_of(refused), mqtt_error_code(reason_code::not_authorized));
}

TEST(subscribing, refuses_what_is_no_filter_at_once) {
  raw_server server;
  client c(server.url(), eager());
  EXPECT_EQ(error_of(c.subscribe("a/#/b")), mqtt_error_code(reason_code::topic_filter_invalid));
  EXPECT_EQ(error_of(c.subscribe("$share/g")), mqtt_error_code(reason_code::topic_filter_invalid));
  EXPECT_EQ(error_of(c.subscribe("a", {.qos = 7})), mqtt_error_code(reason_code::qos_not_supported));
  EXPECT_EQ(error_of(c.unsubscribe("#/a")), mqtt_error_code(reason_code::topic_filter_invalid));
  EXPECT_EQ(error_of(c.subscribe_all({})), mqtt_error_code(reason_code::protocol_error));
}

TEST(subscribing, can_be_cancelled_and_has_a_timeout) {
  raw_server server;
  client c(server.url(), eager());
  const auto cancelled = c.subscribe("a");
  cancelled.cancel();
  EXPECT_EQ(error_of(cancelled), errors::cancelled);
  EXPECT_EQ(error_of(c.subscribe("b", {.timeout = 1ms})), errors::timed_out);
  static_cast<void>(c.subscribe("c"));
  raw_peer peer = server.accept();
  peer.welcome();
  EXPECT_EQ(peer.grant().filters.at(0).filter, "c");
}

TEST(handlers, see_what_was_published) {
  mailbox<message> got;
  subscribed s({}, [&](const message& m) { got.put(m); });
  s.peer.send(publish_packet{.topic = "a/b",
                             .payload = "text",
                             .qos = 1,
                             .id = 5,
                             .retain = true,
                             .props = server_properties()
                                          .variable(property::subscription_identifier, s.identifier)
                                          .text(property::content_type, "text/plain")
                                          .user("k", "v")});
  EXPECT_EQ(s.peer.expect(PUBACK).id, 5);
  const message m = got.take();
  EXPECT_EQ(m.topic(), "a/b");
  EXPECT_EQ(m.text(), "text");
  EXPECT_TRUE(m.retain());
  EXPECT_EQ(m.content_type(), "text/plain");
  EXPECT_EQ(m.user_property("k"), "v");
}

TEST(handlers, see_the_topic_that_an_alias_stands_for) {
  mailbox<std::string> got;
  subscribed s({}, [&](const message& m) { got.put(std::string(m.topic())); });
  s.peer.send(publish_packet{.topic = "a/b", .props = server_properties().u16(property::topic_alias, 3)});
  s.peer.send(publish_packet{.topic = "", .props = server_properties().u16(property::topic_alias, 3)});
  EXPECT_EQ(got.take(), "a/b");
  EXPECT_EQ(got.take(), "a/b");
}

TEST(handlers, are_found_by_topic_in_3_1_1) {
  mailbox<std::string> got;
  subscribed s({}, [&](const message& m) { got.put("wide " + std::string(m.text())); }, version::v3_1_1);
  const auto asked = s.c.subscribe("a/b", [&](const message& m) { got.put("narrow " + std::string(m.text())); });
  s.peer.grant();
  outcome(asked);
  s.send("1", 0, 0, "a/c");
  EXPECT_EQ(got.take(), "wide 1");
  s.send("2");
  EXPECT_EQ(got.take(), "narrow 2");
  EXPECT_EQ(got.take(), "wide 2");
}

TEST(handlers, are_not_called_once_the_subscription_has_ended) {
  mailbox<std::string> got;
  mailbox<std::string> stray;
  client_options options;
  options.on_message = [&](const message& m) { stray.put(std::string(m.text())); };
  subscribed s(std::move(options), [&](const message& m) { got.put(std::string(m.text())); });
  const auto ended = s.c.unsubscribe("a/#");
  s.peer.send(suback_packet{.id = s.peer.expect(UNSUBSCRIBE).id, .kind = UNSUBACK});
  outcome(ended);
  s.send("late");
  EXPECT_EQ(stray.take(), "late");
  EXPECT_TRUE(got.empty());
}

TEST(handlers, stay_when_the_server_refuses_to_end_the_subscription) {
  mailbox<std::string> got;
  subscribed s({}, [&](const message& m) { got.put(std::string(m.text())); });
  const auto ended = s.c.unsubscribe("a/#");
  s.peer.send(suback_packet{.id = s.peer.expect(UNSUBSCRIBE).id, .codes = {0x87}, .kind = UNSUBACK});
  EXPECT_EQ(error_of(ended), mqtt_error_code(reason_code::not_authorized));
  s.send("still");
  EXPECT_EQ(got.take(), "still");
}

// ---- the pull queue ----

// THREATS 22
TEST(strays, do_not_stop_a_client_that_only_has_handlers) {
  raw_server server;
  client c(server.url(), eager({.incoming = {.max_messages = 3}}));
  raw_peer peer = server.accept();
  peer.welcome();
  for (unsigned id = 1; id <= 20; ++id) peer.send(publish_packet{.topic = "x", .qos = 1, .id = id});
  for (unsigned id = 1; id <= 20; ++id) EXPECT_EQ(peer.expect(PUBACK).id, id);
  EXPECT_EQ(c.statistics().messages_dropped, 20);
  EXPECT_EQ(c.statistics().reading_paused, 0);
}

TEST(strays, wait_in_the_pull_queue_once_it_is_used) {
  raw_server server;
  client c(server.url(), eager());
  EXPECT_FALSE(c.try_receive().has_value());
  raw_peer peer = server.accept();
  peer.welcome();
  peer.send(publish_packet{.topic = "x", .payload = "late"});
  EXPECT_EQ(outcome(c.receive())->text(), "late");
}

TEST(strays, of_an_earlier_session_wait_for_who_asks) {
  raw_server server;
  client c(server.url(), eager({.client_id = "me", .clean_start = false}));
  raw_peer peer = server.accept();
  peer.welcome({.session_present = true});
  peer.send(publish_packet{.topic = "x", .payload = "kept"});
  eventually([&] { return c.statistics().messages_received == 1; });
  EXPECT_EQ(outcome(c.receive())->text(), "kept");
}

TEST(pull_queue, gives_messages_in_their_order) {
  subscribed s;
  EXPECT_FALSE(s.c.try_receive().has_value());
  for (int i = 0; i < 3; ++i) s.send(std::to_string(i));
  EXPECT_EQ(outcome(s.c.receive())->text(), "0");
  EXPECT_EQ(outcome(s.c.receive())->text(), "1");
  std::optional<message> last;
  eventually([&] { return (last = s.c.try_receive()).has_value(); });
  EXPECT_EQ(last->text(), "2");
}

TEST(pull_queue, serves_those_who_wait_in_their_order) {
  subscribed s;
  const auto first = s.c.receive();
  const auto second = s.c.receive();
  EXPECT_FALSE(first.done());
  s.send("1");
  s.send("2");
  EXPECT_EQ(outcome(first)->text(), "1");
  EXPECT_EQ(outcome(second)->text(), "2");
}

TEST(pull_queue, loses_no_message_to_who_gave_up) {
  subscribed s;
  const auto cancelled = s.c.receive();
  cancelled.cancel();
  EXPECT_EQ(error_of(cancelled), errors::cancelled);
  EXPECT_EQ(error_of(s.c.receive(1ms)), errors::timed_out);
  s.send("kept");
  EXPECT_EQ(outcome(s.c.receive())->text(), "kept");
}

TEST(pull_queue, can_be_gone_through_until_the_client_closes) {
  subscribed s;
  s.send("1");
  s.send("2");
  std::string all;
  for (const message& m : s.c.messages()) {
    all += m.text();
    if (all.size() == 2) static_cast<void>(s.c.close());
  }
  EXPECT_EQ(all, "12");
}

TEST(pull_queue, keeps_what_it_has_when_the_client_closes) {
  subscribed s;
  s.send("1");
  eventually([&] { return s.c.statistics().incoming_messages == 1; });
  outcome(s.c.close());
  EXPECT_EQ(outcome(s.c.receive())->text(), "1");
  EXPECT_EQ(error_of(s.c.receive()), errors::closed);
}

TEST(pull_queue, acknowledges_a_message_when_it_is_taken) {
  subscribed s;
  s.send("1", 1, 4);
  eventually([&] { return s.c.statistics().incoming_messages == 1; });
  outcome(s.c.publish("x", "marker"));
  EXPECT_EQ(s.peer.next().kind, PUBLISH) << "not before";
  outcome(s.c.receive());
  EXPECT_EQ(s.peer.next().id, 4);
}

// ---- acknowledging ----

TEST(acknowledging, waits_until_the_handler_has_returned) {
  barrier held;
  subscribed s({}, [&](const message&) { held.wait(); });
  s.send("1", 1, 7);
  held.until_somebody_waits();
  outcome(s.c.publish("x", "marker"));
  EXPECT_EQ(s.peer.next().kind, PUBLISH);
  held.open();
  EXPECT_EQ(s.peer.expect(PUBACK).id, 7);
}

// [MQTT-4.6.0-2]
TEST(acknowledging, by_hand_leaves_in_the_order_of_arrival) {
  mailbox<message> got;
  subscribed s({.manual_acknowledgement = true}, [&](const message& m) { got.put(m); });
  s.send("1", 1, 1);
  s.send("2", 1, 2);
  const message first = got.take();
  const message second = got.take();
  second.acknowledge();
  outcome(s.c.publish("x", "marker"));
  EXPECT_EQ(s.peer.next().kind, PUBLISH);
  first.acknowledge();
  EXPECT_EQ(s.peer.expect(PUBACK).id, 1);
  EXPECT_EQ(s.peer.expect(PUBACK).id, 2);
}

TEST(acknowledging, by_hand_can_refuse_a_message) {
  mailbox<message> got;
  subscribed s({.manual_acknowledgement = true}, [&](const message& m) { got.put(m); });
  s.send("1", 2, 1);
  got.take().acknowledge(reason_code::quota_exceeded);
  EXPECT_EQ(s.peer.expect(PUBREC).code, 0x97);
}

TEST(acknowledging, of_an_earlier_connection_is_forgotten) {
  mailbox<message> got;
  subscribed s({.manual_acknowledgement = true}, [&](const message& m) { got.put(m); });
  s.send("1", 1, 1);
  const message first = got.take();
  s.peer.close(true);
  s.peer = s.server.accept();
  s.peer.welcome({.session_present = true});
  first.acknowledge();
  outcome(s.c.publish("x", "marker"));
  EXPECT_EQ(s.peer.next().kind, PUBLISH);
  s.send("1", 1, 1);
  got.take().acknowledge();
  EXPECT_EQ(s.peer.expect(PUBACK).id, 1);
}

TEST(acknowledging, after_the_client_is_gone_does_nothing) {
  mailbox<message> got;
  {
    subscribed s({.manual_acknowledgement = true}, [&](const message& m) { got.put(m); });
    s.send("outlives", 1, 1);
    eventually([&] { return !got.empty(); });
  }
  const message m = got.take();
  EXPECT_EQ(m.text(), "outlives");
  m.acknowledge();
}

// ---- bounds ----

TEST(incoming_bounds, pause_reading_until_half_has_been_taken) {
  constexpr int messages = 2'000;
  barrier held;
  std::atomic<int> seen{0};
  subscribed s({.incoming = {.max_messages = 8}}, [&](const message&) {
    held.wait();
    ++seen;
  });
  for (int i = 0; i < messages; ++i) s.send("x");
  eventually([&] { return s.c.statistics().reading_paused == 1; });
  EXPECT_LE(s.c.statistics().incoming_messages, 8);
  held.open();
  eventually([&] { return seen == messages; });
}

TEST(incoming_bounds, count_bytes_too) {
  subscribed s({.incoming = {.max_bytes = 10'000}});
  for (int i = 0; i < 20; ++i) s.send(std::string(1'000, 'x'));
  eventually([&] { return s.c.statistics().reading_paused == 1; });
  EXPECT_LT(s.c.statistics().incoming_bytes, 12'000);
  for (int i = 0; i < 20; ++i) outcome(s.c.receive());
}

TEST(incoming_bounds, do_not_let_the_server_think_that_the_client_is_gone) {
  nanomq::test::manual_clock clock;
  const auto io = io_thread::create({.clock = &clock}).value();
  client_options options{.incoming = {.max_messages = 2}};
  options.io = io;
  subscribed s(std::move(options));
  for (int i = 0; i < 4; ++i) s.send("x");
  eventually([&] { return s.c.statistics().reading_paused == 1; });
  for (int i = 0; i < 5; ++i) {
    clock.advance(31s);
    io->loop().wake();
    EXPECT_EQ(s.peer.next().kind, PINGREQ);
  }
  EXPECT_EQ(s.c.state(), client_state::online);
  for (int i = 0; i < 4; ++i) outcome(s.c.receive());
}

TEST(incoming_bounds, do_not_lock_out_a_handler_that_waits_for_room_to_publish) {
  std::atomic<int> answered{0};
  client* self = nullptr;
  subscribed s({.outgoing = {.max_messages = 1}, .incoming = {.max_messages = 2}}, [&](const message& m) {
    while (self == nullptr) std::this_thread::yield();
    static_cast<void>(self->publish("x", m.text(), {.qos = 1}));
    ++answered;
  });
  self = &s.c;
  // Nothing is acknowledged: the queue stays full, and reading pauses because the handler does not come back.
  for (int i = 0; i < 6; ++i) s.send(std::to_string(i));
  for (int i = 0; i < 3; ++i) s.peer.expect(PUBLISH);
  eventually([&] { return answered >= 3; });
}

}  // namespace
}  // namespace nanonng::sdk::test
