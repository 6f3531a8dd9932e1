#include "nanomq/webhook/webhook_settings.hpp"

#include <gtest/gtest.h>

#include "nanomq/webhook/webhook.hpp"

namespace nanomq::webhook {
namespace {

std::string complaint_about_rule(std::string_view text) {
  std::string why;
  return read_event_rule(text, why) ? "" : why;
}

TEST(event_rule, is_read_as_it_is_written) {
  for (const std::string_view name : event_names()) {
    std::string why;
    const auto rule = read_event_rule(name, why);
    ASSERT_TRUE(rule) << name;
    EXPECT_EQ(text_of(*rule), name);
    EXPECT_EQ("on_" + std::string(action_of(rule->event)), name);
    const auto with_topic = read_event_rule(std::string(name) + " a b/#", why);
    EXPECT_EQ(with_topic.has_value(), name.starts_with("on_message_")) << name;
    if (with_topic) {
      EXPECT_EQ(text_of(*with_topic), std::string(name) + " a b/#");
    }
  }
}

TEST(event_rule, that_is_none_is_refused_in_words) {
  EXPECT_TRUE(
      complaint_about_rule("on_message_publisch").starts_with("'on_message_publisch' is no event; there are on_"));
  EXPECT_EQ(complaint_about_rule("on_client_connack t"),
            "on_client_connack takes no topic: only events about messages do");
  EXPECT_EQ(complaint_about_rule("on_message_acked a/#/b"), "'a/#/b' is no topic filter");
  EXPECT_EQ(complaint_about_rule("on_message_acked $share/g/a"), "'$share/g/a' is no topic filter");
  EXPECT_NE(complaint_about_rule(""), "");
}

TEST(header_line, may_not_break_a_request) {
  std::string why;
  for (const std::string_view good : {"content-type: application/json", "x:1", "authorization: Bearer a b"}) {
    EXPECT_TRUE(check_header(good, why)) << good << why;
  }
  for (const std::string_view bad : {"", "x", ": 1", "x y: 1", "host: h", "content-length: 1", "x: a\r\nb: c"}) {
    EXPECT_FALSE(check_header(bad, why)) << bad;
  }
  EXPECT_FALSE(check_header("authorization: secret\n", why));
  EXPECT_EQ(why.find("secret"), std::string::npos);
}

TEST(webhook, without_a_url_or_events_is_nothing) {
  webhook_settings settings;
  settings.events = {{event_kind::message_publish}};
  std::string why;
  webhook one(nanolib::null_log(), nanolib::system_clock());
  auto next = webhook::prepare(settings, why);
  ASSERT_TRUE(next);
  ASSERT_TRUE(one.change_to(std::move(*next)));
  EXPECT_TRUE(one.hooks().empty());
  settings.url = "http://127.0.0.1:1/";
  next = webhook::prepare(settings, why);
  ASSERT_TRUE(next);
  ASSERT_TRUE(one.change_to(std::move(*next)));
  ASSERT_EQ(one.hooks().size(), 1U);
  EXPECT_EQ(one.hooks().front()->interests().front().events, events_of(broker::hook_event::publish));
  settings.enable = false;
  ASSERT_TRUE(one.change_to(webhook::prepare(settings, why).value()));
  EXPECT_TRUE(one.hooks().empty());
}

TEST(webhook, names_the_setting_that_is_wrong) {
  webhook_settings settings;
  settings.events = {{event_kind::message_publish}};
  std::string why;
  settings.url = "gopher://h/";
  EXPECT_FALSE(webhook::prepare(settings, why));
  EXPECT_TRUE(why.starts_with("webhook.url: ")) << why;
  settings.url = "https://h/";
  settings.ca_file = "/nowhere";
  EXPECT_FALSE(webhook::prepare(settings, why));
  EXPECT_TRUE(why.starts_with("webhook.ssl: ")) << why;
}

}  // namespace
}  // namespace nanomq::webhook
