// Bodies byte for byte: NanoMQ's fields, and JSON whatever names and payloads contain.
#include "webhook/event_body.hpp"

#include <gtest/gtest.h>

#include "nanolib/base/bytes.hpp"

namespace nanomq::webhook {
namespace {

using broker::hook_client;
using nanolib::quality_of_service;

constexpr body_style plain{};
const nanolib::wall_time noon{nanolib::duration(1'700'000'000'123)};

hook_client ann() {
  return {.client_id = "ann",
          .user_name = "Ann",
          .address = "192.0.2.7",
          .keep_alive_s = 30,
          .protocol_version = 4,
          .clean_start = true};
}

std::string payload_as(std::string_view payload, payload_encoding encoding) {
  nanolib::publication what;
  what.topic = "t";
  what.payload = nanolib::as_bytes(payload);
  const std::string body =
      message_body(event_kind::message_publish, ann(), {what, quality_of_service::at_most_once, false},
                   {encoding, missing_name::undefined}, noon);
  const std::string before = "\"payload\":";
  const auto at = body.find(before) + before.size();
  return body.substr(at, body.size() - at - 1);
}

TEST(event_body, of_a_message_has_nanomqs_fields) {
  nanolib::publication what;
  what.topic = "a/b";
  what.payload = nanolib::as_bytes("hello");
  EXPECT_EQ(
      message_body(event_kind::message_publish, ann(), {what, quality_of_service::at_least_once, true}, plain, noon),
      R"({"action":"message_publish","ts":1700000000123,"topic":"a/b","retain":true,"qos":1,)"
      R"("from_username":"Ann","from_client_id":"ann","payload":"hello"})");
  EXPECT_EQ(message_body(event_kind::message_dropped, ann(),
                         {what, quality_of_service::exactly_once, false, "queue_full"}, plain, noon),
            R"({"action":"message_dropped","ts":1700000000123,"topic":"a/b","retain":false,"qos":2,)"
            R"("clientid":"ann","username":"Ann","reason":"queue_full","payload":"hello"})");
}

TEST(event_body, of_a_connack_and_an_end_has_nanomqs_fields) {
  EXPECT_EQ(connack_body(ann(), false, plain),
            R"({"action":"client_connack","proto_ver":4,"keepalive":30,"conn_ack":"fail","clientid":"ann",)"
            R"("username":"Ann"})");
  EXPECT_EQ(ended_body(event_kind::client_disconnected, ann(), "abnormal", plain),
            R"({"action":"client_disconnected","reason":"abnormal","clientid":"ann","username":"Ann"})");
}

TEST(event_body, of_a_client_and_a_filter_says_who_and_which) {
  EXPECT_EQ(client_body(event_kind::client_connected, ann(), plain, noon),
            R"({"action":"client_connected","clientid":"ann","username":"Ann","ipaddress":"192.0.2.7","keepalive":30,)"
            R"("proto_ver":4,"clean_start":true,"connected_at":1700000000123})");
  const auto qos = quality_of_service::exactly_once;
  EXPECT_EQ(filter_body(event_kind::client_subscribe, ann(), "a/#", &qos, plain),
            R"({"action":"client_subscribe","clientid":"ann","username":"Ann","topic":"a/#","opts":{"qos":2}})");
  EXPECT_EQ(filter_body(event_kind::session_unsubscribed, ann(), "a/#", nullptr, plain),
            R"({"action":"session_unsubscribed","clientid":"ann","username":"Ann","topic":"a/#"})");
}

TEST(event_body, says_as_configured_that_there_is_no_user_name) {
  const hook_client nobody{.client_id = "c"};
  const auto user = [&](missing_name how) {
    const std::string body = ended_body(event_kind::session_terminated, nobody, "expired", {.missing = how});
    return body.substr(body.find("\"username\":") + 11);
  };
  EXPECT_EQ(user(missing_name::undefined), "\"undefined\"}");
  EXPECT_EQ(user(missing_name::null), "null}");
  EXPECT_EQ(user(missing_name::empty), "\"\"}");
}

TEST(event_body, tells_payloads_in_each_encoding) {
  const std::string odd("\xfb\xff\"\r\n\0", 6);
  EXPECT_EQ(payload_as(odd, payload_encoding::plain), "\"\uFFFD\uFFFD\\\"\\r\\n\\u0000\"");
  EXPECT_EQ(payload_as(odd, payload_encoding::base64), "\"+/8iDQoA\"");
  EXPECT_EQ(payload_as(odd, payload_encoding::base62), "\"AB8iDQoA\"");
  EXPECT_EQ(payload_as("a", payload_encoding::base64), "\"YQ==\"");
  EXPECT_EQ(payload_as("a", payload_encoding::base62), "\"YQ\"");
  EXPECT_EQ(payload_as("", payload_encoding::plain), "\"\"");
  EXPECT_EQ(payload_as("", payload_encoding::base64), "null");
}

// THREATS 18 and 83.
TEST(event_body, is_whole_with_the_longest_and_the_oddest_names) {
  const std::string name(65'535, '"');
  hook_client who = ann();
  who.client_id = name;
  who.user_name = "line\nfeed";
  const std::string body = connack_body(who, true, plain);
  EXPECT_EQ(body.size(), connack_body(ann(), true, plain).size() - 6 + 2 * name.size() + 10);
  EXPECT_EQ(body.find('\n'), std::string::npos);
  EXPECT_TRUE(body.ends_with(R"(\"","username":"line\nfeed"})"));
}

}  // namespace
}  // namespace nanomq::webhook
