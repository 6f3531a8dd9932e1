// Endpoints without questions: each protocol in each of its directions, rights, sizes, and how they end.
#include "sp_endpoint_fixture.hpp"

namespace nanomq::bridge::testing {
namespace {

sp_forward forward(const std::string& filter, sp_framing framing = sp_framing::payload, std::uint8_t qos = 1) {
  return {.filter = filter, .topic = {}, .framing = framing, .qos = static_cast<quality_of_service>(qos)};
}
sp_subscription subscription(const std::string& topic, std::uint8_t qos = 0) {
  return {.prefix = {}, .topic = topic, .qos = static_cast<quality_of_service>(qos)};
}

TEST(sp_endpoint, push_gives_mqtt_messages_to_a_pull) {
  auto options = endpoint("e", sp_protocol::push0);
  const auto url = options.listen.front();
  options.forwards = {forward("in/#")};
  host subject({options});
  far_socket far(nng_pull0_open);
  far.dial(url);
  raw_client client = subject.join("c");
  for (int qos = 0; qos < 3; ++qos) {
    client.publish({.topic = "in/a", .payload = std::to_string(qos), .qos = static_cast<unsigned>(qos)});
    EXPECT_EQ(far.receive(), std::to_string(qos));
  }
}

TEST(sp_endpoint, pull_publishes_what_a_push_sends) {
  auto options = endpoint("e", sp_protocol::pull0);
  options.subscriptions = {subscription("out", 1)};
  const auto url = options.listen.front();
  host subject({options});
  raw_client client = subject.join("c");
  client.subscribe("out", 1);
  far_socket far(nng_push0_open);
  far.dial(url);
  far.send("hello");
  client.expect_publish("out", "hello");
}

TEST(sp_endpoint, dials_and_finds_a_peer_that_comes_later) {
  auto options = endpoint("e", sp_protocol::pull0);
  options.dial = std::exchange(options.listen, {});
  options.subscriptions = {subscription("out", 1)};
  const auto url = options.dial.front();
  host subject({options});
  raw_client client = subject.join("c");
  client.subscribe("out", 1);
  far_socket far(nng_push0_open);
  far.listen(url);
  far.send("hello");
  client.expect_publish("out", "hello");
}

TEST(sp_endpoint, counts_attempts_to_reach_a_peer_that_fail) {
  auto options = endpoint("e", sp_protocol::pull0);
  options.dial = std::exchange(options.listen, {});
  options.subscriptions = {subscription("out", 1)};
  options.redial_backoff = options.redial_max_backoff = std::chrono::hours(1);
  auto settings = options_with(1);
  settings.sys_interval = nanolib::duration(50);
  host subject({options}, std::move(settings));
  subject.expect_figure("e/failed_dials", "1");
}

// NanoMQ's bridges.nng.pub: topic, delimiter and payload.
TEST(sp_endpoint, pub_puts_the_topic_or_another_one_in_front) {
  auto options = endpoint("e", sp_protocol::pub0);
  options.forwards = {forward("in/#", sp_framing::topic), forward("in/b", sp_framing::topic)};
  options.forwards[1].topic = "renamed";
  options.forwards[1].delimiter = ":";
  const auto url = options.listen.front();
  host subject({options});
  far_socket far(nng_sub0_open);
  far.subscribe("");
  far.dial(url);
  raw_client client = subject.join("c");
  meet(client, "in/first", far);
  client.publish({.topic = "in/b", .payload = "x", .qos = 1});
  EXPECT_EQ(far.receive(), "in/b/x");
  EXPECT_EQ(far.receive(), "renamed:x");
}

// NanoMQ's bridges.nng.sub: the prefix is the topic with the slash, and only a prefix with another delimiter.
TEST(sp_endpoint, sub_takes_the_topic_from_the_message_or_another_one) {
  auto options = endpoint("e", sp_protocol::sub0);
  options.subscriptions = {
      {.prefix = "cmd", .topic = {}, .framing = sp_framing::topic, .qos = quality_of_service::at_least_once},
      {.prefix = "log", .topic = "logs", .delimiter = ":", .framing = sp_framing::topic},
      {.prefix = "a/", .topic = {}, .delimiter = ":", .framing = sp_framing::topic}};
  options.dial = std::exchange(options.listen, {});
  far_socket far(nng_pub0_open);
  far.listen(options.dial.front());
  host subject({options});
  raw_client client = subject.join("c");
  client.subscribe("#", 1);
  // A pub loses what it sends before somebody has come.
  raw_client watcher = subject.join("w");
  watcher.subscribe("cmd", 1);
  do far.send("cmd/there?");
  while (!watcher.wait_readable(std::chrono::milliseconds(50)));
  far.send("cmd/on/off");
  far.send("log/x:text");
  far.send("a/b/c:21.5");
  far.send("nothing for us");
  std::vector<std::string> seen;
  while (seen.size() < 3) {
    const auto packet = client.expect(support::PUBLISH);
    if (packet.payload == "there?") continue;
    seen.push_back(packet.topic + " " + packet.payload);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"cmd on/off", "logs text", "a/b/c 21.5"}));
}

class both_ways : public ::testing::TestWithParam<std::pair<sp_protocol, int (*)(nng_socket*)>> {};
INSTANTIATE_TEST_SUITE_P(protocols, both_ways,
                         ::testing::Values(std::pair{sp_protocol::pair0, &nng_pair0_open},
                                           std::pair{sp_protocol::pair1, &nng_pair1_open},
                                           std::pair{sp_protocol::bus0, &nng_bus0_open}));

TEST_P(both_ways, messages_go_on_one_topic_without_an_echo) {
  auto options = endpoint("e", GetParam().first);
  options.forwards = {forward("both")};
  options.subscriptions = {subscription("both", 1)};
  const auto url = options.listen.front();
  host subject({options});
  far_socket far(GetParam().second);
  far.dial(url);
  raw_client client = subject.join("c");
  client.subscribe("both", 1);
  far.send("from sp");
  client.expect_publish("both", "from sp");
  client.publish({.topic = "both", .payload = "from mqtt", .qos = 1});
  EXPECT_EQ(far.receive(), "from mqtt");
  client.expect_publish("both", "from mqtt");
  far.send("again");
  client.expect_publish("both", "again");
}

TEST(sp_endpoint, keeps_messages_in_order_while_nobody_is_there) {
  auto options = endpoint("e", sp_protocol::push0);
  options.forwards = {forward("in")};
  const auto url = options.listen.front();
  host subject({options});
  raw_client client = subject.join("c");
  // More than nng holds (64): the rest waits in the session's queue.
  for (int i = 0; i < 200; ++i) client.publish({.topic = "in", .payload = std::to_string(i), .qos = 1});
  far_socket far(nng_pull0_open);
  far.dial(url);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(far.receive(), std::to_string(i));
}

TEST(sp_endpoint, drops_and_counts_what_its_queue_has_no_room_for) {
  auto options = endpoint("e", sp_protocol::push0);
  options.forwards = {forward("in")};
  options.max_queue_messages = 10;
  const auto url = options.listen.front();
  auto settings = options_with(1);
  settings.sys_interval = nanolib::duration(50);
  host subject({options}, std::move(settings));
  raw_client client = subject.join("c");
  for (int i = 0; i < 100; ++i) client.publish({.topic = "in", .payload = std::to_string(i), .qos = 1});
  subject.expect_figure("e/dropped", "90");
  subject.expect_figure("e/queued", "5");
  subject.expect_figure("e/sp/queued", "5");  // a half is nng's
}

TEST(sp_endpoint, refuses_what_is_too_large_or_no_topic_and_goes_on) {
  auto options = endpoint("e", sp_protocol::pair0);
  options.forwards = {forward("in")};
  options.subscriptions = {{.prefix = {},
                            .topic = {},
                            .delimiter = ":",
                            .framing = sp_framing::topic,
                            .qos = quality_of_service::at_least_once}};
  options.max_message_size = 1'000;
  const auto url = options.listen.front();
  auto settings = options_with(1);
  settings.sys_interval = nanolib::duration(50);
  host subject({options}, std::move(settings));
  far_socket far(nng_pair0_open);
  far.dial(url);
  raw_client client = subject.join("c");
  client.subscribe("good", 1);
  far.send("good:" + std::string(1'000, 'x'));
  far.send("no delimiter");
  far.send("a/+:wildcard");
  far.send("$SYS/broker/uptime:mine");
  far.send("");
  far.send("good:still there");
  client.expect_publish("good", "still there");
  client.publish({.topic = "in", .payload = std::string(1'001, 'x'), .qos = 1});
  client.publish({.topic = "in", .payload = "fits", .qos = 1});
  EXPECT_EQ(far.receive(), "fits");
  subject.expect_figure("e/refused/too_large", "2");
  subject.expect_figure("e/refused/no_delimiter", "2");
  subject.expect_figure("e/refused/no_topic", "2");
  subject.expect_figure("e/peers", "1");
}

/// Lets nobody publish below `forbidden`.
struct some_may final : broker::access {
  std::optional<broker::admission> authenticate(
      const broker::principal&, const broker::credentials&,
      const std::shared_ptr<broker::admission_reply>&) const noexcept override {
    return broker::admission{nanonng::mqtt::reason_code::success};
  }
  broker::permission authorize(const broker::principal& who, broker::operation what,
                               std::string_view topic) const noexcept override {
    const bool bridge = who.client_id == "nng-e" && who.user_name == "nngproxy_bridge";
    const bool denied = bridge && what == broker::operation::publish && topic.starts_with("forbidden");
    return {.reason = denied ? nanonng::mqtt::reason_code::not_authorized : nanonng::mqtt::reason_code::success};
  }
};

TEST(sp_endpoint, has_rights_like_any_client) {
  auto options = endpoint("e", sp_protocol::pull0);
  options.subscriptions = {{.prefix = {}, .topic = {}, .delimiter = ":", .framing = sp_framing::topic}};
  const auto url = options.listen.front();
  auto settings = options_with(2);
  settings.access = std::make_shared<const some_may>();
  host subject({options}, std::move(settings));
  raw_client client = subject.join("c");
  client.subscribe("#", 0);
  far_socket far(nng_push0_open);
  far.dial(url);
  far.send("forbidden/a:x");
  far.send("allowed/a:y");
  client.expect_publish("allowed/a", "y");
}

/// Lets endpoints subscribe until it is told not to.
struct some_hear final : broker::access {
  explicit some_hear(bool yes) noexcept : may(yes) {}
  std::optional<broker::admission> authenticate(
      const broker::principal&, const broker::credentials&,
      const std::shared_ptr<broker::admission_reply>&) const noexcept override {
    return broker::admission{nanonng::mqtt::reason_code::success};
  }
  broker::permission authorize(const broker::principal& who, broker::operation what,
                               std::string_view) const noexcept override {
    const bool denied = !may && who.client_id == "nng-e" && what != broker::operation::publish;
    return {.reason = denied ? nanonng::mqtt::reason_code::not_authorized : nanonng::mqtt::reason_code::success};
  }
  const bool may;
};

TEST(sp_endpoint, counts_what_a_change_of_rights_keeps_from_it) {
  auto options = endpoint("e", sp_protocol::push0);
  options.forwards = {forward("in/#")};
  const auto url = options.listen.front();
  auto settings = options_with(2);
  settings.sys_interval = nanolib::duration(50);
  settings.access = std::make_shared<const some_hear>(true);
  host subject({options}, std::move(settings));
  far_socket far(nng_pull0_open);
  far.dial(url);
  raw_client client = subject.join("c");
  client.publish({.topic = "in/a", .payload = "before", .qos = 1});
  EXPECT_EQ(far.receive(), "before");
  subject->set_access(std::make_shared<const some_hear>(false));
  subject.expect_figure("e/denied_forwards", "1");
  client.publish({.topic = "in/a", .payload = "meanwhile", .qos = 1});
  subject.expect_figure("e/withheld", "1");
  subject->set_access(std::make_shared<const some_hear>(true));
  subject.expect_figure("e/denied_forwards", "0");
  client.publish({.topic = "in/a", .payload = "after", .qos = 1});
  EXPECT_EQ(far.receive(), "after");
}

TEST(sp_endpoint, has_delimiters_that_no_topic_can_contain) {
  auto options = endpoint("e", sp_protocol::push0);
  options.forwards = {forward("in/#", sp_framing::topic)};
  options.forwards.front().delimiter = "\\0";
  const auto url = options.listen.front();
  {
    host subject({options});
    far_socket far(nng_pull0_open);
    far.dial(url);
    raw_client client = subject.join("c");
    client.publish({.topic = "in/a", .payload = "x", .qos = 1});
    EXPECT_EQ(far.receive(), std::string("in/a\0x", 6));
  }
  options.forwards.front().delimiter = "\\";
  const auto made = make_local_endpoint(options, nanolib::null_log());
  ASSERT_FALSE(made.has_value());
  EXPECT_NE(made.error().find("nng_delimiter"), std::string::npos) << made.error();
}

TEST(sp_endpoint, retains_what_it_is_told_to) {
  auto options = endpoint("e", sp_protocol::pull0);
  options.subscriptions = {subscription("out", 1), subscription("kept", 1)};
  options.subscriptions[1].retain = true;
  const auto url = options.listen.front();
  host subject({options});
  raw_client client = subject.join("c");
  client.subscribe("out", 1);
  far_socket far(nng_push0_open);
  far.dial(url);
  far.send("hello");
  client.expect_publish("out", "hello");
  raw_client later = subject.join("l");
  later.subscribe("+", 1);
  EXPECT_EQ(later.expect(support::PUBLISH).topic, "kept");
}

TEST(sp_endpoint, joins_one_sp_side_to_another_through_the_router) {
  auto in = endpoint("in", sp_protocol::pull0);
  in.subscriptions = {subscription("through", 1)};
  auto out = endpoint("out", sp_protocol::push0);
  out.forwards = {forward("through")};
  const auto from = in.listen.front();
  const auto to = out.listen.front();
  host subject({in, out}, options_with(3));
  far_socket source(nng_push0_open);
  far_socket sink(nng_pull0_open);
  source.dial(from);
  sink.dial(to);
  for (int i = 0; i < 2'000; ++i) source.send(std::to_string(i));
  for (int i = 0; i < 2'000; ++i) ASSERT_EQ(sink.receive(), std::to_string(i));
}

TEST(sp_endpoint, a_stop_lets_what_waits_reach_a_peer_that_is_there) {
  auto options = endpoint("e", sp_protocol::push0);
  options.forwards = {forward("in")};
  options.listen = {"tcp://127.0.0.1:0"};
  options.dial = {fresh_url()};
  far_socket far(nng_pull0_open);
  EXPECT_EQ(nng_socket_set_int(far.handle(), NNG_OPT_RECVBUF, 1), 0);
  far.listen(options.dial.front());
  host subject({options});
  raw_client client = subject.join("c");
  for (int i = 0; i < 300; ++i) client.publish({.topic = "in", .payload = std::to_string(i), .qos = 1});
  std::jthread stops([&] { subject->stop(); });
  for (int i = 0; i < 300; ++i) ASSERT_EQ(far.receive(), std::to_string(i));
}

TEST(sp_endpoint, a_stop_does_not_wait_for_a_peer_that_is_not_there) {
  auto options = endpoint("e", sp_protocol::push0);
  options.forwards = {forward("in")};
  auto settings = options_with(2);
  settings.stop_timeout = std::chrono::hours(1);  // ctest's timeout is the judge
  host subject({options}, std::move(settings));
  raw_client client = subject.join("c");
  for (int i = 0; i < 100; ++i) client.publish({.topic = "in", .payload = std::to_string(i), .qos = 1});
  subject->stop();
}

TEST(sp_endpoint, that_cannot_listen_keeps_the_broker_from_starting) {
  far_socket far(nng_pull0_open);
  const auto url = fresh_url();
  far.listen(url);
  auto options = endpoint("e", sp_protocol::push0);
  options.forwards = {forward("in")};
  options.listen = {url};
  std::string why;
  auto opened = broker::broker::open(options_with(1), why);
  ASSERT_TRUE(opened) << why;
  auto made = make_local_endpoint(options, nanolib::null_log());
  ASSERT_TRUE(made) << made.error();
  const auto attached = (*opened)->attach(std::move(made->options), std::move(made->peer), why);
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error(), (nanolib::error{nanolib::error_domain::sys, EADDRINUSE}));
  EXPECT_EQ(why, "bridges/nng/e: cannot listen on " + url + ": address in use");
}

TEST(sp_endpoint, is_the_client_of_its_protocol_and_name) {
  auto options = endpoint("pull/line1", sp_protocol::pull0);
  options.subscriptions = {subscription("in")};
  const auto made = make_local_endpoint(options, nanolib::null_log());
  ASSERT_TRUE(made) << made.error();
  EXPECT_EQ(made->options.client_id, "nng-pull-line1");
}

TEST(sp_endpoint, refuses_options_that_make_no_sense) {
  const auto fault = [](const sp_endpoint_options& options) {
    const auto made = make_local_endpoint(options, nanolib::null_log());
    return made ? std::string("none") : made.error();
  };
  auto options = endpoint("e", sp_protocol::pub0);
  EXPECT_EQ(fault(options), "bridges/nng/e: forwards is missing: nothing says what is to be passed on");
  options.forwards = {forward("a/#/b")};
  EXPECT_EQ(fault(options), "bridges/nng/e: Invalid topic 'a/#/b'.");
  options.forwards = {forward("a")};
  EXPECT_EQ(fault(options), "none");
  options.subscriptions = {subscription("b")};
  EXPECT_EQ(fault(options), "bridges/nng/e: pub0 receives nothing, so it has no subscription");
  options = endpoint("e", sp_protocol::sub0);
  options.subscriptions = {{.prefix = {}, .topic = {}, .framing = sp_framing::topic}};
  EXPECT_EQ(fault(options),
            "bridges/nng/e: With the delimiter / a subscription needs its remote_topic: a topic cannot be told from a "
            "payload.");
  options.listen.clear();
  EXPECT_EQ(fault(options), "bridges/nng/e: a URL to listen on or to dial is missing");
}

}  // namespace
}  // namespace nanomq::bridge::testing
