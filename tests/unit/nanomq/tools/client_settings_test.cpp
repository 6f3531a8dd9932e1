#include "nanomq/tools/client_settings.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace nanomq::tools {
namespace {

using nanolib::error;
using nanolib::error_domain;
using nanonng::mqtt::property_place;
using nanonng::mqtt::protocol_version;
using nanonng::mqtt::reason_code;
using words = std::vector<std::string_view>;

client_settings made(const connection_options& options) {
  std::string why;
  auto settings = make_client_settings(options, why);
  EXPECT_TRUE(settings.has_value()) << why;
  return settings.value_or(client_settings());
}
std::string refusal(const connection_options& options) {
  std::string why;
  EXPECT_FALSE(make_client_settings(options, why).has_value());
  return why;
}
void give(connection_options& to, const words& property) {
  std::string why;
  EXPECT_NE(to.properties.read(property, why), 0U) << why;
}

TEST(client_settings, names_the_broker_in_a_url) {
  connection_options options;
  EXPECT_EQ(made(options).url, "mqtt://localhost:1883");
  options.host = "::1";
  options.port = 7;
  EXPECT_EQ(made(options).url, "mqtt://[::1]:7");
  options.host = "a?b@c";
  EXPECT_EQ(made(options).url, "mqtt://a%3Fb%40c:7");
  options.unix_socket = "/tmp/a b%.sock";
  EXPECT_EQ(made(options).url, "unix:///tmp/a%20b%25.sock");
  options.unix_socket = "x.sock";
  const auto url = made(options).url;
  EXPECT_TRUE(url.starts_with("unix:///"));
  EXPECT_TRUE(url.ends_with("/x.sock"));
}

TEST(client_settings, name_the_transport_in_the_scheme) {
  connection_options options;
  options.websocket = true;
  EXPECT_EQ(made(options).url, "ws://localhost:80");
  options.tls.use_system_certificates = true;
  EXPECT_EQ(made(options).url, "wss://localhost:443");
  options.websocket = false;
  EXPECT_EQ(made(options).url, "mqtts://localhost:8883");
  options.tls.off = true;
  EXPECT_EQ(made(options).url, "mqtt://localhost:1883");
}

TEST(client_settings, carry_over_what_was_said_about_tls) {
  connection_options options;
  options.tls.ca_file = "ca";
  options.tls.crl_file = "crl";
  options.tls.certificate = "cert";
  options.tls.key = "key";
  options.tls.key_password = "secret";
  options.tls.server_name = "name";
  options.tls.alpn = "mqtt,x-amzn-mqtt-ca";
  options.tls.ciphers = "A:B";
  options.tls.version = "tlsv1.1";
  options.tls.psk_identity = "nobody's without a key";
  const auto got = made(options).options.tls;
  EXPECT_EQ(got.ca_file, "ca");
  EXPECT_EQ(got.crl_file, "crl");
  EXPECT_EQ(got.certificate_file, "cert");
  EXPECT_EQ(got.key_file, "key");
  EXPECT_EQ(got.key_password, "secret");
  EXPECT_EQ(got.server_name, "name");
  EXPECT_EQ(got.protocols, (std::vector<std::string>{"mqtt", "x-amzn-mqtt-ca"}));
  EXPECT_EQ(got.ciphers, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(got.minimum, nanonng::sdk::tls_version::tls1_1);
  EXPECT_EQ(got.psk_identity, "");
  EXPECT_TRUE(got.verify);
  options.tls.insecure = true;
  EXPECT_FALSE(made(options).options.tls.verify);
}

TEST(client_settings, carry_over_what_was_said_about_the_websocket) {
  connection_options options;
  options.websocket = true;
  options.websocket_path = "/p?q";
  options.websocket_origin = "https://o";
  options.websocket_headers = {"A: b"};
  const auto got = made(options).options.websocket;
  EXPECT_EQ(got.path, "/p?q");
  EXPECT_EQ(got.origin, "https://o");
  EXPECT_EQ(got.headers, (std::vector<std::string>{"A: b"}));
}

TEST(client_settings, carry_over_what_was_said) {
  connection_options options;
  options.client_id_prefix = "p";
  options.user_name = "me";
  options.password = "pw";
  options.version = protocol_version::v5;
  options.clean_session = false;
  options.keep_alive_s = 9;
  options.will = {.topic = "w", .payload = "bye", .qos = {}, .retain = true};
  give(options, {"will", "will-delay-interval", "5"});
  give(options, {"will", "content-type", "text"});
  give(options, {"connect", "receive-maximum", "3"});
  give(options, {"connect", "user-property", "a", "b"});
  const auto got = made(options).options;
  EXPECT_EQ(got.client_id, "p" + std::to_string(::getpid()));
  EXPECT_EQ(got.user_name, "me");
  EXPECT_EQ(got.password, "pw");
  EXPECT_EQ(got.version, protocol_version::v5);
  EXPECT_FALSE(got.clean_start);
  EXPECT_EQ(got.session_expiry, nanonng::sdk::for_ever);
  EXPECT_EQ(got.keep_alive, std::chrono::seconds(9));
  ASSERT_TRUE(got.will.has_value());
  EXPECT_EQ(got.will->payload, "bye");
  EXPECT_EQ(got.will->delay, std::chrono::seconds(5));
  EXPECT_EQ(got.will->properties.content_type, "text");
  EXPECT_EQ(got.receive_maximum, 3);
  ASSERT_EQ(got.user_properties.size(), 1U);
  EXPECT_EQ(got.user_properties[0].value, "b");
}

TEST(client_settings, find_the_properties_of_a_packet) {
  connection_options options;
  give(options, {"publish", "message-expiry-interval", "60"});
  give(options, {"publish", "correlation-data", "c"});
  give(options, {"publish", "user-property", "a", "1"});
  give(options, {"subscribe", "user-property", "b", "2"});
  const auto got = publish_properties_of(options.properties);
  EXPECT_EQ(got.message_expiry_interval, std::chrono::seconds(60));
  EXPECT_EQ(got.correlation_data, "c");
  EXPECT_EQ(got.user_properties.size(), 1U);
  EXPECT_EQ(user_properties_of(options.properties, property_place::subscribe).front().name, "b");
}

TEST(client_settings, say_what_is_not_there_yet) {
  connection_options options;
  options.proxy = "socks5h://x";
  EXPECT_EQ(refusal(options), "Connecting through a proxy is not in this build yet.");
}

TEST(connection_failures, of_mqtt_3_have_its_return_codes) {
  const auto got = describe_failure({error_domain::mqtt, static_cast<int>(reason_code::not_authorized)}, "", false,
                                    protocol_version::v3_1_1);
  EXPECT_EQ(got.text, "Connection error: Connection Refused: not authorised.");
  EXPECT_EQ(got.status, 5);
}

TEST(connection_failures, of_mqtt_5_have_its_reason_codes) {
  const auto got = describe_failure({error_domain::mqtt, static_cast<int>(reason_code::banned)}, "go away", false,
                                    protocol_version::v5);
  EXPECT_EQ(got.text, "Connection error: Banned (go away)");
  EXPECT_EQ(got.status, 138);
  EXPECT_EQ(
      describe_failure({error_domain::mqtt, static_cast<int>(reason_code::unsupported_protocol_version)}, "", false,
                       protocol_version::v5)
          .text,
      "Connection error: Unsupported protocol version. Try connecting to an MQTT v5 broker, or use MQTT v3.x mode.");
}

TEST(connection_failures, of_the_network_are_told_from_a_connection_that_was_lost) {
  constexpr auto v3 = protocol_version::v3_1_1;
  const auto refused = describe_failure({error_domain::sys, ECONNREFUSED}, "", false, v3);
  EXPECT_EQ(refused.text, "Error: Connection refused");
  EXPECT_EQ(refused.status, 1);
  const auto unknown = describe_failure({error_domain::config, 0}, "", false, v3);
  EXPECT_EQ(unknown.text, "Unable to connect (Lookup error.).");
  EXPECT_EQ(unknown.status, 1);
  const auto closed = describe_failure({error_domain::sys, 0}, "", false, v3);
  EXPECT_EQ(closed.text, "Error: The connection was lost.");
  EXPECT_EQ(closed.status, 7);
  const auto lost = describe_failure({error_domain::mqtt, static_cast<int>(reason_code::session_taken_over)}, "", true,
                                     protocol_version::v5);
  EXPECT_EQ(lost.text, "Error: The connection was lost. Session taken over.");
  EXPECT_EQ(lost.status, 7);
}

}  // namespace
}  // namespace nanomq::tools
