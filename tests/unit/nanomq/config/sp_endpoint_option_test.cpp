#include "nanomq/config/sp_endpoint_option.hpp"

#include <gtest/gtest.h>

#include "nanomq/config/configuration.hpp"
#include "nanomq/config/document.hpp"

namespace nanomq::config {
namespace {

using nanolib::quality_of_service;
using nanomq::bridge::sp_framing;
using nanonng::net::sp_protocol;

configuration read(std::string_view text) {
  configuration made;
  std::string why;
  EXPECT_TRUE(made.read_text(text, "nanomq.conf", why)) << why;
  return made;
}

std::string refusal(std::string_view text) {
  configuration made;
  std::string why = "taken";
  (void)made.read_text(text, "nanomq.conf", why);
  return why;
}

// As NanoMQ's documentation has it.
TEST(sp_endpoint_option, understands_nanomqs_keys_for_pub_and_sub) {
  const auto made = read(R"(
bridges.nng.pub.a {
  pub_url = "tcp://127.0.0.1:5555"
  clientid = "bridge_pub"
  forwards = [
    {local_topic = "a/#", remote_topic = "", nng_delimiter = "/", qos = 1}
    {local_topic = "b", remote_topic = "c", nng_delimiter = ":"}
  ]
}
bridges.nng.sub.a {
  sub_url = "tcp://127.0.0.1:5556"
  clientid = "bridge_sub"
  subscription = [{remote_topic = "x", local_topic = "", nng_delimiter = "/", qos = 2}]
}
)");
  const auto& all = made.values().sp_endpoints;
  ASSERT_EQ(all.size(), 2U);
  const auto& pub = all[0].options;
  EXPECT_EQ(pub.name, "pub/a");
  EXPECT_EQ(pub.protocol, sp_protocol::pub0);
  EXPECT_EQ(pub.listen, std::vector<std::string>{"tcp://127.0.0.1:5555"});
  EXPECT_EQ(pub.client_id, "bridge_pub");
  EXPECT_EQ(pub.user_name, "nngproxy_bridge");
  ASSERT_EQ(pub.forwards.size(), 2U);
  EXPECT_EQ(pub.forwards[0].filter, "a/#");
  EXPECT_EQ(pub.forwards[0].framing, sp_framing::topic);
  EXPECT_EQ(pub.forwards[0].qos, quality_of_service::at_least_once);
  EXPECT_EQ(pub.forwards[1].topic, "c");
  EXPECT_EQ(pub.forwards[1].delimiter, ":");
  const auto& sub = all[1].options;
  EXPECT_EQ(sub.protocol, sp_protocol::sub0);
  ASSERT_EQ(sub.subscriptions.size(), 1U);
  EXPECT_EQ(sub.subscriptions[0].prefix, "x");
  EXPECT_EQ(sub.subscriptions[0].topic, "");
  EXPECT_EQ(sub.subscriptions[0].qos, quality_of_service::exactly_once);
  EXPECT_EQ(all[1].origin, "nanomq.conf:10");
}

TEST(sp_endpoint_option, has_the_other_protocols_and_keys_in_their_manner) {
  const auto made = read(R"(
bridges.nng.pair.line1 {
  enable = false
  dial = ["ipc:///tmp/line1", "tcp://127.0.0.1:1"]
  username = line
  allow_anonymous = true
  max_queue_messages = 7
  max_queue_bytes = 1MB
  max_message_size = 2MB
  answer_timeout = 3s
  max_questions = 5
  cacertfile = /ca
  certfile = /cert
  forwards = [{local_topic = out, frame = topic}]
  subscription = [{local_topic = in, retain = true}]
}
bridges.nng.req0.q { req0_url = "inproc://q", forwards = [{local_topic = "q/#"}] }
)");
  const auto& all = made.values().sp_endpoints;
  ASSERT_EQ(all.size(), 2U);
  const auto& pair = all[0].options;
  EXPECT_FALSE(all[0].enable);
  EXPECT_TRUE(all[0].allow_anonymous);
  EXPECT_EQ(pair.protocol, sp_protocol::pair0);
  EXPECT_EQ(pair.dial.size(), 2U);
  EXPECT_EQ(pair.user_name, "line");
  EXPECT_EQ(pair.max_queue_messages, 7U);
  EXPECT_EQ(pair.max_queue_bytes, 1U << 20U);
  EXPECT_EQ(pair.max_message_size, 2U << 20U);
  EXPECT_EQ(pair.answer_timeout, nanolib::duration(3'000));
  EXPECT_EQ(pair.max_questions, 5U);
  EXPECT_EQ(pair.tls_ca_file, "/ca");
  EXPECT_EQ(pair.tls_certificate_key_file, "/cert");
  EXPECT_EQ(pair.forwards[0].framing, sp_framing::topic);
  EXPECT_EQ(pair.subscriptions[0].framing, sp_framing::payload);
  EXPECT_TRUE(pair.subscriptions[0].retain);
  EXPECT_EQ(all[1].options.protocol, sp_protocol::req0);
  EXPECT_EQ(all[1].options.listen, std::vector<std::string>{"inproc://q"});
}

TEST(sp_endpoint_option, says_what_is_wrong_and_where) {
  EXPECT_EQ(refusal("bridges.nng.dealer.a {}"),
            "nanomq.conf:1:1: 'bridges.nng.dealer': there is no such protocol of SP");
  EXPECT_EQ(refusal("bridges.nng = 1"), "nanomq.conf:1:15: bridges.nng: takes endpoints by protocol and name");
  EXPECT_EQ(refusal("bridges.nng.pub = 1"), "nanomq.conf:1:19: bridges.nng.pub: takes endpoints by their names");
  EXPECT_EQ(refusal("bridges.nng.pub.a = 1"), "nanomq.conf:1:21: bridges.nng.pub.a: takes an object");
  EXPECT_EQ(refusal("bridges.nng.pub.\"a b\" {}"),
            "nanomq.conf:1:1: bridges.nng.pub: a name has letters, digits, - and _, and 64 of them at most");
  EXPECT_EQ(refusal("bridges.nng.pub.a.sub_url = x"), "nanomq.conf:1:1: unknown setting 'bridges.nng.pub.a.sub_url'");
  EXPECT_EQ(refusal("bridges.nng.pub.a.listen = {a = b}"), "nanomq.conf:1:28: bridges.nng.pub.a.listen: takes a value");
  EXPECT_EQ(refusal("bridges.nng.pub.a.forwards = x"),
            "nanomq.conf:1:30: bridges.nng.pub.a.forwards: takes a list of objects");
  EXPECT_EQ(refusal("bridges.nng.pub.a.forwards = [x]"),
            "nanomq.conf:1:31: bridges.nng.pub.a.forwards: takes a list of objects");
  EXPECT_EQ(refusal("bridges.nng.pub.a.forwards = [{retain = true}]"),
            "nanomq.conf:1:32: unknown setting 'bridges.nng.pub.a.forwards.retain'");
  EXPECT_TRUE(refusal("bridges.nng.pub.a.forwards = [{qos = 3}]")
                  .starts_with("nanomq.conf:1:38: bridges.nng.pub.a.forwards.qos: "));
}

TEST(sp_endpoint_option, leaves_what_is_null_as_it_is) {
  const auto made = read("bridges.nng.pub { a = null, b { listen = null, forwards = null } }\nbridges.nng.sub = null");
  ASSERT_EQ(made.values().sp_endpoints.size(), 1U);
  EXPECT_TRUE(made.values().sp_endpoints[0].options.listen.empty());
}

TEST(sp_endpoint_option, knows_which_url_other_machines_can_reach) {
  const auto exposed = [](const std::string& url, const std::string& more = "") {
    return exposed_sp_url(read("bridges.nng.pub.a { listen = [\"" + url + "\"]" + more + " }").values().sp_endpoints,
                          false);
  };
  for (const auto* const url : {"tcp://127.0.0.1:1", "tcp://[::1]:1", "ws://localhost:1/x", "ipc:///x", "inproc://x"}) {
    EXPECT_EQ(exposed(url), "");
  }
  for (const auto* const url :
       {"tcp://0.0.0.0:1", "tcp://*:1", "tcp://:1", "tcp://[::]:1", "ws://host:1", "nonsense"}) {
    EXPECT_EQ(exposed(url), url);
    EXPECT_EQ(exposed(url, ", allow_anonymous = true"), "");
    EXPECT_EQ(exposed(url, ", enable = false"), "");
  }
}

TEST(sp_endpoint_option, is_the_same_wherever_it_is_written) {
  const auto of = [](const std::string& text) { return read(text).values().sp_endpoints; };
  const std::string text = "bridges.nng.pub.a { listen = [\"ipc:///x\"], forwards = [{local_topic = a}] }";
  EXPECT_TRUE(are_same(of(text), of("\n\n" + text)));
  EXPECT_FALSE(are_same(of(text), of("bridges.nng.pub.a { listen = [\"ipc:///x\"], forwards = [{local_topic = b}] }")));
  EXPECT_FALSE(are_same(of(text), {}));
}

TEST(sp_endpoint_option, is_printed_as_it_can_be_read_again) {
  const auto text = print_configuration(
      read("bridges.nng.sub.a { dial = [\"inproc://a\"], subscription = [{remote_topic = x, qos = 1}] }"));
  const auto begin = text.find("bridges.nng.sub.a.");
  ASSERT_NE(begin, std::string::npos);
  const auto again = print_configuration(read(text.substr(begin)));
  EXPECT_NE(
      again.find("subscription = [{local_topic = \"\", remote_topic = \"x\", nng_delimiter = \"/\", frame = topic, "
                 "qos = 1, retain = false}]"),
      std::string::npos)
      << again.substr(again.find("bridges.nng.sub.a."));
}

}  // namespace
}  // namespace nanomq::config
