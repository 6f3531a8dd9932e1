#include "nanomq/tools/connection_options.hpp"

#include <gtest/gtest.h>

namespace nanomq::tools {
namespace {

using nanonng::mqtt::protocol_version;

struct read_back {
  connection_options options;
  std::string topic;
  std::string fault;
};
read_back read(std::string_view url) {
  read_back out;
  out.fault = read_url(url, out.options, out.topic);
  return out;
}

TEST(connection_url, has_user_password_host_port_and_topic) {
  const auto got = read("mqtt://me:pass:word@broker.example:1884/a/b/#");
  EXPECT_EQ(got.fault, "");
  EXPECT_EQ(got.options.user_name, "me");
  EXPECT_EQ(got.options.password, "pass:word");
  EXPECT_EQ(got.options.host, "broker.example");
  EXPECT_EQ(got.options.port, 1884);
  EXPECT_EQ(got.topic, "a/b/#");
}

TEST(connection_url, leaves_out_what_is_not_there) {
  const auto got = read("MQTT://h");
  EXPECT_EQ(got.fault, "");
  EXPECT_EQ(got.options.host, "h");
  EXPECT_EQ(got.options.user_name, std::nullopt);
  EXPECT_EQ(got.options.effective_port(), 1883);
  EXPECT_EQ(got.topic, "");
}

TEST(connection_url, takes_a_password_with_an_at_sign_and_percent_signs_literally) {
  const auto got = read("mqtt://u:p@%20@h/t");
  EXPECT_EQ(got.options.password, "p@%20");
  EXPECT_EQ(got.options.host, "h");
}

TEST(connection_url, the_scheme_says_transport_and_port) {
  EXPECT_EQ(read("mqtts://h/t").options.effective_port(), 8883);
  EXPECT_TRUE(read("mqtts://h/t").options.tls.wanted());
  EXPECT_EQ(read("ws://h/t").options.effective_port(), 80);
  EXPECT_EQ(read("wss://h/t").options.effective_port(), 443);
  EXPECT_EQ(read("wss://h/a/b").options.websocket_path, "/a/b");
  EXPECT_EQ(read("wss://h/a/b").topic, "");
  EXPECT_EQ(read("ssl://h").options.effective_port(), 8883);
  EXPECT_EQ(read("mqtt-tcp://h").options.effective_port(), 1883);
  EXPECT_EQ(read("tls+mqtt-tcp://h").options.effective_port(), 8883);
  EXPECT_EQ(read("unix:///run/mqtt.sock").options.unix_socket, "/run/mqtt.sock");
}

TEST(connection_url, takes_ipv6_in_brackets) {
  EXPECT_EQ(read("mqtt://[::1]:7/t").options.host, "::1");
  EXPECT_EQ(read("mqtt://[::1]:7/t").options.port, 7);
  EXPECT_EQ(read("mqtt://[::1]/t").options.effective_port(), 1883);
}

TEST(connection_url, refuses_what_it_cannot_be) {
  EXPECT_EQ(read("http://h/t").fault, "Unsupported URL scheme.");
  EXPECT_EQ(read("mqtt://").fault, "Invalid URL given, the host is missing.");
  EXPECT_EQ(read("mqtt://h:x/t").fault, "Invalid port given: x");
  EXPECT_EQ(read("mqtt://h:65536/t").fault, "Invalid port given: 65536");
  EXPECT_EQ(read("mqtt://[::1/t").fault, "Invalid URL given, a bracket is missing.");
  EXPECT_EQ(read("mqtt://[::1]7/t").fault, "Invalid URL given, only a port may follow the bracket.");
  EXPECT_EQ(read("unix://").fault, "Invalid URL given, the path of the socket is missing.");
}

TEST(connection_options, defaults_contradict_nothing) { EXPECT_EQ(check(connection_options()), ""); }

TEST(connection_options, a_will_has_a_topic) {
  connection_options options;
  options.will.payload = "x";
  EXPECT_EQ(check(options), "Will payload given, but no will topic given.");
  options.will.payload.reset();
  options.will.retain = true;
  EXPECT_EQ(check(options), "Will retain given, but no will topic given.");
}

TEST(connection_options, a_session_that_is_kept_has_a_client_id) {
  connection_options options;
  options.clean_session = false;
  EXPECT_EQ(check(options), "You must provide a client id if you are using the -c option.");
  options.version = protocol_version::v5;
  EXPECT_EQ(options.effective_session_expiry_s(), session_without_end);
  EXPECT_EQ(check(options), "You must provide a client id if you are using an infinite session expiry interval.");
  options.session_expiry_s = 60;
  EXPECT_EQ(check(options), "");
  options.session_expiry_s.reset();
  options.client_id = "me";
  EXPECT_EQ(check(options), "");
}

TEST(connection_options, port_8883_speaks_tls) {
  connection_options options;
  EXPECT_FALSE(options.wants_tls());
  options.port = 8883;
  EXPECT_TRUE(options.wants_tls());
  options.websocket = true;
  EXPECT_FALSE(options.wants_tls());
  options.websocket = false;
  options.tls.off = true;
  EXPECT_FALSE(options.wants_tls());
}

TEST(connection_options, what_the_tls_library_has_not_is_said) {
  connection_options options;
  options.tls.version = "tlsv1.3";
  EXPECT_EQ(check(options), "TLS 1.3 is not there: mbedtls 2.28 ends with 1.2.");
  options.tls.version = "ssl3";
  EXPECT_EQ(check(options), "The TLS version is none of tlsv1.2, tlsv1.1 and tlsv1.");
  options.tls.version = "tlsv1.2";
  EXPECT_EQ(check(options), "");
  options.tls.engine = "e";
  EXPECT_EQ(check(options), "There are no TLS engines here.");
  options.tls.engine.clear();
  options.tls.key_log = "f";
  EXPECT_EQ(check(options), "The keys of a connection cannot be written to a file.");
}

TEST(connection_options, tls_options_fit_together) {
  connection_options options;
  options.tls.certificate = "c.pem";
  EXPECT_EQ(check(options), "Both certfile and keyfile must be provided if one of them is set.");
  options.tls.key = "k.pem";
  EXPECT_EQ(check(options), "");
  options.tls.psk = "aa";
  EXPECT_EQ(check(options), "--psk-identity required if --psk used.");
  options.tls.ca_file = "ca.pem";
  EXPECT_EQ(check(options), "Only one of --psk or --cafile/--capath may be used at once.");
  options.tls.off = true;
  EXPECT_EQ(check(options), "");
  EXPECT_FALSE(options.tls.wanted());
}

TEST(connection_options, only_mqtt_5_has_a_password_alone) {
  connection_options options;
  options.password = "p";
  EXPECT_NE(check(options), "");
  options.version = protocol_version::v5;
  EXPECT_EQ(check(options), "");
}

}  // namespace
}  // namespace nanomq::tools
