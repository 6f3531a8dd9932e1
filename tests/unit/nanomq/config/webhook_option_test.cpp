// The webhook's section as NanoMQ writes it, and what it may not be.
#include <gtest/gtest.h>

#include "nanomq/config/configuration.hpp"
#include "nanomq/config/document.hpp"

namespace nanomq::config {
namespace {

using webhook::event_kind;

std::string complaint(std::string_view text) {
  configuration made;
  std::string why;
  return made.read_text(text, "f", why) ? "" : why;
}

TEST(webhook_option, reads_nanomqs_section) {
  configuration made;
  std::string why;
  ASSERT_TRUE(made.read_text(R"(
webhook {
  url = "http://127.0.0.1:80"
  headers.content-type = "application/json"
  headers.x-plant = seven
  body.encoding = base64
  pool_size = 16
  cancel_timeout = 2s
  ssl { cacertfile = "/ca.pem", certfile = "/c.pem", keyfile = "/k.pem", verify = false, enable = true }
  events = [
    { event = "on_message_publish", topic = "a/b c" }
    { event = "on_client_connack" }
    on_message_acked
  ]
}
)",
                             "f", why))
      << why;
  const webhook::webhook_settings& read = made.values().webhook;
  EXPECT_TRUE(read.is_active());
  EXPECT_EQ(read.url, "http://127.0.0.1:80");
  EXPECT_EQ(read.headers, (std::vector<std::string>{"content-type: application/json", "x-plant: seven"}));
  EXPECT_EQ(read.encoding, webhook::payload_encoding::base64);
  EXPECT_EQ(read.pool_size, 16U);
  EXPECT_EQ(read.cancel_timeout, nanolib::duration(2'000));
  EXPECT_EQ(read.ca_file, "/ca.pem");
  EXPECT_FALSE(read.verify);
  EXPECT_EQ(read.events,
            (std::vector<webhook::event_rule>{
                {event_kind::message_publish, "a/b c"}, {event_kind::client_connack}, {event_kind::message_acked}}));
  EXPECT_EQ(made.warnings().size(), 1U) << "ssl.enable";
}

TEST(webhook_option, is_nothing_by_default) {
  const configuration made;
  EXPECT_FALSE(made.values().webhook.is_active());
  EXPECT_TRUE(made.values().webhook.enable);
  EXPECT_TRUE(made.values().webhook.verify);
}

TEST(webhook_option, can_be_said_in_the_environment_and_on_a_command_line) {
  configuration made;
  std::string why;
  const char* const variables[] = {"NANOMQ_WEBHOOK__EVENTS=[\"on_client_connect\", \"on_message_publish a/#\"]",
                                   "NANOMQ_WEBHOOK__BATCH__SIZE=7"};
  ASSERT_TRUE(made.read_environment(variables, why)) << why;
  ASSERT_TRUE(made.assign("webhook.headers=a: 1,b: 2", why)) << why;
  EXPECT_EQ(made.values().webhook.events.at(1), (webhook::event_rule{event_kind::message_publish, "a/#"}));
  EXPECT_EQ(made.values().webhook.batch_size, 7U);
  EXPECT_EQ(made.values().webhook.headers, (std::vector<std::string>{"a: 1", "b: 2"}));
}

TEST(webhook_option, names_the_place_of_a_fault) {
  EXPECT_EQ(complaint("webhook.events = [{event = on_x}]").substr(0, 44),
            "f:1:18: webhook.events: 'on_x' is no event; ");
  EXPECT_EQ(complaint("webhook.events = [\n{name = x}]"),
            "f:2:1: webhook.events: an event has the keys event and topic");
  EXPECT_EQ(complaint("webhook.events = [{topic = x}]").substr(0, 47),
            "f:1:19: webhook.events: an event without a name");
  EXPECT_EQ(complaint("webhook.headers { a = [1] }"), "f:1:23: webhook.headers: a takes a text");
  EXPECT_TRUE(complaint("webhook.headers { host = x }").starts_with("f:1:17: webhook.headers: 'host' cannot be"));
  EXPECT_TRUE(complaint("webhook.url = \"file:///etc/passwd\"").starts_with("f:1:15: webhook.url: "));
}

TEST(webhook_option, shows_no_secret) {
  configuration made;
  std::string why;
  ASSERT_TRUE(
      made.read_text(R"(webhook { headers { authorization = "Bearer abc" }, ssl.key_password = def })", "f", why));
  const std::string shown = print_configuration(made);
  EXPECT_EQ(shown.find("abc"), std::string::npos);
  EXPECT_EQ(shown.find("def\""), std::string::npos);
  EXPECT_NE(shown.find(R"(webhook.headers = ["authorization: ********"])"), std::string::npos);
  EXPECT_NE(shown.find(R"(webhook.ssl.key_password = "********")"), std::string::npos);
}

}  // namespace
}  // namespace nanomq::config
