// How a client gets online, stays there, and leaves.
#include <sys/wait.h>
#include <unistd.h>

#include "manual_clock.hpp"
#include "nanonng/sdk/client.hpp"
#include "sdk_fixture.hpp"

namespace nanonng::sdk::test {
namespace {

using mqtt::reason_code;

TEST(connecting, begins_by_itself_and_says_what_the_client_takes) {
  raw_server server;
  client c(server.url(), eager());
  raw_peer peer = server.accept();
  const client_packet packet = peer.welcome();
  EXPECT_EQ(packet.level, 5);
  EXPECT_TRUE(packet.clean_start);
  EXPECT_EQ(packet.keep_alive, 60);
  EXPECT_EQ(packet.client_id.size(), 23);
  EXPECT_EQ(packet.client_id, c.client_id());
  EXPECT_EQ(packet.props.number(property::session_expiry_interval), 3'600);
  EXPECT_EQ(packet.props.number(property::receive_maximum), 1'024);
  EXPECT_EQ(packet.props.number(property::maximum_packet_size), 16U * 1024 * 1024);
  EXPECT_EQ(packet.props.number(property::topic_alias_maximum), 16);
  EXPECT_EQ(packet.user_name, std::nullopt);
  eventually([&] { return c.state() == client_state::online; });
}

TEST(connecting, speaks_3_1_1_on_request) {
  raw_server server(version::v3_1_1);
  client c(server.url(), eager({.client_id = "me", .version = mqtt::protocol_version::v3_1_1, .clean_start = false}));
  raw_peer peer = server.accept();
  const client_packet packet = peer.welcome();
  EXPECT_EQ(packet.level, 4);
  EXPECT_EQ(packet.client_id, "me");
  EXPECT_FALSE(packet.clean_start);
  eventually([&] { return c.state() == client_state::online; });
}

TEST(connecting, takes_credentials_from_the_url) {
  raw_server server;
  const std::string where = server.url().substr(7);
  client c("mqtt://user:pass%20word@" + where + "?client_id=url", eager());
  const client_packet packet = server.accept().welcome();
  EXPECT_EQ(packet.user_name, "user");
  EXPECT_EQ(packet.password, "pass word");
  EXPECT_EQ(packet.client_id, "url");
}

TEST(connecting, prefers_the_options_to_the_url) {
  raw_server server;
  const std::string where = server.url().substr(7);
  client c("mqtt://user:pass@" + where + "?client_id=url",
           eager({.client_id = "option", .user_name = "other", .password = ""}));
  const client_packet packet = server.accept().welcome();
  EXPECT_EQ(packet.user_name, "other");
  EXPECT_EQ(packet.password, "");
  EXPECT_EQ(packet.client_id, "option");
}

TEST(connecting, leaves_its_will) {
  raw_server server;
  client c(server.url(), eager({.will = will_message{.topic = "w",
                                                     .payload = "gone",
                                                     .qos = 1,
                                                     .retain = true,
                                                     .delay = 5s,
                                                     .properties = {.message_expiry_interval = 9s,
                                                                    .content_type = "text/plain",
                                                                    .user_properties = {{"k", "v"}}}}}));
  const client_packet packet = server.accept().welcome();
  ASSERT_TRUE(packet.will.has_value());
  EXPECT_EQ(packet.will->topic, "w");
  EXPECT_EQ(packet.will->payload, "gone");
  EXPECT_EQ(packet.will->qos, 1);
  EXPECT_TRUE(packet.will->retain);
  EXPECT_EQ(packet.will_props.number(property::will_delay_interval), 5);
  EXPECT_EQ(packet.will_props.number(property::message_expiry_interval), 9);
  EXPECT_EQ(packet.will_props.text(property::content_type), "text/plain");
  EXPECT_EQ(packet.will_props.user().front().second, "v");
}

TEST(connecting, goes_on_to_the_next_server) {
  raw_server absent;
  raw_server refusing;
  raw_server willing;
  absent.close();
  states seen;
  client c(absent.url(), eager({.servers = {refusing.url(), willing.url()}, .on_state = seen.listener()}));
  raw_peer first = refusing.accept();
  first.expect(CONNECT);
  first.send(connack_packet{.code = 0x97});
  first.expect_close();
  raw_peer second = willing.accept();
  second.welcome();
  const state_change nobody = seen.expect(client_state::offline);
  EXPECT_EQ(nobody.why.code, ECONNREFUSED);
  EXPECT_EQ(nobody.server, absent.url());
  const state_change refused = seen.expect(client_state::offline);
  EXPECT_EQ(refused.why, mqtt_error_code(reason_code::quota_exceeded));
  EXPECT_EQ(refused.server, refusing.url());
  const state_change online = seen.expect(client_state::online);
  EXPECT_EQ(online.server, willing.url());
}

TEST(connecting, stays_with_the_server_that_worked) {
  raw_server absent;
  raw_server willing;
  absent.close();
  client c(absent.url(), eager({.servers = {willing.url()}}));
  willing.accept().welcome();
  willing.accept().welcome();
}

#ifndef __SANITIZE_THREAD__  // which can't start threads in a child
TEST(fork, leaves_the_clients_of_the_parent_alone_and_lets_new_ones_work) {
  raw_server server;
  auto inherited = std::make_unique<client>(server.url(), eager());
  raw_peer peer = server.accept();
  peer.welcome();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::alarm(100);  // whatever hangs ends
    inherited.reset();
    client own(server.url(), eager({.client_id = "child"}));
    const bool done = own.publish("from", "the child", {.qos = 1}).wait().has_value();
    ::_exit(done ? 0 : 1);
  }
  raw_peer other = server.accept();
  EXPECT_EQ(other.welcome().client_id, "child");
  other.send(acknowledgement{.kind = PUBACK, .id = other.expect(PUBLISH).id});
  other.close();
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const auto sent = inherited->publish("from", "the parent", {.qos = 1});
  peer.send(acknowledgement{.kind = PUBACK, .id = peer.expect(PUBLISH).id});
  EXPECT_TRUE(outcome(sent).has_value());
}
#endif

TEST(connecting, tells_why_it_was_refused_and_tries_again) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.on_state = seen.listener()}));
  raw_peer peer = server.accept();
  peer.expect(CONNECT);
  peer.send(connack_packet{
      .code = 0x87,
      .props =
          server_properties().text(property::reason_string, "not you").text(property::server_reference, "elsewhere")});
  const state_change refused = seen.expect(client_state::offline);
  EXPECT_EQ(refused.why, mqtt_error_code(reason_code::not_authorized));
  EXPECT_EQ(refused.detail, "not you; use elsewhere");
  EXPECT_EQ(refused.attempt, 1);
  server.accept().welcome();
  seen.expect(client_state::online);
  EXPECT_EQ(c.statistics().failed_attempts, 1);
  EXPECT_EQ(c.statistics().connections, 1);
}

TEST(connecting, gives_up_after_as_many_attempts_as_it_may_make) {
  raw_server absent;
  absent.close();
  states seen;
  client_options options = eager({.on_state = seen.listener()});
  options.reconnect.attempts = 3;
  client c(absent.url(), std::move(options));
  const auto pending = c.publish("a", "b", {.qos = 1});
  EXPECT_EQ(error_of(pending).code, ECONNREFUSED);
  const state_change end = seen.expect(client_state::closed);
  EXPECT_EQ(end.why.code, ECONNREFUSED);
  EXPECT_EQ(end.attempt, 3);
  EXPECT_EQ(c.state(), client_state::closed);
  EXPECT_EQ(error_of(c.publish("a", "b")).code, ECONNREFUSED);
}

TEST(connecting, gives_up_at_a_refusal_that_time_does_not_mend) {
  raw_server server;
  client_options options = eager();
  options.reconnect.after_refusal = false;
  client c(server.url(), std::move(options));
  const auto pending = c.subscribe("a");
  raw_peer peer = server.accept();
  peer.expect(CONNECT);
  peer.send(connack_packet{.code = 0x86});
  EXPECT_EQ(error_of(pending), mqtt_error_code(reason_code::bad_user_name_or_password));
  EXPECT_EQ(c.state(), client_state::closed);
}

TEST(connecting, comes_back_with_its_session) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.on_state = seen.listener()}));
  raw_peer first = server.accept();
  const std::string id = first.welcome().client_id;
  EXPECT_FALSE(seen.expect(client_state::online).session_present);
  first.close(true);
  EXPECT_NE(seen.expect(client_state::offline).why.code, 0);
  raw_peer second = server.accept();
  const client_packet again = second.welcome({.session_present = true});
  EXPECT_FALSE(again.clean_start);
  EXPECT_EQ(again.client_id, id);
  EXPECT_TRUE(seen.expect(client_state::online).session_present);
}

TEST(connecting, asks_for_a_clean_session_each_time_in_3_1_1) {
  raw_server server(version::v3_1_1);
  client c(server.url(), eager({.version = mqtt::protocol_version::v3_1_1}));
  EXPECT_TRUE(server.accept().welcome().clean_start);
  EXPECT_TRUE(server.accept().welcome().clean_start);
}

TEST(connecting, does_not_wait_for_a_silent_server_for_ever) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.connect_timeout = 2s, .on_state = seen.listener()}));
  raw_peer silent = server.accept();
  EXPECT_EQ(seen.expect(client_state::offline).why, errors::timed_out);
  server.accept().welcome();
  seen.expect(client_state::online);
}

TEST(connecting, tells_what_the_server_can_do) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.on_state = seen.listener()}));
  server.accept().welcome({.props = server_properties()
                                        .u8(property::maximum_qos, 1)
                                        .u8(property::retain_available, 0)
                                        .u8(property::shared_subscription_available, 0)
                                        .u16(property::receive_maximum, 5)
                                        .u32(property::maximum_packet_size, 1'000)
                                        .u16(property::server_keep_alive, 7)
                                        .u32(property::session_expiry_interval, 8)
                                        .user("k", "v")});
  seen.expect(client_state::online);
  const server_capabilities said = c.server();
  EXPECT_EQ(said.maximum_qos, mqtt::quality_of_service::at_least_once);
  EXPECT_FALSE(said.retain);
  EXPECT_FALSE(said.shared_subscriptions);
  EXPECT_TRUE(said.wildcard_subscriptions);
  EXPECT_EQ(said.receive_maximum, 5);
  EXPECT_EQ(said.maximum_packet_size, 1'000);
  EXPECT_EQ(said.keep_alive, 7s);
  EXPECT_EQ(said.session_expiry, 8s);
  EXPECT_EQ(said.user_properties.at(0).second, "v");
}

/// A client whose time a test makes.
struct timed {
  timed() {
    client_options options = eager({.on_state = seen.listener()});
    options.io = io;
    c.emplace(server.url(), std::move(options));
    peer.emplace(server.accept());
    peer->welcome();
    seen.expect(client_state::online);
  }
  void advance(nanolib::duration by) {
    clock.advance(by);
    io->loop().wake();
  }
  nanomq::test::manual_clock clock;
  std::shared_ptr<io_thread> io = io_thread::create({.clock = &clock}).value();
  raw_server server;
  states seen;
  std::optional<client> c;
  std::optional<raw_peer> peer;
};

// [MQTT-3.1.2-20]
TEST(keep_alive, lets_the_server_hear_of_a_client_that_has_nothing_to_say) {
  timed t;
  t.advance(61s);
  EXPECT_EQ(t.peer->next().kind, PINGREQ);
  t.peer->send(nanomq::support::pingresp());
}

TEST(keep_alive, notices_a_server_that_has_vanished) {
  timed t;
  t.advance(61s);
  EXPECT_EQ(t.peer->next().kind, PINGREQ);
  t.advance(11s);
  EXPECT_EQ(t.seen.expect(client_state::offline).why, mqtt_error_code(reason_code::keep_alive_timeout));
  t.peer->expect_close();
}

// [MQTT-4.12.0-2] [MQTT-4.12.0-3]
TEST(authentication, answers_challenges_with_what_the_program_says) {
  raw_server server;
  states seen;
  client_options options = eager({.on_state = seen.listener()});
  options.authenticator = {.method = "TWICE",
                           .first_data = [] { return std::string("first"); },
                           .answer = [](std::string_view challenge) -> nanolib::result<std::string> {
                             return std::string(challenge) + std::string(challenge);
                           }};
  client c(server.url(), std::move(options));
  raw_peer peer = server.accept();
  const client_packet packet = peer.expect(CONNECT);
  EXPECT_EQ(packet.props.text(property::authentication_method), "TWICE");
  EXPECT_EQ(packet.props.text(property::authentication_data), "first");
  const auto method = [] { return server_properties().text(property::authentication_method, "TWICE"); };
  peer.send(nanomq::support::auth_packet{.code = 0x18, .props = method().text(property::authentication_data, "ab")});
  const client_packet answer = peer.expect(AUTH);
  EXPECT_EQ(answer.code, 0x18);
  EXPECT_EQ(answer.props.text(property::authentication_data), "abab");
  peer.send(connack_packet{.props = method()});
  seen.expect(client_state::online);
}

TEST(authentication, is_given_up_when_the_program_has_no_answer) {
  raw_server server;
  states seen;
  client_options options = eager({.on_state = seen.listener()});
  options.authenticator = {.method = "X", .answer = [](std::string_view) -> nanolib::result<std::string> {
                             throw std::runtime_error("no idea");
                           }};
  client c(server.url(), std::move(options));
  raw_peer peer = server.accept();
  peer.expect(CONNECT);
  peer.send(nanomq::support::auth_packet{.code = 0x18,
                                         .props = server_properties().text(property::authentication_method, "X")});
  EXPECT_EQ(seen.expect(client_state::offline).why, mqtt_error_code(reason_code::not_authorized));
  peer.expect_close();
  EXPECT_EQ(c.statistics().faults, 1);
}

// ---- the end ----

TEST(closing, says_goodbye_and_ends_a_session_that_nobody_can_take_up_again) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.on_state = seen.listener()}));
  raw_peer peer = server.accept();
  peer.welcome();
  seen.expect(client_state::online);
  const auto closed = c.close();
  const client_packet goodbye = peer.expect(DISCONNECT);
  EXPECT_EQ(goodbye.code, 0);
  EXPECT_EQ(goodbye.props.number(property::session_expiry_interval), 0);
  peer.close();
  EXPECT_TRUE(outcome(closed).has_value());
  EXPECT_EQ(seen.expect(client_state::closed).why.code, 0);
  EXPECT_EQ(error_of(c.publish("a", "b")), errors::closed);
  EXPECT_EQ(error_of(c.subscribe("a")), errors::closed);
  EXPECT_EQ(error_of(c.receive()), errors::closed);
  EXPECT_TRUE(outcome(c.close()).has_value()) << "a second time";
}

TEST(closing, leaves_a_session_that_was_asked_to_stay) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.client_id = "stays", .clean_start = false, .on_state = seen.listener()}));
  raw_peer peer = server.accept();
  peer.welcome();
  seen.expect(client_state::online);
  const auto closed = c.close();
  EXPECT_FALSE(peer.expect(DISCONNECT).props.has(property::session_expiry_interval));
  peer.close();
  outcome(closed);
}

// [MQTT-3.14.2-1]
TEST(closing, can_ask_for_the_will) {
  raw_server server;
  states seen;
  client c(server.url(), eager({.on_state = seen.listener()}));
  raw_peer peer = server.accept();
  peer.welcome();
  seen.expect(client_state::online);
  const auto closed = c.close({.reason = reason_code::disconnect_with_will});
  EXPECT_EQ(peer.expect(DISCONNECT).code, 4);
  peer.close();
  outcome(closed);
}

TEST(closing, hangs_up_without_a_word_to_have_the_will_published_in_3_1_1) {
  raw_server server(version::v3_1_1);
  states seen;
  client c(server.url(), eager({.version = mqtt::protocol_version::v3_1_1, .on_state = seen.listener()}));
  raw_peer peer = server.accept();
  peer.welcome();
  seen.expect(client_state::online);
  const auto closed = c.close({.reason = reason_code::disconnect_with_will});
  EXPECT_THROW(peer.next(), expectation_failed);
  outcome(closed);
}

TEST(closing, waits_for_what_is_under_way_when_told_to) {
  raw_server server;
  client c(server.url(), eager());
  const auto sent = c.publish("a", "b", {.qos = 1});
  const auto closed = c.close({.drain = 10s});
  raw_peer peer = server.accept();
  peer.welcome();
  const client_packet packet = peer.expect(PUBLISH);
  EXPECT_FALSE(closed.done());
  peer.send(acknowledgement{.kind = PUBACK, .id = packet.id});
  EXPECT_TRUE(outcome(sent).has_value());
  peer.expect(DISCONNECT);
  peer.close();
  EXPECT_TRUE(outcome(closed).has_value());
}

TEST(closing, ends_what_is_pending) {
  raw_server server;
  client c(server.url(), eager());
  const auto sent = c.publish("a", "b", {.qos = 1});
  const auto subscribed = c.subscribe("a");
  const auto received = c.receive();
  outcome(c.close());
  EXPECT_EQ(error_of(sent), errors::closed);
  EXPECT_EQ(error_of(subscribed), errors::closed);
  EXPECT_EQ(error_of(received), errors::closed);
}

TEST(closing, happens_when_the_client_goes_away) {
  raw_server server;
  std::optional<raw_peer> peer;
  std::jthread closer;
  {
    client c(server.url(), eager());
    peer.emplace(server.accept());
    peer->welcome();
    eventually([&] { return c.state() == client_state::online; });
    closer = std::jthread([&] {
      peer->expect(DISCONNECT);
      peer->close();
    });
  }
}

// ---- what is not usable ----

TEST(opening, refuses_a_url_that_it_cannot_use) {
  std::string why;
  EXPECT_FALSE(client::open("http://host", {}, &why).has_value());
  EXPECT_NE(why, "");
  EXPECT_THROW(client("mqtt://"), mqtt_error);
}

TEST(opening, says_which_tls_file_cannot_be_used) {
  for (const std::string_view url : {"mqtts://localhost", "wss://localhost"}) {
    std::string why;
    const auto opened = client::open(url, {.tls = {.ca_file = "/nowhere/ca.pem"}}, &why);
    ASSERT_FALSE(opened.has_value());
    // A build without TLS says that.
    EXPECT_TRUE(why.contains("/nowhere/ca.pem") || why.contains("no TLS")) << why;
  }
  EXPECT_TRUE(client::open("mqtt://127.0.0.1", eager({.tls = {.ca_file = "/nowhere/ca.pem"}})).has_value());
}

TEST(opening, says_that_a_websocket_s_request_cannot_be_made) {
  std::string why;
  EXPECT_FALSE(client::open("ws://localhost", {.websocket = {.path = "/a b"}}, &why).has_value());
  EXPECT_FALSE(client::open("ws://localhost", {.websocket = {.headers = {"A: b\r\nC: d"}}}, &why).has_value());
  EXPECT_FALSE(client::open("ws://localhost", {.websocket = {.origin = "a\nb"}}, &why).has_value());
  EXPECT_TRUE(why.contains("WebSocket")) << why;
}

TEST(opening, refuses_options_that_no_server_takes) {
  const auto fails = [](client_options options) {
    std::string why;
    const bool failed = !client::open("mqtt://127.0.0.1", std::move(options), &why).has_value();
    return failed && !why.empty();
  };
  EXPECT_TRUE(fails({.will = will_message{.topic = "a/#"}}));
  EXPECT_TRUE(fails({.will = will_message{.topic = "a", .qos = 3}}));
  EXPECT_TRUE(fails({.client_id = std::string("a\0b", 3)}));
  EXPECT_TRUE(fails({.receive_maximum = 0}));
  EXPECT_TRUE(fails({.servers = {"x://"}}));
}

TEST(opening, can_be_done_again_with_what_was_moved_from) {
  raw_server server;
  client first(server.url(), eager());
  client second(std::move(first));
  first = client(server.url(), eager());
  second = std::move(first);
  EXPECT_NE(second.client_id(), "");
}

}  // namespace
}  // namespace nanonng::sdk::test
